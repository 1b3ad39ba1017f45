package console

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"footnote/review/access"
	"footnote/review/trace"
)

// TestTraceLink: a ticket's page leads those who may to what happened, and
// nobody else.
func TestTraceLink(t *testing.T) {
	t.Parallel()
	c := newConsole(t, typical())
	const path = "/trace?id=sandbox%2F1040"
	for role, links := range map[string]int{access.RoleAgent: 0, access.RoleOwner: 0, access.RoleManager: 1, access.RoleAdmin: 1} {
		if n := len(ask(t, c, role, firstTicket, nil).find("a", "href", path)); n != links {
			t.Errorf("%s sees %d links, want %d", role, n, links)
		}
	}
	want(t, ask(t, c, access.RoleAgent, path, nil), 403)
	a := ask(t, c, access.RoleManager, path, nil)
	want(t, a, 200, "sandbox/1040 is a ticket", "our invoices still show the old address", "confidence 0.82", "delivery gave up", "the desk answered 502", draftID(0))
	if len(a.find("a", "href", firstTicket)) != 1 || len(a.find("span", "class", "mark t-bad")) != 1 {
		t.Error("the trace does not lead back to its ticket, or does not mark what went wrong")
	}
	if n := len(ask(t, c, access.RoleManager, "/operations", nil).find("form", "action", "/trace")); n != 1 {
		t.Errorf("%d fields for references on the operations page", n)
	}
}

// TestTrace: what is not known says so with the field still there; a long one
// shows its end; a fault is no page about the id.
func TestTrace(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	a := ask(t, c, access.RoleManager, "/trace?id=FN-NOTTHERE22", nil)
	if want(t, a, 404, "Nothing is known under", "FN-NOTTHERE22"); len(a.find("input", "value", "FN-NOTTHERE22")) != 1 {
		t.Error("the field forgets what was asked for")
	}
	w.trace = &trace.Trace{ID: "x", Is: "a request in Slack", Missing: "events on the bus: no answer"}
	want(t, ask(t, c, access.RoleManager, "/trace?id=x", nil), 200, "Nothing happened yet", "Not shown: events on the bus")
	for i := range maxSteps + 7 {
		w.trace.Steps = append(w.trace.Steps, trace.Step{At: now.Add(time.Duration(i) * time.Minute), Kind: "event", What: fmt.Sprintf("step %d.", i)})
	}
	a = ask(t, c, access.RoleManager, "/trace?id=x", nil)
	if want(t, a, 200, "The latest 500 steps", "step 506."); len(a.find("tr", "", "")) != maxSteps+1 {
		t.Errorf("%d rows", len(a.find("tr", "", "")))
	}
	w.fail = errors.New("disk on fire")
	want(t, ask(t, c, access.RoleManager, "/trace?id=x", nil), 500, "Something went wrong")
}
