package local

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"footnote/knowledge/local/localtest"
)

// Weights from a few values make ties common.
var someWeights = rapid.SampledFrom([]float32{0, 0.25, 0.5, 1, 1.1, 1.7, 2.2})

func drawSparse(t *rapid.T, dims int, label string) ([]uint32, []float32) {
	set := rapid.SliceOfNDistinct(rapid.Uint32Range(0, uint32(dims-1)), 0, min(dims, 12), rapid.ID[uint32]).Draw(t, label)
	slices.Sort(set)
	weights := make([]float32, len(set))
	for i := range weights {
		weights[i] = someWeights.Draw(t, "weight")
	}
	return set, weights
}

// naiveSparse scores every allowed point by the definition.
func naiveSparse(x *sparseIndex, deleted [][]uint32, dims []uint32, q []float32, k int, allow bitmap, ids []pointID) []hit {
	idf := func(dim uint32) float32 {
		if !x.idf {
			return 1
		}
		points, df := 0, 0
		for ord := range x.forward.len() {
			if d, _, ok := x.vector(uint32(ord)); ok {
				points++
				if slices.Contains(d, dim) {
					df++
				}
			}
		}
		for _, d := range deleted { // counts until the collection is compacted
			points++
			if slices.Contains(d, dim) {
				df++
			}
		}
		n, f := float32(points), float32(df)
		return float32(math.Log(float64((n-f+0.5)/(f+0.5) + 1)))
	}
	// The order of additions is the index's to choose; the weights are not.
	order := make([]int, 0, len(dims))
	factors := make([]float32, len(dims))
	for _, term := range x.terms(dims, q) {
		i := slices.Index(dims, x.dims[term.slot])
		order, factors[i] = append(order, i), q[i]*idf(dims[i])
	}
	var all []hit
	for ord := range uint32(x.forward.len()) {
		if allow != nil && !allow.has(ord) {
			continue
		}
		have, weights, _ := x.vector(ord)
		var sum float32
		for _, i := range order {
			if at, ok := slices.BinarySearch(have, dims[i]); ok {
				sum += float32(factors[i] * weights[at])
			}
		}
		if sum != 0 {
			all = append(all, hit{ord, sum})
		}
	}
	top := topK{k: len(all), ids: ids}
	for _, h := range all {
		top.push(h)
	}
	return top.sorted()[:min(k, len(all))]
}

// TestSparseSearchIsExact: pruned, exhaustive and naive agree in ids, scores and
// order, whatever the filter and whatever was deleted.
func TestSparseSearchIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(1, 30).Draw(t, "dims")
		n := rapid.IntRange(1, 120).Draw(t, "points")
		x := newSparseIndex(rapid.Bool().Draw(t, "idf"))
		live, ids := newBitmap(n), make([]pointID, n)
		live.fill(n)
		for ord := range uint32(n) {
			d, w := drawSparse(t, dims, "vector")
			x.add(ord, d, w)
			ids[ord] = pointID{lo: uint64(n) - uint64(ord)}
		}
		var deleted [][]uint32
		for _, ord := range rapid.SliceOfN(rapid.Uint32Range(0, uint32(n-1)), 0, n/2).Draw(t, "deleted") {
			if live.has(ord) {
				live.clear(ord)
				d, _, _ := x.vector(ord)
				if x.remove(ord, ord%2 == 0); ord%2 != 0 && len(d) > 0 {
					deleted = append(deleted, d)
				}
			}
		}
		allow := slices.Clone(live)
		if rapid.Bool().Draw(t, "filtered") {
			for ord := range uint32(n) {
				if rapid.IntRange(0, 2).Draw(t, "out") == 0 {
					allow.clear(ord)
				}
			}
		}
		qd, qw := drawSparse(t, dims, "query")
		if len(qw) > 0 && rapid.IntRange(0, 9).Draw(t, "negative") == 0 {
			qw[0] = -1
		}
		k := rapid.IntRange(1, 20).Draw(t, "k")
		q := x.terms(qd, qw)
		want := naiveSparse(x, deleted, qd, qw, k, allow, ids)
		if got := x.searchExhaustive(q, k, allow, ids); !slices.Equal(got, want) {
			t.Fatalf("exhaustive %v\nwant %v", got, want)
		}
		// Twice: the second search meets whatever the first left in its scratch.
		for range 2 {
			if got := x.search(q, k, allow, ids); !slices.Equal(got, want) {
				t.Fatalf("pruned %v\nwant %v", got, want)
			}
		}
	})
}

// TestSparseSearchOnText does the same on a corpus large enough for every branch
// of the pruning: several chunks a list, candidates cut more than once.
func TestSparseSearchOnText(t *testing.T) {
	t.Parallel()
	const n = 12_000
	z, rnd := localtest.New(3), rand.New(rand.NewPCG(3, 3))
	x := newSparseIndex(true)
	live := newBitmap(n)
	live.fill(n)
	for ord := range uint32(n) {
		x.add(ord, nil, nil)
		if ord%50 != 0 {
			dims, weights := z.Passage()
			x.forward.at = x.forward.at[:ord]
			x.add(ord, dims, weights)
		}
	}
	for range 1500 {
		ord := uint32(rnd.IntN(n))
		if live.has(ord) {
			live.clear(ord)
			x.remove(ord, ord%2 == 0)
		}
	}
	some, few := slices.Clone(live), newBitmap(n)
	for ord := range uint32(n) {
		if rnd.IntN(3) == 0 {
			some.clear(ord)
		}
		if live.has(ord) && rnd.IntN(400) == 0 {
			few.set(ord)
		}
	}
	for range 60 {
		for _, words := range []int{1, 3, 10, 60} {
			q := x.terms(z.Question(words))
			for _, allow := range []bitmap{live, some, few} {
				for _, k := range []int{1, 10, 100} {
					want := x.searchExhaustive(q, k, allow, nil)
					if got := x.search(q, k, allow, nil); !slices.Equal(got, want) {
						t.Fatalf("%d words, top %d:\npruned %v\n want  %v", words, k, got, want)
					}
				}
			}
		}
	}
}
