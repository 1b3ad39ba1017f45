package console

import (
	"net/url"
	"testing"

	"footnote/pipeline"
	"footnote/review/access"
)

func TestHandOffTo(t *testing.T) {
	t.Parallel()
	w := typical()
	w.people = []access.Account{{Agent: jo}, {Agent: kim}, {Agent: maxim}, {Agent: ida, DisabledAt: now}}
	c := newConsole(t, w)
	at := "/drafts/" + draftID(0) + "/hand-off"
	page := ask(t, c, access.RoleAgent, firstTicket, nil)
	var values []string
	for _, s := range page.find("select", "name", "to") {
		for o := s.FirstChild; o != nil; o = o.NextSibling {
			values = append(values, attr(o, "value"))
		}
	}
	if len(values) < 3 || values[0] != "" || values[1] != "agent:"+maxim.ID || values[2] != "queue:Billing" { // neither oneself, nor who may not decide, nor who is gone
		t.Fatalf("offered %q", values)
	}
	for value, want := range map[string]pipeline.Decision{"agent:" + maxim.ID: {To: maxim.ID}, "queue:Billing: EU": {Queue: "Billing: EU"}, "": {}, "nonsense": {}} {
		w := typical()
		ask(t, newConsole(t, w), access.RoleAgent, at, url.Values{"seen": {"open"}, "reason": {"Needs a specialist"}, "words": {"VAT id"}, "to": {value}})
		if d := w.decisions[0]; d.To != want.To || d.Queue != want.Queue || d.Reason != "Needs a specialist: VAT id" {
			t.Errorf("%q: decision %+v", value, d)
		}
	}
}

// TestRelated: what was there before is shown when it is asked for, and names the
// ticket itself in neither list.
func TestRelated(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	page := ask(t, c, access.RoleAgent, firstTicket, nil)
	want(t, page, 200, "Other and similar tickets")
	asked := len(w.asked)
	page = ask(t, c, access.RoleAgent, firstTicket+"?related=1", nil)
	want(t, page, 200, "Other tickets of Ada Lovelace", "Similar, and answered")
	if len(page.find("section", "id", "related")) != 1 || len(w.asked) <= asked {
		t.Error("nothing was looked up")
	}
	for _, s := range page.find("section", "id", "related") {
		for _, a := range (answer{Doc: s}).find("a", "href", firstTicket) {
			t.Errorf("the ticket is related to itself: %v", a)
		}
	}
}
