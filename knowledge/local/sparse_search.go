package local

// Sizes and costs steer how long a search takes, never what it returns.
const (
	// windowSize points are scored at a time while skipping pays: their sums
	// stay in the L1 cache and θ rises from window to window.
	windowSize = 8192
	// firstWindow points are scored at a time until there is a θ.
	firstWindow = 1024
	// pruneBelow so many postings per point: above it a point's words add up to so
	// much that skipping the lowest bounds saves less than windows cost.
	pruneBelow = 0.6
	// costLookup and costScorePoint are in additions of a posting to a sum.
	costLookup     = 60
	costScorePoint = 200
)

// search returns the best k points of q, identical in ids, scores and order to
// searchExhaustive.
//
// It is MaxScore over windows of points. θ is the k-th best score so far. The
// terms with the lowest bounds (query weight × list maximum), together below θ,
// are skipped: they are the common words with the long lists. The others are
// added up; a point whose sum comes within reach of θ becomes a candidate and
// looks its skipped weights up, in the order of the query, while they can still
// matter. How many terms to skip is learned from window to window: each costs
// look-ups and saves additions. Long questions, whose terms touch most points,
// are searched exhaustively: nothing was found to be faster at 100,000 points
// (see BenchmarkSparse). Bounds are sums in float64 with slack for the rounding
// of a score's float32 additions.
func (x *sparseIndex) search(q []queryTerm, k int, allow bitmap, ids []pointID) []hit {
	if len(q) == 0 || k <= 0 {
		return nil
	}
	signed, total := x.signed, 0
	for _, t := range q {
		signed = signed || t.weight < 0
		total += len(x.lists[t.slot].docs)
	}
	few := allow != nil && allow.count()*costScorePoint < total
	if signed || k >= len(x.forward) || !few && float64(total) > pruneBelow*float64(len(x.forward)) {
		return x.searchExhaustive(q, k, allow, ids)
	}
	p := pruning{x: x, allow: allow, s: x.borrow(), top: topK{k: k, ids: ids}}
	defer x.scratch.Put(p.s)
	if few {
		p.few(q)
	} else {
		p.prune(q)
	}
	return p.top.sorted()
}

// pruning is the state of one search.
type pruning struct {
	x     *sparseIndex
	allow bitmap
	s     *scratch
	top   topK
	terms []cursor  // highest bound first
	bound []float64 // of terms[i:]
	slack float64   // a factor above what rounding can add to a score
	skips int       // how many terms to skip, if their bound allows
}

// cursor is a term and how far its list was walked.
type cursor struct {
	list   *postings
	next   int // for lists without ranks
	weight float32
	most   float64 // the term adds at most this, slack included
}

// window is the points from base on whose sums are kept at a time.
type window struct {
	base uint32
	sums []float32
}

func (p *pruning) prune(q []queryTerm) {
	p.slack = 1 + float64(len(q)+4)*2.4e-7
	p.terms = make([]cursor, len(q))
	for i, t := range q {
		p.terms[i] = cursor{&p.x.lists[t.slot], 0, t.weight, float64(t.most) * p.slack}
	}
	p.bound = make([]float64, len(q)+1)
	for i := len(q) - 1; i >= 0; i-- {
		p.bound[i] = p.bound[i+1] + p.terms[i].most
	}
	sums := p.x.borrowSums()
	defer p.x.sums.Put(sums)
	p.skips = 1
	for base := 0; base < len(p.x.forward); {
		size := windowSize
		if !p.top.full() {
			size = firstWindow
		}
		w := window{uint32(base), (*sums)[:min(size, len(p.x.forward)-base)]}
		if p.top.full() {
			p.visit(w)
		} else {
			p.visitFirst(w)
		}
		clear(w.sums)
		base += len(w.sums)
	}
}

func (p *pruning) theta() float64 { return float64(p.top.heap[0].score) }

// visitFirst offers the points of a window while there is no θ yet: everything
// is added up.
func (p *pruning) visitFirst(w window) {
	for i := range p.terms {
		p.add(&p.terms[i], w)
	}
	floor := float32(0)
	for at, sum := range w.sums {
		if d := w.base + uint32(at); sum < floor || sum == 0 || p.allow != nil && !p.allow.has(d) {
			continue
		}
		p.top.push(hit{w.base + uint32(at), sum})
		if p.top.full() {
			floor = p.top.heap[0].score
		}
	}
}

