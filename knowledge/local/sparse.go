package local

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sync"
)

// postings is one dimension's inverted list: ascending ordinals and their
// weights. max is at least every weight (deletes leave it stale); df counts the
// points that were deleted since the last compaction too, as Qdrant does. Long lists have ranks instead of docs: bits take less room
// than ordinals there, and give access by ordinal.
type postings struct {
	docs    []uint32
	weights []float32
	max     float32
	df      int32
	ranks   []rankBlock
}

// rankBlock is a list's members among 64 ordinals, and how many come before.
type rankBlock struct {
	members uint64
	before  uint32
}

const (
	ranksMin   = 64 // members from which a list may have ranks
	ranksShare = 32 // and has them once it holds one in so many ordinals
)

// len is the number of members, with those that were removed since the last
// compaction.
func (l *postings) len() int { return len(l.weights) }

// add appends a member above all others.
func (l *postings) add(ord uint32, weight float32) {
	if len(l.weights) == cap(l.weights) {
		l.weights = roomier(l.weights)
	}
	l.weights = append(l.weights, weight)
	l.max = max(l.max, weight)
	l.df++
	if l.ranks != nil {
		l.rank(ord, len(l.weights)-1)
		return
	}
	if len(l.docs) == cap(l.docs) {
		l.docs = roomier(l.docs)
	}
	l.docs = append(l.docs, ord)
	if len(l.docs) >= ranksMin && len(l.docs)*ranksShare > int(ord) {
		for i, d := range l.docs {
			l.rank(d, i)
		}
		l.docs = nil
	}
}

// roomier has room for an eighth more: most of an index is lists, and append
// would leave a quarter to a half of each unused.
func roomier[T any](list []T) []T {
	return append(make([]T, 0, len(list)+len(list)/8+1), list...)
}

// rank enters the i-th member, which must be the next, into ranks.
func (l *postings) rank(ord uint32, i int) {
	for len(l.ranks) <= int(ord>>6) {
		if len(l.ranks) == cap(l.ranks) {
			l.ranks = roomier(l.ranks)
		}
		l.ranks = append(l.ranks, rankBlock{before: uint32(i)})
	}
	l.ranks[ord>>6].members |= 1 << (ord & 63)
}

// members gives the ordinals of a list, in buf if they have to be worked out; they
// are not to be changed, and hold until buf is used again.
func (l *postings) members(buf *[]uint32) []uint32 {
	if l.ranks == nil {
		return l.docs
	}
	out := slices.Grow((*buf)[:0], len(l.weights))
	for block := range l.ranks {
		base := uint32(block) << 6
		for m := l.ranks[block].members; m != 0; m &= m - 1 {
			out = append(out, base+uint32(bits.TrailingZeros64(m)))
		}
	}
	*buf = out
	return out
}

// weightOf gives a member's weight, or 0.
func (l *postings) weightOf(ord uint32) float32 {
	if l.ranks == nil {
		if i, ok := slices.BinarySearch(l.docs, ord); ok {
			return l.weights[i]
		}
		return 0
	}
	if int(ord>>6) >= len(l.ranks) {
		return 0
	}
	// Without a branch on membership, which would be mispredicted often.
	b, at := &l.ranks[ord>>6], ord&63
	i := int(b.before) + bits.OnesCount64(b.members&(1<<at-1))
	member := uint32(b.members>>at) & 1
	return math.Float32frombits(math.Float32bits(l.weights[min(i, len(l.weights)-1)]) & -member)
}

// sparseIndex holds one named sparse vector of a collection, both inverted (to
// find) and forward (to score one point exactly and to give it back).
type sparseIndex struct {
	idf     bool
	slotOf  map[uint32]uint32
	dims    []uint32 // by slot
	lists   []postings
	forward blobs     // slots, packed, by ordinal; nothing where the point lacks the vector
	points  int       // points with a non-empty vector, also those deleted since the last compaction: Qdrant's N
	live    int       // of them not deleted
	signed  bool      // a weight below zero was stored: bounds do not hold
	scratch sync.Pool // *scratch
	sums    sync.Pool // *[]float32, zero between searches
}

func newSparseIndex(idf bool) *sparseIndex {
	return &sparseIndex{idf: idf, slotOf: map[uint32]uint32{}}
}

