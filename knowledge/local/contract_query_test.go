package local_test

import (
	"math"
	"slices"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
)

func TestDenseDistances(t *testing.T) {
	for distance, want := range map[qdrant.Distance]struct {
		ids    []uint64
		scores []float64
	}{
		qdrant.Distance_Dot:    {[]uint64{2, 1, 3}, []float64{4, 1, -1}},
		qdrant.Distance_Cosine: {[]uint64{1, 2, 3}, []float64{1, 4 / math.Sqrt(17), -1}},
		qdrant.Distance_Euclid: {[]uint64{1, 3, 2}, []float64{0, 2, math.Sqrt(10)}},
	} {
		t.Run(distance.String(), func(t *testing.T) {
			contract(t, func(t *testing.T, e env) {
				name := e.collection(distance)
				e.upsert(name,
					newPoint(1, nil, vecs{"dense": qdrant.NewVectorDense([]float32{1, 0, 0})}),
					newPoint(2, nil, vecs{"dense": qdrant.NewVectorDense([]float32{4, 1, 0})}),
					newPoint(3, nil, vecs{"dense": qdrant.NewVectorDense([]float32{-1, 0, 0})}),
					newPoint(4, nil, nil),
				)
				got := e.query(&qdrant.QueryPoints{CollectionName: name, Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1, 0, 0})})
				wantIDs(t, got, want.ids...)
				for i, p := range got {
					wantScore(t, p.GetScore(), want.scores[i])
				}
				threshold := float32(0.5)
				if distance == qdrant.Distance_Euclid {
					threshold = 3
				}
				wantIDs(t, e.query(&qdrant.QueryPoints{
					CollectionName: name, Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1, 0, 0}),
					ScoreThreshold: &threshold, Offset: new(uint64(1)), Limit: new(uint64(1)),
				}), want.ids[1])
				wantIDs(t, e.query(&qdrant.QueryPoints{
					CollectionName: name, Using: new("dense"), Query: qdrant.NewQueryID(qdrant.NewIDNum(1)), Limit: new(uint64(1)),
				}), want.ids[slices.IndexFunc(want.ids, func(id uint64) bool { return id != 1 })])
			})
		})
	}
}

// TestScoreThreshold: a vector's score must exceed the threshold, a fused one
// must reach it.
func TestScoreThreshold(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		name := e.collection(qdrant.Distance_Dot)
		for id := range uint64(3) {
			e.upsert(name, newPoint(id+1, nil, vecs{"dense": qdrant.NewVectorDense([]float32{float32(3 - id), 0, 0})}))
		}
		prefetch := &qdrant.PrefetchQuery{Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1, 0, 0})}
		wantIDs(t, e.query(&qdrant.QueryPoints{
			CollectionName: name, Using: prefetch.Using, Query: prefetch.Query, ScoreThreshold: new(float32(2)),
		}), 1)
		wantIDs(t, e.query(&qdrant.QueryPoints{
			CollectionName: name, Prefetch: []*qdrant.PrefetchQuery{prefetch},
			Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF), ScoreThreshold: new(float32(0.25)),
		}), 1, 2, 3)
		wantIDs(t, e.query(&qdrant.QueryPoints{
			CollectionName: name, Prefetch: []*qdrant.PrefetchQuery{prefetch},
			Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF), ScoreThreshold: new(float32(0.26)),
		}), 1, 2)
	})
}

func TestSparseIDF(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		name := e.collection(qdrant.Distance_Dot)
		sparse := func(id uint64, dims []uint32, w []float32) *qdrant.PointStruct {
			return newPoint(id, nil, vecs{"terms": qdrant.NewVectorSparse(dims, w)})
		}
		e.upsert(name,
			sparse(1, []uint32{10, 20}, []float32{1, 1}),
			sparse(2, []uint32{10, 30}, []float32{2, 1}),
			sparse(3, []uint32{10}, []float32{1.5}),
			sparse(4, []uint32{40}, []float32{1}),
			newPoint(5, nil, vecs{"asks": qdrant.NewVectorSparse([]uint32{10}, []float32{1})}),
		)
		// N counts the points that have the vector: 4, not 5.
		idf := func(df float64) float64 { return math.Log((4-df+0.5)/(df+0.5) + 1) }
		got := e.query(&qdrant.QueryPoints{CollectionName: name, Using: new("terms"), Query: qdrant.NewQuerySparse([]uint32{20, 10, 99}, []float32{1, 2, 1})})
		wantIDs(t, got, 1, 2, 3)
		wantScore(t, got[0].GetScore(), 2*idf(3)+idf(1))
		wantScore(t, got[1].GetScore(), 2*2*idf(3))
		wantScore(t, got[2].GetScore(), 2*1.5*idf(3))
		wantIDs(t, e.query(&qdrant.QueryPoints{CollectionName: name, Using: new("asks"), Query: qdrant.NewQuerySparse([]uint32{10}, []float32{3})}), 5)
		_, err := e.Query(t.Context(), &qdrant.QueryPoints{CollectionName: name, Using: new("terms"), Query: qdrant.NewQueryID(qdrant.NewIDNum(77))})
		e.wantCode(err, codes.NotFound)
	})
}

