package local_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"footnote/knowledge/local"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// contract runs a test against the embedded server, by call and over a socket,
// and, if QDRANT_URL is set
// (host:port or http(s)://host:port of the gRPC port; key in QDRANT_API_KEY),
// against that server too. The contract files say only what both promise.
func contract(t *testing.T, run func(t *testing.T, e env)) {
	t.Helper()
	t.Parallel()
	t.Run("local", func(t *testing.T) {
		t.Parallel()
		run(t, env{newLocal(t, local.Config{}), t})
	})
	t.Run("wire", func(t *testing.T) {
		t.Parallel()
		run(t, env{newWire(t), t})
	})
	if os.Getenv("QDRANT_URL") == "" {
		return
	}
	t.Run("qdrant", func(t *testing.T) {
		t.Parallel()
		run(t, env{newRemote(t), t})
	})
}

func newLocal(t testing.TB, cfg local.Config) *qdrant.Client {
	t.Helper()
	srv, err := local.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := srv.Client()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// newWire is a client of an embedded server as other processes have it.
func newWire(t testing.TB) *qdrant.Client {
	t.Helper()
	srv, err := local.Open(local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	c, err := qdrant.NewClient(&qdrant.Config{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, SkipCompatibilityCheck: true, PoolSize: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), srv.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	return c
}

func newRemote(t testing.TB) *qdrant.Client {
	t.Helper()
	address, tls := os.Getenv("QDRANT_URL"), false
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		address, tls = u.Host, u.Scheme == "https"
	}
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatalf("QDRANT_URL: %v", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		t.Fatalf("QDRANT_URL: %v", err)
	}
	c, err := qdrant.NewClient(&qdrant.Config{
		Host: host, Port: port, UseTLS: tls, APIKey: os.Getenv("QDRANT_API_KEY"),
		SkipCompatibilityCheck: true, PoolSize: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

type env struct {
	*qdrant.Client
	t *testing.T
}

// collection creates a collection of the usual shape under a name of its own.
func (e env) collection(distance qdrant.Distance) string {
	e.t.Helper()
	name := "contract-" + rand.Text()
	err := e.CreateCollection(e.t.Context(), &qdrant.CreateCollection{
		CollectionName: name,
		VectorsConfig: qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{
			"dense": {Size: 3, Distance: distance},
		}),
		SparseVectorsConfig: qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{
			"terms": {Modifier: qdrant.Modifier_Idf.Enum()},
			"asks":  {},
		}),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = e.DeleteCollection(context.WithoutCancel(e.t.Context()), name) })
	return name
}

func (e env) upsert(name string, points ...*qdrant.PointStruct) {
	e.t.Helper()
	_, err := e.Upsert(e.t.Context(), &qdrant.UpsertPoints{CollectionName: name, Wait: new(true), Points: points})
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e env) query(in *qdrant.QueryPoints) []*qdrant.ScoredPoint {
	e.t.Helper()
	out, err := e.Query(e.t.Context(), in)
	if err != nil {
		e.t.Fatal(err)
	}
	return out
}

func (e env) wantCode(err error, want codes.Code) {
	e.t.Helper()
	if got := status.Code(err); got != want {
		e.t.Errorf("code %v (%v), want %v", got, err, want)
	}
}

type vecs = map[string]*qdrant.Vector

func newPoint(id uint64, p map[string]any, v vecs) *qdrant.PointStruct {
	out := &qdrant.PointStruct{Id: qdrant.NewIDNum(id), Vectors: qdrant.NewVectorsMap(v)}
	if p != nil {
		out.Payload = qdrant.NewValueMap(p)
	}
	return out
}

func nums[P interface{ GetId() *qdrant.PointId }](points []P) []uint64 {
	out := make([]uint64, len(points))
	for i, p := range points {
		out[i] = p.GetId().GetNum()
	}
	return out
}

func wantIDs[P interface{ GetId() *qdrant.PointId }](t *testing.T, got []P, want ...uint64) {
	t.Helper()
	if ids := nums(got); !slices.Equal(ids, want) {
		t.Errorf("ids %v, want %v", ids, want)
	}
}

func wantScore(t *testing.T, got float32, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-5*max(1, math.Abs(want)) {
		t.Errorf("score %v, want %v", got, want)
	}
}

func TestHealth(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		reply, err := e.HealthCheck(t.Context())
		if err != nil || reply.GetVersion() == "" {
			t.Fatalf("%v, %v", reply, err)
		}
	})
}

func TestCollections(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		ctx := t.Context()
		name := e.collection(qdrant.Distance_Cosine)
		if ok, err := e.CollectionExists(ctx, name); err != nil || !ok {
			t.Fatalf("exists %v, %v", ok, err)
		}
		err := e.CreateCollection(ctx, &qdrant.CreateCollection{
			CollectionName: name, VectorsConfig: qdrant.NewVectorsConfig(&qdrant.VectorParams{Size: 3, Distance: qdrant.Distance_Dot}),
		})
		e.wantCode(err, codes.AlreadyExists)
		info, err := e.GetCollectionInfo(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		if d := info.GetConfig().GetParams().GetVectorsConfig().GetParamsMap().GetMap()["dense"]; d.GetSize() != 3 || d.GetDistance() != qdrant.Distance_Cosine {
			t.Errorf("dense params %v", d)
		}
		if m := info.GetConfig().GetParams().GetSparseVectorsConfig().GetMap(); m["terms"].GetModifier() != qdrant.Modifier_Idf || m["asks"] == nil {
			t.Errorf("sparse params %v", m)
		}
		names, err := e.ListCollections(ctx)
		if err != nil || !slices.Contains(names, name) {
			t.Errorf("list %v, %v", names, err)
		}
		if err := e.DeleteCollection(ctx, name); err != nil {
			t.Error(err)
		}
		_, err = e.GetCollectionInfo(ctx, name)
		e.wantCode(err, codes.NotFound)
		_, err = e.Query(ctx, &qdrant.QueryPoints{CollectionName: name})
		e.wantCode(err, codes.NotFound)
	})
}

