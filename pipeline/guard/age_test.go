package guard

import (
	"strings"
	"testing"
	"time"

	"footnote/pipeline"
)

func TestOldSourcesAreNamedOnce(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	page := func(id string, reviewed time.Time) pipeline.Passage {
		return pipeline.Passage{ID: id, Document: id, Title: "Refunds " + id, Text: "A refund takes five days.", Audience: pipeline.Public, ReviewedAt: reviewed}
	}
	sentence := func(id string) pipeline.Sentence {
		return pipeline.Sentence{Text: "A refund takes five days.", Receipts: []pipeline.Receipt{{Number: 1, Passage: id, Document: id, Quote: "A refund takes five days.", End: 25, Audience: pipeline.Public}}}
	}
	in := Input{Draft: pipeline.Draft{CreatedAt: now, Sentences: []pipeline.Sentence{sentence("old"), sentence("old"), sentence("new"), sentence("never")}},
		Passages: []pipeline.Passage{page("old", now.AddDate(-4, 0, 0)), page("new", now.AddDate(0, -3, 0)), page("never", time.Time{})}}
	var got []string
	for _, f := range Check(in) {
		if f.Check == "age" {
			got = append(got, f.Detail)
		}
	}
	if len(got) != 1 || !strings.Contains(got[0], "“Refunds old” was last reviewed in November 2022") {
		t.Fatalf("%q", got)
	}
}
