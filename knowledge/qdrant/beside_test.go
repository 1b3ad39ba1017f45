package qdrant_test

import (
	"fmt"
	"strings"
	"testing"

	"footnote/pipeline"
)

// TestBeside wants the passages that a hit's section goes on in behind the hits,
// within the budget, and none of another section or audience.
func TestBeside(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	var steps strings.Builder
	for i := range 24 {
		fmt.Fprintf(&steps, "%d. Open the workshop cupboard number %d, take out what lies there and write it into the paper list by the door.\n", i+1, i+1)
	}
	s.sync(t, "help", docs{
		md("a.md", "# Inventory\n\n## Earlier\n\n"+strings.Repeat("Something else altogether stands in this part of the page. ", 16)+"\n\n## Zanzibar count\n\nTo make the zanzibar ledger of the month:\n\n"+steps.String()+"\n## Later\n\n"+strings.Repeat("After it comes another part of the page about other matters. ", 16)+"\n"),
		md("b.md", "# Zebra\n\nA zebra has nothing to do with it."),
	})
	ask := func(beside, tokens int) []pipeline.Hit {
		a, err := s.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: "ledger of the month"}}, Audiences: []pipeline.Audience{pipeline.Public},
			Limit: 1, Beside: beside, Tokens: tokens})
		if err != nil {
			t.Fatal(err)
		}
		return a.Hits
	}
	alone, hits := ask(0, 0), ask(4, 0)
	if len(alone) != 1 || len(hits) < 2 || hits[0].Passage.ID != alone[0].Passage.ID || hits[0].Beside {
		t.Fatalf("%d and %d hits", len(alone), len(hits))
	}
	if !strings.Contains(hits[1].Passage.Text, "cupboard") || hits[1].Passage.Ordinal != hits[0].Passage.Ordinal+1 {
		t.Errorf("passage %d stands beside %d", hits[1].Passage.Ordinal, hits[0].Passage.Ordinal)
	}
	for _, b := range hits[1:] {
		if far := b.Passage.Ordinal - hits[0].Passage.Ordinal; !b.Beside || far*far != 1 || b.Support != hits[0].Support || b.Score != 0 || strings.Contains(b.Passage.Text, "Later") {
			t.Errorf("beside %d: passage %d, support %v, score %v", hits[0].Passage.Ordinal, b.Passage.Ordinal, b.Support, b.Score)
		}
	}
	if got := ask(4, 300); len(got) != 1 {
		t.Errorf("%d passages are over the budget", len(got))
	}
}
