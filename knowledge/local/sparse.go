package local

import (
	"math"
	"slices"
	"sync"
)

// postings is one dimension's inverted list: ascending ordinals and their
// weights. max is at least every weight (deletes leave it stale); df counts the
// live points only.
type postings struct {
	docs    []uint32
	weights []float32
	max     float32
	df      int32
}

// sparseVector is one point's vector, dimensions ascending. Dimensions are kept
// as slots: positions in sparseIndex.lists.
type sparseVector struct {
	slots   []uint32
	weights []float32
}

// sparseIndex holds one named sparse vector of a collection, both inverted (to
// find) and forward (to score one point exactly and to give it back).
type sparseIndex struct {
	idf     bool
	slotOf  map[uint32]uint32
	dims    []uint32 // by slot
	lists   []postings
	forward []sparseVector // by ordinal; zero where the point lacks the vector
	points  int            // live points with a non-empty vector: Qdrant's N
	signed  bool           // a weight below zero was stored: bounds do not hold
	scratch sync.Pool      // *scratch
}

func newSparseIndex(idf bool) *sparseIndex {
	return &sparseIndex{idf: idf, slotOf: map[uint32]uint32{}}
}

// add appends the vector of the next ordinal. dims must be strictly ascending;
// weights is kept, not copied.
func (x *sparseIndex) add(ord uint32, dims []uint32, weights []float32) {
	x.grow(ord + 1)
	if len(dims) == 0 {
		return
	}
	slots := make([]uint32, len(dims))
	for i, dim := range dims {
		slot, ok := x.slotOf[dim]
		if !ok {
			slot = uint32(len(x.lists))
			x.slotOf[dim] = slot
			x.dims = append(x.dims, dim)
			x.lists = append(x.lists, postings{})
		}
		slots[i] = slot
		l := &x.lists[slot]
		l.docs = append(l.docs, ord)
		l.weights = append(l.weights, weights[i])
		l.max = max(l.max, weights[i])
		l.df++
		x.signed = x.signed || weights[i] < 0
	}
	x.forward[ord] = sparseVector{slots, weights}
	x.points++
}

// grow makes room for ordinals below n.
func (x *sparseIndex) grow(n uint32) {
	for uint32(len(x.forward)) < n {
		x.forward = append(x.forward, sparseVector{})
	}
}

// remove takes a live point out of the statistics. Its postings stay until the
// collection is compacted: searches must be given a bitmap without it.
func (x *sparseIndex) remove(ord uint32) {
	v := x.forward[ord]
	if len(v.slots) == 0 {
		return
	}
	for _, slot := range v.slots {
		x.lists[slot].df--
	}
	x.points--
	x.forward[ord] = sparseVector{}
}

// vector gives a live point's dimensions and weights; ok is false if it has none.
func (x *sparseIndex) vector(ord uint32) (dims []uint32, weights []float32, ok bool) {
	v := x.forward[ord]
	if len(v.slots) == 0 {
		return nil, nil, false
	}
	dims = make([]uint32, len(v.slots))
	for i, slot := range v.slots {
		dims[i] = x.dims[slot]
	}
	return dims, slices.Clone(v.weights), true
}

// queryTerm is a query dimension that the index knows, with its final weight.
type queryTerm struct {
	slot   uint32
	weight float32
}

// terms resolves a query (dimensions ascending) and applies the IDF modifier in
// float32, as Qdrant does. Order is kept: scores are sums in this order.
func (x *sparseIndex) terms(dims []uint32, weights []float32) []queryTerm {
	out := make([]queryTerm, 0, len(dims))
	n := float32(x.points)
	for i, dim := range dims {
		slot, ok := x.slotOf[dim]
		if !ok || x.lists[slot].df == 0 {
			continue
		}
		w := weights[i]
		if x.idf {
			df := float32(x.lists[slot].df)
			w *= float32(math.Log(float64((n-df+0.5)/(df+0.5) + 1)))
		}
		out = append(out, queryTerm{slot, w})
	}
	return out
}

// scratch is the working memory of one search; everything in it is zero or
// empty between searches.
type scratch struct {
	acc     []float32 // by ordinal
	touched bitmap    // by ordinal
	query   []float32 // by slot
	hot     []uint32
	cand    []uint32
	vals    []float32
}

func (x *sparseIndex) borrow() *scratch {
	s, _ := x.scratch.Get().(*scratch)
	if s == nil {
		s = &scratch{}
	}
	if n := len(x.forward); len(s.acc) < n {
		s.acc = make([]float32, n+n/8)
		s.touched = newBitmap(n + n/8)
	}
	if n := len(x.lists); len(s.query) < n {
		s.query = make([]float32, n+n/8)
	}
	return s
}

// searchExhaustive scores every posting of the query and takes the best k. It
// is the definition of the result and the path for negative weights.
// allow restricts the points; nil allows all.
func (x *sparseIndex) searchExhaustive(q []queryTerm, k int, allow bitmap, ids []pointID) []hit {
	s := x.borrow()
	defer x.scratch.Put(s)
	acc := s.acc[:len(x.forward)]
	for _, t := range q {
		l := &x.lists[t.slot]
		w := t.weight
		weights := l.weights[:len(l.docs)]
		for i, d := range l.docs {
			acc[d] += float32(w * weights[i])
		}
	}
	top := topK{k: k, ids: ids}
	floor := float32(math.Inf(-1))
	for d, score := range acc {
		if score == 0 || score < floor || allow != nil && !allow.has(uint32(d)) {
			continue
		}
		top.push(hit{uint32(d), score})
		if top.full() {
			floor = top.heap[0].score
		}
	}
	clear(acc)
	return top.sorted()
}