// add appends the vector of the next ordinal. dims must be strictly ascending;
// both are copied.
func (x *sparseIndex) add(ord uint32, dims []uint32, weights []float32) {
	x.forward.grow(ord + 1)
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
		x.lists[slot].add(ord, weights[i])
		x.signed = x.signed || weights[i] < 0
	}
	x.forward.set(ord, pack(slots))
	x.points++
	x.live++
}

// remove takes a live point out. Its postings stay until the collection is compacted:
// searches must be given a bitmap without it. Of a deleted point the statistics keep it
// until then too, as Qdrant's do; a replaced one leaves them, for Qdrant writes the new
// vector in the old one's place.
func (x *sparseIndex) remove(ord uint32, replaced bool) {
	v := packed(x.forward.get(ord))
	if len(v) == 0 {
		return
	}
	x.live--
	if replaced {
		for slot := range v.all() {
			x.lists[slot].df--
		}
		x.points--
	}
	x.forward.remove(ord)
}

// vector gives a live point's dimensions and weights; ok is false if it has none.
func (x *sparseIndex) vector(ord uint32) (dims []uint32, weights []float32, ok bool) {
	slots := slices.Collect(packed(x.forward.get(ord)).all())
	if len(slots) == 0 {
		return nil, nil, false
	}
	slices.SortFunc(slots, func(a, b uint32) int { return cmp.Compare(x.dims[a], x.dims[b]) })
	dims, weights = make([]uint32, len(slots)), make([]float32, len(slots))
	for i, slot := range slots {
		dims[i], weights[i] = x.dims[slot], x.lists[slot].weightOf(ord)
	}
	return dims, weights, true
}

// queryTerm is a query dimension that the index knows, with its final weight
// and the most it can add to a score.
type queryTerm struct {
	slot   uint32
	weight float32
	most   float32
}

// terms resolves a query (dimensions ascending) and applies the IDF modifier in
// float32, as Qdrant does. The terms come by descending bound: that is the order
// in which every search adds them up, so that all give the same bits.
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
		out = append(out, queryTerm{slot, w, w * x.lists[slot].max})
	}
	slices.SortFunc(out, func(a, b queryTerm) int {
		if a.most != b.most {
			return cmp.Compare(b.most, a.most)
		}
		return cmp.Compare(a.slot, b.slot)
	})
	return out
}

// scratch is the working memory of one search; everything in it is zero or
// empty between searches.
type scratch struct {
	query []uint32  // by slot: 1 + the place in the query
	parts []float32 // by place in the query
	cand  []uint32
	docs  []uint32 // members of a list
	heap  []hit
}

func (x *sparseIndex) borrow() *scratch {
	s, _ := x.scratch.Get().(*scratch)
	if s == nil {
		s = &scratch{}
	}
	if n := len(x.lists); len(s.query) < n {
		s.query = make([]uint32, n+n/8)
	}
	return s
}

// borrowSums gives a zero for every ordinal; the borrower gives them back zero.
func (x *sparseIndex) borrowSums() *[]float32 {
	sums, _ := x.sums.Get().(*[]float32)
	if n := x.forward.len(); sums == nil || len(*sums) < n {
		sums = new(make([]float32, n+n/8))
	}
	return sums
}

// searchExhaustive scores every posting of the query and takes the best k. It
// is the definition of the result and the path for negative weights.
// allow restricts the points; nil allows all.
func (x *sparseIndex) searchExhaustive(q []queryTerm, k int, allow bitmap, ids []pointID) []hit {
	s, sums := x.borrow(), x.borrowSums()
	defer x.scratch.Put(s)
	defer x.sums.Put(sums)
	acc := (*sums)[:x.forward.len()]
	for _, t := range q {
		l := &x.lists[t.slot]
		w := t.weight
		docs := l.members(&s.docs)
		weights := l.weights[:len(docs)]
		for i, d := range docs {
			acc[d] += float32(w * weights[i])
		}
	}
	top := topK{k: k, ids: ids}
	floor := float32(math.Inf(-1))
	for d, score := range acc {
		if score < floor || score == 0 || allow != nil && !allow.has(uint32(d)) {
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
