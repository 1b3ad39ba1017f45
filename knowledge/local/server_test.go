package local

import (
	"context"
	"math"
	"net"
	"sync"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestServeTCP(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	c, err := qdrant.NewClient(&qdrant.Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, PoolSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := c.HealthCheck(t.Context()); err != nil || reply.GetVersion() != Version {
		t.Errorf("%v, %v", reply, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	closeNow(t, s)
	closeNow(t, s) // idempotent
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestNotServed(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	fill(t, s, 1)
	points := pointsService{srv: s}
	for what, q := range map[string]*qdrant.QueryPoints{
		"sample":     {Query: qdrant.NewQuerySample(qdrant.Sample_Random)},
		"inference":  {Query: qdrant.NewQueryDocument(&qdrant.Document{Text: "x", Model: "qdrant/bm25"})},
		"text match": {Filter: &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchText("n", "x")}}},
	} {
		q.CollectionName = "knowledge"
		if _, err := points.Query(t.Context(), q); status.Code(err) != codes.Unimplemented {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := points.Facet(t.Context(), &qdrant.FacetCounts{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("facet: %v", err)
	}
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		p := testPoint(1)
		p.Vectors = qdrant.NewVectorsMap(map[string]*qdrant.Vector{"dense": qdrant.NewVectorDense([]float32{bad, 1})})
		_, err := points.Upsert(t.Context(), &qdrant.UpsertPoints{CollectionName: "knowledge", Points: []*qdrant.PointStruct{testPoint(9), p}})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if n := count(t, s); n != 1 {
		t.Errorf("%d points: a refused batch was applied in part", n)
	}
}

// TestCompaction: replacing every point again and again must not pile up
// tombstones, nor change what is found.
func TestCompaction(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	fill(t, s, 0)
	points := make([]*qdrant.PointStruct, 1500)
	for i := range points {
		points[i] = testPoint(uint64(i))
	}
	ask := func() []*qdrant.ScoredPoint {
		got, err := (pointsService{srv: s}).Query(t.Context(), &qdrant.QueryPoints{
			CollectionName: "knowledge", Using: new("terms"), Query: qdrant.NewQuerySparse([]uint32{1, 100}, []float32{1, 1}),
			Filter: &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchBool("even", false)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return got.GetResult()
	}
	var want []*qdrant.ScoredPoint
	for round := range 6 {
		_, err := (pointsService{srv: s}).Upsert(t.Context(), &qdrant.UpsertPoints{CollectionName: "knowledge", Points: points})
		if err != nil {
			t.Fatal(err)
		}
		got := ask()
		if round == 0 {
			want = got
		}
		for i := range want {
			if got[i].GetId().GetNum() != want[i].GetId().GetNum() || got[i].GetScore() != want[i].GetScore() {
				t.Fatalf("round %d: result %d is %v, was %v", round, i, got[i], want[i])
			}
		}
	}
	c, err := s.collection("two")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.st.ids); n > 3*len(points) {
		t.Errorf("%d ordinals for %d points", n, len(points))
	}
}

// TestReadersAndWriters runs searches, writes, saves and alias changes at once,
// for the race detector.
func TestReadersAndWriters(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	fill(t, s, 100)
	ctx := context.Background()
	var wg sync.WaitGroup
	for w := range uint64(2) {
		wg.Go(func() {
			for i := range uint64(200) {
				upsertOne(t, s, w*100+i%50)
			}
		})
		wg.Go(func() {
			for range 100 {
				_, err := (pointsService{srv: s}).Query(ctx, &qdrant.QueryPoints{
					CollectionName: "knowledge", Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF),
					Prefetch: []*qdrant.PrefetchQuery{
						{Using: new("terms"), Query: qdrant.NewQuerySparse([]uint32{1, 100}, []float32{1, 1})},
						{Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1, 1})},
					},
					WithPayload: qdrant.NewWithPayload(true), WithVectors: qdrant.NewWithVectors(true),
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 5 {
			if err := s.Save(ctx); err != nil {
				t.Error(err)
			}
			_, err := (pointsService{srv: s}).Delete(ctx, &qdrant.DeletePoints{
				CollectionName: "two", Points: qdrant.NewPointsSelectorFilter(&qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchInt("n", 7)}}),
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
}
