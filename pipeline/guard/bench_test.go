package guard

import (
	"strings"
	"testing"

	"footnote/pipeline"
)

// BenchmarkCheck checks a draft of twenty sentences, each quoting a statement of its
// own from passages of some 200 words.
func BenchmarkCheck(b *testing.B) {
	var ps []pipeline.Passage
	var ss []pipeline.Sentence
	for i := range 20 {
		p := refunds
		p.ID, p.Document = string(rune('a'+i)), string(rune('a'+i))
		p.Text = strings.Repeat("You can change the plan of a workspace of up to 25 people at any time, unless an invoice is open. ", 8) +
			"Step " + strings.Repeat("x", i+1) + " takes at least 10 minutes if the export has more than 1,000 rows, and is free on the Team plan."
		ps = append(ps, p)
		q := p.Text[strings.Index(p.Text, "Step"):]
		r := cite(p, q)
		ss = append(ss, pipeline.Sentence{Text: "On the Team plan the step " + strings.Repeat("x", i+1) + " is free and takes at least 10 minutes if the export has more than 1,000 rows.", Receipts: []pipeline.Receipt{r}})
	}
	in := Input{Draft: pipeline.Draft{Sentences: ss}, Passages: ps, Locale: "en", Asked: "How long does a step take?"}
	b.ReportAllocs()
	for b.Loop() {
		Check(in)
	}
}
