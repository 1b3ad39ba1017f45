package slackdesk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/slackdesk"
	"footnote/pipeline"
)

// TestStatus: an emoji of ours or an agent's on the customer's newest message, or
// later, is the status; customers' own, and those on older messages, are none.
func TestStatus(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	root := s.Begin(bottest.Said{Text: "How?"})
	status := func() pipeline.TicketStatus {
		t.Helper()
		got, err := d.Thread(t.Context(), ref(root))
		if err != nil {
			t.Fatal(err)
		}
		return got.Status
	}
	set := func(to pipeline.TicketStatus) {
		t.Helper()
		for range 2 {
			if err := d.SetStatus(t.Context(), ref(root), to); err != nil {
				t.Fatal(err)
			}
		}
		if got := status(); got != to {
			t.Errorf("set to %s it is %s", to, got)
		}
	}
	ada := s.Customer("Ada's colleague")
	s.React(ada, root, "white_check_mark", true)
	s.React(bottest.SlackAlice, root, "eyes", true)
	if got := status(); got != pipeline.StatusOpen {
		t.Errorf("a customer's emoji makes it %s", got)
	}
	set(pipeline.StatusPending)
	set(pipeline.StatusSolved)
	set(pipeline.StatusOpen)
	s.React(bottest.SlackAlice, root, "white_check_mark", true)
	if got := status(); got != pipeline.StatusSolved {
		t.Errorf("an agent's emoji makes it %s", got)
	}
	if err := d.SetStatus(t.Context(), ref(root), pipeline.StatusOpen); pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "colleague") {
		t.Errorf("an agent's emoji is taken away: %v", err)
	}
	s.Clock.Advance(time.Minute)
	more := s.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "And now?"})
	if got := status(); got != pipeline.StatusOpen {
		t.Errorf("after a new message it is %s", got)
	}
	answer := s.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "So."})
	s.React(bottest.SlackColleague, answer, "white_check_mark", true)
	if got := status(); got != pipeline.StatusSolved {
		t.Errorf("an emoji on the answer makes it %s", got)
	}
	s.React(bottest.SlackColleague, answer, "white_check_mark", false)
	set(pipeline.StatusSolved)
	if calls := s.Calls("reactions.add"); calls[len(calls)-1].Args["timestamp"] != more {
		t.Errorf("%v", calls)
	}
	if err := d.SetStatus(t.Context(), ref(root), "closed"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("no such status: %v", err)
	}
	if _, tags := any(d).(bots.Tagger); tags {
		t.Error("Slack has no tags, and an emoji would be shown to the customer")
	}
	s.Fail("reactions.remove", bottest.SlackFault{Error: "missing_scope"})
	if err := d.SetStatus(t.Context(), ref(root), pipeline.StatusOpen); pipeline.KindOf(err) != pipeline.Denied {
		t.Errorf("without the permission: %v", err)
	}
}

// TestMarkEvents: an event about an emoji names the message alone; its ticket is
// found, also that of several threads, and other emoji are no events.
func TestMarkEvents(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	ada := s.Customer("Ada")
	first := s.Say(ada, "", bottest.Said{Text: "Hi."})
	s.Clock.Advance(time.Minute)
	second := s.Say(ada, "", bottest.Said{Text: "How do I export?"})
	in := s.Say(ada, second, bottest.Said{Text: "As CSV."})
	var before, b bus
	take(t, d, &before, s.Hooks()...)
	s.React(bottest.SlackAlice, in, "white_check_mark", true)
	s.React(bottest.SlackAlice, in, "eyes", true)
	s.React(bottest.SlackAlice, in, "white_check_mark", false)
	hooks := s.Hooks()
	take(t, d, &b, hooks...)
	take(t, d, &b, hooks...)
	if got := b.tickets(); !slices.Equal(got, []string{first}) || len(b.list) != 2 {
		t.Errorf("tickets %v of %d events, want %s of 2", got, len(b.list), first)
	}
	if r, err := pipeline.Decode[pipeline.Received](b.list[0]); err != nil || r.Kind != bots.KindChange {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := d.Thread(t.Context(), ref(in)); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("a message within a thread is a ticket: %v", err)
	}
	s.React(bottest.SlackAlice, in, "white_check_mark", true)
	s.DeleteMessage(bottest.SlackSupport, in)
	var gone bus
	if take(t, d, &gone, s.Hooks()...); len(gone.list) != 0 {
		t.Errorf("a message that is gone: %+v", gone.list)
	}
}

