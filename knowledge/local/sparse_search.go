package local

import (
	"math"
	"slices"
)

// Costs steer how long a search takes, never what it returns. The unit is the
// addition of one posting to a sum.
const (
	costLookup     = 5   // of one weight, in a list with ranks
	costFind       = 40  // of one weight, in a list without
	costComplete   = 15  // of one weight, in one of few points
	costScorePoint = 200 // of a whole point
	// crowd is the share of all points (one in so many) from which candidates are
	// too many to keep apart: the rest of the search is exhaustive.
	crowd = 4
)

// search returns the best k points of q, identical in ids, scores and order to
// searchExhaustive.
//
// It adds up term by term, highest bound (query weight × list maximum) first,
// and keeps θ, a score that k points are known to reach. Once the terms that are
// left cannot together lift an untouched point to θ, only the candidates go on:
// points whose sum can still get there. From then on a term, mostly a common
// word with a long list, is looked up for each candidate, or its list is added
// where that is cheaper, and after each the candidates out of reach are dropped.
// θ comes from the candidates' own sums, which only grow, and early on from
// completing the best few of them. Bounds are sums in float64 with slack for the
// rounding of a score's float32 additions.
func (x *sparseIndex) search(q []queryTerm, k int, allow bitmap, ids []pointID) []hit {
	if len(q) == 0 || k <= 0 {
		return nil
	}
	signed, total := x.signed, 0
	for _, t := range q {
		signed = signed || t.weight < 0
		total += x.lists[t.slot].len()
	}
	few := allow != nil && allow.count()*costScorePoint < total
	if signed || !few && k*crowd >= x.forward.len() {
		return x.searchExhaustive(q, k, allow, ids)
	}
	if few {
		return x.searchPoints(q, k, allow, ids)
	}
	p := pruning{x: x, allow: allow, s: x.borrow(), top: topK{k: k, ids: ids}}
	defer x.scratch.Put(p.s)
	p.prune(q)
	return p.top.sorted()
}

// pruning is the state of one search.
type pruning struct {
	x     *sparseIndex
	allow bitmap
	s     *scratch
	top   topK
	terms []prunedTerm // highest bound first
	bound []float64    // of terms[i:]
	slack float64      // a factor above what rounding can add to a score

	sums  []float32 // by ordinal, over the terms so far
	cand  []uint32  // allowed points whose sum reaches need, each once
	theta float64   // k points reach it; 0: not known
	need  float32   // sums below it are out of reach; positive
	done  int       // terms added or looked up
	stop  int       // from this term on no point is met for the first time
}

type prunedTerm struct {
	list   *postings
	weight float32
}

func (p *pruning) prune(q []queryTerm) {
	p.slack = 1 + float64(len(q)+4)*1.2e-7
	p.terms = make([]prunedTerm, len(q))
	p.bound = make([]float64, len(q)+1)
	for i := len(q) - 1; i >= 0; i-- {
		p.terms[i] = prunedTerm{&p.x.lists[q[i].slot], q[i].weight}
		p.bound[i] = p.bound[i+1] + float64(q[i].most)
	}
	sums := p.x.borrowSums()
	defer p.x.sums.Put(sums)
	p.sums, p.cand = (*sums)[:p.x.forward.len()], p.s.cand[:0]
	p.need, p.stop = math.SmallestNonzeroFloat32, len(q)
	if p.gather() {
		p.finish()
	} else {
		p.exhaust()
	}
	clear(p.sums)
	p.s.cand = p.cand[:0]
}

// gather adds terms until those left cannot lift an untouched point to θ; cand
// then has every point that can. It gives up, returning false, when candidates
// are a crowd. Before a list that is longer than raising θ costs, θ is raised.
func (p *pruning) gather() bool {
	added, looked := 0, 0
	for ; p.done < p.stop; p.done++ {
		t := &p.terms[p.done]
		raising := len(p.cand) + p.top.k*(len(p.terms)-p.done)*costComplete
		if len(p.cand) >= p.top.k && t.list.len() > raising && added > looked+looked/4 {
			p.raise()
			if looked = added; p.done == p.stop {
				break
			}
		}
		p.addWatching(t)
		added += t.list.len()
		if len(p.cand) > len(p.sums)/crowd {
			p.done++
			return false
		}
	}
	return true
}

// raise completes the k candidates with the best sums: the least of their scores
// is θ.
func (p *pruning) raise() {
	best := topK{k: p.top.k, heap: p.s.heap[:0]}
	floor := float32(0)
	for _, d := range p.cand {
		if sum := p.sums[d]; sum > floor || !best.full() {
			best.push(hit{d, sum})
			if best.full() {
				floor = best.heap[0].score
			}
		}
	}
	p.s.heap = best.heap[:0]
	least := float32(math.Inf(1))
	for _, h := range best.heap {
		least = min(least, p.score(h))
	}
	if float64(least) > p.theta {
		p.theta = float64(least)
		p.settle()
	}
}

