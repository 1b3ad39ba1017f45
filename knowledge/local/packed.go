package local

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"
)

// packed is one point's sparse vector in few bytes, exactly: how many weights it
// keeps, those weights, and for each dimension, by ascending slot, the distance
// from the slot before and the place of its weight. Of a passage's BM25 weights
// few differ.
type packed []byte

// packedSearch is the number of weights up to which one is looked for before it
// is kept again.
const packedSearch = 64

// slotWeight is one dimension of a vector, as slot or as itself.
type slotWeight struct {
	slot   uint32
	weight float32
}

// pack sorts v by slot.
func pack(v []slotWeight) packed {
	slices.SortFunc(v, func(a, b slotWeight) int { return cmp.Compare(a.slot, b.slot) })
	var kept []uint32
	places := make([]uint64, len(v))
	for i, e := range v {
		bits, at := math.Float32bits(e.weight), -1
		if len(kept) <= packedSearch {
			at = slices.Index(kept, bits)
		}
		if at < 0 {
			at = len(kept)
			kept = append(kept, bits)
		}
		places[i] = uint64(at)
	}
	out := binary.AppendUvarint(make([]byte, 0, 4*len(kept)+4*len(v)), uint64(len(kept)))
	for _, bits := range kept {
		out = binary.LittleEndian.AppendUint32(out, bits)
	}
	last := uint32(0)
	for i, e := range v {
		out = binary.AppendUvarint(binary.AppendUvarint(out, uint64(e.slot-last)), places[i])
		last = e.slot
	}
	return out
}

// all gives slots, ascending, and weights.
func (p packed) all() iter.Seq2[uint32, float32] {
	return func(yield func(uint32, float32) bool) {
		if len(p) == 0 {
			return
		}
		n, at := binary.Uvarint(p)
		kept, rest := p[at:], p[at+4*int(n):]
		for slot := uint32(0); len(rest) > 0; {
			distance, n := binary.Uvarint(rest)
			place, m := binary.Uvarint(rest[n:])
			slot, rest = slot+uint32(distance), rest[n+m:]
			if !yield(slot, math.Float32frombits(binary.LittleEndian.Uint32(kept[4*place:]))) {
				return
			}
		}
	}
}