// TestMarkPolled: an emoji that no event told is found by the poll, and so is its
// being taken away; afterwards it is no news.
func TestMarkPolled(t *testing.T) {
	t.Parallel()
	s, d, _ := open(t)
	root := s.Begin(bottest.Said{Text: "How?"})
	news := func(since time.Time, want int) {
		t.Helper()
		for range 2 { // a pass that failed is made again
			if refs, err := d.Changed(t.Context(), since); err != nil || len(refs) != want {
				t.Errorf("%v, %v, want %d", refs, err, want)
			}
		}
	}
	s.Clock.Advance(time.Hour)
	news(s.Clock.Now(), 0)
	for _, on := range []bool{true, false} {
		since := s.Clock.Now()
		s.Clock.Advance(time.Minute)
		s.React(bottest.SlackAlice, root, "white_check_mark", on)
		news(since, 1)
		s.Clock.Advance(time.Minute)
		news(s.Clock.Now(), 0)
	}
}

// TestNote: notes stand among colleagues, once whatever is lost, and nowhere when
// customers might read them.
func TestNote(t *testing.T) {
	t.Parallel()
	s, d, c := open(t)
	root := s.Begin(bottest.Said{Text: "How?"})
	n := bots.Note{Ticket: ref(root), Text: "Draft: <!channel> & so", Marker: marker}
	s.Script("reply", bottest.DeskFault{Reset: true, Accept: true})
	if _, err := d.Note(t.Context(), n); bots.VerdictOf(err) != bots.Ambiguous {
		t.Errorf("a lost answer: %v", err)
	}
	id, err := d.Note(t.Context(), n)
	got := s.Notes(ref(root).ID)
	if err != nil || len(got) != 1 || got[0].ID != id || got[0].Text != n.Text || got[0].Marker != marker {
		t.Errorf("%+v, %s, %v", got, id, err)
	}
	calls := s.Calls("chat.postMessage")
	if a := calls[len(calls)-1].Args; !strings.Contains(a["attachments"], "archives/"+bottest.SlackSupport) || a["thread_ts"] != "" || a["channel"] != bottest.SlackNotes {
		t.Errorf("%v", a)
	}
	refused := func(name string, d *slackdesk.Desk, n bots.Note, say string) {
		t.Helper()
		_, err := d.Note(t.Context(), n)
		if bots.VerdictOf(err) != bots.Refused || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := n
	other.Marker = bots.MarkerFor("01234567-89ab-4cde-8f01-23456789abce")
	s.Share(bottest.SlackNotes, true)
	refused("shared", d, other, "shared with another workspace")
	s.Share(bottest.SlackNotes, false)
	s.AddUser(bottest.SlackUser{ID: "U0GUEST", Name: "Guest", Guest: true})
	s.SetMembers(bottest.SlackNotes, bottest.SlackAlice, "U0GUEST")
	refused("guests", d, other, "guests")
	s.SetMembers(bottest.SlackNotes, bottest.SlackAlice, bottest.SlackColleague)
	s.Fail("conversations.info", bottest.SlackFault{Error: "missing_scope"})
	refused("cannot be sure", d, other, "permission")
	other.Ticket.ID = "C0OTHER-1795420000.004200"
	refused("another channel's", d, other, "no such ticket")
	c.Notes = ""
	alone, err := slackdesk.New(c)
	if err != nil {
		t.Fatal(err)
	}
	refused("no channel", alone, n, "customers read all")
	c.Notes = bottest.SlackSupport
	if _, err := slackdesk.New(c); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("notes in the support channel: %v", err)
	}
	if got := s.Replies(root); len(got) != 0 || len(s.Notes(ref(root).ID)) != 1 {
		t.Errorf("%+v", got)
	}
}
