package local

import (
	"encoding/binary"
	"iter"
	"slices"
)

// packed are the slots of one point's sparse vector, ascending, each as its
// distance from the one before. The weights stand in the inverted lists alone.
type packed []byte

// pack sorts slots.
func pack(slots []uint32) packed {
	slices.Sort(slots)
	out, last := make([]byte, 0, 3*len(slots)), uint32(0)
	for _, slot := range slots {
		out = binary.AppendUvarint(out, uint64(slot-last))
		last = slot
	}
	return out
}

// all gives the slots, ascending.
func (p packed) all() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		slot := uint32(0)
		for rest := p; len(rest) > 0; {
			distance, n := binary.Uvarint(rest)
			slot, rest = slot+uint32(distance), rest[n:]
			if !yield(slot) {
				return
			}
		}
	}
}
