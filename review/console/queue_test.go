package console

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/work"
)

// TestQueueAsksWhatIsChosen: every control of the form reaches the filter, stays as
// it was chosen, and goes along to the tabs and the next page.
func TestQueueAsksWhatIsChosen(t *testing.T) {
	t.Parallel()
	w := typical()
	for i := range pageRows + 20 {
		w.add(withDraft(sampleTicket(100+i, "More", "x", time.Hour), draftID(100+i), pipeline.StateOpen))
	}
	c := newConsole(t, w)
	a := ask(t, c, access.RoleAgent, "/queue?view=todo&q=more&state=to_review&desk=sandbox&queue=Billing&language=en&owner=nobody&waited=1h&findings=1&sort=newest", nil)
	want(t, a, 200, "To do 70", "Next page")
	got := w.asked[0]
	if want := (work.Filter{View: work.Todo, Agent: jo.ID, Words: "more", States: []pipeline.WorkState{pipeline.WorkToReview}, Desk: "sandbox", Queue: "Billing",
		Language: "en", Unowned: true, Waited: time.Hour, Findings: true, Newest: true, Limit: pageRows}); !equal(got, want) {
		t.Errorf("asked %+v, want %+v", got, want)
	}
	if n := strings.Count(a.Body, " selected>"); n != 7 || !strings.Contains(a.Body, " checked>") {
		t.Errorf("%d options are selected, want 7", n)
	}
	next := attr(a.find("a", "rel", "next")[0], "href")
	b := ask(t, c, access.RoleAgent, next, nil)
	want(t, b, 200, "First page")
	if n := len(b.find("li", "class", "row")); n != 20 {
		t.Errorf("%d rows on the second page, want 20", n)
	}
	if got := w.asked[1]; got.After == "" || got.Desk != "sandbox" || !got.Findings || got.Words != "more" {
		t.Errorf("the next page asks %+v", got)
	}
	for _, x := range a.find("nav", "class", "tabs") {
		for n := range x.Descendants() {
			if h := attr(n, "href"); strings.HasPrefix(h, "/queue") && (!strings.Contains(h, "desk=sandbox") || strings.Contains(h, "after=")) {
				t.Errorf("a tab leads to %s", h)
			}
		}
	}
	ask(t, c, access.RoleAgent, "/queue?owner=me", nil)
	if got := w.asked[2]; got.Owner != jo.ID {
		t.Errorf("mine are %q's", got.Owner)
	}
	want(t, ask(t, c, access.RoleAgent, "/queue?queue=%3Cb%3Enone", nil), 200, "Nothing matches the filter", "<b>none")
}

func equal(a, b work.Filter) bool {
	if !slices.Equal(a.States, b.States) {
		return false
	}
	a.States, b.States = nil, nil
	return a.View == b.View && a.Agent == b.Agent && a.Words == b.Words && a.Desk == b.Desk && a.Queue == b.Queue && a.Language == b.Language &&
		a.Owner == b.Owner && a.Unowned == b.Unowned && a.Waited == b.Waited && a.Findings == b.Findings && a.Newest == b.Newest && a.After == b.After && a.Limit == b.Limit
}

func TestSnoozeFromTheTicket(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	page := ask(t, c, access.RoleAgent, firstTicket, nil)
	want(t, page, 200, "Put off for")
	at := "/tickets/sandbox/snooze?id=1040"
	if a := ask(t, c, access.RoleAgent, at, url.Values{"for": {"soon"}}); a.StatusCode != 422 {
		t.Errorf("a time that is not offered: %d", a.StatusCode)
	}
	a := ask(t, c, access.RoleAgent, at, url.Values{"for": {"4h"}})
	if a.StatusCode != 303 || a.Header.Get("Location") != firstTicket {
		t.Fatalf("status %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	page = ask(t, c, access.RoleAgent, firstTicket, nil, after(a))
	want(t, page, 200, "Put off. It comes back by itself", "Snoozed", "until 23 Nov 2026, 14:32 UTC", "Bring it back now")
	want(t, ask(t, c, access.RoleAgent, "/queue?view=later", nil), 200, "Later 1", "Snoozed", "until 23 Nov 2026, 14:32 UTC")
	a = ask(t, c, access.RoleAgent, "/tickets/sandbox/unsnooze?id=1040", url.Values{})
	want(t, ask(t, c, access.RoleAgent, firstTicket, nil, after(a)), 200, "It is back in the queue", "To review")
	for _, path := range []string{"/tickets/sandbox/1046", "/tickets/sandbox/1041"} { // sent; another's
		if a := ask(t, c, access.RoleAgent, path, nil); strings.Contains(a.words(), "Put off for") {
			t.Errorf("%s can be put off", path)
		}
	}
}

// TestWriteTheReply: after no to a draft the customer still waits, and the reply is
// written there; once somebody answered nothing is offered.
func TestWriteTheReply(t *testing.T) {
	t.Parallel()
	for _, state := range []pipeline.DraftState{pipeline.StateRejected, pipeline.StateHandedOff} {
		w := newWorld()
		v := withDraft(sampleTicket(0, "Invoices", "How?", time.Hour), draftID(0), state)
		w.add(v)
		c := newConsole(t, w)
		a := ask(t, c, access.RoleAgent, firstTicket, nil)
		want(t, a, 200, "To write", "Write the reply")
		if len(w.opened) != 0 {
			t.Error("looking at one's own no is work")
		}
		a = ask(t, c, access.RoleAgent, firstTicket+"?edit=1", nil)
		want(t, a, 200, "Your reply to Ada Lovelace")
		if len(w.opened) != 1 {
			t.Error("writing the reply is no work")
		}
		v.Work = pipeline.Work{Ticket: v.Ticket.TicketRef, State: pipeline.WorkDone, Why: pipeline.WhyResolvedAtDesk, Message: "m1", Draft: draftID(0)}
		w.add(v)
		if a := ask(t, c, access.RoleAgent, firstTicket, nil); len(a.find("a", "id", "edit")) != 0 || strings.Contains(a.Body, draftID(0)+"/redraft") {
			t.Error("a resolved ticket offers to write")
		}
	}
}

// TestWordsStayWithTheirDraft: what was written for a draft that another one has
// taken the place of is kept beside the new one, and never in its editor.
func TestWordsStayWithTheirDraft(t *testing.T) {
	t.Parallel()
	for _, do := range []string{"edit", "check"} {
		w := newWorld()
		v := withDraft(sampleTicket(0, "Invoices", "How?", time.Hour), draftID(0), pipeline.StateStale)
		v = withDraft(v, draftID(1), pipeline.StateOpen)
		w.add(v)
		w.failDecide = pipeline.Errorf(pipeline.Conflict, "Not sent: the customer wrote again.")
		c := newConsole(t, w)
		a := ask(t, c, access.RoleAgent, "/drafts/"+draftID(0)+"/"+do, url.Values{"text": {"Words for the old draft."}})
		want(t, a, map[string]int{"edit": 409, "check": 200}[do], "Your text was written for another draft", "Words for the old draft.")
		if len(a.find("textarea", "name", "text")) != 0 {
			t.Errorf("%s: the words stand in the new draft's editor", do)
		}
	}
}
