package qdrant_test

import (
	"math"
	"slices"
	"testing"

	"footnote/knowledge"
	"footnote/pipeline"
)

// TestExplanationIsTheSearch: what is explained is what Search returns, and the
// parts of a score add up to it.
func TestExplanationIsTheSearch(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{md("refunds.md", refunds), md("invoices.md", invoices), md("secret.md", "---\naudience: internal\n---\n# Refunds\n\nRefunds on your card above 500 need a supervisor.\n")})
	q := pipeline.Query{Audiences: []pipeline.Audience{pipeline.Public}, Limit: 1, Turns: []pipeline.Turn{
		{Role: pipeline.RoleCustomer, Text: "I sent an invoice back"}, {Role: pipeline.RoleAgent, Text: "We refund it."}, {Role: pipeline.RoleCustomer, Text: "when do refnuds reach my card"}}}
	x, err := s.Explain(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Search(t.Context(), q)
	if err != nil || len(a.Hits) != 1 || len(x.Answer.Hits) != 1 || a.Hits[0].Passage.ID != x.Answer.Hits[0].Passage.ID || a.Hits[0].Score != x.Answer.Hits[0].Score {
		t.Fatalf("%+v %+v %v", a, x.Answer, err)
	}
	if len(x.Passages) < 2 || x.Passages[0].Fate != "returned" || x.Passages[1].Fate == "returned" || x.Passages[0].Passage.ID != a.Hits[0].Passage.ID {
		t.Fatalf("%+v", x.Passages)
	}
	for _, p := range x.Passages {
		sum := 0.0
		for _, part := range p.Parts {
			sum += part.Points
		}
		if math.Abs(sum-p.Score) > 1e-9 {
			t.Errorf("parts add up to %v, not %v", sum, p.Score)
		}
		if p.Passage.Document == "help/secret.md" {
			t.Error("an internal page in a public explanation")
		}
	}
	if len(x.Typos) != 1 || x.Typos[0].Word != "refnuds" || !slices.Contains(x.Typos[0].Meant, "refunds") {
		t.Errorf("%+v", x.Typos)
	}
	if first := x.Passages[0]; first.Ranks["terms"] != 1 || !slices.Contains(first.Body, "card") || x.Profile != "conversation" || len(x.Lists) < 3 {
		t.Errorf("%+v %+v", first, x)
	}
}

func TestSlipsAndIdentifiersAreFound(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{md("a.md", "# Error E-1234\n\nThe printer is out of paper.\n"), md("b.md", "# Error E-4321\n\nThe printer is out of toner.\n"),
		md("c.md", "# Plans\n\nRun Set-MailboxPlan, then open Settings > Billing.\n"), md("d.md", "# Versions\n\nSince 2.14.1 the calendar syncs.\n"), md("e.md", "# Versions\n\nIn 2.1.14 the address book syncs.\n")})
	for question, want := range map[string]string{"what is E-4321": "help/b.md", "e-1234?": "help/a.md", "mailbox plan": "help/c.md", "settings billing": "help/c.md",
		"2.14.1 syncs": "help/d.md", "2.1.14 syncs": "help/e.md", "tonre empty": "help/b.md", "calender": "help/d.md"} {
		if hits := s.ask(t, question); len(hits) == 0 || hits[0].Passage.Document != want {
			t.Errorf("%s: %+v, not %s", question, hits, want)
		}
	}
}

// TestNamesAreCarriedOver: a name that only an earlier turn has still finds its
// page, though every page says the same of its own place.
func TestNamesAreCarriedOver(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	var d docs
	for _, name := range []string{"Cinderella Bakery", "Golden Gate Inn", "Harbour Museum", "Mission Diner", "Pacific Lodge", "Sunset Theatre"} {
		d = append(d, md(name+" hours.md", "# "+name+" — opening hours\n\nIt opens at nine and closes at five.\n"), md(name+" price.md", "# "+name+" — price\n\nTickets cost twelve dollars.\n"))
	}
	s.sync(t, "help", d)
	a, err := s.Search(t.Context(), pipeline.Query{Audiences: []pipeline.Audience{pipeline.Public}, Turns: []pipeline.Turn{
		{Role: pipeline.RoleCustomer, Text: "we want to see the harbour museum"}, {Role: pipeline.RoleAgent, Text: "A good choice, it has ships."},
		{Role: pipeline.RoleCustomer, Text: "great how long does it take from the station"}, {Role: pipeline.RoleAgent, Text: "Ten minutes on foot."},
		{Role: pipeline.RoleCustomer, Text: "and what are the opening hours"}}})
	if err != nil || len(a.Hits) == 0 || a.Hits[0].Passage.Document != "help/Harbour Museum hours.md" {
		t.Fatalf("%+v %v", a, err)
	}
}

// TestGivenPassagesStay: what a source has cut is not cut again.
func TestGivenPassagesStay(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	text := "First part, on apples.\n\nSecond part, on pears."
	raw := knowledge.Raw{Path: "fruit", Data: []byte(text), Size: int64(len(text)), Media: knowledge.Text, Verbatim: true,
		Given: []knowledge.Chunk{{Heading: []string{}, Start: 0, End: 22}, {Heading: []string{"Pears"}, Start: 24, End: len(text)}}}
	s.sync(t, "help", docs{raw})
	d, err := s.FindDocument(t.Context(), "help/fruit", 0)
	if err != nil || len(d.Passages) != 2 || d.Passages[1].Text != "Second part, on pears." || d.Passages[1].Heading[0] != "Pears" {
		t.Fatalf("%+v %v", d.Passages, err)
	}
	raw.Given = []knowledge.Chunk{{Start: 0, End: len(text)}}
	raw.Given[0].Heading = []string{}
	if r := s.sync(t, "help", docs{raw}); r.Changed != 1 {
		t.Errorf("cut differently, but not changed: %+v", r)
	}
	raw.Given = []knowledge.Chunk{{Start: 5, End: 900}}
	if r := s.sync(t, "help", docs{raw}); len(r.Quarantined) != 1 {
		t.Errorf("passages beyond the text are taken: %+v", r)
	}
}
