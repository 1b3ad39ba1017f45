package local

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"pgregory.net/rapid"
)

// TestPackedIsExact: a packed vector gives back every slot and the very bits of
// every weight, also where more weights differ than are looked for.
func TestPackedIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.SliceOfNDistinct(rapid.Uint32(), 0, 200, rapid.ID[uint32]).Draw(t, "slots")
		weight := rapid.OneOf(someWeights, rapid.Float32())
		v := make([]slotWeight, len(slots))
		for i, slot := range slots {
			v[i] = slotWeight{slot, weight.Draw(t, "weight")}
		}
		p := pack(v) // sorts v
		var got []slotWeight
		for slot, w := range p.all() {
			got = append(got, slotWeight{slot, w})
		}
		if !slices.Equal(got, v) {
			t.Fatalf("got %v\nwant %v", got, v)
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
			"audience": "public", "hash": fmt.Sprintf("%064x", i), "document": fmt.Sprint("document ", i/5), "": "no key",
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
	if most := columnMany + 2 + n/5 + 1 + 10; len(s.entries) > most {
		t.Errorf("%d entries in the dictionary, want at most %d", len(s.entries), most)
	}
}