func TestFusion(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		name := e.collection(qdrant.Distance_Dot)
		for id := range uint64(4) {
			e.upsert(name, newPoint(id+1, map[string]any{"odd": id%2 == 0}, vecs{
				"dense": qdrant.NewVectorDense([]float32{float32(4 - id), 0, 0}),
				"asks":  qdrant.NewVectorSparse([]uint32{1}, []float32{float32((id+3)%4 + 1)}),
			}))
		}
		// dense ranks 1 2 3 4, asks ranks 1 4 3 2.
		prefetch := []*qdrant.PrefetchQuery{
			{Query: qdrant.NewQueryDense([]float32{1, 0, 0}), Using: new("dense")},
			{Query: qdrant.NewQuerySparse([]uint32{1}, []float32{1}), Using: new("asks"), Limit: new(uint64(3))},
		}
		got := e.query(&qdrant.QueryPoints{CollectionName: name, Prefetch: prefetch, Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF)})
		wantIDs(t, got, 1, 4, 3, 2)
		for i, want := range []float64{1.0/2 + 1.0/2, 1.0/5 + 1.0/3, 1.0/4 + 1.0/4, 1.0 / 3} {
			wantScore(t, got[i].GetScore(), want)
		}
		got = e.query(&qdrant.QueryPoints{
			CollectionName: name, Prefetch: prefetch, Limit: new(uint64(2)),
			Query: qdrant.NewQueryRRF(&qdrant.Rrf{K: new(uint32(10)), Weights: []float32{2, 1}}),
		})
		wantIDs(t, got, 1, 4)
		wantScore(t, got[0].GetScore(), 1/(0.5+9)+1.0/10)
		wantScore(t, got[1].GetScore(), 1/(2.0+9)+1.0/11)
		got = e.query(&qdrant.QueryPoints{CollectionName: name, Prefetch: prefetch[:1], Query: qdrant.NewQueryFusion(qdrant.Fusion_DBSF)})
		sigma := math.Sqrt(5.0 / 3)
		for i, p := range got {
			wantScore(t, p.GetScore(), (float64(4-i)-(2.5-3*sigma))/(6*sigma))
		}
		wantIDs(t, e.query(&qdrant.QueryPoints{
			CollectionName: name, Prefetch: prefetch, Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF),
			Filter: &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchBool("odd", true)}},
		}), 1, 3)
		nested := []*qdrant.PrefetchQuery{{Prefetch: prefetch, Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF), Limit: new(uint64(2))}}
		wantIDs(t, e.query(&qdrant.QueryPoints{
			CollectionName: name, Prefetch: nested, Query: qdrant.NewQueryDense([]float32{-1, 0, 0}), Using: new("dense"),
		}), 4, 1)
		_, err := e.Query(t.Context(), &qdrant.QueryPoints{
			CollectionName: name, Prefetch: prefetch, Query: qdrant.NewQueryRRF(&qdrant.Rrf{Weights: []float32{1}}),
		})
		e.wantCode(err, codes.InvalidArgument)
	})
}

func TestGroupsAndBatch(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		ctx := t.Context()
		name := e.collection(qdrant.Distance_Dot)
		for i, doc := range []string{"a", "a", "b", "a", "c", "b"} {
			e.upsert(name, newPoint(uint64(i+1), map[string]any{"doc": doc}, vecs{"dense": qdrant.NewVectorDense([]float32{float32(10 - i), 0, 0})}))
		}
		e.upsert(name, newPoint(9, nil, vecs{"dense": qdrant.NewVectorDense([]float32{99, 0, 0})}))
		groups, err := e.QueryGroups(ctx, &qdrant.QueryPointGroups{
			CollectionName: name, Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1, 0, 0}),
			GroupBy: "doc", GroupSize: new(uint64(2)), Limit: new(uint64(2)), WithPayload: qdrant.NewWithPayload(true),
		})
		if err != nil || len(groups) != 2 {
			t.Fatalf("%v, %v", groups, err)
		}
		wantIDs(t, groups[0].GetHits(), 1, 2)
		wantIDs(t, groups[1].GetHits(), 3, 6)
		if groups[0].GetId().GetStringValue() != "a" || groups[1].GetHits()[0].GetPayload()["doc"].GetStringValue() != "b" {
			t.Errorf("groups %v", groups)
		}
		batch, err := e.QueryBatch(ctx, &qdrant.QueryBatchPoints{CollectionName: name, QueryPoints: []*qdrant.QueryPoints{
			{CollectionName: name, Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1, 0, 0}), Limit: new(uint64(2))},
			{CollectionName: name, Using: new("dense"), Query: qdrant.NewQueryDense([]float32{-1, 0, 0}), Limit: new(uint64(1))},
		}})
		if err != nil || len(batch) != 2 {
			t.Fatalf("%v, %v", batch, err)
		}
		wantIDs(t, batch[0].GetResult(), 9, 1)
		wantIDs(t, batch[1].GetResult(), 6)
	})
}
