package local

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"pgregory.net/rapid"
)

// TestPackedIsExact: what was packed gives back every slot, ascending.
func TestPackedIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.SliceOfNDistinct(rapid.Uint32(), 0, 200, rapid.ID[uint32]).Draw(t, "slots")
		p := pack(slots) // sorts slots
		if got := slices.Collect(p.all()); !slices.Equal(got, slots) {
			t.Fatalf("got %v\nwant %v", got, slots)
		}
	})
}

// TestSparseVectorsAreKept: a point's vector comes back to the very bits of its
// weights, from short lists and long ones, after others were removed.
func TestSparseVectorsAreKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := newSparseIndex(false)
		weight := rapid.OneOf(someWeights, rapid.Float32())
		type kept struct {
			dims    []uint32
			weights []float32
		}
		var want []kept
		for ord := range uint32(rapid.IntRange(1, 200).Draw(t, "points")) {
			var v kept
			for dim := range uint32(6) {
				if rapid.IntRange(0, 2).Draw(t, "has") > 0 {
					v.dims, v.weights = append(v.dims, 5*dim), append(v.weights, weight.Draw(t, "weight"))
				}
			}
			x.add(ord, v.dims, v.weights)
			want = append(want, v)
			if gone := rapid.IntRange(0, len(want)-1).Draw(t, "gone"); gone%7 == 3 {
				x.remove(uint32(gone), gone%2 == 0)
				want[gone] = kept{}
			}
		}
		for ord, v := range want {
			dims, weights, ok := x.vector(uint32(ord))
			same := slices.EqualFunc(weights, v.weights, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
			if ok != (len(v.dims) > 0) || !slices.Equal(dims, v.dims) || !same {
				t.Fatalf("%d is %v %v, not %v", ord, dims, weights, v)
			}
		}
	})
}

// TestPayloadsAreKept: payloads come back byte for byte, those whose values
// repeat, those that stopped repeating, and after others were removed.
func TestPayloadsAreKept(t *testing.T) {
	t.Parallel()
	const n = 3*columnMany + 7
	s := newPayloads()
	raws := make([][]byte, n)
	for i := range raws {
		if i%100 == 0 {
			s.add(nil)
			continue
		}
		raw, err := encodePayload(qdrant.NewValueMap(map[string]any{
			"audience": "public", "hash": fmt.Sprintf("%064x", i), "document": fmt.Sprint("document ", i/5), "": "no key", "odd": fmt.Sprintf("x%031x", i), "upper": fmt.Sprintf("%032XF", i),
			"list": []any{int64(i % 3), nil, "", map[string]any{"x": 1.5}}, "null": nil,
		}))
		if err != nil {
			t.Fatal(err)
		}
		raws[i] = raw
		s.add(raw)
	}
	s.remove(5)
	raws[5] = nil
	for i, want := range raws {
		if got := s.raw(uint32(i)); !bytes.Equal(got, want) {
			t.Fatalf("payload %d: got %q\nwant %q", i, got, want)
		}
	}
	if most := 3*(columnMany+2) + n/5 + 1 + 10; len(s.entries) > most {
		t.Errorf("%d entries in the dictionary, want at most %d", len(s.entries), most)
	}
}
