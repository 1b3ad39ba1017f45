package local

import (
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// payloads are the stored payloads of a collection, by ordinal: of each payload
// the entries (key and value as protobuf has them, in order), those that repeat
// as numbers in one dictionary. What is read is byte for byte what was added.
type payloads struct {
	points   [][]byte // per entry: its number plus 1, or 0, its length and its bytes
	entries  []string // by number
	numbers  map[string]uint64
	distinct map[string]int // numbered entries by key; negative once they are given up
}

func newPayloads() payloads {
	return payloads{numbers: map[string]uint64{}, distinct: map[string]int{}}
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
	s.points = append(s.points, slices.Clone(out))
}

// number finds an entry's number or gives it one, unless the values of its key
// hardly repeat, as with columns.
func (s *payloads) number(entry []byte) (uint64, bool) {
	if n, ok := s.numbers[string(entry)]; ok {
		return n, true
	}
	_, _, n := protowire.ConsumeTag(entry)
	body, _ := protowire.ConsumeBytes(entry[max(n, 0):])
	_, _, n = protowire.ConsumeTag(body) // the key comes first
	key, _ := protowire.ConsumeBytes(body[max(n, 0):])
	switch d := s.distinct[string(key)]; {
	case d < 0:
		return 0, false
	case d > columnMany && d*columnRepeat > len(s.points):
		s.distinct[string(key)] = -1
		return 0, false
	}
	s.distinct[string(key)]++
	number, kept := uint64(len(s.entries)), string(entry)
	s.entries, s.numbers[kept] = append(s.entries, kept), number
	return number, true
}

// remove forgets a payload.
func (s *payloads) remove(ord uint32) { s.points[ord] = nil }

// raw gives a payload as it was added.
func (s *payloads) raw(ord uint32) []byte {
	var out []byte
	for rest := s.points[ord]; len(rest) > 0; {
		number, n := binary.Uvarint(rest)
		rest = rest[n:]
		if number > 0 {
			out = append(out, s.entries[number-1]...)
			continue
		}
		length, n := binary.Uvarint(rest)
		out, rest = append(out, rest[n:n+int(length)]...), rest[n+int(length):]
	}
	return out
}
