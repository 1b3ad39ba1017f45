package local

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"slices"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/encoding/protowire"
)

// payloads are the stored payloads of a collection, by ordinal: of each payload
// the entries (key and value as protobuf has them, in order), those that repeat
// as numbers in one dictionary. What is read is byte for byte what was added.
type payloads struct {
	points   blobs             // per entry: its number plus 1, or 0, its length and its bytes
	entries  [][]byte          // by number
	numbers  map[uint64]uint32 // by an entry's hash
	seed     maphash.Seed
	distinct map[string]int // numbered entries by key; negative once they are given up
}

func newPayloads() payloads {
	return payloads{numbers: map[uint64]uint32{}, seed: maphash.MakeSeed(), distinct: map[string]int{}}
}

// add stores the next ordinal's payload, as encodePayload gives it.
func (s *payloads) add(raw []byte) {
	out := make([]byte, 0, len(raw)+16)
	for len(raw) > 0 {
		_, _, n := protowire.ConsumeField(raw)
		if n <= 0 {
			n = len(raw) // cannot happen: it is our own encoding
		}
		if number, ok := s.number(raw[:n]); ok {
			out = binary.AppendUvarint(out, number+1)
		} else {
			out = append(binary.AppendUvarint(append(out, 0), uint64(n)), raw[:n]...)
		}
		raw = raw[n:]
	}
	ord := uint32(s.points.len())
	s.points.grow(ord + 1)
	s.points.set(ord, out)
}

// number finds an entry's number or gives it one, unless the values of its key
// hardly repeat, as with columns.
func (s *payloads) number(entry []byte) (uint64, bool) {
	hash := maphash.Bytes(s.seed, entry)
	if n, ok := s.numbers[hash]; ok {
		return uint64(n), bytes.Equal(s.entries[n], entry)
	}
	key, _ := cutEntry(entry)
	switch d := s.distinct[string(key)]; {
	case d < 0:
		return 0, false
	case d > columnMany && d*columnRepeat > s.points.len():
		s.distinct[string(key)] = -1
		return 0, false
	}
	s.distinct[string(key)]++
	number := len(s.entries)
	s.entries, s.numbers[hash] = append(s.entries, slices.Clone(entry)), uint32(number)
	return uint64(number), true
}

// remove forgets a payload.
func (s *payloads) remove(ord uint32) { s.points.remove(ord) }

// raw gives a payload as it was added.
func (s *payloads) raw(ord uint32) []byte {
	out := make([]byte, 0, 8*len(s.points.get(ord)))
	for entry := range s.each(ord) {
		out = append(out, entry...)
	}
	return out
}

// each gives a payload's entries in order, not to be changed.
func (s *payloads) each(ord uint32) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := s.points.get(ord); len(rest) > 0; {
			number, n := binary.Uvarint(rest)
			if rest = rest[n:]; number > 0 {
				if !yield(s.entries[number-1]) {
					return
				}
				continue
			}
			length, n := binary.Uvarint(rest)
			if !yield(rest[n : n+int(length)]) {
				return
			}
			rest = rest[n+int(length):]
		}
	}
}

// cutEntry gives the key of an entry, which comes first in it, and the bytes of
// its value.
func cutEntry(entry []byte) (key, value []byte) {
	_, _, n := protowire.ConsumeTag(entry)
	body, _ := protowire.ConsumeBytes(entry[max(n, 0):])
	if _, _, n = protowire.ConsumeTag(body); n < 0 {
		return nil, nil
	}
	key, m := protowire.ConsumeBytes(body[n:])
	if m < 0 {
		return nil, nil
	}
	body = body[n+m:]
	if _, _, n = protowire.ConsumeTag(body); n < 0 {
		return key, nil
	}
	value, _ = protowire.ConsumeBytes(body[n:])
	return key, value
}

// textOf reads a value that is a string, as most are; the general decoder costs
// ten times as much.
func textOf(value []byte) (string, bool) {
	field, _, n := protowire.ConsumeTag(value)
	if field != valueString {
		return "", false
	}
	text, m := protowire.ConsumeBytes(value[n:])
	if n+m != len(value) {
		return "", false
	}
	return string(text), true
}

// valueString is the field of qdrant.Value that holds a string.
var valueString = (*qdrant.Value)(nil).ProtoReflect().Descriptor().Fields().ByName("string_value").Number()
