package eval

import (
	"math"
	"slices"
)

// Ranking is one question's answer as metrics see it.
type Ranking struct {
	Gains    []float64 // by rank, best first; 0: not relevant
	Relevant []float64 // the gains of everything relevant, in any order; all above 0
}

// Judged tells whether anything is relevant; metrics of others mean nothing.
func (r Ranking) Judged() bool { return len(r.Relevant) > 0 }

// Recall is the number of relevant among the first k over all relevant.
func (r Ranking) Recall(k int) float64 {
	n := 0
	for _, g := range r.Gains[:min(k, len(r.Gains))] {
		if g > 0 {
			n++
		}
	}
	return float64(n) / float64(max(len(r.Relevant), 1))
}

// NDCG is the discounted gain of the first k over that of the ideal order.
func (r Ranking) NDCG(k int) float64 {
	ideal := slices.Sorted(slices.Values(r.Relevant))
	slices.Reverse(ideal)
	if best := dcg(ideal, k); best > 0 {
		return dcg(r.Gains, k) / best
	}
	return 0
}

func dcg(gains []float64, k int) float64 {
	s := 0.0
	for i, g := range gains[:min(k, len(gains))] {
		s += g / math.Log2(float64(i+2))
	}
	return s
}

// MRR is the reciprocal rank of the first relevant among the first k, else 0.
func (r Ranking) MRR(k int) float64 {
	for i, g := range r.Gains[:min(k, len(r.Gains))] {
		if g > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// Best is 1 when the first answer has the highest gain that was judged.
func (r Ranking) Best() float64 {
	if len(r.Gains) > 0 && r.Judged() && r.Gains[0] >= slices.Max(r.Relevant) {
		return 1
	}
	return 0
}

// AUC is the area under the ROC curve of a score that should be higher for yes
// than for no: the share of pairs in the right order, ties a half. NaN when
// either side is empty.
func AUC(yes, no []float64) float64 {
	if len(yes) == 0 || len(no) == 0 {
		return math.NaN()
	}
	type labelled struct {
		score float64
		yes   bool
	}
	all := make([]labelled, 0, len(yes)+len(no))
	for _, s := range yes {
		all = append(all, labelled{s, true})
	}
	for _, s := range no {
		all = append(all, labelled{s, false})
	}
	slices.SortFunc(all, func(a, b labelled) int {
		switch {
		case a.score < b.score:
			return -1
		case a.score > b.score:
			return 1
		}
		return 0
	})
	sum := 0.0 // of the ranks of yes, ties sharing theirs
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].score == all[i].score {
			j++
		}
		for _, l := range all[i:j] {
			if l.yes {
				sum += float64(i+j+1) / 2
			}
		}
		i = j
	}
	n, m := float64(len(yes)), float64(len(no))
	return (sum - n*(n+1)/2) / (n * m)
}
