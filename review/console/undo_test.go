package console

import (
	"testing"
	"time"

	"footnote/pipeline"
	"footnote/review/access"
)

// TestUndoFromTheNextTicket: an approval leads to the next ticket, which says when the
// reply goes out and takes it back.
func TestUndoFromTheNextTicket(t *testing.T) {
	t.Parallel()
	w := typical()
	w.undoFor = 10 * time.Second
	c := newConsole(t, w)
	at := "/drafts/" + draftID(0)
	a := ask(t, c, access.RoleAgent, at+"/approve", form(t, ask(t, c, access.RoleAgent, firstTicket, nil), at+"/approve"))
	next := a.Header.Get("Location")
	if a.StatusCode != 303 || next == "" || next == firstTicket {
		t.Fatalf("status %d to %q", a.StatusCode, next)
	}
	told := ask(t, c, access.RoleAgent, next, nil, after(a))
	want(t, told, 200, "Approved.", "Goes out in", "10 s", "to Ada Lovelace", "Undo")
	if again := ask(t, c, access.RoleAgent, next, nil, after(told)); len(again.find("form", "action", at+"/undo")) != 0 {
		t.Error("it is told again at a reload")
	}
	want(t, ask(t, c, access.RoleAgent, firstTicket, nil), 200, "On its way", "Goes out in", "Undo")
	if other := ask(t, c, access.RoleOwner, firstTicket, nil); len(other.find("form", "action", at+"/undo")) != 0 {
		t.Error("somebody who may not decide is offered to take it back")
	}
	back := ask(t, c, access.RoleAgent, at+"/undo", form(t, told, at+"/undo"))
	if back.StatusCode != 303 || back.Header.Get("Location") != firstTicket {
		t.Fatalf("undo: status %d to %q", back.StatusCode, back.Header.Get("Location"))
	}
	page := ask(t, c, access.RoleAgent, firstTicket, nil, after(back))
	want(t, page, 200, "Taken back: nothing was sent.", "Taken back", "Approve & send", "Edit")
	if d := w.decisions[1]; d.Kind != pipeline.Undo || d.Draft != draftID(0) || d.Seen != pipeline.StateApproved || d.By != jo {
		t.Errorf("decision is %+v", d)
	}
	w.failDecide = pipeline.Errorf(pipeline.Conflict, "Too late to undo: the reply is being sent.")
	want(t, ask(t, c, access.RoleAgent, at+"/undo", form(t, told, at+"/undo")), 409, "Too late to undo")
}
