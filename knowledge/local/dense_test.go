package local

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"pgregory.net/rapid"
)

func randomVector(r *rand.Rand, size int) []float32 {
	v := make([]float32, size)
	for i := range v {
		v[i] = r.Float32() - 0.5
	}
	return v
}

// TestDenseSearchIsExact: several blocks and goroutines give what a sort of all
// scores gives.
func TestDenseSearchIsExact(t *testing.T) {
	t.Parallel()
	for _, distance := range []qdrant.Distance{qdrant.Distance_Cosine, qdrant.Distance_Dot, qdrant.Distance_Euclid, qdrant.Distance_Manhattan} {
		r := rand.New(rand.NewPCG(1, 2))
		const n, size = 3*denseBlockRows + 17, 200
		x := newDenseIndex(size, distance)
		allow := newBitmap(2 * n)
		for i := range uint32(n) {
			ord := 2 * i // not every ordinal has the vector
			x.add(ord, x.prepare(randomVector(r, size)))
			if r.IntN(4) > 0 {
				allow.set(ord)
			}
		}
		query := x.prepare(randomVector(r, size))
		all := topK{k: 2 * n}
		allow.each(func(ord uint32) bool {
			all.push(hit{ord, x.rank(query, x.vector(ord))})
			return true
		})
		want := all.sorted()[:25]
		if got := x.search(query, 25, allow, nil); !slices.Equal(got, want) {
			t.Errorf("%v: got %v\nwant %v", distance, got, want)
		}
	}
}

// TestDenseCodesAreBounds: what a row's codes say of its product holds, for rows
// and queries of any size and scale, and both multipliers agree.
func TestDenseCodesAreBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 100).Draw(t, "size")
		number := rapid.OneOf(rapid.Just(float32(0)), rapid.Float32Range(-1, 1), rapid.Float32Range(-1e6, 1e6), rapid.SampledFrom([]float32{1, -1, 1e-20}))
		vector := rapid.SliceOfN(number, size, size)
		c := newDenseCodes(size)
		rows := rapid.SliceOfN(vector, 1, 5).Draw(t, "rows")
		for _, row := range rows {
			c.add(row)
		}
		query := vector.Draw(t, "query")
		q := c.query(query)
		product := func(halves []byte) []int32 {
			got, want := make([]int32, len(rows)), make([]int32, len(rows))
			dotNibbles(got, q.codes, halves)
			dotNibblesGo(want, q.codes, halves)
			if !slices.Equal(got, want) {
				t.Fatalf("dotNibbles %v, in Go %v", got, want)
			}
			return got
		}
		high, low := product(c.blocks[0].high), product(c.blocks[0].low)
		for i, row := range rows {
			p := float64(dot(query, row))
			if least, most := q.between(&c.rows[i], high[i], low[i]); p < least || p > most {
				t.Fatalf("row %d: %v is not in %v to %v", i, p, least, most)
			}
			if most := q.coarse(&c.rows[i], high[i]); p > most {
				t.Fatalf("row %d: %v is above the coarse %v", i, p, most)
			}
		}
	})
}

func BenchmarkDense(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	x := newDenseIndex(384, qdrant.Distance_Cosine)
	for ord := range uint32(20_000) {
		x.add(ord, x.prepare(randomVector(r, 384)))
	}
	query := x.prepare(randomVector(r, 384))
	for b.Loop() {
		if got := x.search(query, 10, nil, nil); len(got) != 10 {
			b.Fatal(got)
		}
	}
}
