package slackdesk

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/slack/words"
	"footnote/pipeline"
)

const (
	pageSize = "200"
	maxPages = 200
)

type messageList struct {
	reply
	Messages []apiMessage `json:"messages"`
}

// pages reads all pages of conversations.history or conversations.replies,
// oldest first, each message once.
func (d *Desk) pages(ctx context.Context, method string, args url.Values) ([]apiMessage, error) {
	args.Set("limit", pageSize)
	args.Set("include_all_metadata", "true")
	seen := map[string]bool{}
	var out []apiMessage
	for range maxPages {
		var l messageList
		if err := d.get(ctx, method, args, &l); err != nil {
			return nil, err
		}
		for _, m := range l.Messages {
			if _, ok := stampOf(m.TS); ok && !seen[m.TS] { // a thread's first message stands on every page
				seen[m.TS] = true
				out = append(out, m)
			}
		}
		if l.Meta.Cursor == "" {
			slices.SortFunc(out, func(a, b apiMessage) int { return cmp.Compare(a.TS, b.TS) })
			return out, nil
		}
		args.Set("cursor", l.Meta.Cursor)
	}
	return nil, pipeline.Errorf(pipeline.Unavailable, "more messages than can be listed")
}

// replies reads a thread. NotFound when it is none, or a message within one.
func (d *Desk) replies(ctx context.Context, channel, thread string) ([]apiMessage, error) {
	out, err := d.pages(ctx, "conversations.replies", url.Values{"channel": {channel}, "ts": {thread}})
	if err == nil && len(out) > 0 && out[0].root() != thread {
		return nil, pipeline.Errorf(pipeline.NotFound, "Slack has no such thread")
	}
	return out, err
}

// firstOf reads the beginning of the thread that a message is in.
func (d *Desk) firstOf(ctx context.Context, channel, ts string) ([]apiMessage, error) {
	var l messageList
	err := d.get(ctx, "conversations.replies", url.Values{"channel": {channel}, "ts": {ts}, "limit": {"1"}}, &l)
	return slices.DeleteFunc(l.Messages, func(m apiMessage) bool { _, ok := stampOf(m.root()); return !ok }), err
}

// messages reads all threads of a ticket. NotFound when none is left.
func (d *Desk) messages(ctx context.Context, channel, ticket string) ([]apiMessage, error) {
	list, err := d.store.list(ctx, channel, ticket)
	if err != nil {
		return nil, err
	}
	if len(list) == 1 {
		return d.replies(ctx, channel, list[0])
	}
	tops, err := d.pages(ctx, "conversations.history", url.Values{"channel": {channel}, "oldest": {list[0]}, "latest": {list[len(list)-1]}, "inclusive": {"true"}})
	if err != nil {
		return nil, err
	}
	var out []apiMessage
	for _, m := range tops {
		if !slices.Contains(list, m.TS) {
			continue
		}
		if m.Replies == 0 && m.Thread == "" {
			out = append(out, m)
			continue
		}
		more, err := d.replies(ctx, channel, m.TS)
		if err != nil && pipeline.KindOf(err) != pipeline.NotFound {
			return nil, err
		}
		out = append(out, more...)
	}
	if len(out) == 0 {
		return nil, pipeline.Errorf(pipeline.NotFound, "Slack has no such thread")
	}
	slices.SortStableFunc(out, func(a, b apiMessage) int { return cmp.Compare(a.TS, b.TS) })
	return slices.CompactFunc(out, func(a, b apiMessage) bool { return a.TS == b.TS }), nil
}

// Thread reads a ticket's threads, their messages oldest first.
func (d *Desk) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	t, err := d.thread(ctx, ref)
	return t.Ticket, err
}

// readThread is a ticket with what Slack said of it.
type readThread struct {
	pipeline.Ticket
	list     []apiMessage
	replyTo  string // the thread that a reply belongs in
	customer string // timestamp of the customer's newest message; empty without
}