func TestAliases(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		ctx := t.Context()
		blue, green := e.collection(qdrant.Distance_Dot), e.collection(qdrant.Distance_Dot)
		alias := "alias-" + rand.Text()
		if err := e.CreateAlias(ctx, alias, blue); err != nil {
			t.Fatal(err)
		}
		e.upsert(alias, newPoint(1, nil, nil))
		err := e.UpdateAliases(ctx, []*qdrant.AliasOperations{
			qdrant.NewAliasDelete(alias), qdrant.NewAliasCreate(alias, green),
		})
		if err != nil {
			t.Fatal(err)
		}
		e.upsert(alias, newPoint(2, nil, nil), newPoint(3, nil, nil))
		for name, want := range map[string]uint64{blue: 1, green: 2, alias: 2} {
			if n, err := e.Count(ctx, &qdrant.CountPoints{CollectionName: name, Exact: new(true)}); err != nil || n != want {
				t.Errorf("count of %s: %d, %v; want %d", name, n, err, want)
			}
		}
		if got, err := e.ListCollectionAliases(ctx, green); err != nil || !slices.Equal(got, []string{alias}) {
			t.Errorf("aliases of green: %v, %v", got, err)
		}
		err = e.UpdateAliases(ctx, []*qdrant.AliasOperations{
			qdrant.NewAliasDelete(alias), qdrant.NewAliasCreate(alias, "no-such-"+rand.Text()),
		})
		e.wantCode(err, codes.NotFound)
		// What was done before the refused step stays: there is no alias now.
		if ok, err := e.CollectionExists(ctx, alias); err != nil || ok {
			t.Errorf("the step before the refused one was taken back: %v, %v", ok, err)
		}
		// One step replaces: there is never none.
		if err := e.CreateAlias(ctx, alias, blue); err != nil {
			t.Fatal(err)
		}
		if err := e.CreateAlias(ctx, alias, green); err != nil {
			t.Fatal(err)
		}
		if got, err := e.ListCollectionAliases(ctx, green); err != nil || !slices.Equal(got, []string{alias}) {
			t.Errorf("aliases of green: %v, %v", got, err)
		}
		if err := e.DeleteAlias(ctx, alias); err != nil {
			t.Error(err)
		}
	})
}

