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
	outside bool // of another company, or a guest
	home    bool // of our workspace, or of a sister in the same enterprise
	account bool
	bot     bool
	told    bool // Slack told us who it is
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
		Grid     struct {
			Enterprise string   `json:"enterprise_id"`
			Teams      []string `json:"teams"`
		} `json:"enterprise_user"`
		Profile struct {
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
		g := u.User.Grid
		k.told = true
		sister := me.enterprise != "" && (g.Enterprise == me.enterprise || u.User.Team == me.enterprise) || slices.Contains(g.Teams, me.team)
		k.home = u.User.Team == me.team || sister
		// Slack calls members of sister workspaces strangers.
		k.outside = u.User.Team != "" && !k.home || u.User.Stranger && !sister || u.User.Guest || u.User.Single
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
	case team != "" && team != ours && !k.home, k.outside:
		return pipeline.RoleCustomer
	case !k.account && d.c.Channels[channel]:
		return pipeline.RoleCustomer
	}
	return pipeline.RoleAgent
}

// fromPeople are the subtypes that are messages of people; others tell of joins,
// topics and the like.
var fromPeople = []string{"", "file_share", "thread_broadcast", "me_message"}

// by is the person who wrote a message, by what it says of its author; empty for
// what nobody wrote, and for our own. Not sure when an app posted it: the author may
// be the app itself, or a person who let it post. A workflow posts for the person
// whom it names first.
func (m apiMessage) by(me self) (user string, sure bool) {
	switch {
	case m.Bot != "" && m.Bot == me.bot, m.User == me.user && m.User != "", m.User == "USLACKBOT":
		return "", true
	case m.Bot == "":
		if m.User == "" || !slices.Contains(fromPeople, m.Subtype) {
			return "", true
		}
		return m.User, true
	case m.Profile.Workflow && slices.Contains([]string{"", "bot_message"}, m.Subtype):
		return m.Mentioned(), false
	case m.User != "" && slices.Contains(fromPeople, m.Subtype):
		return m.User, false
	}
	return "", true
}

// behind tells whether a person stands behind what an app posted: the account it was
// posted with is a person's, or a workflow names a customer.
func (d *Desk) behind(channel string, m apiMessage, me self, k known) bool {
	return k.told && !k.bot && (!m.Profile.Workflow || d.role(channel, "", me.team, k) == pipeline.RoleCustomer)
}

// marker is our mark on a message, empty without.
func (m apiMessage) marker() string {
	if v := text(m.Metadata.Payload[markerKey]); m.Metadata.Type == eventType && bots.IsMarker(v) {
		return v
	}
	return ""
}
