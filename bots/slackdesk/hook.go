package slackdesk

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"footnote/bots"
	"footnote/bots/slack/words"
	"footnote/pipeline"
)

const (
	headerSignature = "X-Slack-Signature"
	headerTimestamp = "X-Slack-Request-Timestamp"
)

// askFor bounds what Slack is asked before it is told that an event arrived,
// for which it waits 3 s.
const askFor = 700 * time.Millisecond

var form = bots.HexSHA256.Prefix("v0=")

// apiMessage is a message in events and in answers alike.
type apiMessage struct {
	Subtype    string `json:"subtype"`
	User       string `json:"user"`
	Bot        string `json:"bot_id"`
	Username   string `json:"username"`
	Team       string `json:"team"`
	UserTeam   string `json:"user_team"`
	SourceTeam string `json:"source_team"`
	words.Message
	TS        string `json:"ts"`
	Thread    string `json:"thread_ts"`
	Parent    string `json:"parent_user_id"`
	Replies   int    `json:"reply_count"`
	LastReply string `json:"latest_reply"`
	Edited    struct {
		TS string `json:"ts"`
	} `json:"edited"`
	Reactions []reaction `json:"reactions"`
	Profile   struct {
		Workflow bool `json:"is_workflow_bot"`
	} `json:"bot_profile"`
	Metadata struct {
		Type    string                     `json:"event_type"`
		Payload map[string]json.RawMessage `json:"event_payload"`
	} `json:"metadata"`
}

// team is the author's workspace, empty when the message does not say.
func (m apiMessage) team() string { return cmp.Or(m.UserTeam, m.SourceTeam, m.Team) }

// root is the timestamp of the message that begins the thread.
func (m apiMessage) root() string { return cmp.Or(m.Thread, m.TS) }

// told is what an event says about a channel of ours.
type told struct {
	channel string
	m       apiMessage // the message, as it is now or was
	key     string     // of the change, when an old message was changed or deleted
	at      time.Time
	begins  string // who began the thread, as far as it is known
	mark    bool   // an emoji on m, whose thread is not known
	unsure  bool   // an app posted m: its author may be no person
}

// Parse verifies and reads an event as Slack delivers it over HTTP. The ticket
// of a message in the channel itself is its own: Take settles it with the
// author's others, and finds the thread of a message that was marked.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	stamp := h.Get(headerTimestamp)
	if err := d.secrets.Verify(form, h.Get(headerSignature), []byte("v0:"+stamp+":"), raw); err != nil {
		return nil, err
	}
	if err := bots.SignedAt(stamp, now); err != nil {
		return nil, err
	}
	t, ok, err := d.read(raw, now)
	if err != nil || !ok || t.unsure { // who stands behind an app's post is looked up by the poll
		return nil, err
	}
	return []pipeline.Event{d.event(t, t.m.root(), now)}, nil
}

// Take reads an event that was verified, settles its ticket and publishes what
// it says; nil once that is stored, or when there is nothing in it. After an
// error the event has to come again. Kinds: Invalid for what Slack does not
// send, which need not come again.
func (d *Desk) Take(ctx context.Context, raw []byte, publish func(context.Context, pipeline.Event) error) error {
	now := d.c.Now()
	t, ok, err := d.read(raw, now)
	if err != nil || !ok {
		return err
	}
	ticket, wanted, err := "", false, error(nil)
	if !d.meet(ctx, t) {
		return nil // an app's own words; or, if nobody could be asked, the poll finds it
	}
	if t.mark {
		ticket, wanted, err = d.ticketWith(ctx, t.channel, t.m.TS)
	} else {
		ticket, wanted, err = d.settle(ctx, t)
	}
	if err != nil || !wanted {
		return err
	}
	return publish(ctx, d.event(t, ticket, now))
}

// meet finds out about the author where the event alone may mislead: an app posted it,
// or the author is of a workspace that may be a sister of ours. False when it is for
// nobody to answer.
func (d *Desk) meet(ctx context.Context, t told) bool {
	if t.mark {
		return true
	}
	ask, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	me, err := d.whoami(ask)
	if err == nil && !t.unsure && (me.enterprise == "" || t.m.team() == me.team) {
		return true
	}
	if err != nil {
		return !t.unsure
	}
	k, err := d.whois(ask, t.m.User)
	if err != nil {
		return !t.unsure
	}
	return !t.unsure || d.behind(t.channel, t.m, me, k)
}

// settle says which ticket an event belongs to, and false when it begins a
// thread without a customer. Who cannot be looked up now is taken for one: the
// thread is read again before anything is drafted.
func (d *Desk) settle(ctx context.Context, t told) (ticket string, wanted bool, err error) {
	if t.begins == "" {
		return t.m.root(), true, nil
	}
	team := ""
	if t.begins == t.m.User {
		team = t.m.team()
	}
	ask, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	if me, err := d.whoami(ask); err == nil {
		if t.begins == me.user {
			return t.m.root(), true, nil // a customer answers in a thread of ours
		}
		k, err := d.whois(ask, t.begins)
		if err == nil && d.role(t.channel, team, me.team, k) != pipeline.RoleCustomer {
			return t.m.root(), t.m.root() != t.m.TS, nil
		}
	}
	ticket, err = d.store.settle(ctx, t.channel, t.m.root(), t.begins, d.c.Group)
	return ticket, true, err
}

