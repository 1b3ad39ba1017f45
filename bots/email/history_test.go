package email

import (
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/pipeline"
)

// TestHistory: solved threads of inbox, sent mail and archive, each once, whatever
// else lies there.
func TestHistory(t *testing.T) {
	t.Parallel()
	m, d := open(t)
	since := m.Clock.Now()
	want := map[string]int{} // reopens by ticket
	for i := range 30 {
		root := m.Begin(bottest.Said{Text: "How?"})
		m.Clock.Advance(10 * time.Minute)
		m.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "So."})
		want[d.ref(TicketID(root)).ID] = 0
		switch i % 5 {
		case 1: // twice
			m.Clock.Advance(80 * time.Hour)
			m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "No."})
			m.Clock.Advance(time.Hour)
			m.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "Then so."})
			want[d.ref(TicketID(root)).ID] = 1
		case 2:
			m.Archive(root, "Archive")
		case 3: // still open
			m.Clock.Advance(time.Hour)
			m.Write(root, bottest.Said{Role: pipeline.RoleCustomer, Text: "No."})
			delete(want, d.ref(TicketID(root)).ID)
		}
		m.Begin(bottest.Said{Text: "I am away.", Auto: true})
		m.Put("Sent", say("From: support@shop.example\nTo: ada@example.org\nMessage-ID: <we-"+root+">\nSubject: Hello", "We write first."))
		m.Put("INBOX", say("From: \xff\nMessage-ID: <bad-"+root+">", "x"))
		m.Clock.Advance(20 * time.Hour)
	}
	m.Clock.Advance(100 * time.Hour)
	got := bottest.ReadHistory(t, d, since)
	for id, reopens := range want {
		p, ok := got[id]
		first, all := 10*time.Minute, 10*time.Minute
		if reopens > 0 {
			all += 81 * time.Hour
		}
		if !ok || p.Reopens != reopens || p.FirstResponse.Calendar != first || p.Resolution.Calendar != all || p.Handling != pipeline.Unknown {
			t.Errorf("%s: %+v", id, p)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tickets, want %d", len(got), len(want))
	}
	again, err := d.History(t.Context(), since, "")
	if err != nil || len(again.Tickets) == 0 || again.Done {
		t.Errorf("the first page again: %+v, %v", again, err)
	}
	d.c.Password = "wrong"
	if _, err := d.History(t.Context(), since, ""); pipeline.KindOf(err) != pipeline.Denied {
		t.Errorf("wrong password: %v", err)
	}
}