func TestPoints(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		ctx := t.Context()
		name := e.collection(qdrant.Distance_Dot)
		const uuid = "5c56c793-69f3-4fbf-87e6-c4bf54c28c26"
		e.upsert(name,
			newPoint(7, map[string]any{"a": 1, "b": map[string]any{"c": "x", "d": "y"}}, vecs{
				"dense": qdrant.NewVectorDense([]float32{1, 2, 3}),
				"terms": qdrant.NewVectorSparse([]uint32{9, 4}, []float32{0.5, 0.25}),
			}),
			&qdrant.PointStruct{Id: qdrant.NewIDUUID(uuid), Vectors: qdrant.NewVectorsMap(nil)},
		)
		e.upsert(name, newPoint(7, map[string]any{"a": 2, "b": map[string]any{"c": "x", "d": "y"}}, vecs{
			"dense": qdrant.NewVectorDense([]float32{3, 2, 1}),
			"terms": qdrant.NewVectorSparse([]uint32{9, 4}, []float32{0.5, 0.25}),
		}))
		got, err := e.Get(ctx, &qdrant.GetPoints{
			CollectionName: name, Ids: []*qdrant.PointId{qdrant.NewIDNum(7), qdrant.NewIDNum(8), qdrant.NewIDUUID(uuid)},
			WithPayload: qdrant.NewWithPayloadInclude("a", "b.c"), WithVectors: qdrant.NewWithVectors(true),
		})
		if err != nil || len(got) != 2 {
			t.Fatalf("%v, %v", got, err)
		}
		slices.SortFunc(got, func(a, b *qdrant.RetrievedPoint) int { return len(a.GetId().GetUuid()) - len(b.GetId().GetUuid()) })
		if got[1].GetId().GetUuid() != uuid {
			t.Errorf("uuid %v", got[1].GetId())
		}
		p := got[0].GetPayload()
		if p["a"].GetIntegerValue() != 2 || p["b"].GetStructValue().GetFields()["c"].GetStringValue() != "x" || p["b"].GetStructValue().GetFields()["d"] != nil {
			t.Errorf("payload %v", p)
		}
		v := got[0].GetVectors().GetVectors().GetVectors()
		//lint:ignore SA1019 older clients read this form
		if d := v["dense"]; !slices.Equal(append(d.GetDense().GetData(), d.GetData()...)[:3], []float32{3, 2, 1}) {
			t.Errorf("dense %v", d)
		}
		if s := v["terms"].GetSparse(); s != nil && !(slices.Equal(s.GetIndices(), []uint32{4, 9}) && slices.Equal(s.GetValues(), []float32{0.25, 0.5})) {
			t.Errorf("sparse %v", s)
		}
		_, err = e.Delete(ctx, &qdrant.DeletePoints{
			CollectionName: name, Wait: new(true), Points: qdrant.NewPointsSelectorIDs([]*qdrant.PointId{qdrant.NewIDUUID(uuid), qdrant.NewIDNum(99)}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Delete(ctx, &qdrant.DeletePoints{
			CollectionName: name, Wait: new(true),
			Points: qdrant.NewPointsSelectorFilter(&qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchInt("a", 2)}}),
		})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := e.Count(ctx, &qdrant.CountPoints{CollectionName: name}); err != nil || n != 0 {
			t.Errorf("count %d, %v", n, err)
		}
	})
}

func TestLegacyVectorForm(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		name := e.collection(qdrant.Distance_Dot)
		e.upsert(name, newPoint(1, nil, vecs{
			"dense": {Data: []float32{1, 0, 0}},
			"asks":  {Data: []float32{2}, Indices: &qdrant.SparseIndices{Data: []uint32{5}}},
		}))
		wantIDs(t, e.query(&qdrant.QueryPoints{CollectionName: name, Using: new("asks"), Query: qdrant.NewQuerySparse([]uint32{5}, []float32{1})}), 1)
		wantIDs(t, e.query(&qdrant.QueryPoints{CollectionName: name, Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1, 0, 0})}), 1)
	})
}

