package client

import (
	"context"
	"fmt"
	"strings"
	"time"

	api "github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"
)

// Reach says who can read what is said in a channel.
type Reach int

const (
	Colleagues Reach = iota // full members of this workspace, and bots that it installed
	Outsiders               // also guests, or people of other companies
	Unknown                 // nobody told
)

// Readers is who can read a channel; say is a clause about it with %s for the
// channel, empty for colleagues.
type Readers struct {
	Reach Reach
	say   string
}

// Why is the clause for a person who knows the channel by these words.
func (r Readers) Why(channel string) string {
	if r.say == "" {
		return "not only colleagues could read " + channel
	}
	return fmt.Sprintf(r.say, channel)
}

// HereAsked names the channel to whoever is answered elsewhere.
const HereAsked = "the channel where you asked"

var (
	sharedReaders    = Readers{Outsiders, "people outside this workspace can read %s"}
	GuestReaders     = Readers{Outsiders, "guests can read %s"}
	untoldReaders    = Readers{Unknown, "Slack does not tell who can read %s"}
	countlessReaders = Readers{Unknown, "%s has more members than Footnote looks through for guests"}
)

const (
	channelFor    = time.Minute // how long what Slack says about a channel is remembered
	memberFor     = time.Hour   // and that somebody in it is a colleague, or is not
	memberPage    = 200         // members a call, as Slack recommends
	memberPages   = 10          // of one channel
	lookUpsAtOnce = 4
	lookUps       = 100 // people nobody knows yet, a question: a minute's worth of users.info
)

// strangers returns those nobody knows yet, and whether one is known as no colleague.
func (c *Client) strangers(users []string) (strange []string, outsider bool) {
	for _, u := range users {
		colleague, ok := c.members.get(u, c.Now())
		switch {
		case !ok:
			strange = append(strange, u)
		case !colleague:
			outsider = true
		}
	}
	return strange, outsider
}

// Readers tells who can read what is said in the channel; shared says that Slack
// told it is shared with another company. What Slack does not tell, or what would
// take too many calls, is unknown.
func (c *Client) Readers(ctx context.Context, channel string, shared bool) Readers {
	switch {
	case shared:
		return sharedReaders
	case channel == "" || strings.HasPrefix(channel, "D"):
		return Readers{} // a conversation with this person, who is a member
	}
	if known, ok := c.channels.get(channel, c.Now()); ok {
		return known
	}
	who, err := c.lookAround(ctx, channel)
	if err != nil {
		c.Log.Info("Slack does not tell who reads the channel; the answer is private", "channel", channel, "error", err)
		return untoldReaders
	}
	if who.Reach != Unknown { // who was not known yet may be next time
		c.channels.put(channel, who, c.Now().Add(channelFor))
	}
	return who
}

// ChannelChanged forgets who reads the channel.
func (c *Client) ChannelChanged(id string) { c.channels.forget(id) }

// PersonChanged forgets what Slack said about a person.
func (c *Client) PersonChanged(id string) {
	c.users.forget(id)
	c.members.forget(id)
	c.channels.clear() // the person may be in any of them
}

// lookAround asks Slack about a channel and the people in it.
func (c *Client) lookAround(ctx context.Context, channel string) (Readers, error) {
	info, err := c.API.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: channel})
	if err != nil {
		return untoldReaders, err
	}
	if info.IsExtShared || info.IsPendingExtShared || info.IsShared && !info.IsOrgShared { // sister workspaces are looked at below
		return sharedReaders, nil
	}
	me, err := c.Whoami(ctx)
	if err != nil {
		return untoldReaders, err
	}
	p := api.GetUsersInConversationParameters{ChannelID: channel, Limit: memberPage}
	var strange []string
	for page := 0; ; page++ {
		if page == memberPages {
			return countlessReaders, nil
		}
		users, cursor, err := c.API.GetUsersInConversationContext(ctx, &p)
		if err != nil {
			return untoldReaders, err
		}
		more, outsider := c.strangers(users)
		if outsider {
			return GuestReaders, nil
		}
		strange = append(strange, more...)
		if p.Cursor = cursor; cursor == "" {
			break
		}
	}
	return c.meet(ctx, strange, me)
}

// meet asks Slack about people nobody knows yet, as many as one question may.
func (c *Client) meet(ctx context.Context, strange []string, me Self) (Readers, error) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookUpsAtOnce)
	for _, user := range strange[:min(len(strange), lookUps)] {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			u, err := c.API.GetUserInfoContext(ctx, user)
			if err != nil {
				return err
			}
			c.members.put(user, colleague(u, me), c.Now().Add(memberFor))
			return nil
		})
	}
	err := g.Wait()
	left, outsider := c.strangers(strange)
	switch {
	case outsider:
		return GuestReaders, nil // whoever the others are
	case err != nil:
		return untoldReaders, err
	case len(left) > 0:
		return countlessReaders, nil
	}
	return Readers{}, nil
}

// colleague tells whether internal knowledge may be said before this person.
// Bots that the workspace installed are no people; accounts that were
// deactivated read nothing.
func colleague(u *api.User, me Self) bool {
	switch {
	case foreign(u, me):
		return false
	case u.Deleted || u.IsBot || u.ID == "USLACKBOT":
		return true
	}
	return !guest(u)
}
