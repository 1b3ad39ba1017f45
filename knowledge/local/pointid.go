package local

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/qdrant/go-client/qdrant"
)

// pointID is a point's id as a comparable value: a number, or a UUID's bytes.
type pointID struct {
	hi, lo uint64
	uuid   bool
}

// compare orders ids as Qdrant does: numbers ascending, then UUIDs ascending.
func (a pointID) compare(b pointID) int {
	if a.uuid != b.uuid {
		if b.uuid {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(a.hi, b.hi); c != 0 {
		return c
	}
	return cmp.Compare(a.lo, b.lo)
}

// proto gives the id in the form the API speaks, UUIDs hyphenated.
func (a pointID) proto() *qdrant.PointId {
	if !a.uuid {
		return qdrant.NewIDNum(a.lo)
	}
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], a.hi)
	binary.BigEndian.PutUint64(raw[8:], a.lo)
	var out [36]byte
	hex.Encode(out[:8], raw[:4])
	hex.Encode(out[9:13], raw[4:6])
	hex.Encode(out[14:18], raw[6:8])
	hex.Encode(out[19:23], raw[8:10])
	hex.Encode(out[24:], raw[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return qdrant.NewIDUUID(string(out[:]))
}

// parseID reads an id from a request. Its error is codes.InvalidArgument.
func parseID(id *qdrant.PointId) (pointID, error) {
	switch v := id.GetPointIdOptions().(type) {
	case *qdrant.PointId_Num:
		return pointID{lo: v.Num}, nil
	case *qdrant.PointId_Uuid:
		return parseUUID(v.Uuid)
	}
	return pointID{}, invalid("No ID options provided")
}

func parseUUID(s string) (pointID, error) {
	digits := strings.TrimPrefix(strings.ToLower(s), "urn:uuid:")
	if len(digits) == 36 && digits[8] == '-' && digits[13] == '-' && digits[18] == '-' && digits[23] == '-' {
		digits = digits[:8] + digits[9:13] + digits[14:18] + digits[19:23] + digits[24:]
	}
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != 16 {
		return pointID{}, invalid("Unable to parse UUID: %s", s)
	}
	return pointID{
		hi:   binary.BigEndian.Uint64(raw[:8]),
		lo:   binary.BigEndian.Uint64(raw[8:]),
		uuid: true,
	}, nil
}

func parseIDs(ids []*qdrant.PointId) ([]pointID, error) {
	out := make([]pointID, len(ids))
	for i, id := range ids {
		var err error
		if out[i], err = parseID(id); err != nil {
			return nil, err
		}
	}
	return out, nil
}