// read understands an event; false when there is nothing for us in it. Invalid
// for what is none of Slack's.
func (d *Desk) read(raw []byte, now time.Time) (told, bool, error) {
	var outer struct {
		Type  string `json:"type"`
		Event struct {
			Type    string          `json:"type"`
			Channel json.RawMessage `json:"channel"`
		} `json:"event"`
	}
	if err := bots.DecodeStrict(raw, &outer); err != nil {
		return told{}, false, err
	}
	if outer.Type == "event_callback" && (outer.Event.Type == "reaction_added" || outer.Event.Type == "reaction_removed") {
		return d.reacted(raw, now)
	}
	if outer.Type != "event_callback" || outer.Event.Type != "message" || !d.Owns(text(outer.Event.Channel)) {
		return told{}, false, nil // events of other shapes are others' business
	}
	var e struct {
		Event struct {
			Channel string `json:"channel"`
			apiMessage
			Message   *apiMessage `json:"message"`
			Previous  *apiMessage `json:"previous_message"`
			DeletedTS string      `json:"deleted_ts"`
		} `json:"event"`
	}
	if err := bots.DecodeStrict(raw, &e); err != nil {
		return told{}, false, err
	}
	t := told{channel: e.Event.Channel, m: e.Event.apiMessage}
	switch {
	case t.m.Subtype == "message_changed" && e.Event.Message != nil && e.Event.Message.Subtype == "tombstone" && e.Event.Previous != nil:
		t.key, t.m = "delete/"+bots.Plain(e.Event.Message.TS, 40), *e.Event.Previous // it had replies, which stay
	case t.m.Subtype == "message_changed" && e.Event.Message != nil:
		t.m = *e.Event.Message
		if e.Event.Previous != nil && d.said(*e.Event.Previous).Text == d.said(t.m).Text {
			return t, false, nil // a preview of a link, or a reply counted
		}
		t.key = "edit/" + t.m.TS + "/" + bots.Plain(cmp.Or(t.m.Edited.TS, e.Event.TS), 40)
	case t.m.Subtype == "message_deleted" && e.Event.Previous != nil:
		t.key = "delete/" + bots.Plain(e.Event.DeletedTS, 40)
		t.m = *e.Event.Previous
	}
	user, sure := t.m.by(d.own())
	if t.m.marker() != "" || user == "" {
		return t, false, nil // ours, another bot's, or nobody's words
	}
	t.m.User, t.unsure = user, !sure
	at, ok := stampOf(t.m.TS)
	if _, thread := stampOf(t.m.root()); !ok || !thread {
		return t, false, pipeline.Errorf(pipeline.Invalid, "The message has no timestamp.")
	}
	if t.at = at; t.key != "" {
		t.at = now
	}
	if t.begins = t.m.Parent; t.m.root() == t.m.TS {
		t.begins = t.m.User
	}
	return t, true, nil
}

// event is what is published: the message, or that the ticket changed.
func (d *Desk) event(t told, ticket string, now time.Time) pipeline.Event {
	ref := d.ref(t.channel, ticket)
	if t.key != "" {
		return bots.ChangeReceived(ref, t.key, t.at, now)
	}
	me := d.own()
	role := pipeline.RoleCustomer
	d.mu.Lock()
	k, seen := d.users[t.m.User]
	d.mu.Unlock()
	if seen || me.team != "" && t.m.team() == me.team {
		role = d.role(t.channel, t.m.team(), me.team, k)
	}
	m := d.message(t.m, role, pipeline.Person{ID: t.m.User, Name: k.person.Name, Email: k.person.Email})
	return bots.MessageReceived(pipeline.Ticket{TicketRef: ref, Subject: subject(m.Text), Queue: t.channel, URL: permalink(me, t.channel, ticket)}, m, now)
}

// said is what a message says, with the names of people as far as they are known.
func (d *Desk) said(a apiMessage) words.Said {
	return a.Read(words.Names{User: func(user string) string {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.users[user].person.Name
	}})
}

// message is one message as it stands.
func (d *Desk) message(a apiMessage, role pipeline.Role, by pipeline.Person) pipeline.Message {
	said := d.said(a)
	me := d.own()
	claim := bots.Claim{ID: cmp.Or(a.User, a.Bot), Role: role, Marker: a.marker(), Auto: role == pipeline.RoleCustomer && bots.AutoReply(nil, "", said.Text)}
	if a.Bot != "" && a.Bot == me.bot {
		claim.ID = a.Bot
	}
	at, _ := stampOf(a.TS)
	m := pipeline.Message{ID: a.TS, Role: bots.RoleOf(claim, me.user, me.bot), Author: by, Text: said.Text, Attachments: said.Files, Public: true, At: at, Marker: claim.Marker}
	return m
}
