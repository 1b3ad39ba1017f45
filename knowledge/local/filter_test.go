package local

import (
	"fmt"
	"testing"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"
)

var somePaths = rapid.SampledFrom([]string{"a", "b", "o.a", "o.b", "l[].a", "l[0].b", "a[]", "l", "o", "zz"})

func drawValue(t *rapid.T, depth int) *qdrant.Value {
	kinds := 6
	if depth > 0 {
		kinds = 9
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return qdrant.NewValueNull()
	case 1:
		return qdrant.NewValueBool(rapid.Bool().Draw(t, "bool"))
	case 2:
		return qdrant.NewValueInt(rapid.Int64Range(-2, 2).Draw(t, "int"))
	case 3:
		return qdrant.NewValueDouble(rapid.SampledFrom([]float64{-1.5, 0, 1, 2}).Draw(t, "float"))
	case 4:
		return qdrant.NewValueString(rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "string"))
	case 5:
		return qdrant.NewValueString(rapid.SampledFrom([]string{"2026-01-01", "2026-01-02T00:00:00Z", "2026-01-01T23:00:00-02:00"}).Draw(t, "time"))
	case 6, 7:
		var list []*qdrant.Value
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, drawValue(t, depth-1))
		}
		return qdrant.NewValueFromList(list...)
	default:
		return qdrant.NewValueStruct(&qdrant.Struct{Fields: drawPayload(t, depth-1)})
	}
}

func drawPayload(t *rapid.T, depth int) payload {
	p := payload{}
	for _, key := range []string{"a", "b", "o", "l", "a.b"} {
		if rapid.Bool().Draw(t, "has "+key) {
			p[key] = drawValue(t, depth)
		}
	}
	return p
}

func drawMatch(t *rapid.T) *qdrant.Match {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"", "x", "y", "q"}), 0, 2)
	ints := rapid.SliceOfN(rapid.Int64Range(-2, 3), 0, 2)
	switch rapid.IntRange(0, 6).Draw(t, "match") {
	case 0:
		return &qdrant.Match{MatchValue: &qdrant.Match_Keyword{Keyword: rapid.SampledFrom([]string{"x", "y", ""}).Draw(t, "word")}}
	case 1:
		return &qdrant.Match{MatchValue: &qdrant.Match_Integer{Integer: rapid.Int64Range(-2, 2).Draw(t, "int")}}
	case 2:
		return &qdrant.Match{MatchValue: &qdrant.Match_Boolean{Boolean: rapid.Bool().Draw(t, "bool")}}
	case 3:
		return &qdrant.Match{MatchValue: &qdrant.Match_Keywords{Keywords: &qdrant.RepeatedStrings{Strings: words.Draw(t, "words")}}}
	case 4:
		return &qdrant.Match{MatchValue: &qdrant.Match_Integers{Integers: &qdrant.RepeatedIntegers{Integers: ints.Draw(t, "ints")}}}
	case 5:
		return &qdrant.Match{MatchValue: &qdrant.Match_ExceptKeywords{ExceptKeywords: &qdrant.RepeatedStrings{Strings: words.Draw(t, "words")}}}
	default:
		return &qdrant.Match{MatchValue: &qdrant.Match_ExceptIntegers{ExceptIntegers: &qdrant.RepeatedIntegers{Integers: ints.Draw(t, "ints")}}}
	}
}

