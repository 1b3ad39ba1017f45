package console

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/review/access"
)

const hostileQuote = `Refunds take <b>5</b> days "at most".`

// stocked is a world whose search finds a public and an internal page.
func stocked() *world {
	w := typical()
	w.found = []Found{
		{Passage: pipeline.Passage{ID: "pub", Document: "help/refunds", Version: 2, Title: "Refunds", Audience: pipeline.Public}, Quotes: []string{hostileQuote, "Write to us."}},
		{Passage: pipeline.Passage{ID: "int", Document: "wiki/secret", Version: 1, Title: "Runbook", Audience: pipeline.Restricted}, Quotes: []string{"Override the window."}},
	}
	return w
}

// TestFindAndInsert: without JavaScript the editor keeps its words through search and
// insertion, and the decision names what was put in.
func TestFindAndInsert(t *testing.T) {
	t.Parallel()
	w := stocked()
	c := newConsole(t, w)
	at := "/drafts/" + draftID(0)
	page := ask(t, c, access.RoleAgent, firstTicket+"?edit=1", nil)
	want(t, page, 200, "Find in the knowledge")
	f := form(t, page, at+"/edit")
	f.Set("text", "Hello Ada.")
	f.Set("find", "refund window")
	page = ask(t, c, access.RoleAgent, at+"/find", f)
	want(t, page, 200, hostileQuote, "Write to us.", "Override the window.", "For agents only", "without a source")
	if got := form(t, page, at+"/edit"); got.Get("text") != "Hello Ada." || got.Get("find") != "refund window" {
		t.Errorf("the editor holds %q", got)
	}
	var values []string
	for _, b := range page.find("button", "name", "insert") {
		values = append(values, attr(b, "value"))
	}
	if !slices.Equal(values, []string{"pub " + hostileQuote, "pub Write to us."}) {
		t.Fatalf("offered to put in: %q", values)
	}
	f.Set("insert", values[0])
	page = ask(t, c, access.RoleAgent, at+"/insert", f)
	got := form(t, page, at+"/edit")
	if got.Get("text") != "Hello Ada.\n\n"+hostileQuote || !slices.Equal(got["put"], []string{"pub"}) {
		t.Fatalf("the editor holds %q", got)
	}
	want(t, page, 200, "[9]", "no source")
	if len(page.find("form", "data-dirty", "1")) != 1 {
		t.Error("the page does not know that its words are unsent")
	}
	a := ask(t, c, access.RoleAgent, at+"/edit", url.Values{"seen": {"open"}, "text": got["text"], "put": got["put"]})
	if d := w.decisions[0]; a.StatusCode != 303 || d.Text != "Hello Ada.\n\n"+hostileQuote || !slices.Equal(d.Put, []string{"pub"}) {
		t.Errorf("decision %+v", d)
	}
}

// TestEnterInTheSearchSendsNothing: a browser takes the first button of a form for the
// enter key, so that the search's must stand before “Approve & send”.
func TestEnterInTheSearchSendsNothing(t *testing.T) {
	t.Parallel()
	page := ask(t, newConsole(t, stocked()), access.RoleAgent, firstTicket+"?edit=1", nil)
	forms := page.find("form", "action", "/drafts/"+draftID(0)+"/edit")
	if len(forms) != 1 {
		t.Fatal("no editor")
	}
	var first string
	for _, b := range page.find("button", "", "") {
		for n := b.Parent; n != nil && first == ""; n = n.Parent {
			if n == forms[0] {
				first = attr(b, "formaction")
				if first == "" {
					first = "sends"
				}
			}
		}
	}
	if !strings.HasSuffix(first, "/find") {
		t.Errorf("the first button of the editor is %q", first)
	}
}

func TestFindWhereNothingIs(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	at := "/drafts/" + draftID(0)
	want(t, ask(t, c, access.RoleAgent, at+"/find", url.Values{"text": {"x"}, "find": {"nothing"}}), 200, "Nothing was found.")
	for name, c := range map[string]*Console{"no search": newConsole(t, w, func(c *Config) { c.Finder = nil })} {
		if page := ask(t, c, access.RoleAgent, firstTicket+"?edit=1", nil); strings.Contains(page.words(), "Find in the knowledge") {
			t.Errorf("%s: it is offered", name)
		}
	}
	if a := ask(t, c, access.RoleAgent, at+"/insert", url.Values{"text": {"mine"}}); a.StatusCode != 422 {
		t.Errorf("nothing chosen: %d", a.StatusCode)
	}
}

// TestSentEditShowsItsSources: a reply that a person wrote is shown on what it rests.
func TestSentEditShowsItsSources(t *testing.T) {
	t.Parallel()
	w := typical()
	_, r := w.find(draftID(0))
	r.State, r.DecidedBy, r.Delivery, r.Text = pipeline.StateSent, jo, pipeline.DeliverySent, "Kept. Mine."
	r.Sentences = []pipeline.EditedSentence{
		{Sentence: pipeline.Sentence{Text: "Kept.", Receipts: []pipeline.Receipt{receipt(1, "Kept as it was.", "Billing", "Invoice details")}}, State: pipeline.EditKept},
		{Sentence: pipeline.Sentence{Text: "Mine <i>alone</i>."}, State: pipeline.EditUnproven}}
	page := ask(t, newConsole(t, w), access.RoleAgent, firstTicket, nil)
	want(t, page, 200, "Kept.", "[1]", "Kept as it was.", "Mine <i>alone</i>.", "no source", "What was changed in the draft")
	if n := strings.Count(page.words(), "60 days"); n > 1 { // only in the difference
		t.Errorf("a source of what was not sent is shown: %d", n)
	}
}
