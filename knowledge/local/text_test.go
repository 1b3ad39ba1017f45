package local

import (
	"slices"
	"testing"

	"footnote/knowledge/local/localtest"
)

// TestTextIsLikeRealText holds the made-up text to the figures that
// localtest.Text's comment gives for real text.
func TestTextIsLikeRealText(t *testing.T) {
	t.Parallel()
	const n, questions = 10_000, 500
	made := localtest.New(11)
	x := newSparseIndex(true)
	terms := 0
	for ord := range uint32(n) {
		dims, weights := made.Passage()
		x.add(ord, dims, weights)
		terms += len(dims)
	}
	asked, df, answered := 0, 0, 0.0
	for range questions {
		dims, _ := made.Question(27)
		best := 0
		for _, words := range made.Sample() {
			in := 0
			for _, w := range words {
				if _, ok := slices.BinarySearch(dims, w); ok {
					in++
				}
			}
			best = max(best, in)
		}
		answered += float64(best) / 27
		for _, d := range dims {
			if slot, ok := x.slotOf[d]; ok {
				asked++
				df += int(x.lists[slot].df)
			}
		}
	}
	for _, f := range []struct {
		name       string
		got, least float64
		most       float64
	}{
		{"distinct terms a passage", float64(terms) / n, 43, 50},
		{"share of passages with a question's term", float64(df) / float64(asked) / n, 0.10, 0.13},
		{"share of a question's terms in its passage", answered / questions, 0.50, 0.65},
	} {
		t.Logf("%s: %.3f", f.name, f.got)
		if f.got < f.least || f.got > f.most {
			t.Errorf("%s: %.3f, want %.2f to %.2f", f.name, f.got, f.least, f.most)
		}
	}
}
