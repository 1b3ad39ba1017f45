package text

import (
	"encoding/binary"
	"math/bits"
)

// Term identifies one stem as Qdrant's own "qdrant/bm25" model does:
// |int32(murmur3_32(stem, seed 0))|. Source: the Qdrant/bm25
// model card and fastembed's Bm25.
type Term = uint32

// TermOf returns the term of a stem: MurmurHash3_x86_32 (Austin Appleby, public domain) with seed 0,
// folded to a non-negative int32.
func TermOf(stem string) Term {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	var h uint32
	rest := []byte(stem)
	for len(rest) >= 4 {
		k := binary.LittleEndian.Uint32(rest) * c1
		h ^= bits.RotateLeft32(k, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
		rest = rest[4:]
	}
	var k uint32
	switch len(rest) {
	case 3:
		k ^= uint32(rest[2]) << 16
		fallthrough
	case 2:
		k ^= uint32(rest[1]) << 8
		fallthrough
	case 1:
		k ^= uint32(rest[0])
		h ^= bits.RotateLeft32(k*c1, 15) * c2
	}
	h ^= uint32(len(stem))
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	h ^= h >> 16
	if v := int32(h); v < 0 && v != -1<<31 {
		return Term(-v)
	}
	return h
}
