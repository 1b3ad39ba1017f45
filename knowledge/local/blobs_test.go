package local

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestBlobsAreKept: what was set is read byte for byte, whatever its size, until
// it is removed.
func TestBlobsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b blobs
		var want [][]byte
		for range rapid.IntRange(1, 40).Draw(t, "n") {
			size := rapid.SampledFrom([]int{0, 1, 3, 4, 100, 5000, blobChunk / 2, blobChunk - 6, blobChunk, 3 * blobChunk}).Draw(t, "size")
			v := bytes.Repeat([]byte{byte(len(want) + 1)}, size)
			ord := uint32(len(want))
			b.grow(ord + 1)
			b.set(ord, v)
			want = append(want, v)
			if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
				gone := rapid.IntRange(0, len(want)-1).Draw(t, "gone")
				b.remove(uint32(gone))
				want[gone] = nil
			}
		}
		for ord, v := range want {
			if got := b.get(uint32(ord)); !bytes.Equal(got, v) {
				t.Fatalf("%d: %d bytes, not the %d that were set", ord, len(got), len(v))
			}
		}
	})
}

// TestIDTableIsAMap of the ids of live points.
func TestIDTableIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, want, ids := newIDTable(), map[pointID]uint32{}, []pointID{}
		for range rapid.IntRange(1, 300).Draw(t, "n") {
			id := pointID{lo: rapid.Uint64Range(0, 60).Draw(t, "id"), uuid: rapid.Bool().Draw(t, "uuid")}
			ord, ok := table.find(ids, id)
			if w, has := want[id]; has != ok || ok && w != ord {
				t.Fatalf("%v is %d %v, not %d %v", id, ord, ok, w, has)
			}
			if ok {
				table.remove(ids, id)
				delete(want, id)
			}
			if !ok || rapid.Bool().Draw(t, "again") {
				ids = append(ids, id)
				table.add(ids, uint32(len(ids)-1))
				want[id] = uint32(len(ids) - 1)
			}
			if table.live != len(want) || table.taken < table.live || len(table.places) > 8*(len(want)+2) && len(table.places) > 512 {
				t.Fatalf("%d live, %d taken of %d places for %d", table.live, table.taken, len(table.places), len(want))
			}
		}
	})
}
