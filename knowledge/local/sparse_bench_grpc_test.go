package local_test

import (
	"slices"
	"testing"
	"time"

	"github.com/qdrant/go-client/qdrant"

	"footnote/knowledge/local"
	"footnote/knowledge/local/localtest"
)

// BenchmarkQueryOverGRPC is a whole query as Footnote makes it, through the
// client: two sparse prefetches with a filter, fused, with a payload key.
func BenchmarkQueryOverGRPC(b *testing.B) {
	const points, batch = 20_000, 500
	c := newLocal(b, local.Config{})
	err := c.CreateCollection(b.Context(), &qdrant.CreateCollection{
		CollectionName: "bench",
		SparseVectorsConfig: qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{
			"terms": {Modifier: qdrant.Modifier_Idf.Enum()}, "asks": {},
		}),
	})
	if err != nil {
		b.Fatal(err)
	}
	text := localtest.New(5)
	for first := 0; first < points; first += batch {
		in := &qdrant.UpsertPoints{CollectionName: "bench"}
		for id := first; id < first+batch; id++ {
			dims, weights := text.Passage()
			in.Points = append(in.Points, newPoint(uint64(id), map[string]any{
				"document": int64(id / 7), "status": []any{"published", "draft"}[min(id%10/9, 1)],
			}, vecs{"terms": qdrant.NewVectorSparse(dims, weights)}))
		}
		if _, err := c.Upsert(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
	var took []time.Duration
	for b.Loop() {
		dims, weights := text.Question(12)
		prefetch := func(using string) *qdrant.PrefetchQuery {
			return &qdrant.PrefetchQuery{Query: qdrant.NewQuerySparse(dims, weights), Using: &using, Limit: new(uint64(50))}
		}
		start := time.Now()
		got, err := c.Query(b.Context(), &qdrant.QueryPoints{
			CollectionName: "bench", Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF),
			Prefetch:    []*qdrant.PrefetchQuery{prefetch("terms"), prefetch("asks")},
			Filter:      &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatch("status", "published")}},
			WithPayload: qdrant.NewWithPayloadInclude("document"), Limit: new(uint64(20)),
		})
		took = append(took, time.Since(start))
		if err != nil || len(got) != 20 {
			b.Fatal(len(got), err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
}
