package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/source"
)

// TestAPageThatTakesTooMuch: a page that the reader needs gigabytes for is put
// aside with its reason, and its neighbours are there.
func TestAPageThatTakesTooMuch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var greedy strings.Builder // each paragraph opens again what no other closed
	greedy.WriteString("<p>")
	for i := range 400 {
		fmt.Fprintf(&greedy, "<b id=%d>", i)
	}
	greedy.WriteString(strings.Repeat("<p>word", 100_000))
	for name, text := range map[string]string{"a.md": "# First\n\nThe first page.\n", "b.html": greedy.String(),
		"c.html": "<table><tr><td colspan=1000000000>The page in the middle.</table>", "d.md": "# Last\n\nThe last page.\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a := running(t)
	for range 2 { // and again with the next sync
		rep, err := a.knowledge.Sync(t.Context(), source.Open("pages", dir, knowledge.Settings{}))
		if err != nil {
			t.Fatal(err)
		}
		if len(rep.Quarantined) != 1 || rep.Quarantined[0].Path != "b.html" || rep.Quarantined[0].Reason != "This page needs more than 64 MB to read; split it, or leave it out." {
			t.Errorf("%+v", rep.Quarantined)
		}
		if rep.Added+rep.Unchanged != 3 {
			t.Errorf("%+v", rep)
		}
	}
}
