package bottest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Who is in the fake workspace's support channel besides customers, each of whom
// is new and of the workspace SlackClientTeam.
const (
	SlackSupport    = "C0SHARED"
	SlackNotes      = "C0TRIAGE" // a channel of colleagues
	SlackClientTeam = "T9CLIENT"
	SlackAlice      = "U0ALICE" // an agent: alice@example.org
	SlackColleague  = "U0CARL"  // of our workspace, without an account
)

// SlackDesk is the fake workspace with a support channel that is shared with
// customers: their messages, edits and deletions, the signed events about them
// and about our own posts, and faults of calls as any desk's fake has them.
type SlackDesk struct {
	Faults
	*Slack
	Clock  *Clock
	Base   string // of the API
	Client *http.Client
	Cut    func()
	Scopes string // that the token has

	outbox  Outbox
	told    map[string]bool
	authors map[string]string // customers by the thread that they began
}

// NewSlackDesk runs the fake until the test ends.
func NewSlackDesk(t testing.TB) *SlackDesk {
	d := &SlackDesk{Slack: NewSlack(), Clock: NewClock(), told: map[string]bool{}, authors: map[string]string{},
		Scopes: "chat:write,chat:write.customize,channels:history,groups:history,channels:read,users:read,users:read.email,reactions:read,reactions:write"}
	t.Cleanup(d.Close)
	d.SetClock(d.Clock.Now)
	d.SetChannel(SlackSupport, true, false)
	d.Customize(true)
	d.AddUser(SlackUser{ID: SlackAlice, Name: "Alice Agent", Email: "alice@example.org"})
	d.AddUser(SlackUser{ID: SlackColleague, Name: "Carl Colleague", Email: "carl@example.org"})
	inner := d.routes()
	var url string
	url, d.Client, d.Cut = Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		kind := map[string]string{"/api/chat.postMessage": "reply", "/api/conversations.replies": "read"}[r.URL.Path]
		if d.Meet(w, r, kind, func() { inner.ServeHTTP(httptest.NewRecorder(), r) }) {
			return
		}
		w.Header().Set("X-OAuth-Scopes", d.Scopes)
		inner.ServeHTTP(w, r)
	}))
	d.Base = url + "/api"
	return d
}

// Customize gives the app chat:write.customize, or takes it.
func (d *SlackDesk) Customize(granted bool) {
	d.Slack.mu.Lock()
	defer d.Slack.mu.Unlock()
	d.customize = granted
}

// SetPage bounds the messages that a page of a list has.
func (d *SlackDesk) SetPage(n int) {
	d.Slack.mu.Lock()
	defer d.Slack.mu.Unlock()
	d.pageSize = n
}

// Customer adds a person of the customer's workspace.
func (d *SlackDesk) Customer(name string) string {
	d.Slack.mu.Lock()
	id := d.id("U9EXT")
	d.Slack.mu.Unlock()
	d.AddUser(SlackUser{ID: id, Team: SlackClientTeam, Name: name, Stranger: true})
	return id
}

// Say writes a message as somebody; thread may be empty. It returns the ts.
func (d *SlackDesk) Say(user, thread string, s Said) string {
	d.Slack.mu.Lock()
	team := d.users[user].Team
	d.Slack.mu.Unlock()
	m := SlackMessage{Channel: SlackSupport, ThreadTS: thread, User: user, Team: team, Text: slackEscape.Replace(s.Text), Files: s.Attachments}
	if len(s.Attachments) > 0 {
		m.Subtype = "file_share"
	}
	ts := d.Inject(m)
	if thread == "" {
		d.Slack.mu.Lock()
		d.authors[ts] = user
		d.Slack.mu.Unlock()
	}
	d.tell()
	return ts
}