func (d *Desk) thread(ctx context.Context, ref pipeline.TicketRef) (t readThread, err error) {
	channel, ts, ok := d.place(ref.ID)
	if !ok {
		return t, pipeline.Errorf(pipeline.NotFound, "there is no such ticket")
	}
	me, err := d.whoami(ctx) // or our own messages would be another bot's
	if err != nil {
		return t, err
	}
	if t.list, err = d.messages(ctx, channel, ts); err != nil {
		return t, err
	}
	at, _ := stampOf(ts)
	t.Ticket = pipeline.Ticket{TicketRef: ref, Status: pipeline.StatusOpen, Queue: channel, URL: permalink(me, channel, ts), CreatedAt: at}
	roots, gone := map[string]string{}, false
	for _, a := range t.list {
		gone = gone || a.Subtype == "tombstone"
		m, ok, err := d.understand(ctx, channel, a)
		if err != nil {
			return t, err
		}
		if ok {
			t.Messages = append(t.Messages, m)
			roots[m.ID] = a.root()
		}
		if ok && m.Role == pipeline.RoleCustomer {
			t.customer = a.TS
		}
	}
	d.identify(t.Messages, t.list)
	for _, m := range t.Messages {
		if m.At.After(t.UpdatedAt) {
			t.UpdatedAt = m.At
		}
	}
	last, ok := t.LastCustomerMessage()
	if !ok && gone || len(t.Messages) == 0 {
		return t, pipeline.Errorf(pipeline.NotFound, "the customer's messages were deleted")
	}
	for _, m := range t.Messages {
		if m.Role == pipeline.RoleCustomer {
			t.Requester, t.Subject = m.Author, cmp.Or(t.Subject, subject(m.Text))
			break
		}
	}
	t.replyTo = cmp.Or(roots[original(last)], ts)
	t.Status, err = d.status(ctx, channel, t.customer, t.list)
	return t, err
}

// understand reads one message; false for what nobody said.
func (d *Desk) understand(ctx context.Context, channel string, a apiMessage) (pipeline.Message, bool, error) {
	me := d.own()
	user, sure := a.by(me)
	var k known
	if user != "" {
		var err error
		if k, err = d.whois(ctx, user); err != nil {
			return pipeline.Message{}, false, err
		}
	}
	if user == "" || !sure && !d.behind(channel, a, me, k) {
		said := (a.Bot != "" || a.User == me.user) && slices.Contains([]string{"", "bot_message", "thread_broadcast", "file_share"}, a.Subtype)
		return d.message(a, pipeline.RoleBot, pipeline.Person{ID: a.User, Name: a.Username}), said, nil
	}
	team := a.team()
	if a.User = user; a.Profile.Workflow {
		team = "" // the workflow's
	}
	return d.message(a, d.role(channel, team, me.team, k), k.person), true, nil
}

// identify gives a customer's message that was edited an identity of its own
// and the time of the edit, so that a draft for the words before is void and
// the new ones get one. Words that an agent had already answered keep theirs: a
// corrected typing error asks nothing again. The messages are then in order.
func (d *Desk) identify(ms []pipeline.Message, list []apiMessage) {
	edits := map[string]string{}
	for _, a := range list {
		edits[a.TS] = a.Edited.TS
	}
	var answers []time.Time
	for _, m := range ms {
		if m.Role == pipeline.RoleAgent {
			answers = append(answers, m.At)
		}
	}
	for i, m := range ms {
		at, ok := stampOf(edits[m.ID])
		if !ok || m.Role != pipeline.RoleCustomer || slices.ContainsFunc(answers, func(t time.Time) bool { return t.After(m.At) && t.Before(at) }) {
			continue
		}
		ms[i].ID, ms[i].At = m.ID+"+"+edits[m.ID], at
	}
	slices.SortStableFunc(ms, func(a, b pipeline.Message) int { return a.At.Compare(b.At) })
}

// original is the timestamp of a message, edited or not.
func original(m pipeline.Message) string {
	ts, _, _ := strings.Cut(m.ID, "+")
	return ts
}

