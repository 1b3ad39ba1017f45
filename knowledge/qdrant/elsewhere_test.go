package qdrant_test

import (
	"context"
	"testing"

	"footnote/knowledge/library"
)

// TestFirstSearchAfterASyncElsewhere: a process that synced nothing searches with the
// statistics of what another has just synced, at its very first search: a word that
// came with the sync is known to it, and one that went is not.
func TestFirstSearchAfterASyncElsewhere(t *testing.T) {
	t.Parallel()
	syncs := newStack(t, nil)
	syncs.sync(t, "help", docs{md("calendar.md", "# Calendar\n\nConnect your calendar under Settings."), md("invoice.md", "# Invoices\n\nInvoices are sent on the first of the month.")})
	searches := &stack{Library: library.Open(syncs.cfg)}
	t.Cleanup(searches.Close)
	if err := searches.Ready(context.Background()); err != nil {
		t.Fatal(err)
	}
	if hits := searches.ask(t, "How do I connect the zeppelin?"); len(hits) == 0 {
		t.Fatal("nothing found before the sync")
	}
	syncs.sync(t, "help", docs{md("calendar.md", "# Calendar\n\nConnect your calendar under Settings."), md("zeppelin.md", "# Zeppelin\n\nMoor it at the mast.")})
	hits := searches.ask(t, "zeppelin")
	if len(hits) != 1 || hits[0].Passage.Title != "Zeppelin" {
		t.Errorf("the first search after the sync finds %+v", hits)
	}
	syncs.sync(t, "help", docs{md("calendar.md", "# Calendar\n\nConnect your calendar under Settings."), md("invoice.md", "# Invoices\n\nInvoices are sent on the first of the month.")})
	if hits := searches.ask(t, "invoices on the first"); len(hits) == 0 || hits[0].Passage.Title != "Invoices" {
		t.Errorf("the first search after the next sync finds %+v", hits)
	}
}
