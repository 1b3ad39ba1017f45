package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/review/access"
)

// TestSkipped: what rules left out is listed with its rule, hostile words as words,
// and can be taken in.
func TestSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := newConsole(t, w)
	if a := ask(t, c, access.RoleAgent, "/skipped", nil); a.StatusCode != http.StatusOK || !strings.Contains(a.words(), "Nothing was skipped") {
		t.Errorf("empty: %d %s", a.StatusCode, a.words())
	}
	ref := pipeline.TicketRef{Desk: "email", ID: "77/<b>"}
	w.skipped = []SkippedMessage{{Ticket: ref, Message: "m1", Subject: "<script>alert(1)</script>", From: pipeline.Person{Name: "Grace", Email: "grace@shop.example"},
		Rule: "It says that an agent wrote it, and nothing proves that.", At: now}}
	a := ask(t, c, access.RoleAgent, "/skipped", nil)
	for _, want := range []string{"<script>alert(1)</script>", "grace@shop.example", "nothing proves that", "Answer it after all"} {
		if !strings.Contains(a.words(), want) {
			t.Errorf("lacks %q: %s", want, a.words())
		}
	}
	if o := ask(t, c, access.RoleOwner, "/skipped", nil); strings.Contains(o.words(), "Answer it after all") {
		t.Error("offered to somebody who may not")
	}
	if a := ask(t, c, access.RoleAgent, takeInPath(ref), url.Values{"message": {"m1"}}); a.StatusCode != http.StatusSeeOther || len(w.skipped) != 0 {
		t.Errorf("taken in: %d, %+v", a.StatusCode, w.skipped)
	}
	if a := ask(t, c, access.RoleAgent, takeInPath(ref), url.Values{"message": {"m1"}}); a.StatusCode != http.StatusConflict {
		t.Errorf("twice: %d", a.StatusCode)
	}
}
