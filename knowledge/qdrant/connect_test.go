package qdrant_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	api "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"footnote/knowledge"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/qdrant/qdtest"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// asks answers as a Qdrant with a key does: health to everybody, all else to the key.
func asks(key string) grpc.ServerOption {
	return grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		if got := md.Get("api-key"); info.FullMethod != "/qdrant.Qdrant/HealthCheck" && (len(got) != 1 || got[0] != key) {
			return nil, status.Error(codes.Unauthenticated, "Invalid API key or JWT")
		}
		return handle(ctx, req)
	})
}

// answers says a version.
func answers(version string) grpc.ServerOption {
	return grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		if info.FullMethod == "/qdrant.Qdrant/HealthCheck" {
			return &api.HealthCheckReply{Title: "qdrant - vector search engine", Version: version}, nil
		}
		return handle(ctx, req)
	})
}

func silent(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}

// TestWhatIsSaidOfAServer: whoever asks about the index is told what is the matter and
// what to do.
func TestWhatIsSaidOfAServer(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	plain := qdtest.Serve(t, "")
	for name, c := range map[string]struct {
		url, key string
		version  string
		kind     pipeline.Kind
		says     string // empty: all is well
	}{
		"well":             {url: plain.URL(), version: "1.17.1"},
		"right key":        {url: qdtest.Serve(t, "", asks("k")).URL(), key: "k", version: "1.17.1"},
		"wrong key":        {url: qdtest.Serve(t, "", asks("k")).URL(), key: "x", version: "1.17.1", kind: pipeline.Denied, says: "refuses our key"},
		"no key":           {url: qdtest.Serve(t, "", asks("k")).URL(), version: "1.17.1", kind: pipeline.Denied, says: "QDRANT_API_KEY"},
		"newer":            {url: qdtest.Serve(t, "", answers("1.19.0")).URL(), version: "1.19.0"},
		"next major":       {url: qdtest.Serve(t, "", answers("2.0.1")).URL(), version: "2.0.1"},
		"too old":          {url: qdtest.Serve(t, "", answers("1.15.5")).URL(), version: "1.15.5", kind: pipeline.Unavailable, says: "at least 1.16"},
		"web port":         {url: web.URL, kind: pipeline.Unavailable, says: "6334"},
		"TLS port, http":   {url: strings.Replace(secure.URL, "https", "http", 1), kind: pipeline.Unavailable, says: "6334"},
		"plain, https":     {url: strings.Replace(plain.URL(), "http", "https", 1), kind: pipeline.Unavailable, says: "http:// instead of https://"},
		"nobody":           {url: silent(t), kind: pipeline.Unavailable, says: "does not answer"},
		"one of three":     {url: silent(t) + "," + strings.TrimPrefix(plain.URL(), "http://") + "," + silent(t), version: "1.17.1"},
		"none of two":      {url: silent(t) + "," + silent(t), kind: pipeline.Unavailable, says: "does not answer"},
		"a host no one is": {url: "http://qdrant.invalid:6334", kind: pipeline.Unavailable, says: "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := qdrant.Connect(qdrant.Server{URL: c.url, APIKey: c.key})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			v, err := qdrant.New(qdrant.Config{Client: client}).Version(t.Context())
			if v != c.version || c.says == "" && err != nil || c.says != "" && (err == nil || pipeline.KindOf(err) != c.kind || !strings.Contains(pipeline.Say(err), c.says)) {
				t.Errorf("version %q, %v (%s)", v, err, pipeline.KindOf(err))
			}
		})
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"http://localhost:6334": true, "https://q.example": true, "http://[::1]:6334": true, "http://a:1,b:2,http://c": true, "https://a, https://b:6334": true,
		"localhost:6334": false, "ftp://x": false, "http://": false, "http://a,https://b": false, "http://a:port": false, "http://a:0": false, "http://a:70000": false, "a,b": false, "http://a,": false,
	} {
		if err := qdrant.CheckURL(url); (err == nil) != ok || err != nil && pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestKeyInTheOpenIsSaidInOurLog, and nothing of the client's elsewhere.
func TestKeyInTheOpenIsSaidInOurLog(t *testing.T) {
	var ours, theirs lockedBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&theirs, nil)))
	defer slog.SetDefault(before)
	for url, warned := range map[string]bool{"http://qdrant.example:6334": true, "https://qdrant.example": false, "http://127.0.0.1:6334": false} {
		ours.Reset()
		client, err := qdrant.Connect(qdrant.Server{URL: url, APIKey: "secret", Log: slog.New(slog.NewTextHandler(&ours, nil))})
		if err != nil {
			t.Fatal(err)
		}
		client.Close()
		if strings.Contains(ours.text(), "unencrypted") != warned || strings.Contains(ours.text(), "secret") || theirs.text() != "" {
			t.Errorf("%s: our log %q, another %q", url, ours.text(), theirs.text())
		}
	}
}

