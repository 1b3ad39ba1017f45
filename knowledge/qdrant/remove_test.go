package qdrant_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge/ingest"
	"footnote/pipeline"
)

// TestRemoveSource: what it had is found no more, and read by old receipts all the
// same; once more changes nothing, and a sync brings it back.
func TestRemoveSource(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{md("invoices.md", invoices)})
	gone := docs{md("refunds.md", refunds), md("locks.md", "# Locks\n\nTurn the key twice.\n"), md("bad.md", " ")}
	s.sync(t, "old", gone)
	quoted := s.ask(t, "when do refunds reach my card?")[0].Passage
	records := 0
	count := func(pgx.Tx, ingest.Removal) error { records++; return nil }

	// Nothing goes when it cannot be recorded.
	if _, err := s.RemoveSource(t.Context(), "old", func(pgx.Tx, ingest.Removal) error { return errors.New("no") }); err == nil {
		t.Fatal("removed without a record")
	}
	if hits := s.ask(t, "when do refunds reach my card?"); len(hits) == 0 {
		t.Fatal("not recorded, and gone all the same")
	}
	for range 2 {
		r, err := s.RemoveSource(t.Context(), "old", count)
		if err != nil || !slices.Equal(r.Documents, []string{"old/locks.md", "old/refunds.md"}) || records != 1 {
			t.Fatalf("%+v, recorded %d times: %v", r, records, err)
		}
	}
	for _, h := range s.ask(t, "when do refunds reach my card?") {
		if h.Passage.Source == "old" {
			t.Errorf("%s is found", h.Passage.Document)
		}
	}
	if d := s.clean(t); d.Points != 1 {
		t.Errorf("%d points are left, want 1", d.Points)
	}
	found, err := s.FindPassages(t.Context(), []string{quoted.ID})
	d, derr := s.FindDocument(t.Context(), quoted.Document, quoted.Version)
	if err != nil || derr != nil || len(found) != 1 || found[0].Text != quoted.Text || len(d.Passages) != 1 || d.Document.DeletedAt.IsZero() {
		t.Errorf("an old receipt shows %+v, its document %+v (%v, %v)", found, d, err, derr)
	}
	sources, err := s.ListSources(t.Context())
	bad, _ := s.ListQuarantine(t.Context(), "")
	n, _ := s.Count(t.Context())
	if err != nil || len(sources) != 1 || len(bad) != 0 || n.Sources != 1 || n.Documents != 1 {
		t.Errorf("left over: %+v, %+v, %+v (%v)", sources, bad, n, err)
	}
	if _, err := s.RemoveSource(t.Context(), "none", count); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("an unknown source: %v", err)
	}
	if r := s.sync(t, "old", gone); r.Added != 2 || len(s.ask(t, "when do refunds reach my card?")) == 0 {
		t.Errorf("it does not come back: %+v", r)
	}
	if sources, _ := s.ListSources(t.Context()); len(sources) != 2 {
		t.Errorf("%d sources", len(sources))
	}
}
