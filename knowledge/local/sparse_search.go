package local

import (
	"cmp"
	"math/bits"
	"slices"
)

// Costs that steer search, relative to adding one posting to an accumulator.
// They change how long a search takes, never what it returns.
const (
	costScorePoint = 120  // scoring one point from its forward vector
	tightenEvery   = 2048 // postings between two looks at the threshold
)

// search returns the best k points of q, identical in ids, scores and order to
// searchExhaustive.
//
// It is MaxScore, term at a time. Terms are added to accumulators from the
// highest bound (query weight × list maximum) to the lowest; θ is the k-th best
// partial sum so far, hence a lower bound of the k-th best score. Once the terms
// left cannot lift an untouched point to θ only touched points matter, and once
// scoring the points that can still reach θ costs less than the postings left,
// they are scored one by one from their forward vectors, in the canonical order
// of dimensions. Common words have low bounds and long lists: they are the ones
// never walked. Sums made in another order differ by rounding, so every
// comparison allows slack for it.
func (x *sparseIndex) search(q []queryTerm, k int, allow bitmap, ids []pointID) []hit {
	if len(q) == 0 || k <= 0 {
		return nil
	}
	signed, total := x.signed, 0
	for _, t := range q {
		signed = signed || t.weight < 0
		total += len(x.lists[t.slot].docs)
	}
	if signed || k >= len(x.forward) {
		return x.searchExhaustive(q, k, allow, ids)
	}
	p := pruning{x: x, q: q, k: k, allow: allow, s: x.borrow(), top: topK{k: k, ids: ids}}
	defer x.scratch.Put(p.s)
	for _, t := range q {
		p.s.query[t.slot] = t.weight
	}
	if allow != nil && allow.count()*costScorePoint < total {
		allow.each(func(d uint32) bool { p.score(d); return true })
	} else {
		p.prune()
	}
	for _, t := range q {
		p.s.query[t.slot] = 0
	}
	return p.top.sorted()
}

// pruning is the state of one search.
type pruning struct {
	x     *sparseIndex
	q     []queryTerm
	k     int
	allow bitmap
	s     *scratch
	top   topK
	theta float32 // k points are known to score at least this, before slack
	hot   []uint32
}

// bound is a term with the most it can add to a score.
type bound struct {
	queryTerm
	most float64
}

func (p *pruning) prune() {
	terms := make([]bound, len(p.q))
	for i, t := range p.q {
		terms[i] = bound{t, float64(t.weight) * float64(p.x.lists[t.slot].max)}
	}
	slices.SortFunc(terms, func(a, b bound) int { return cmp.Compare(b.most, a.most) })
	slack := 1 + float64(len(terms)+4)*2.4e-7
	rest := make([]float64, len(terms)+1) // bound of terms[i:]
	postings := make([]int, len(terms)+1) // length of terms[i:]
	for i := len(terms) - 1; i >= 0; i-- {
		rest[i] = rest[i+1] + terms[i].most*slack
		postings[i] = postings[i+1] + len(p.x.lists[terms[i].slot].docs)
	}

	p.hot = p.s.hot[:0]
	cand, gathered := p.s.cand[:0], false
	next := 0
	for ; next < len(terms); next++ {
		floor := p.floor(slack)
		if p.theta > 0 && rest[next] < floor {
			need := float32((floor - rest[next]) / slack)
			if !gathered {
				cand, gathered = p.gather(cand, need), true
			} else {
				cand = keepAbove(cand, p.s.acc, need)
			}
			if len(cand)*costScorePoint < postings[next] {
				break
			}
		}
		p.add(terms[next])
	}
	p.tighten()
	floor := p.floor(slack)
	need := float32((floor - rest[next]) / slack)
	if !gathered {
		cand = p.gather(cand, need)
	}
	p.finish(cand, rest[next], slack)
	p.s.hot, p.s.cand = p.hot[:0], cand[:0]
}

// floor is a score that k points reach for certain.
func (p *pruning) floor(slack float64) float64 { return float64(p.theta) * (2 - slack) }

