package local

import "encoding/binary"

const (
	blobChunk = 1 << 16 // bytes of a chunk
	blobAlign = 4       // what a blob begins at
)

// blobs keeps byte strings by ordinal, back to back in chunks: an own allocation
// and a slice header each would cost a passage 30 bytes. What was removed stays
// until the collection is compacted. Nothing that is kept moves or changes.
type blobs struct {
	chunks [][]byte
	at     []uint32 // by ordinal: 1 + the place in steps of blobAlign; 0: nothing
	large  map[uint32][]byte
}

// len is the number of ordinals, with those that have nothing.
func (b *blobs) len() int { return len(b.at) }

// grow makes room for ordinals below n.
func (b *blobs) grow(n uint32) {
	for uint32(len(b.at)) < n {
		b.at = append(b.at, 0)
	}
}

// set keeps a copy of v under an ordinal that there is room for and that has nothing.
func (b *blobs) set(ord uint32, v []byte) {
	if len(v) == 0 {
		return
	}
	size := binary.MaxVarintLen32 + len(v)
	// A place must fit its number; chunks beyond that many are no index in memory.
	if size > blobChunk || len(b.chunks) >= (1<<32-1)/(blobChunk/blobAlign)-1 {
		if b.large == nil {
			b.large = map[uint32][]byte{}
		}
		b.large[ord] = append([]byte(nil), v...)
		return
	}
	last := len(b.chunks) - 1
	if last < 0 || len(b.chunks[last])+size > blobChunk {
		room := blobChunk
		if last < 0 {
			room = size // most collections of tests are tiny
		}
		b.chunks = append(b.chunks, make([]byte, 0, room))
		last++
	}
	c := b.chunks[last]
	for len(c)%blobAlign != 0 {
		c = append(c, 0)
	}
	b.at[ord] = 1 + uint32(last*(blobChunk/blobAlign)+len(c)/blobAlign)
	b.chunks[last] = append(binary.AppendUvarint(c, uint64(len(v))), v...)
}

// get gives what is kept, not to be changed; nil for nothing.
func (b *blobs) get(ord uint32) []byte {
	place := b.at[ord]
	if place == 0 {
		return b.large[ord]
	}
	place--
	c := b.chunks[place/(blobChunk/blobAlign)][place%(blobChunk/blobAlign)*blobAlign:]
	n, m := binary.Uvarint(c)
	return c[m : m+int(n) : m+int(n)]
}

// remove forgets an ordinal's.
func (b *blobs) remove(ord uint32) {
	b.at[ord] = 0
	delete(b.large, ord)
}