func TestRefusedVectors(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		name := e.collection(qdrant.Distance_Dot)
		for what, v := range map[string]vecs{
			"dimension":         {"dense": qdrant.NewVectorDense([]float32{1, 2})},
			"name":              {"other": qdrant.NewVectorDense([]float32{1, 2, 3})},
			"repeated index":    {"terms": qdrant.NewVectorSparse([]uint32{3, 3}, []float32{1, 1})},
			"different lengths": {"terms": qdrant.NewVectorSparse([]uint32{3, 4}, []float32{1})},
			"dense for sparse":  {"terms": qdrant.NewVectorDense([]float32{1, 2, 3})},
		} {
			_, err := e.Upsert(t.Context(), &qdrant.UpsertPoints{CollectionName: name, Wait: new(true), Points: []*qdrant.PointStruct{newPoint(1, nil, v)}})
			if status.Code(err) != codes.InvalidArgument {
				t.Errorf("%s: %v", what, err)
			}
		}
		for what, q := range map[string]*qdrant.QueryPoints{
			"dimension":           {Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1})},
			"name":                {Using: new("other"), Query: qdrant.NewQueryDense([]float32{1, 2, 3})},
			"no using":            {Query: qdrant.NewQueryDense([]float32{1, 2, 3})},
			"fusion of nothing":   {Query: qdrant.NewQueryFusion(qdrant.Fusion_RRF)},
			"prefetch, no query":  {Prefetch: []*qdrant.PrefetchQuery{{Query: qdrant.NewQueryDense([]float32{1, 2, 3}), Using: new("dense")}}},
			"threshold, no query": {ScoreThreshold: new(float32(1))},
		} {
			q.CollectionName = name
			_, err := e.Query(t.Context(), q)
			if status.Code(err) != codes.InvalidArgument {
				t.Errorf("query with %s: %v", what, err)
			}
		}
	})
}

func TestScroll(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		ctx := t.Context()
		name := e.collection(qdrant.Distance_Dot)
		for _, id := range []uint64{5, 1, 4, 2, 3} {
			e.upsert(name, newPoint(id, map[string]any{"n": int64(id), "secret": "s"}, nil))
		}
		in := &qdrant.ScrollPoints{CollectionName: name, Limit: new(uint32(2)), WithPayload: qdrant.NewWithPayloadExclude("secret")}
		var pages [][]uint64
		for {
			points, next, err := e.ScrollAndOffset(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, nums(points))
			for _, p := range points {
				if p.GetPayload()["secret"] != nil || p.GetPayload()["n"].GetIntegerValue() != int64(p.GetId().GetNum()) {
					t.Errorf("payload %v", p.GetPayload())
				}
			}
			if next == nil {
				break
			}
			in.Offset = next
		}
		if got := fmt.Sprint(pages); got != "[[1 2] [3 4] [5]]" {
			t.Errorf("pages %v", got)
		}
		got, err := e.Scroll(ctx, &qdrant.ScrollPoints{
			CollectionName: name, Filter: &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewRange("n", &qdrant.Range{Gt: new(1.0), Lte: new(4.0)})}},
		})
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, got, 2, 3, 4)
		byID := e.query(&qdrant.QueryPoints{CollectionName: name, Limit: new(uint64(2)), Offset: new(uint64(1))})
		wantIDs(t, byID, 2, 3)
	})
}

func TestPayloadEdits(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		ctx := t.Context()
		name := e.collection(qdrant.Distance_Dot)
		e.upsert(name,
			newPoint(1, map[string]any{"a": "x", "b": "y"}, vecs{"dense": qdrant.NewVectorDense([]float32{1, 0, 0})}),
			newPoint(2, map[string]any{"a": "x"}, nil))
		sel := func(id uint64) *qdrant.PointsSelector { return qdrant.NewPointsSelector(qdrant.NewIDNum(id)) }
		count := func(key, value string) uint64 {
			n, err := e.Count(ctx, &qdrant.CountPoints{CollectionName: name, Exact: new(true), Filter: &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatch(key, value)}}})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		_, err := e.SetPayload(ctx, &qdrant.SetPayloadPoints{CollectionName: name, Wait: new(true), Payload: qdrant.NewValueMap(map[string]any{"a": "z"}), PointsSelector: sel(1)})
		if err != nil || count("a", "z") != 1 || count("a", "x") != 1 || count("b", "y") != 1 {
			t.Errorf("set: %v", err)
		}
		_, err = e.OverwritePayload(ctx, &qdrant.SetPayloadPoints{CollectionName: name, Wait: new(true), Payload: qdrant.NewValueMap(map[string]any{"c": "q"}), PointsSelector: sel(1)})
		if err != nil || count("a", "z") != 0 || count("b", "y") != 0 || count("c", "q") != 1 {
			t.Errorf("overwrite: %v", err)
		}
		_, err = e.DeletePayload(ctx, &qdrant.DeletePayloadPoints{CollectionName: name, Wait: new(true), Keys: []string{"a"}, PointsSelector: sel(2)})
		if err != nil || count("a", "x") != 0 {
			t.Errorf("delete: %v", err)
		}
		wantIDs(t, e.query(&qdrant.QueryPoints{CollectionName: name, Using: new("dense"), Query: qdrant.NewQueryDense([]float32{1, 0, 0})}), 1)
	})
}