// add accumulates one term, keeping hot = the allowed points above theta.
func (p *pruning) add(t bound) {
	l := &p.x.lists[t.slot]
	docs, weights := l.docs, l.weights
	acc, touched, w := p.s.acc, p.s.touched, t.weight
	for len(docs) > 0 {
		n := min(len(docs), tightenEvery)
		chunk, ws := docs[:n], weights[:n]
		docs, weights = docs[n:], weights[n:]
		theta := p.theta
		for i, d := range chunk {
			before := acc[d]
			now := before + float32(w*ws[i])
			acc[d] = now
			touched[d>>6] |= 1 << (d & 63)
			if now > theta && before <= theta && (p.allow == nil || p.allow.has(d)) {
				p.hot = append(p.hot, d)
			}
		}
		if len(p.hot) >= 2*p.k {
			p.tighten()
		}
	}
}

// tighten raises theta to the k-th best partial sum.
func (p *pruning) tighten() {
	if len(p.hot) < p.k {
		return
	}
	vals := p.s.vals[:0]
	for _, d := range p.hot {
		vals = append(vals, p.s.acc[d])
	}
	p.theta = kthLargest(vals, p.k)
	p.s.vals = vals[:0]
	kept := p.hot[:0]
	for _, d := range p.hot {
		if p.s.acc[d] > p.theta {
			kept = append(kept, d)
		}
	}
	p.hot = kept
}

// gather lists the allowed touched points with a partial sum of at least need.
func (p *pruning) gather(cand []uint32, need float32) []uint32 {
	acc := p.s.acc
	for i, w := range p.s.touched {
		if p.allow != nil {
			if i >= len(p.allow) {
				break
			}
			w &= p.allow[i]
		}
		for ; w != 0; w &= w - 1 {
			d := uint32(i<<6 + bits.TrailingZeros64(w))
			if acc[d] >= need {
				cand = append(cand, d)
			}
		}
	}
	return cand
}

func keepAbove(cand []uint32, acc []float32, need float32) []uint32 {
	kept := cand[:0]
	for _, d := range cand {
		if acc[d] >= need {
			kept = append(kept, d)
		}
	}
	return kept
}

// finish scores the candidates that can still enter, the best partial sums
// first so that the others meet a high bar, and clears the accumulators.
func (p *pruning) finish(cand []uint32, rest, slack float64) {
	acc := p.s.acc
	theta := p.theta
	for _, d := range cand {
		if acc[d] >= theta {
			p.score(d)
		}
	}
	for _, d := range cand {
		if acc[d] >= theta {
			continue
		}
		if p.top.full() && (float64(acc[d])*slack+rest) < float64(p.top.heap[0].score) {
			continue
		}
		p.score(d)
	}
	for i, w := range p.s.touched {
		if w != 0 {
			clear(acc[i<<6 : min(i<<6+64, len(acc))])
			p.s.touched[i] = 0
		}
	}
}

// score computes a point's exact score and offers it. Adding 0 for a dimension
// outside the query leaves a sum as it is, so the order of additions is that of
// searchExhaustive.
func (p *pruning) score(d uint32) {
	v := p.x.forward[d]
	weights := v.weights[:len(v.slots)]
	query := p.s.query
	var sum float32
	for i, slot := range v.slots {
		sum += float32(query[slot] * weights[i])
	}
	if sum != 0 {
		p.top.push(hit{d, sum})
	}
}

// kthLargest selects the k-th largest of vals, which it reorders; 1 ≤ k ≤ len.
func kthLargest(vals []float32, k int) float32 {
	lo, hi := 0, len(vals)-1
	for lo < hi {
		pivot := vals[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for vals[i] > pivot {
				i++
			}
			for vals[j] < pivot {
				j--
			}
			if i <= j {
				vals[i], vals[j] = vals[j], vals[i]
				i++
				j--
			}
		}
		switch {
		case k-1 <= j:
			hi = j
		case k-1 >= i:
			lo = i
		default:
			return vals[k-1]
		}
	}
	return vals[k-1]
}
