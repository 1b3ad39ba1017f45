package knowledge

import (
	"slices"

	"footnote/pipeline/text"
)

// BM25 as Qdrant's "qdrant/bm25" model computes it, so that an index filled by
// Qdrant's own inference stays usable: weight of a term =
// tf·(k1+1) / (tf + k1·(1−b+b·len/avg)), the server multiplies by
// IDF = ln((N−df+½)/(df+½)+1), the query's weights are plain factors.
const (
	bm25K1  = 1.2
	bm25B   = 0.75
	bm25Avg = 128 // terms of a passage with heading and title; Qdrant's default of 256 is for whole texts
)

// PassageVector weighs a passage's terms. Each term of the headings and of the
// title counts as one more occurrence.
func PassageVector(body, headings, title []text.Term) Sparse {
	tf := make(map[text.Term]float64, len(body))
	n := 0.0
	for _, part := range [][]text.Term{body, headings, title} {
		for _, t := range part {
			tf[t]++
			n++
		}
	}
	return weigh(tf, n, bm25Avg)
}

func weigh(tf map[text.Term]float64, n, avg float64) Sparse {
	s := Sparse{Terms: make([]text.Term, 0, len(tf)), Weights: make([]float32, 0, len(tf))}
	for t := range tf {
		s.Terms = append(s.Terms, t)
	}
	slices.Sort(s.Terms)
	for _, t := range s.Terms {
		s.Weights = append(s.Weights, float32(BM25(tf[t], n/avg)))
	}
	return s
}

// BM25 is the weight of a term that occurs tf times in a text that is long
// times the average length.
func BM25(tf, long float64) float64 {
	return tf * (bm25K1 + 1) / (tf + bm25K1*(1-bm25B+bm25B*long))
}