var (
	slackEscape   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	slackUnescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// Begin lets a new customer begin a thread and returns its ts.
func (d *SlackDesk) Begin(s Said) string { return d.Say(d.Customer("Ada"), "", s) }

// Write adds to a thread: its customer, or Alice.
func (d *SlackDesk) Write(thread string, s Said) string {
	d.Slack.mu.Lock()
	user := d.authors[thread]
	d.Slack.mu.Unlock()
	if s.Role == pipeline.RoleAgent {
		user = SlackAlice
	}
	return d.Say(user, thread, s)
}

// Edit changes a message as its author may, an Unfurl what Slack shows with it.
func (d *SlackDesk) Edit(ts, text string) { d.change(ts, text, true) }

// Unfurl lets Slack show more of a link in a message: an event, but no edit.
func (d *SlackDesk) Unfurl(ts string) { d.change(ts, "", false) }

func (d *SlackDesk) change(ts, text string, edit bool) {
	d.Slack.mu.Lock()
	m := d.find(SlackSupport, ts)
	before := m.json(true)
	at := d.ts()
	if edit {
		m.Text, m.EditedTS = slackEscape.Replace(text), at
	}
	after := m.json(true)
	d.Slack.mu.Unlock()
	d.event(map[string]any{"type": "message", "subtype": "message_changed", "hidden": true, "channel": SlackSupport, "channel_type": "channel",
		"ts": at, "event_ts": at, "message": after, "previous_message": before})
}

// Remove deletes a message; one with replies leaves a tombstone, as Slack does.
func (d *SlackDesk) Remove(ts string) {
	d.Slack.mu.Lock()
	m := d.find(SlackSupport, ts)
	before := m.json(true)
	at := d.ts()
	_, replied := d.withReplies(m, map[string]any{})["reply_count"]
	e := map[string]any{"type": "message", "subtype": "message_deleted", "hidden": true, "channel": SlackSupport, "channel_type": "channel", "ts": at, "event_ts": at,
		"deleted_ts": ts, "previous_message": before}
	if replied {
		m.Subtype, m.User, m.Text, m.Files, m.Team = "tombstone", "USLACKBOT", "This message was deleted.", nil, ""
		e["subtype"], e["message"] = "message_changed", m.json(true)
		delete(e, "deleted_ts")
	}
	d.Slack.mu.Unlock()
	if !replied {
		d.DeleteMessage(SlackSupport, ts)
	}
	d.event(e)
}

// React puts somebody's emoji on a message, or takes it away, and tells of it as
// Slack does: without the thread.
func (d *SlackDesk) React(user, ts, name string, on bool) {
	d.Slack.mu.Lock()
	m := d.find(SlackSupport, ts)
	if m.Reactions == nil {
		m.Reactions = map[string][]string{}
	}
	m.Reactions[name] = slices.DeleteFunc(m.Reactions[name], func(u string) bool { return u == user })
	kind := "reaction_removed"
	if on {
		kind, m.Reactions[name] = "reaction_added", append(m.Reactions[name], user)
	}
	at, author := d.ts(), m.User
	d.Slack.mu.Unlock()
	d.event(map[string]any{"type": kind, "user": user, "reaction": name, "item_user": author, "event_ts": at,
		"item": map[string]any{"type": "message", "channel": SlackSupport, "ts": ts}})
}

// Newest is the timestamp of the newest message in a thread by its customer.
func (d *SlackDesk) Newest(thread string) string {
	d.Slack.mu.Lock()
	defer d.Slack.mu.Unlock()
	for _, m := range slices.Backward(d.messages) {
		if m.User == d.authors[thread] && (m.TS == thread || m.ThreadTS == thread) {
			return m.TS
		}
	}
	return thread
}

// tell makes an event of every message that there was none about.
func (d *SlackDesk) tell() {
	for _, m := range d.Messages(SlackSupport) {
		d.Slack.mu.Lock()
		known := d.told[m.TS]
		d.told[m.TS] = true
		d.Slack.mu.Unlock()
		if !known {
			d.event(d.MessageEvent(m))
		}
	}
}

// MessageEvent is the inner event about a new message.
func (d *SlackDesk) MessageEvent(m SlackMessage) map[string]any {
	e := m.json(true)
	e["channel"], e["channel_type"], e["event_ts"] = m.Channel, "channel", m.TS
	if m.Team != "" {
		e["user_team"], e["source_team"] = m.Team, m.Team
	}
	if m.ThreadTS != "" {
		d.Slack.mu.Lock()
		e["parent_user_id"] = d.authors[m.ThreadTS]
		d.Slack.mu.Unlock()
	}
	return e
}

// Outer puts an inner event into what Slack delivers.
func (d *SlackDesk) Outer(inner map[string]any) []byte {
	d.Slack.mu.Lock()
	id := d.id("Ev")
	d.Slack.mu.Unlock()
	raw, _ := json.Marshal(map[string]any{"type": "event_callback", "team_id": SlackTeam, "api_app_id": SlackApp, "event": inner, "event_id": id,
		"event_time": d.Clock.Now().Unix(), "is_ext_shared_channel": true, "token": "t"})
	return raw
}

func (d *SlackDesk) event(inner map[string]any) {
	raw := d.Outer(inner)
	d.outbox.Queue(Hook{Header: d.Sign(raw, d.Clock.Now()), Body: raw})
}

// Sign returns the headers Slack signs a body with.
func (d *SlackDesk) Sign(raw []byte, at time.Time) http.Header { return SlackSign(raw, at) }

// Hooks returns the events since the last call.
func (d *SlackDesk) Hooks() []Hook {
	d.tell()
	return d.outbox.Hooks()
}

// Replies is the ledger of what we posted into a thread.
func (d *SlackDesk) Replies(thread string) []DeskReply {
	return d.posted(SlackSupport, func(m SlackMessage, _ map[string]string) bool { return m.ThreadTS == thread })
}

// Notes is the ledger of what we posted to colleagues about a ticket.
func (d *SlackDesk) Notes(ticket string) []DeskReply {
	return d.posted(SlackNotes, func(_ SlackMessage, md map[string]string) bool { return md["ticket"] == ticket })
}

func (d *SlackDesk) posted(channel string, wanted func(SlackMessage, map[string]string) bool) []DeskReply {
	var out []DeskReply
	for _, m := range d.Messages(channel) {
		var md struct {
			Payload map[string]string `json:"event_payload"`
		}
		_ = json.Unmarshal(m.Metadata, &md) // checked when it was posted
		if m.Bot != SlackBot || !wanted(m, md.Payload) {
			continue
		}
		r := DeskReply{ID: m.TS, Text: slackUnescape.Replace(m.Text), Author: pipeline.Person{Name: m.Username}}
		for _, v := range md.Payload {
			if bots.IsMarker(v) {
				r.Marker = v
			}
		}
		out = append(out, r)
	}
	return out
}

// SupportChannel is the fake workspace as a Platform: a thread in the support
// channel is a ticket.
type SupportChannel struct{ *SlackDesk }

func (c SupportChannel) thread(ticket string) string {
	return strings.TrimPrefix(ticket, SlackSupport+"-")
}

// Begin lets a new customer begin a thread.
func (c SupportChannel) Begin(s Said) (ticket, message string) {
	ts := c.SlackDesk.Begin(s)
	return SlackSupport + "-" + ts, ts
}

// Write adds to a ticket's thread.
func (c SupportChannel) Write(ticket string, s Said) (message string) {
	return c.SlackDesk.Write(c.thread(ticket), s)
}

// Change does something to a ticket's thread. Slack does not merge threads.
func (c SupportChannel) Change(ticket string, ch Change) bool {
	switch ch {
	case Solve:
		c.React(SlackAlice, c.Newest(c.thread(ticket)), "white_check_mark", true)
	case Reopen: // the customer's new message did it
	case Delete:
		c.Remove(c.thread(ticket))
	case RemoveReply: // which leaves nothing behind
		list := c.Replies(c.thread(ticket))
		c.Remove(list[len(list)-1].ID)
	default:
		return false
	}
	return true
}

// Posted is the ledger of what we wrote about a ticket.
func (c SupportChannel) Posted(ticket string, public bool) []DeskReply {
	if public {
		return c.Replies(c.thread(ticket))
	}
	return c.Notes(ticket)
}
