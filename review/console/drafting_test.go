package console

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"footnote/pipeline"
	"footnote/review/access"
)

// lever is the drafting switch in memory.
type lever struct {
	now    Switch
	turned int
}

func (l *lever) Switch(context.Context) (Switch, error) { return l.now, nil }

func (l *lever) Turn(_ context.Context, by pipeline.Agent, paused bool, reason string) (Switch, error) {
	l.turned++
	l.now = Switch{Paused: paused, By: by.Name, Reason: reason, At: now}
	return l.now, nil
}

// TestDraftingSwitch: managers pause and resume on the Operations page, which
// says who did it and why; nonsense turns nothing.
func TestDraftingSwitch(t *testing.T) {
	t.Parallel()
	c := newConsole(t, typical())
	l := &lever{}
	c.Drafting = l
	want(t, ask(t, c, access.RoleManager, "/operations", nil), 200, "New customer messages get a draft.", "Pause drafting")
	a := ask(t, c, access.RoleManager, "/operations/drafting", url.Values{"to": {"paused"}, "reason": {"<script>new knowledge"}})
	if a.StatusCode != 303 || !l.now.Paused {
		t.Fatalf("%d, %+v", a.StatusCode, l.now)
	}
	want(t, ask(t, c, access.RoleManager, "/operations", nil, after(a)), 200, "It counts from now on", "Paused", "Max Feld", "<script>new knowledge", "Resume drafting")
	for _, bad := range []url.Values{{}, {"to": {"maybe"}}, {"to": {"drafting"}, "reason": {strings.Repeat("x", maxReason+1)}}} {
		if a := ask(t, c, access.RoleManager, "/operations/drafting", bad); a.StatusCode != 400 && a.StatusCode != 422 {
			t.Errorf("%v: %d", bad, a.StatusCode)
		}
	}
	if a := ask(t, c, access.RoleAgent, "/operations/drafting", url.Values{"to": {"drafting"}}); a.StatusCode != 403 || l.turned != 1 {
		t.Errorf("an agent: %d, turned %d times", a.StatusCode, l.turned)
	}
	if a := ask(t, c, access.RoleAdmin, "/operations/drafting", url.Values{"to": {"drafting"}}); a.StatusCode != 303 || l.now.Paused {
		t.Errorf("%d, %+v", a.StatusCode, l.now)
	}
}

// TestPausedMessage: a message that waits because drafting is paused says so in
// the queue and on its page, and stays work for somebody.
func TestPausedMessage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	v := sampleTicket(30, "Where is my invoice?", "I cannot find it.", 5*time.Hour)
	v.Outcomes[0].Kind, v.Outcomes[0].Reason = pipeline.OutcomeSkipped, pipeline.PausedReason
	w.add(v)
	c := newConsole(t, w)
	want(t, ask(t, c, access.RoleAgent, "/queue?view=all", nil), 200, "Paused", "will be drafted", "5 h", "waiting")
	a := ask(t, c, access.RoleAgent, TicketPath(v.Ticket.TicketRef), nil)
	if want(t, a, 200, "Drafting is paused", "gets its draft once drafting goes on"); !strings.Contains(a.Body, "data-heart") {
		t.Error("work on a message that waits is not measured")
	}
	v.Outcomes[0].Reason = "auto-reply"
	a = ask(t, c, access.RoleAgent, TicketPath(v.Ticket.TicketRef), nil)
	if want(t, a, 200, "No draft was asked for", "auto-reply"); strings.Contains(a.Body, "data-heart") {
		t.Error("an automatic reply is measured as work")
	}
}
