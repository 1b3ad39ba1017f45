package slack

import (
	"context"
	"fmt"
	"strings"
	"time"

	api "github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"
)

// reach says who can read what is said in a channel.
type reach int

const (
	colleagues reach = iota // full members of this workspace, and bots that it installed
	outsiders               // also guests, or people of other companies
	unknown                 // nobody told
)

// readers is who can read a channel; say is a clause about it with %s for the
// channel, empty for colleagues.
type readers struct {
	reach reach
	say   string
}

// why is the clause for a person who knows the channel by these words.
func (r readers) why(channel string) string {
	if r.say == "" {
		return "not only colleagues could read " + channel
	}
	return fmt.Sprintf(r.say, channel)
}

// hereAsked names the channel to whoever is answered elsewhere.
const hereAsked = "the channel where you asked"

var (
	sharedReaders    = readers{outsiders, "people outside this workspace can read %s"}
	guestReaders     = readers{outsiders, "guests can read %s"}
	untoldReaders    = readers{unknown, "Slack does not tell who can read %s"}
	countlessReaders = readers{unknown, "%s has more members than Footnote looks through for guests"}
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
func (c *Chat) strangers(users []string) (strange []string, outsider bool) {
	for _, u := range users {
		colleague, ok := c.members.get(u, c.now())
		switch {
		case !ok:
			strange = append(strange, u)
		case !colleague:
			outsider = true
		}
	}
	return strange, outsider
}

// readers tells who can read what is said where the request was made. What
// Slack does not tell, or what would take too many calls, is unknown.
func (c *Chat) readers(ctx context.Context, r request) readers {
	switch {
	case r.shared:
		return sharedReaders
	case r.channel == "" || strings.HasPrefix(r.channel, "D"):
		return readers{} // a conversation with this person, who is a member
	}
	if known, ok := c.channels.get(r.channel, c.now()); ok {
		return known
	}
	who, err := c.lookAround(ctx, r.channel)
	if err != nil {
		c.log.Info("Slack does not tell who reads the channel; the answer is private", "channel", r.channel, "error", err)
		return untoldReaders
	}
	if who.reach != unknown { // who was not known yet may be next time
		c.channels.put(r.channel, who, c.now().Add(channelFor))
	}
	return who
}

// lookAround asks Slack about a channel and the people in it.
func (c *Chat) lookAround(ctx context.Context, channel string) (readers, error) {
	info, err := c.api.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: channel})
	if err != nil {
		return untoldReaders, err
	}
	if info.IsShared || info.IsExtShared || info.IsPendingExtShared || info.IsOrgShared {
		return sharedReaders, nil
	}
	me, err := c.whoami(ctx)
	if err != nil {
		return untoldReaders, err
	}
	p := api.GetUsersInConversationParameters{ChannelID: channel, Limit: memberPage}
	var strange []string
	for page := 0; ; page++ {
		if page == memberPages {
			return countlessReaders, nil
		}
		users, cursor, err := c.api.GetUsersInConversationContext(ctx, &p)
		if err != nil {
			return untoldReaders, err
		}
		more, outsider := c.strangers(users)
		if outsider {
			return guestReaders, nil
		}
		strange = append(strange, more...)
		if p.Cursor = cursor; cursor == "" {
			break
		}
	}
	return c.meet(ctx, strange, me.team)
}

// meet asks Slack about people nobody knows yet, as many as one question may.
func (c *Chat) meet(ctx context.Context, strange []string, team string) (readers, error) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookUpsAtOnce)
	for _, user := range strange[:min(len(strange), lookUps)] {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			u, err := c.api.GetUserInfoContext(ctx, user)
			if err != nil {
				return err
			}
			c.members.put(user, colleague(u, team), c.now().Add(memberFor))
			return nil
		})
	}
	err := g.Wait()
	left, outsider := c.strangers(strange)
	switch {
	case outsider:
		return guestReaders, nil // whoever the others are
	case err != nil:
		return untoldReaders, err
	case len(left) > 0:
		return countlessReaders, nil
	}
	return readers{}, nil
}

// colleague tells whether internal knowledge may be said before this person.
// Bots that the workspace installed are no people; accounts that were
// deactivated read nothing.
func colleague(u *api.User, team string) bool {
	switch {
	case foreign(u, team):
		return false
	case u.Deleted || u.IsBot || u.ID == "USLACKBOT":
		return true
	}
	return !guest(u)
}
