package qdrant_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/knowledge/search"
	"footnote/pipeline"
)

// TestOnlyWhatIsInForceIsFound: from its first day to its last, whatever else is
// said; and neither approval nor delivery takes it after that.
func TestOnlyWhatIsInForceIsFound(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	now := time.Now().UTC()
	day := func(after int) string { return now.AddDate(0, 0, after).Format(time.DateOnly) }
	page := func(name, front string) docs {
		return docs{md(name+".md", fmt.Sprintf("---\n%s\n---\n# Refund %s\n\nRefunds reach your card within %s days.\n", front, name, name))}
	}
	var d docs
	for name, front := range map[string]string{
		"since-ever": "owner: ana", "old": "valid_until: " + day(-1), "last-day": "valid_until: " + day(0), "new": "valid_from: " + day(1), "first-day": "valid_from: " + day(0),
		"both": "valid_from: " + day(-3) + "\nvalid_until: " + day(3), "never": "valid_from: " + day(3) + "\nvalid_until: " + day(-3), "no-date": "valid_until: 31.12.2020", "empty": "valid_until:\nvalid_for: a year\nreview_date: yesterday",
	} {
		d = append(d, page(name, front)...)
	}
	s.sync(t, "help", d)
	found := func() (out []string) {
		for _, h := range s.ask(t, "when do refunds reach my card") {
			out = append(out, h.Passage.Document)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	want := []string{"help/both.md", "help/empty.md", "help/first-day.md", "help/last-day.md", "help/since-ever.md"}
	if got := found(); !slices.Equal(got, want) {
		t.Fatalf("found %v, want %v", got, want)
	}
	doc, err := s.FindDocument(t.Context(), "help/empty.md", 0)
	if err != nil || len(doc.Document.Notes) != 2 {
		t.Errorf("notes %q (%v): a day that is none is said", doc.Document.Notes, err)
	}
	if bad, err := s.ListQuarantine(t.Context(), "help"); err != nil || len(bad) != 1 || !strings.Contains(bad[0].Reason, `valid_until "31.12.2020" is not a date`) {
		t.Errorf("a page that may have expired: %+v (%v)", bad, err)
	}
	x, err := s.Explain(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: "refund old"}}, Audiences: []pipeline.Audience{pipeline.Public}})
	if err != nil || !slices.ContainsFunc(x.Passages, func(c search.ExplainedScore) bool {
		return c.Passage.Document == "help/old.md" && c.Fate == "not in force today"
	}) {
		t.Errorf("the explanation does not say why the old page is not returned (%v)", err)
	}

	// Only the day changes: no new version, and it counts at once.
	last := s.ask(t, "when do refunds reach my card")[0].Passage
	name := last.Document[len("help/") : len(last.Document)-len(".md")]
	for i := range d {
		if d[i].Path == name+".md" {
			d[i] = page(name, "valid_until: "+day(-1))[0]
		}
	}
	s.sync(t, "help", d)
	if got := found(); slices.Contains(got, last.Document) || len(got) != len(want)-1 {
		t.Errorf("%s ended yesterday; found %v", name, got)
	}
	if after, err := s.FindDocument(t.Context(), last.Document, 0); err != nil || after.Document.Version != last.Version || after.Document.ValidUntil.Format(time.DateOnly) != day(-1) {
		t.Errorf("version %d until %v (%v), want version %d", after.Document.Version, after.Document.ValidUntil, err, last.Version)
	}
	var gone bool
	if err := s.cfg.Pool.QueryRow(t.Context(), `SELECT deleted FROM citable WHERE passage = $1`, last.ID).Scan(&gone); err != nil || !gone {
		t.Errorf("approval would still take it (%v)", err)
	}

	// What the cache believes is checked again.
	if _, err := s.cfg.Pool.Exec(t.Context(), `UPDATE documents SET valid_until = '2020-01-01' WHERE id = 'help/since-ever.md'`); err != nil {
		t.Fatal(err)
	}
	if got := found(); slices.Contains(got, "help/since-ever.md") {
		t.Errorf("what ended in the tables alone is found: %v", got)
	}
}