// shuffled answers as a Qdrant of several segments may: equal scores in any order, and
// at a list's end any of the equals.
func shuffled() grpc.ServerOption {
	return grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		in, ok := req.(*api.QueryBatchPoints)
		if !ok {
			return handle(ctx, req)
		}
		limits := make([]int, len(in.QueryPoints))
		for i, q := range in.QueryPoints {
			limits[i] = int(q.GetLimit())
			q.Limit = api.PtrOf(uint64(10_000))
		}
		out, err := handle(ctx, req)
		if err != nil {
			return nil, err
		}
		for i, r := range out.(*api.QueryBatchResponse).GetResult() {
			slices.Reverse(r.Result) // later ids first
			slices.SortStableFunc(r.Result, func(a, b *api.ScoredPoint) int {
				switch {
				case a.GetScore() > b.GetScore():
					return -1
				case a.GetScore() < b.GetScore():
					return 1
				}
				return 0
			})
			r.Result = r.Result[:min(len(r.Result), limits[i])]
		}
		return out, nil
	})
}

// TestTiesHaveOneOrder on every server: by id, also where a list ends among equals.
func TestTiesHaveOneOrder(t *testing.T) {
	t.Parallel()
	var want []string
	for _, options := range [][]grpc.ServerOption{nil, {shuffled()}} {
		coll := qdrant.New(qdrant.Config{Client: qdtest.Serve(t, "", options...).Client()})
		ix, err := coll.Build(t.Context(), "ties")
		if err != nil {
			t.Fatal(err)
		}
		var points []knowledge.Point
		for i := range 90 {
			points = append(points, knowledge.Point{ID: fmt.Sprintf("00000000-0000-8000-8000-%012d", (i*37)%90),
				Terms:   knowledge.Sparse{Terms: []text.Term{5, 7}, Weights: []float32{1, float32(i*37%90/30) + 1}},
				Payload: knowledge.Payload{Document: "d", Audience: pipeline.Public, Status: "live"}})
		}
		if err := ix.Save(t.Context(), points); err != nil {
			t.Fatal(err)
		}
		lists, err := ix.Find(t.Context(), knowledge.Find{Audiences: []pipeline.Audience{pipeline.Public},
			Lists: []knowledge.List{{Using: knowledge.VectorTerms, Sparse: knowledge.Sparse{Terms: []text.Term{7}, Weights: []float32{1}}, Limit: 40}}})
		if err != nil || len(lists[0]) != 40 {
			t.Fatal(len(lists[0]), err)
		}
		var got []string
		for _, p := range lists[0] {
			got = append(got, p.ID[32:])
		}
		if want == nil {
			want = got
			if want[0] != "0060" || want[29] != "0089" || want[30] != "0030" || want[39] != "0039" {
				t.Fatal(want)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v\nwant\n%v", got, want)
		}
	}
}

// TestPublishNeverLeavesNoAlias: what is to stand behind it is looked at first.
func TestPublishNeverLeavesNoAlias(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client := qdtest.Serve(t, "").Client()
	coll := qdrant.New(qdrant.Config{Client: client})
	first, err := coll.Build(ctx, "us")
	if err != nil {
		t.Fatal(err)
	}
	if err := coll.Publish(ctx, first); err != nil {
		t.Fatal(err)
	}
	second, err := coll.Build(ctx, "us")
	if err != nil {
		t.Fatal(err)
	}
	if err := client.DeleteCollection(ctx, "knowledge-2"); err != nil {
		t.Fatal(err)
	}
	if err := coll.Publish(ctx, second); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("published what is gone: %v", err)
	}
	if _, err := coll.Current(ctx, "us"); err != nil {
		t.Errorf("the alias is gone: %v", err)
	}
}

