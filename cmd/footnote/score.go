package main

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// span is a stretch of a document's raw text: character offsets [start, end).
type span struct {
	doc        string
	start, end int
}

// covers tells whether a passage is relevant to a gold span: same document and
// at least 30 % of the gold span inside the passage.
func (p span) covers(gold span) bool {
	if p.doc != gold.doc || gold.end <= gold.start {
		return false
	}
	overlap := min(p.end, gold.end) - max(p.start, gold.start)
	return float64(overlap) >= 0.3*float64(gold.end-gold.start)
}

// ranking scores one ranked list of passages against gold spans. relevant is
// the number of passages in the whole index that cover a gold span.
//
//	recall@k = relevant in the top k / relevant
//	nDCG@k   = Σ rel_i / log2(i+1) over the ideal, linear gain (Järvelin & Kekäläinen 2002)
func ranking(hits []span, gold []span, relevant int, k int) (recall, ndcg float64) {
	if relevant == 0 {
		return 0, 0
	}
	found, dcg := 0, 0.0
	for i, h := range hits {
		if i == k {
			break
		}
		if slices.ContainsFunc(gold, h.covers) {
			found++
			dcg += 1 / math.Log2(float64(i)+2)
		}
	}
	ideal := 0.0
	for i := range min(relevant, k) {
		ideal += 1 / math.Log2(float64(i)+2)
	}
	return float64(found) / float64(relevant), dcg / ideal
}

// tokenF1 is SQuAD's token F1 (Rajpurkar et al. 2016): lower case, punctuation
// and the articles a, an, the removed, bag-of-words overlap.
func tokenF1(got, want string) float64 {
	g, w := squadTokens(got), squadTokens(want)
	if len(g) == 0 || len(w) == 0 {
		if len(g) == len(w) {
			return 1
		}
		return 0
	}
	count := map[string]int{}
	for _, t := range w {
		count[t]++
	}
	same := 0
	for _, t := range g {
		if count[t] > 0 {
			count[t]--
			same++
		}
	}
	if same == 0 {
		return 0
	}
	p, r := float64(same)/float64(len(g)), float64(same)/float64(len(w))
	return 2 * p * r / (p + r)
}

func squadTokens(s string) []string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSymbol(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return slices.DeleteFunc(strings.Fields(s), func(t string) bool { return t == "a" || t == "an" || t == "the" })
}

// percentile is the q-quantile of values by nearest rank; 0 for none.
func percentile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Clone(values)
	slices.Sort(s)
	return s[max(0, int(math.Ceil(q*float64(len(s))))-1)]
}