// Changed lists the tickets with messages, replies or edits since a time, and
// those whose first message was seen to get or lose a status's emoji. New replies
// are found in threads that are not older than Lookback before it.
func (d *Desk) Changed(ctx context.Context, since time.Time) ([]bots.Row, error) {
	me, err := d.whoami(ctx)
	if err != nil {
		return nil, err
	}
	var rows []bots.Row
	for _, channel := range d.channels() {
		list, err := d.pages(ctx, "conversations.history", url.Values{"channel": {channel}, "oldest": {stampAt(since.Add(-d.c.Lookback))}})
		if err != nil {
			return nil, err
		}
		marked, err := d.remarked(ctx, channel, list, since)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if !m.changed(since) && !marked[m.TS] {
				continue
			}
			ticket, ok, err := d.ticketOf(ctx, channel, m, me)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			ref, state := d.ref(channel, ticket), strings.Join([]string{m.TS, m.LastReply, m.Edited.TS, m.marks()}, "/")
			if i := slices.IndexFunc(rows, func(r bots.Row) bool { return r.TicketRef == ref }); i >= 0 {
				rows[i].State, rows[i].Settled = rows[i].State+" "+state, rows[i].Settled && d.past(m)
			} else {
				rows = append(rows, bots.Row{TicketRef: ref, State: state, Settled: d.past(m)})
			}
		}
	}
	return rows, nil
}

// past tells whether a thread's last change is over by our clock, whatever the
// difference to Slack's.
func (d *Desk) past(m apiMessage) bool { return !m.changed(d.c.Now().Add(-65 * time.Second)) }

// Ping asks whether Slack answers and takes the token.
func (d *Desk) Ping(ctx context.Context) error {
	var a authTest
	return d.get(ctx, "auth.test", nil, &a)
}

// remarked notes the status's emoji on the channel's messages, and says which
// changed since a time.
func (d *Desk) remarked(ctx context.Context, channel string, list []apiMessage, since time.Time) (map[string]bool, error) {
	marks := map[string]string{}
	for _, m := range list {
		marks[m.TS] = m.marks()
	}
	return d.store.remark(ctx, channel, marks, since, d.c.Now())
}

// changed tells whether anything in a thread is not older than a time.
func (m apiMessage) changed(since time.Time) bool {
	return slices.ContainsFunc([]string{m.TS, m.LastReply, m.Edited.TS}, func(ts string) bool {
		at, ok := stampOf(ts)
		return ok && !at.Before(since)
	})
}

// ticketOf says which ticket a message of the channel itself belongs to; false
// for what begins a thread without a customer.
func (d *Desk) ticketOf(ctx context.Context, channel string, m apiMessage, me self) (string, bool, error) {
	user, sure := m.by(me)
	if m.root() != m.TS || user == "" { // a reply shown in the channel too; a bot's message
		return m.root(), m.root() != m.TS || m.Replies > 0, nil
	}
	k, err := d.whois(ctx, user)
	if err != nil {
		return "", false, err
	}
	team := m.team()
	if m.Profile.Workflow {
		team = ""
	}
	if !sure && !d.behind(channel, m, me, k) || d.role(channel, team, me.team, k) != pipeline.RoleCustomer {
		return m.TS, m.Replies > 0, nil
	}
	ticket, err := d.store.settle(ctx, channel, m.TS, user, d.c.Group)
	return ticket, true, err
}

// channels are the desk's, sorted.
func (d *Desk) channels() []string {
	var out []string
	for id := range d.c.Channels {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// subject is the first line of what the customer wrote first.
func subject(text string) string {
	line, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if words.Heads(line) && strings.TrimSpace(rest) != "" {
		line, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
	}
	return bots.Plain(line, 80)
}

func permalink(me self, channel, ts string) string {
	if me.url == "" {
		return ""
	}
	return me.url + "/archives/" + channel + "/p" + strings.Replace(ts, ".", "", 1)
}