// TestLayoutIsAskedFor: every setting reaches the server.
func TestLayoutIsAskedFor(t *testing.T) {
	t.Parallel()
	var made *api.CreateCollection
	var asked *api.QueryPoints
	keep := grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		switch in := req.(type) {
		case *api.CreateCollection:
			made = in
		case *api.QueryBatchPoints:
			asked = in.QueryPoints[0]
		}
		return handle(ctx, req)
	})
	client := qdtest.Serve(t, "", keep).Client()
	find := func(l qdrant.Layout, alias string) {
		t.Helper()
		ix, err := qdrant.New(qdrant.Config{Client: client, Alias: alias, Dimensions: 4, Layout: l}).Build(t.Context(), "us")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ix.Find(t.Context(), knowledge.Find{Audiences: []pipeline.Audience{pipeline.Public}, Lists: []knowledge.List{{Using: knowledge.VectorDense, Dense: []float32{1, 0, 0, 0}, Limit: 3}}}); err != nil {
			t.Fatal(err)
		}
	}
	find(qdrant.Layout{}, "plain")
	if d := made.GetVectorsConfig().GetParamsMap().GetMap()["dense"]; made.ShardNumber != nil || made.ReplicationFactor != nil || made.WriteConsistencyFactor != nil || made.OnDiskPayload != nil ||
		d.OnDisk != nil || d.HnswConfig != nil || d.QuantizationConfig != nil || asked.Params != nil {
		t.Errorf("nothing was set, asked for %v and %v", made, asked)
	}
	find(qdrant.Layout{Shards: 6, Replicas: 3, WriteConsistency: 2, OnDisk: true, Quantization: "scalar", HNSWLinks: 32, HNSWBuild: 200, HNSWSearch: 256}, "big")
	d := made.GetVectorsConfig().GetParamsMap().GetMap()["dense"]
	if made.GetShardNumber() != 6 || made.GetReplicationFactor() != 3 || made.GetWriteConsistencyFactor() != 2 || !made.GetOnDiskPayload() || !made.GetSparseVectorsConfig().GetMap()["terms"].GetIndex().GetOnDisk() {
		t.Errorf("%v", made)
	}
	if !d.GetOnDisk() || !d.GetHnswConfig().GetOnDisk() || d.GetHnswConfig().GetM() != 32 || d.GetHnswConfig().GetEfConstruct() != 200 || !d.GetQuantizationConfig().GetScalar().GetAlwaysRam() {
		t.Errorf("%v", d)
	}
	if p := asked.GetParams(); p.GetHnswEf() != 256 || !p.GetQuantization().GetRescore() || p.GetQuantization().GetOversampling() != 2 {
		t.Errorf("%v", p)
	}
	find(qdrant.Layout{Quantization: "binary", Oversampling: 6}, "small")
	if p := asked.GetParams(); made.GetVectorsConfig().GetParamsMap().GetMap()["dense"].GetQuantizationConfig().GetBinary() == nil || p.GetQuantization().GetOversampling() != 6 {
		t.Errorf("%v %v", made, p)
	}
	for bad, l := range map[string]qdrant.Layout{"quantization": {Quantization: "product"}, "consistency": {WriteConsistency: 2}, "shards": {Shards: -1}, "oversampling": {Oversampling: .5}} {
		if err := l.Check(); pipeline.KindOf(err) != pipeline.Invalid || err == nil {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
