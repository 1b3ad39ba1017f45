package local

import (
	"math"
	"time"

	"github.com/qdrant/go-client/qdrant"
)

type scalarKind uint8

const (
	kindOther scalarKind = iota // an object, or a list inside a list
	kindNull
	kindBool
	kindInteger
	kindFloat
	kindKeyword
)

// scalar is one payload value in comparable form: the key of a column's
// dictionary. Integers, booleans and floats (by their bits) are in num.
type scalar struct {
	kind scalarKind
	num  int64
	str  string
}

func scalarOf(v *qdrant.Value) scalar {
	switch k := v.GetKind().(type) {
	case *qdrant.Value_NullValue, nil:
		return scalar{kind: kindNull}
	case *qdrant.Value_BoolValue:
		if k.BoolValue {
			return scalar{kind: kindBool, num: 1}
		}
		return scalar{kind: kindBool}
	case *qdrant.Value_IntegerValue:
		return scalar{kind: kindInteger, num: k.IntegerValue}
	case *qdrant.Value_DoubleValue:
		return scalar{kind: kindFloat, num: int64(math.Float64bits(k.DoubleValue))}
	case *qdrant.Value_StringValue:
		return scalar{kind: kindKeyword, str: k.StringValue}
	}
	return scalar{kind: kindOther}
}

// elements gives the scalars a condition looks at in one payload value: those
// of a list, one level deep, or the value itself.
func elements(out []scalar, v *qdrant.Value) []scalar {
	if list := v.GetListValue(); list != nil {
		for _, e := range list.GetValues() {
			out = append(out, scalarOf(e))
		}
		return out
	}
	return append(out, scalarOf(v))
}

// number is the value as a range condition compares it.
func (s scalar) number() (float64, bool) {
	switch s.kind {
	case kindInteger:
		return float64(s.num), true
	case kindFloat:
		return math.Float64frombits(uint64(s.num)), true
	}
	return 0, false
}

var timeLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02 15:04",
	"2006-01-02T15:04",
	"2006-01-02",
}

// instant reads a keyword as a time; without a zone it is UTC.
func (s scalar) instant() (time.Time, bool) {
	if s.kind != kindKeyword || len(s.str) < 10 {
		return time.Time{}, false
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s.str); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