// TestStatisticsAfterDeletes: a deleted point counts in document frequencies until the
// collection is compacted, a replaced one does not; metadata is merged.
func TestStatisticsAfterDeletes(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		ctx := t.Context()
		name := e.collection(qdrant.Distance_Cosine)
		idf := func(n, df float64) float64 { return math.Log((n-df+.5)/(df+.5) + 1) }
		score := func() float32 {
			t.Helper()
			got := e.query(&qdrant.QueryPoints{CollectionName: name, Using: new("terms"), Query: qdrant.NewQuerySparse([]uint32{7}, []float32{1})})
			if len(got) == 0 {
				t.Fatal("nothing found")
			}
			return got[0].GetScore()
		}
		terms := func(dims ...uint32) vecs {
			w := make([]float32, len(dims))
			for i := range w {
				w[i] = 1
			}
			return vecs{"terms": qdrant.NewVectorSparse(dims, w)}
		}
		e.upsert(name, newPoint(1, nil, terms(7)), newPoint(2, nil, terms(7)), newPoint(3, nil, terms(7)), newPoint(4, nil, terms(8)), newPoint(5, nil, terms(8)))
		wantScore(t, score(), idf(5, 3))
		if _, err := e.Delete(ctx, &qdrant.DeletePoints{CollectionName: name, Wait: new(true), Points: qdrant.NewPointsSelector(qdrant.NewIDNum(2), qdrant.NewIDNum(3))}); err != nil {
			t.Fatal(err)
		}
		wantScore(t, score(), idf(5, 3)) // as if they were there
		e.upsert(name, newPoint(4, nil, terms(7)))
		wantScore(t, score(), idf(5, 4))
		for _, c := range []map[string]*qdrant.Value{{"a": qdrant.NewValueString("1")}, {"b": qdrant.NewValueString("2")}} {
			if _, err := e.GetCollectionsClient().Update(ctx, &qdrant.UpdateCollection{CollectionName: name, Metadata: c}); err != nil {
				t.Fatal(err)
			}
		}
		info, err := e.GetCollectionInfo(ctx, name)
		if m := info.GetConfig().GetMetadata(); err != nil || len(m) != 2 || m["a"].GetStringValue() != "1" {
			t.Errorf("metadata %v, %v", m, err)
		}
	})
}

// TestEmptyConditions say nothing, wherever they stand.
func TestEmptyConditions(t *testing.T) {
	contract(t, func(t *testing.T, e env) {
		name := e.collection(qdrant.Distance_Cosine)
		e.upsert(name, newPoint(1, map[string]any{"a": "x"}, nil), newPoint(2, map[string]any{"a": "y"}, nil))
		for what, f := range map[string]*qdrant.Filter{
			"must": {Must: []*qdrant.Condition{{}}}, "should": {Should: []*qdrant.Condition{{}}}, "must not": {MustNot: []*qdrant.Condition{{}}},
			"beside another": {Must: []*qdrant.Condition{{}, qdrant.NewMatch("a", "x")}},
		} {
			n, err := e.Count(t.Context(), &qdrant.CountPoints{CollectionName: name, Filter: f, Exact: new(true)})
			want := uint64(2)
			if what == "beside another" {
				want = 1
			}
			if err != nil || n != want {
				t.Errorf("%s: %d, %v", what, n, err)
			}
		}
	})
}