func drawCondition(t *rapid.T, depth int) *qdrant.Condition {
	path := somePaths.Draw(t, "path")
	kinds := 6
	if depth > 0 {
		kinds = 8
	}
	field := func(f *qdrant.FieldCondition) *qdrant.Condition {
		f.Key = path
		return &qdrant.Condition{ConditionOneOf: &qdrant.Condition_Field{Field: f}}
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "condition") {
	case 0:
		return field(&qdrant.FieldCondition{Match: drawMatch(t)})
	case 1:
		return field(&qdrant.FieldCondition{
			Range: &qdrant.Range{Gte: new(rapid.Float64Range(-2, 2).Draw(t, "gte"))}, Match: drawMatch(t),
		})
	case 2:
		at := time.Date(2026, 1, rapid.IntRange(1, 3).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		return field(&qdrant.FieldCondition{DatetimeRange: &qdrant.DatetimeRange{Lte: timestamppb.New(at)}})
	case 3:
		return qdrant.NewIsEmpty(path)
	case 4:
		return qdrant.NewIsNull(path)
	case 5:
		return qdrant.NewHasID(qdrant.NewIDNum(rapid.Uint64Range(0, 9).Draw(t, "id")))
	case 6:
		return qdrant.NewNestedFilter("l", drawFilter(t, depth-1))
	default:
		return qdrant.NewFilterAsCondition(drawFilter(t, depth-1))
	}
}

func drawFilter(t *rapid.T, depth int) *qdrant.Filter {
	some := func(what string) (out []*qdrant.Condition) {
		for range rapid.IntRange(0, 2).Draw(t, what) {
			out = append(out, drawCondition(t, depth))
		}
		return out
	}
	f := &qdrant.Filter{Must: some("must"), Should: some("should"), MustNot: some("must not")}
	if rapid.Bool().Draw(t, "min should") {
		f.MinShould = &qdrant.MinShould{Conditions: some("min should"), MinCount: rapid.Uint64Range(0, 2).Draw(t, "min count")}
	}
	return f
}

// TestFilterBitmapsEqualChecks: the columns answer what checking every payload
// answers, after replacements and deletes too.
func TestFilterBitmapsEqualChecks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		st := newState(&schema{})
		for range rapid.IntRange(0, 12).Draw(t, "points") {
			p := point{id: pointID{lo: rapid.Uint64Range(0, 9).Draw(t, "id")}, payload: drawPayload(t, 2)}
			var err error
			if p.raw, err = encodePayload(p.payload); err != nil {
				t.Fatal(err)
			}
			st.insert(p)
		}
		if ord, ok := st.ords.find(st.ids, pointID{lo: 3}); ok {
			st.remove(ord, false)
		}
		f, err := compileFilter(drawFilter(t, 2))
		if err != nil {
			t.Fatal(err)
		}
		got, err := st.allowed(f)
		if err != nil {
			t.Fatal(err)
		}
		for ord := range uint32(len(st.ids)) {
			p, err := decodePayload(st.payloads.raw(ord))
			if err != nil {
				t.Fatal(err)
			}
			want := st.live.has(ord) && f.check(subject{payload: p, id: &st.ids[ord]})
			if got.has(ord) != want {
				t.Fatalf("point %v %v: bitmap says %v", st.ids[ord], p, got.has(ord))
			}
		}
	})
}

// TestColumnOfHashesIsGivenUp: values that hardly repeat cost no dictionary, and
// conditions on them answer as before.
func TestColumnOfHashesIsGivenUp(t *testing.T) {
	t.Parallel()
	st := newState(&schema{})
	for i := range uint64(3 * columnMany) {
		p := point{id: pointID{lo: i}, payload: qdrant.NewValueMap(map[string]any{"hash": fmt.Sprint("h", i), "status": "live"})}
		var err error
		if p.raw, err = encodePayload(p.payload); err != nil {
			t.Fatal(err)
		}
		st.insert(p)
	}
	if !st.columns["hash"].given || st.columns["hash"].codes != nil || st.columns["status"].given {
		t.Error("the hashes still have a dictionary, or the status has none")
	}
	f, err := compileFilter(&qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatch("hash", "h7"), qdrant.NewMatch("status", "live")}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := st.allowed(f); err != nil || got.count() != 1 || !got.has(7) {
		t.Errorf("found %d points, %v", got.count(), err)
	}
}

// TestDecodeKeys: the wanted keys of a payload are what decoding all of it gives.
func TestDecodeKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPayload(t, 2)
		raw, err := encodePayload(p)
		if err != nil {
			t.Fatal(err)
		}
		wanted := rapid.SampledFrom([]string{"a", "b", "o", "a.b"}).Draw(t, "key")
		s := newPayloads()
		s.add(raw)
		got, err := selection{include: [][]step{{{key: wanted, index: -1}}}}.decode(&s, 0)
		if err != nil {
			t.Fatal(err)
		}
		for key := range p {
			if key != wanted {
				delete(p, key)
			}
		}
		if !proto.Equal(&qdrant.PointStruct{Payload: got}, &qdrant.PointStruct{Payload: p}) {
			t.Fatalf("got %v, want %v", got, p)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"a", "a.b", "a[].b", "a[3]", `"a.b".c`, "", ".", "a..b", "[", "a[", "a]b", `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		steps, err := parsePath(path)
		if err != nil {
			return
		}
		p := payload{"a": qdrant.NewValueFromList(qdrant.NewValueInt(1))}
		valuesAt(p, steps)
		deletePath(p, steps)
	})
}
