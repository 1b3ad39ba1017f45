package local_test

import (
	"slices"
	"testing"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestFilters(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		ctx := t.Context()
		name := e.collection(qdrant.Distance_Dot)
		e.upsert(name,
			newPoint(1, map[string]any{"k": "red", "n": 1, "b": true, "at": "2026-01-02T03:04:05Z", "tags": []any{"x", "y"}}, nil),
			newPoint(2, map[string]any{"k": "blue", "n": 2.5, "b": false, "at": "2026-02-01T00:00:00+02:00", "tags": []any{}}, nil),
			newPoint(3, map[string]any{"k": nil, "n": 3, "sub": map[string]any{"k": "red"}}, nil),
			newPoint(4, map[string]any{"list": []any{
				map[string]any{"lang": "de", "on": true}, map[string]any{"lang": "en", "on": false},
			}}, vecs{"dense": qdrant.NewVectorDense([]float32{1, 1, 1})}),
		)
		for _, field := range []struct {
			name string
			kind qdrant.FieldType
		}{{"k", qdrant.FieldType_FieldTypeKeyword}, {"at", qdrant.FieldType_FieldTypeDatetime}} {
			_, err := e.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{CollectionName: name, Wait: new(true), FieldName: field.name, FieldType: field.kind.Enum()})
			if err != nil {
				t.Fatal(err)
			}
		}
		date := func(text string) *timestamppb.Timestamp {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			return timestamppb.New(at)
		}
		must := func(cs ...*qdrant.Condition) *qdrant.Filter { return &qdrant.Filter{Must: cs} }
		for _, c := range []struct {
			what   string
			filter *qdrant.Filter
			want   []uint64
		}{
			{"none", nil, []uint64{1, 2, 3, 4}},
			{"empty", &qdrant.Filter{}, []uint64{1, 2, 3, 4}},
			{"keyword", must(qdrant.NewMatch("k", "red")), []uint64{1}},
			{"keyword in a list", must(qdrant.NewMatch("tags", "y")), []uint64{1}},
			{"keywords", must(qdrant.NewMatchKeywords("k", "red", "blue", "pink")), []uint64{1, 2}},
			{"except needs a value", must(qdrant.NewMatchExceptKeywords("k", "red")), []uint64{2}},
			{"integer", must(qdrant.NewMatchInt("n", 3)), []uint64{3}},
			{"integers", must(qdrant.NewMatchInts("n", 1, 3)), []uint64{1, 3}},
			{"bool", must(qdrant.NewMatchBool("b", false)), []uint64{2}},
			{"range", must(qdrant.NewRange("n", &qdrant.Range{Gte: new(2.0), Lt: new(3.0)})), []uint64{2}},
			{"datetime", must(qdrant.NewDatetimeRange("at", &qdrant.DatetimeRange{Lt: date("2026-02-01T00:00:00Z"), Gt: date("2026-01-15T00:00:00Z")})), []uint64{2}},
			{"sub key", must(qdrant.NewMatch("sub.k", "red")), []uint64{3}},
			{"list path", must(qdrant.NewMatch("list[].lang", "en")), []uint64{4}},
			{"is empty", must(qdrant.NewIsEmpty("tags")), []uint64{2, 3, 4}},
			{"null is empty", must(qdrant.NewIsEmpty("k")), []uint64{3, 4}},
			{"is null", must(qdrant.NewIsNull("k")), []uint64{3}},
			{"ids", must(qdrant.NewHasID(qdrant.NewIDNum(2), qdrant.NewIDNum(77))), []uint64{2}},
			{"has vector", must(qdrant.NewHasVector("dense")), []uint64{4}},
			{"nested together", must(qdrant.NewNestedFilter("list", must(qdrant.NewMatch("lang", "de"), qdrant.NewMatchBool("on", true)))), []uint64{4}},
			{"nested apart", must(qdrant.NewNestedFilter("list", must(qdrant.NewMatch("lang", "en"), qdrant.NewMatchBool("on", true)))), nil},
			{"must not", &qdrant.Filter{MustNot: []*qdrant.Condition{qdrant.NewMatch("k", "red")}}, []uint64{2, 3, 4}},
			{"should", &qdrant.Filter{Should: []*qdrant.Condition{qdrant.NewMatch("k", "red"), qdrant.NewMatchInt("n", 3)}}, []uint64{1, 3}},
			{"must and should", &qdrant.Filter{
				Must:   []*qdrant.Condition{qdrant.NewRange("n", &qdrant.Range{Gt: new(1.0)})},
				Should: []*qdrant.Condition{qdrant.NewMatch("k", "red"), qdrant.NewMatchInt("n", 3)},
			}, []uint64{3}},
			{"min should", &qdrant.Filter{MinShould: &qdrant.MinShould{MinCount: 2, Conditions: []*qdrant.Condition{
				qdrant.NewMatch("k", "red"), qdrant.NewMatchInt("n", 1), qdrant.NewMatchInt("n", 3),
			}}}, []uint64{1}},
			{"filter in a filter", must(qdrant.NewFilterAsCondition(&qdrant.Filter{MustNot: []*qdrant.Condition{qdrant.NewMatchInt("n", 1)}}), qdrant.NewMatchInts("n", 1, 3)), []uint64{3}},
			{"no such key", must(qdrant.NewMatch("nowhere", "red")), nil},
		} {
			got, err := e.Scroll(ctx, &qdrant.ScrollPoints{CollectionName: name, Filter: c.filter})
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
				continue
			}
			if ids := nums(got); !slices.Equal(ids, c.want) {
				t.Errorf("%s: ids %v, want %v", c.what, ids, c.want)
			}
			n, err := e.Count(ctx, &qdrant.CountPoints{CollectionName: name, Filter: c.filter, Exact: new(true)})
			if err != nil || n != uint64(len(c.want)) {
				t.Errorf("%s: count %d, %v", c.what, n, err)
			}
		}
	})
}
