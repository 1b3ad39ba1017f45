package slackdesk

import (
	"context"
	"net/url"
	"slices"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// People are asked about again after this time; accounts and names change.
const (
	knownFor = 10 * time.Minute
	maxKnown = 5000
)

// known is what Slack and our accounts say about a person.
type known struct {
	person  pipeline.Person
	outside bool // of another workspace, or a guest
	account bool
	bot     bool
	until   time.Time
}

type userInfo struct {
	reply
	User struct {
		Team     string `json:"team_id"`
		Name     string `json:"name"`
		RealName string `json:"real_name"`
		Bot      bool   `json:"is_bot"`
		Guest    bool   `json:"is_restricted"`
		Single   bool   `json:"is_ultra_restricted"`
		Stranger bool   `json:"is_stranger"`
		Profile  struct {
			RealName string `json:"real_name"`
			Email    string `json:"email"`
		} `json:"profile"`
	} `json:"user"`
}

// whois finds out about a person. Whom Slack does not show us is outside.
func (d *Desk) whois(ctx context.Context, user string) (known, error) {
	d.mu.Lock()
	k, ok := d.users[user]
	d.mu.Unlock()
	if ok && d.c.Now().Before(k.until) {
		return k, nil
	}
	me, err := d.whoami(ctx)
	if err != nil {
		return known{}, err
	}
	k = known{person: pipeline.Person{ID: user}, until: d.c.Now().Add(knownFor)}
	var u userInfo
	switch err := d.get(ctx, "users.info", url.Values{"user": {user}}, &u); {
	case pipeline.KindOf(err) == pipeline.NotFound && err != nil:
		k.outside = true
	case err != nil:
		return known{}, err
	default:
		k.outside = u.User.Team != "" && u.User.Team != me.team || u.User.Stranger || u.User.Guest || u.User.Single
		k.bot = u.User.Bot
		k.person.Email = u.User.Profile.Email
		for _, name := range []string{u.User.Profile.RealName, u.User.RealName, u.User.Name} {
			if k.person.Name == "" {
				k.person.Name = bots.Plain(name, 100)
			}
		}
	}
	if !k.outside && k.person.Email != "" {
		switch _, err := d.c.People.AgentByEmail(ctx, k.person.Email); {
		case err == nil:
			k.account = true
		case pipeline.KindOf(err) != pipeline.NotFound:
			return known{}, err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.users) >= maxKnown {
		clear(d.users)
	}
	d.users[user] = k
	return k, nil
}

// role says who somebody is in a channel: see the package's words. team is the
// author's workspace as the message has it; it may be empty.
func (d *Desk) role(channel, team, ours string, k known) pipeline.Role {
	switch {
	case k.bot:
		return pipeline.RoleBot
	case team != "" && team != ours, k.outside:
		return pipeline.RoleCustomer
	case !k.account && d.c.Channels[channel]:
		return pipeline.RoleCustomer
	}
	return pipeline.RoleAgent
}

// fromPeople are the subtypes that are messages of people; others tell of joins,
// topics and the like.
var fromPeople = []string{"", "file_share", "thread_broadcast", "me_message"}

// byPerson tells whether a person wrote a message: no bot, ours or another's,
// by what the message says of its author.
func (m apiMessage) byPerson(me self) bool {
	return m.Bot == "" && m.User != "" && m.User != me.user && m.User != "USLACKBOT" && slices.Contains(fromPeople, m.Subtype)
}

// marker is our mark on a message, empty without.
func (m apiMessage) marker() string {
	if v := text(m.Metadata.Payload[markerKey]); m.Metadata.Type == eventType && bots.IsMarker(v) {
		return v
	}
	return ""
}