// visit offers the points of a window.
func (p *pruning) visit(w window) {
	theta := p.theta()
	if p.bound[0] < theta {
		return
	}
	first := p.firstSkipped(theta)
	need := float32((theta - p.bound[first]) * (2 - p.slack))
	cand := p.s.cand[:0]
	for i := range p.terms[:first] {
		cand = p.addWatching(&p.terms[i], w, need, cand)
	}
	allowed := 0
	for _, at := range cand {
		if d := w.base + at; p.allow == nil || p.allow.has(d) {
			allowed++
			p.complete(d, w.sums[at], first)
		}
	}
	p.s.cand = cand[:0]
	p.learn(allowed, len(w.sums), first)
}

// firstSkipped gives where the skipped terms begin: at most p.skips of them,
// with random access, and unable to lift an untouched point to θ.
func (p *pruning) firstSkipped(theta float64) int {
	first := len(p.terms)
	for first > 0 && len(p.terms)-first < p.skips {
		if p.terms[first-1].list.ranks == nil || p.bound[first-1] >= theta {
			break
		}
		first--
	}
	return first
}

// learn sets how many terms the next window skips: one more if a window's worth
// of the next term is dearer than the look-ups that skipping would cause, going
// by those there were; one less if skipping did not pay.
func (p *pruning) learn(cand, size, first int) {
	work := float64(cand*costLookup) / float64(size)
	switch {
	case first < len(p.terms) && work > p.perPoint(p.terms[first:first+1]):
		p.skips = len(p.terms) - first - 1
	case first > 0 && work*2 < p.perPoint(p.terms[first-1:first]):
		p.skips = len(p.terms) - first + 1
	}
}

func (p *pruning) postings(terms []cursor) (n int) {
	for i := range terms {
		n += len(terms[i].list.docs)
	}
	return n
}

// perPoint is the mean number of postings of terms that a point has.
func (p *pruning) perPoint(terms []cursor) float64 {
	return float64(p.postings(terms)) / float64(len(p.x.forward))
}

// add adds a term's postings in the window to its sums.
func (p *pruning) add(t *cursor, w window) {
	docs, weights := t.inside(w)
	sums, weight := w.sums, t.weight
	for i, d := range docs {
		sums[d-w.base] += float32(weight * weights[i])
	}
}

// addWatching adds a term's postings and appends to cand the points whose sum
// comes to need with them.
func (p *pruning) addWatching(t *cursor, w window, need float32, cand []uint32) []uint32 {
	docs, weights := t.inside(w)
	sums, weight := w.sums, t.weight
	for i, d := range docs {
		before := sums[d-w.base]
		now := before + float32(weight*weights[i])
		sums[d-w.base] = now
		if now >= need && before < need {
			cand = append(cand, d-w.base)
		}
	}
	return cand
}

// inside gives the term's postings in the window; windows come in ascending
// order.
func (t *cursor) inside(w window) ([]uint32, []float32) {
	docs, from, to := t.list.docs, t.next, 0
	if t.list.ranks != nil {
		from, to = t.list.before(w.base), t.list.before(w.base+uint32(len(w.sums)))
	} else {
		for from < len(docs) && docs[from] < w.base {
			from++
		}
		for to = from; to < len(docs) && docs[to]-w.base < uint32(len(w.sums)); {
			to++
		}
		t.next = to
	}
	docs = docs[from:to]
	return docs, t.list.weights[from:to][:len(docs)]
}

// complete looks up what the skipped terms add to a candidate's sum, which makes
// it the point's score, unless it falls out of reach.
func (p *pruning) complete(d uint32, sum float32, first int) {
	theta := p.theta()
	for i := first; i < len(p.terms); i++ {
		if float64(sum)+p.bound[i] < theta {
			return
		}
		sum += float32(p.terms[i].weight * p.terms[i].list.weightOf(d))
	}
	p.top.push(hit{d, sum})
}

// few scores every allowed point from its forward vector.
func (p *pruning) few(q []queryTerm) {
	p.s.parts = append(p.s.parts[:0], make([]float32, len(q)+1)...)
	place, parts := p.s.query, p.s.parts
	for i, t := range q {
		place[t.slot] = uint32(i + 1)
	}
	p.allow.each(func(d uint32) bool {
		v := p.x.forward[d]
		weights := v.weights[:len(v.slots)]
		for i, slot := range v.slots {
			parts[place[slot]] = weights[i] // part 0 takes what is not asked for
		}
		var sum float32
		for i, t := range q {
			sum += float32(t.weight * parts[i+1])
			parts[i+1] = 0
		}
		if sum != 0 {
			p.top.push(hit{d, sum})
		}
		return true
	})
	for _, t := range q {
		place[t.slot] = 0
	}
}
