package slackdesk_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/slackdesk"
	"footnote/pipeline"
)

// bus keeps what was published, each id once.
type bus struct {
	mu   sync.Mutex
	fail error
	ids  map[string]pipeline.TicketRef
	list []pipeline.Event
}

func (b *bus) publish(_ context.Context, e pipeline.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	if b.ids == nil {
		b.ids = map[string]pipeline.TicketRef{}
	}
	if _, ok := b.ids[e.ID]; !ok {
		b.list = append(b.list, e)
	}
	b.ids[e.ID] = e.Ref()
	return nil
}

// tickets are those of the events, sorted, each once.
func (b *bus) tickets() (out []string) {
	for _, r := range b.ids {
		out = append(out, thread(r))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func take(t *testing.T, d *slackdesk.Desk, b *bus, hooks ...bottest.Hook) {
	t.Helper()
	for _, h := range hooks {
		if err := d.Take(t.Context(), h.Body, b.publish); err != nil {
			t.Errorf("%v: %.300s", err, h.Body)
		}
	}
}

// TestGroup: one customer's messages in the channel, each within ten minutes of
// another, are one ticket, in whatever order events come, whichever process
// takes them, and for the poll too; another's, and later ones, are not.
func TestGroup(t *testing.T) {
	t.Parallel()
	s, d, c := open(t)
	other, err := slackdesk.New(c) // a second process
	if err != nil {
		t.Fatal(err)
	}
	ada, bob := s.Customer("Ada"), s.Customer("Bob")
	begin := s.Clock.Now()
	first := s.Say(ada, "", bottest.Said{Text: "Hi."})
	bobs := s.Say(bob, "", bottest.Said{Text: "Me too."})
	s.Clock.Advance(9 * time.Minute)
	second := s.Say(ada, "", bottest.Said{Text: "How do I export?"})
	s.Clock.Advance(time.Minute)
	in := s.Say(ada, second, bottest.Said{Text: "As CSV."})
	s.Clock.Advance(11 * time.Minute)
	later := s.Say(ada, "", bottest.Said{Text: "Something else."})
	hooks := s.Hooks()
	var b bus
	take(t, d, &b, hooks[0])
	take(t, other, &b, hooks[3], hooks[2], hooks[1], hooks[4]) // the reply before what it replies to
	take(t, d, &b, hooks...)
	if got := b.tickets(); !slices.Equal(got, []string{first, bobs, later}) || len(b.list) != 5 {
		t.Errorf("tickets %v of %d events, want %v", got, len(b.list), []string{first, bobs, later})
	}
	rows, err := other.Changed(t.Context(), begin)
	var refs []pipeline.TicketRef
	for _, r := range rows {
		refs = append(refs, r.TicketRef)
	}
	if err != nil || !slices.Equal(refs, []pipeline.TicketRef{ref(first), ref(bobs), ref(later)}) {
		t.Errorf("the poll finds %v, %v", refs, err)
	}
	got, err := other.Thread(t.Context(), ref(first))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range got.Messages {
		ids = append(ids, m.ID)
		if e := bots.MessageReceived(got, m, s.Clock.Now()); b.ids[e.ID] != ref(first) {
			t.Errorf("%s is another event for the poll", m.ID)
		}
	}
	if !slices.Equal(ids, []string{first, second, in}) || got.Subject != "Hi." || got.Requester.Name != "Ada" {
		t.Errorf("%v, %+v", ids, got)
	}
	// The reply belongs where the customer wrote last.
	if _, err := d.Post(t.Context(), bots.Post{Ticket: ref(first), Text: "So.", Marker: marker}); err != nil || len(s.Replies(second)) != 1 {
		t.Errorf("replied elsewhere: %v", err)
	}
}

// TestGroupLate: events come backwards and all at once; each message is within
// the time of every other, so that no order makes two tickets.
func TestGroupLate(t *testing.T) {
	t.Parallel()
	s, d, c := open(t)
	ada := s.Customer("Ada")
	for i := range 6 {
		s.Say(ada, "", bottest.Said{Text: "So."})
		s.Clock.Advance(time.Duration(i) * 30 * time.Second)
	}
	hooks := s.Hooks()
	slices.Reverse(hooks)
	other, err := slackdesk.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var b bus
	var wg sync.WaitGroup
	for i, h := range hooks {
		wg.Go(func() { take(t, []*slackdesk.Desk{d, other}[i%2], &b, h) })
	}
	wg.Wait()
	if got := b.tickets(); len(got) != 1 || len(b.list) != 6 {
		t.Errorf("tickets %v of %d events", got, len(b.list))
	}
	bob := s.Customer("Bob")
	for range 3 {
		s.Say(bob, "", bottest.Said{Text: "So."})
		s.Clock.Advance(9 * time.Minute)
	}
	hooks = s.Hooks()
	slices.Reverse(hooks)
	var backwards bus
	if take(t, d, &backwards, hooks...); len(backwards.tickets()) != 1 || len(backwards.list) != 3 {
		t.Errorf("backwards: tickets %v of %d events", backwards.tickets(), len(backwards.list))
	}
}

// TestTakeFails: what cannot be stored comes again, from Slack.
func TestTakeFails(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	s.Begin(bottest.Said{Text: "How?"})
	hooks := s.Hooks()
	b := bus{fail: errors.New("the bus is away")}
	if err := d.Take(t.Context(), hooks[0].Body, b.publish); !errors.Is(err, b.fail) {
		t.Errorf("%v", err)
	}
	b.fail = nil
	s.FailAlways("users.info", bottest.SlackFault{RetryAfter: 30 * time.Second}) // Slack is slow: the event is stored all the same
	s.FailAlways("auth.test", bottest.SlackFault{Status: 500})
	if take(t, d, &b, hooks...); len(b.list) != 1 {
		t.Errorf("%d events", len(b.list))
	}
	s.Heal("auth.test")
	never := make(chan struct{})
	defer close(never)
	s.FailAlways("users.info", bottest.SlackFault{Hold: never})
	s.Begin(bottest.Said{Text: "And this?"})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := d.Take(ctx, s.Hooks()[0].Body, b.publish); err != nil || len(b.list) != 2 {
		t.Errorf("Slack does not answer: %d events, %v", len(b.list), err)
	}
}

// TestRoles: who counts as what, in a shared channel and in one that is open.
func TestRoles(t *testing.T) {
	t.Parallel()
	for opened, want := range map[bool]string{false: "customer agent agent customer agent", true: "customer agent customer customer customer"} {
		s, d, _ := open(t, func(c *slackdesk.Config) { c.Channels = map[string]bool{bottest.SlackSupport: opened} })
		s.AddUser(bottest.SlackUser{ID: "U0GUEST", Name: "Guest", Guest: true})
		s.AddUser(bottest.SlackUser{ID: "U0MUTE", Name: "No Mail"})
		root := s.Begin(bottest.Said{Text: "How?"})
		for _, user := range []string{bottest.SlackAlice, bottest.SlackColleague, "U0GUEST", "U0MUTE"} {
			s.Say(user, root, bottest.Said{Text: "I say."})
		}
		s.Inject(bottest.SlackMessage{Channel: bottest.SlackSupport, ThreadTS: root, User: "U0PAGER", Bot: "B0PAGER", Text: "alert"})
		s.Inject(bottest.SlackMessage{Channel: bottest.SlackSupport, ThreadTS: root, User: "USLACKBOT", Text: "reminder"})
		s.Inject(bottest.SlackMessage{Channel: bottest.SlackSupport, ThreadTS: root, User: bottest.SlackColleague, Subtype: "channel_join", Text: "joined"})
		got, err := d.Thread(t.Context(), ref(root))
		var roles []string
		for _, m := range got.Messages {
			roles = append(roles, string(m.Role))
		}
		if want += " bot"; err != nil || strings.Join(roles, " ") != want {
			t.Errorf("open %v: %v, want %s (%v)", opened, roles, want, err)
		}
	}
}

// TestOthersIgnored: bots, ourselves, joins and agents' announcements are no events.
func TestOthersIgnored(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	root := s.Begin(bottest.Said{Text: "How?"})
	s.Hooks()
	for _, m := range []bottest.SlackMessage{
		{User: "U0PAGER", Bot: "B0PAGER", Text: "alert"}, {User: "USLACKBOT", Text: "reminder"}, {User: bottest.SlackColleague, Subtype: "channel_join", Text: "joined"},
		{User: bottest.SlackBotUser, Text: "posted by us, the bot's id lost"}, {User: "U9EXT01", Metadata: []byte(`{"event_type":"footnote_reply","event_payload":{"marker":"` + marker + `"}}`)},
	} {
		m.Channel, m.ThreadTS = bottest.SlackSupport, root
		s.Inject(m)
	}
	s.Say(bottest.SlackAlice, "", bottest.Said{Text: "We are closed on Friday."})
	if _, err := d.Thread(t.Context(), ref(root)); err != nil { // who we are
		t.Fatal(err)
	}
	s.Unfurl(root)
	var b bus
	if take(t, d, &b, s.Hooks()...); len(b.list) != 0 {
		t.Errorf("%d events: %+v", len(b.list), b.list)
	}
	refs, err := d.Changed(t.Context(), s.Clock.Now().Add(-time.Hour))
	if err != nil || len(refs) != 1 {
		t.Errorf("the poll finds %v, %v", refs, err)
	}
}

// TestEdit: an edited question is another message, unless it was answered
// already; the event makes the ticket be read.
func TestEdit(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	root := s.Begin(bottest.Said{Text: "How do I export?"})
	before, err := d.Thread(t.Context(), ref(root))
	if err != nil {
		t.Fatal(err)
	}
	s.Hooks()
	s.Clock.Advance(time.Minute)
	s.Edit(root, "How do I import?")
	var b bus
	take(t, d, &b, s.Hooks()...)
	if r, err := pipeline.Decode[pipeline.Received](b.list[0]); err != nil || len(b.list) != 1 || r.Kind != bots.KindChange || b.list[0].Ref() != ref(root) {
		t.Errorf("%+v %v", b.list, err)
	}
	after, err := d.Thread(t.Context(), ref(root))
	if err != nil || len(after.Messages) != 1 || after.Messages[0].ID == before.Messages[0].ID || after.Messages[0].Text != "How do I import?" || !after.UpdatedAt.After(before.UpdatedAt) {
		t.Errorf("%+v %v", after.Messages, err)
	}
	again, _ := d.Thread(t.Context(), ref(root))
	if again.Messages[0].ID != after.Messages[0].ID {
		t.Errorf("the identity changes by itself: %s, %s", again.Messages[0].ID, after.Messages[0].ID)
	}
	if _, err := d.Post(t.Context(), bots.Post{Ticket: ref(root), Text: "So.", Marker: marker, Seen: before.UpdatedAt}); bots.VerdictOf(err) != bots.Moved || len(s.Replies(root)) != 0 {
		t.Errorf("a reply to the words before: %v", err)
	}
	if refs, err := d.Changed(t.Context(), after.UpdatedAt); err != nil || len(refs) != 1 {
		t.Errorf("the poll finds %v, %v", refs, err)
	}
	s.Clock.Advance(time.Minute)
	s.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "Like this."})
	s.Clock.Advance(time.Minute)
	s.Edit(root, "How do I import? (thanks!)")
	if late, err := d.Thread(t.Context(), ref(root)); err != nil || late.Messages[0].ID != root || late.Messages[1].Role != pipeline.RoleAgent {
		t.Errorf("%+v %v", late.Messages, err)
	}
}

// TestDeleted: a question that was deleted leaves no ticket to answer, also
// where Slack keeps its replies.
func TestDeleted(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	alone, root := s.Begin(bottest.Said{Text: "How?"}), s.Begin(bottest.Said{Text: "How?"})
	s.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "Which one?"})
	s.Hooks()
	for _, ts := range []string{alone, root} {
		s.Remove(ts)
		var b bus
		if take(t, d, &b, s.Hooks()...); len(b.list) != 1 || b.list[0].Ref() != ref(ts) {
			t.Errorf("%+v", b.list)
		}
		if got, err := d.Thread(t.Context(), ref(ts)); pipeline.KindOf(err) != pipeline.NotFound {
			t.Errorf("%+v %v", got, err)
		}
	}
}
