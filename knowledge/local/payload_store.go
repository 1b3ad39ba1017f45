package local

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
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
	points   blobs             // per entry: its number plus entryFirst, or how it is kept and its bytes
	entries  [][]byte          // by number
	numbers  map[uint64]uint32 // by an entry's hash
	seed     maphash.Seed
	distinct map[string]int // numbered entries by key; negative once they are given up
}

// How an entry is kept that has no number.
const (
	entryPlain = 0 // its length and its bytes
	entryHex   = 1 // ends in lower-case hex digits, as hashes do: how many pairs, these in half the room, then as entryPlain
	entryFirst = 2 // added to numbers
	hexLeast   = 8 // pairs from which that pays
)

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
			out = binary.AppendUvarint(out, number+entryFirst)
		} else {
			out = appendEntry(out, raw[:n])
		}
		raw = raw[n:]
	}
	ord := uint32(s.points.len())
	s.points.grow(ord + 1)
	s.points.set(ord, out)
}

// appendEntry keeps an entry that has no number.
func appendEntry(out, entry []byte) []byte {
	pairs := 0
	for i := len(entry) - 2; i >= 0 && hexDigit(entry[i]) && hexDigit(entry[i+1]); i -= 2 {
		pairs++
	}
	if pairs < hexLeast {
		return append(binary.AppendUvarint(append(out, entryPlain), uint64(len(entry))), entry...)
	}
	text := entry[len(entry)-2*pairs:]
	out = binary.AppendUvarint(append(out, entryHex), uint64(pairs))
	out, _ = hex.AppendDecode(out, text) // only digits: it cannot fail
	rest := entry[:len(entry)-2*pairs]
	return append(binary.AppendUvarint(out, uint64(len(rest))), rest...)
}

func hexDigit(b byte) bool { return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' }

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

// each gives a payload's entries in order, not to be changed, each until the next.
func (s *payloads) each(ord uint32) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var whole []byte
		for rest := s.points.get(ord); len(rest) > 0; {
			kind, n := binary.Uvarint(rest)
			if rest = rest[n:]; kind >= entryFirst {
				if !yield(s.entries[kind-entryFirst]) {
					return
				}
				continue
			}
			var packed []byte
			if kind == entryHex {
				pairs, n := binary.Uvarint(rest)
				packed, rest = rest[n:n+int(pairs)], rest[n+int(pairs):]
			}
			length, n := binary.Uvarint(rest)
			entry := rest[n : n+int(length)]
			rest = rest[n+int(length):]
			if packed != nil {
				whole = hex.AppendEncode(append(whole[:0], entry...), packed)
				entry = whole
			}
			if !yield(entry) {
				return
			}
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
