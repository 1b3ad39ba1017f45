package console

import (
	"net/url"
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/saved"
)

// TestSavedReplies: written on their page, put in beside the editor with the ticket's
// words, and checked like all that a person writes.
func TestSavedReplies(t *testing.T) {
	t.Parallel()
	w := typical()
	w.findings = func(text string) (fs []pipeline.Finding) {
		if strings.Contains(text, "voucher") {
			fs = append(fs, pipeline.Finding{Check: "commitment", Severity: pipeline.Confirm, Sentence: -1, Detail: "New: Commits to a discount."})
		}
		return fs
	}
	c := newConsole(t, w)
	want(t, ask(t, c, access.RoleAgent, "/replies", nil), 200, "None yet.", "{first name}")
	at := "/drafts/" + draftID(0)
	want(t, ask(t, c, access.RoleAgent, firstTicket+"?edit=1", nil), 200, "Saved replies", "Write the first one")
	page := ask(t, c, access.RoleAgent, "/replies", url.Values{"name": {"Odd <b>"}, "text": {"Hi {frist name}\r\nBye"}})
	want(t, page, 422, "Not saved.", "There is no variable")
	if f := form(t, page, "/replies"); f.Get("text") != "Hi {frist name}\nBye" || f.Get("name") != "Odd <b>" {
		t.Errorf("the form lost its words: %q", f)
	}
	a := ask(t, c, access.RoleAgent, "/replies", url.Values{"name": {"Voucher"}, "text": {"Hi {first name}, here is a voucher. {agent}"}})
	if a.StatusCode != 303 || len(w.saved) != 1 {
		t.Fatalf("status %d, %+v", a.StatusCode, w.saved)
	}
	w.saved[0].ID = "s1"
	want(t, ask(t, c, access.RoleAgent, "/replies", nil, after(a)), 200, "Saved. It can be put into every reply.", "Voucher")
	f := url.Values{"seen": {"open"}, "text": {"Mine."}, "put": {"pub"}, "saved": {"s1"}}
	page = ask(t, c, access.RoleAgent, at+"/saved", f)
	want(t, page, 200, "New: Commits to a discount.")
	if got := form(t, page, at+"/edit"); got.Get("text") != "Mine.\n\nHi Ada, here is a voucher. Jo Marsh" || got.Get("put") != "pub" {
		t.Errorf("the editor holds %q", got)
	}
	f.Set("saved", "")
	page = ask(t, c, access.RoleAgent, at+"/saved", f)
	want(t, page, 422, "Choose a saved reply")
	if form(t, page, at+"/edit").Get("text") != "Mine." {
		t.Error("the words are gone")
	}
	ask(t, c, access.RoleAgent, "/replies/remove", url.Values{"id": {"s1"}})
	if len(w.saved) != 0 || len(w.decisions) != 0 {
		t.Errorf("%+v, %+v", w.saved, w.decisions)
	}
	w.saved = []saved.Reply{{ID: "x", Name: "<script>alert(1)</script>", Text: "\u202e<img>"}}
	if hostile := ask(t, c, access.RoleAgent, "/replies", nil); strings.Contains(hostile.Body, "<script>alert") || strings.Contains(hostile.Body, "<img>") {
		t.Error("a name became markup")
	}
}
