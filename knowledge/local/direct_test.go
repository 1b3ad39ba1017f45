package local

import (
	"context"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TestDirectCalls: what is called without the pipe ends as over the pipe, keeps
// nothing of the caller's request, and stands what only a caller can hand over.
func TestDirectCalls(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	fill(t, s, 3)
	c, err := s.Client()
	if err != nil {
		t.Fatal(err)
	}
	query := func(ctx context.Context) (string, error) {
		got, err := c.Query(ctx, &qdrant.QueryPoints{CollectionName: "knowledge", Using: new("terms"),
			Query: qdrant.NewQuerySparse([]uint32{40}, []float32{1}), WithVectors: qdrant.NewWithVectors(true)})
		if len(got) != 1 {
			return "", err
		}
		return got[0].GetVectors().String(), err
	}
	p := testPoint(7)
	weights, dense := []float32{2, 3}, []float32{0, 1}
	p.Vectors = qdrant.NewVectorsMap(map[string]*qdrant.Vector{"dense": qdrant.NewVectorDense(dense), "terms": qdrant.NewVectorSparse([]uint32{40, 41}, weights)})
	if _, err := c.Upsert(t.Context(), &qdrant.UpsertPoints{CollectionName: "knowledge", Points: []*qdrant.PointStruct{p}}); err != nil {
		t.Fatal(err)
	}
	want, err := query(t.Context())
	if want == "" || err != nil {
		t.Fatal(want, err)
	}
	weights[0], dense[0], p.Payload["n"] = 9, 9, qdrant.NewValueString("changed")
	if got, err := query(t.Context()); got != want || err != nil {
		t.Errorf("after the caller changed its request: %v, %v\nwant %v", got, err, want)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := query(over); status.Code(err) != codes.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	for what, q := range map[string]*qdrant.QueryPoints{
		"no query":    nil,
		"no rrf":      {Query: &qdrant.Query{Variant: &qdrant.Query_Rrf{}}, Prefetch: []*qdrant.PrefetchQuery{nil}},
		"no prefetch": {Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF), Prefetch: []*qdrant.PrefetchQuery{nil}},
	} {
		out, err := c.QueryBatch(t.Context(), &qdrant.QueryBatchPoints{CollectionName: "knowledge", QueryPoints: []*qdrant.QueryPoints{q}})
		if err != nil || len(out[0].GetResult()) != 4 {
			t.Errorf("%s: %v, %v", what, out, err)
		}
	}
	closeNow(t, s)
	if _, err := query(t.Context()); status.Code(err) != codes.Unavailable {
		t.Errorf("server closed: %v", err)
	}
	points := c.GetPointsClient()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := points.Query(t.Context(), &qdrant.QueryPoints{}); status.Code(err) != codes.Canceled {
		t.Errorf("client closed: %v", err)
	}
}