// settle chooses where to stop: as early as θ allows, but so that need does not
// fall, for points below it were dropped.
func (p *pruning) settle() {
	for f := p.done; f <= p.stop; f++ {
		if need := p.needAt(f); need >= p.need {
			p.stop = f
			p.drop(need)
			return
		}
	}
}

// needAt is the least sum over terms[:first] with which a point can reach θ.
func (p *pruning) needAt(first int) float32 {
	return float32((p.theta/p.slack - p.bound[first]) * (1 - 1e-7))
}

// score completes a point's sum.
func (p *pruning) score(h hit) float32 {
	for _, t := range p.terms[p.done:] {
		h.score += float32(t.weight * t.list.weightOf(h.ord))
	}
	return h.score
}

// drop raises need and drops the candidates below it. As in addWatching a branch
// would be mispredicted half the time; sums are not negative, so their bits
// compare as they do.
func (p *pruning) drop(need float32) {
	p.need = need
	sums, cand, n, bits := p.sums, p.cand, 0, math.Float32bits(need)
	for _, d := range cand {
		cand[n] = d
		n += int((math.Float32bits(sums[d])-bits)>>31) ^ 1
	}
	p.cand = cand[:n]
}

// addWatching adds a term's postings and makes candidates of the points whose
// sum comes to need with them.
func (p *pruning) addWatching(t *prunedTerm) {
	old := len(p.cand)
	docs := t.list.members(&p.s.docs)
	p.cand = slices.Grow(p.cand, len(docs)+1)
	sums, weight, need, n := p.sums, t.weight, math.Float32bits(p.need), old
	cand := p.cand[:old+len(docs)+1]
	weights := t.list.weights[:len(docs)]
	for i, d := range docs {
		before := sums[d]
		now := before + float32(weight*weights[i])
		sums[d] = now
		cand[n] = d
		n += int(((math.Float32bits(before) - need) &^ (math.Float32bits(now) - need)) >> 31)
	}
	p.cand = cand[:n]
	if p.allow != nil {
		kept := cand[:old]
		for _, d := range cand[old:n] {
			if p.allow.has(d) {
				kept = append(kept, d)
			}
		}
		p.cand = kept
	}
}

// add adds a term's postings.
func (p *pruning) add(t *prunedTerm) {
	sums, weight := p.sums, t.weight
	docs := t.list.members(&p.s.docs)
	weights := t.list.weights[:len(docs)]
	for i, d := range docs {
		sums[d] += float32(weight * weights[i])
	}
}

// finish brings the candidates to their scores and offers them.
func (p *pruning) finish() {
	for ; p.done < len(p.terms); p.done++ {
		if need := p.needAt(p.done); need > p.need {
			p.drop(need)
		}
		t := &p.terms[p.done]
		cost := costFind
		if t.list.ranks != nil {
			cost = costLookup
		}
		if len(p.cand)*cost > t.list.len() {
			p.add(t)
			continue
		}
		for _, d := range p.cand {
			p.sums[d] += float32(t.weight * t.list.weightOf(d))
		}
	}
	p.offer(p.cand)
}

func (p *pruning) offer(points []uint32) {
	floor := float32(0)
	for _, d := range points {
		if sum := p.sums[d]; sum >= floor {
			p.top.push(hit{d, sum})
			if p.top.full() {
				floor = p.top.heap[0].score
			}
		}
	}
}

// exhaust adds all that is left and offers every point.
func (p *pruning) exhaust() {
	for ; p.done < len(p.terms); p.done++ {
		p.add(&p.terms[p.done])
	}
	floor := float32(0)
	for d, sum := range p.sums {
		if sum < floor || sum == 0 || p.allow != nil && !p.allow.has(uint32(d)) {
			continue
		}
		p.top.push(hit{uint32(d), sum})
		if p.top.full() {
			floor = p.top.heap[0].score
		}
	}
}

// searchPoints scores every allowed point from its own vector: the path for
// filters that leave few points. The result is that of searchExhaustive.
func (x *sparseIndex) searchPoints(q []queryTerm, k int, allow bitmap, ids []pointID) []hit {
	s := x.borrow()
	defer x.scratch.Put(s)
	s.parts = append(s.parts[:0], make([]float32, len(q)+1)...)
	top, place, parts := topK{k: k, ids: ids}, s.query, s.parts
	for i, t := range q {
		place[t.slot] = uint32(i + 1)
	}
	allow.each(func(d uint32) bool {
		for slot := range packed(x.forward.get(d)).all() {
			if place[slot] > 0 {
				parts[place[slot]] = x.lists[slot].weightOf(d)
			}
		}
		var sum float32
		for i, t := range q {
			sum += float32(t.weight * parts[i+1])
			parts[i+1] = 0
		}
		if sum != 0 {
			top.push(hit{d, sum})
		}
		return true
	})
	for _, t := range q {
		place[t.slot] = 0
	}
	return top.sorted()
}
