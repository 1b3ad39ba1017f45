package qdrant_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	api "github.com/qdrant/go-client/qdrant"
	"golang.org/x/sys/unix"

	"footnote/knowledge"
	"footnote/knowledge/local/localtest"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/qdrant/qdtest"
	"footnote/pipeline"
)

const growthDims = 384

// BenchmarkGrowth fills the index (the embedded one, or the Qdrant of QDRANT_URL)
// through this package and the client, and asks it as Search does: terms and a
// dense vector of 384 numbers in one request, under the audience filter that leaves nine passages in ten. It
// reports the median and the 99th of 100 in ms by the clock, processor time a
// request of client and server together (what a quiet machine would come near), seconds to build,
// and heap a passage beyond its dense vector (text is not in the index); of
// that, 400 bytes are the dense vector's codes; and recall against an exact search
// by vectors. Of another server heap says nothing: look at its own. The text is
// localtest's; dense vectors gather around 500 topics.
// FOOTNOTE_GROWTH names the sizes; 10000 and 100000 unless set.
func BenchmarkGrowth(b *testing.B) {
	sizes := os.Getenv("FOOTNOTE_GROWTH")
	if sizes == "" {
		sizes = "10000 100000"
	}
	for size := range strings.FieldsSeq(sizes) {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("passages="+size, func(b *testing.B) { grow(b, n) })
	}
}

func grow(b *testing.B, passages int) {
	made := &growth{text: localtest.New(7), rnd: rand.New(rand.NewPCG(7, 7))}
	before := heapInUse()
	place := qdtest.New(b)
	place.Dimensions, place.Layout = growthDims, layoutOf(b)
	coll := qdrant.New(place)
	ix, err := coll.Build(b.Context(), "growth")
	if err != nil {
		b.Fatal(err)
	}
	var building time.Duration
	const batch = 1000
	for first := 0; first < passages; first += batch {
		points := make([]knowledge.Point, min(batch, passages-first))
		for i := range points {
			points[i] = made.point(first + i)
		}
		start := time.Now()
		if err := ix.Save(b.Context(), points); err != nil {
			b.Fatal(err)
		}
		building += time.Since(start)
	}
	if err := coll.Publish(b.Context(), ix); err != nil {
		b.Fatal(err)
	}
	held := heapInUse() - before
	if ix, err = coll.Current(b.Context(), "growth"); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	used := cpuTime(b)
	for b.Loop() {
		find := made.find()
		start := time.Now()
		lists, err := ix.Find(b.Context(), find)
		took = append(took, time.Since(start))
		if err != nil || len(lists) != 2 || len(lists[0]) != 80 || len(lists[1]) != 60 {
			b.Fatal(len(lists), err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-used)/float64(len(took))/1e6, "cpu-ms")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	b.ReportMetric(building.Seconds(), "build-s")
	b.ReportMetric(made.recall(b, place, ix), "recall")
	b.ReportMetric(held/float64(passages)-4*growthDims, "B/passage")
}

// layoutOf reads FOOTNOTE_GROWTH_LAYOUT: none, scalar or binary quantization, with
// +disk to read from the disk; for a Qdrant server.
func layoutOf(b *testing.B) (l qdrant.Layout) {
	name, disk := strings.CutSuffix(os.Getenv("FOOTNOTE_GROWTH_LAYOUT"), "+disk")
	l.Quantization, l.OnDisk = name, disk
	if err := l.Check(); err != nil {
		b.Fatal(err)
	}
	return l
}

// recall is the share of the passages that an exact search finds by vectors which Find
// finds too, over some questions.
func (g *growth) recall(b *testing.B, place qdrant.Config, ix knowledge.Index) float64 {
	alias := place.Alias
	if alias == "" {
		alias = "knowledge"
	}
	found, all := 0, 0
	for range 50 {
		find := g.find()
		find.Lists = find.Lists[1:]
		lists, err := ix.Find(b.Context(), find)
		if err != nil {
			b.Fatal(err)
		}
		exact, err := place.Client.Query(b.Context(), &api.QueryPoints{CollectionName: alias, Using: api.PtrOf(knowledge.VectorDense), Query: api.NewQueryDense(find.Lists[0].Dense),
			Limit: api.PtrOf(uint64(find.Lists[0].Limit)), Params: &api.SearchParams{Exact: api.PtrOf(true)},
			Filter: &api.Filter{Must: []*api.Condition{api.NewMatch("audience", string(pipeline.Public))}}})
		if err != nil {
			b.Fatal(err)
		}
		ids := map[string]bool{}
		for _, p := range lists[0] {
			ids[p.ID] = true
		}
		for _, p := range exact {
			if all++; ids[p.GetId().GetUuid()] {
				found++
			}
		}
	}
	return float64(found) / float64(all)
}

// cpuTime is what the process has used of the processors.
func cpuTime(b *testing.B) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

func heapInUse() float64 {
	runtime.GC()
	runtime.GC() // the first empties the pools into a victim cache
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// growth makes points and requests.
type growth struct {
	text   *localtest.Text
	rnd    *rand.Rand
	topics [][]float32
}

func (g *growth) point(i int) knowledge.Point {
	terms, weights := g.text.Passage()
	document := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, "document ", i/5)).String()
	p := knowledge.Point{ID: uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, i)).String(),
		Terms: knowledge.Sparse{Terms: terms, Weights: weights}, Dense: g.dense(i / 40 % 500),
		Payload: knowledge.Payload{Source: "help-centre", Document: document, Version: 1, Audience: pipeline.Public, Status: "live",
			Product: fmt.Sprint("product-", i/5%20), Locale: "en", Language: "en", Owner: fmt.Sprintf("owner-%d@example.com", i/5%50),
			ReviewedAt: "2026-01-01", Hash: fmt.Sprintf("%064x", i)}}
	if i/5%10 == 0 {
		p.Payload.Audience = pipeline.Restricted
	}
	return p
}

// dense is a unit vector some 40 degrees from its topic's.
func (g *growth) dense(topic int) []float32 {
	for len(g.topics) <= topic {
		g.topics = append(g.topics, g.around(make([]float32, growthDims), 1))
	}
	return g.around(g.topics[topic], 0.85/math.Sqrt(growthDims))
}

func (g *growth) around(centre []float32, spread float64) []float32 {
	out, norm := make([]float32, growthDims), 0.0
	for i, f := range centre {
		out[i] = f + float32(g.rnd.NormFloat64()*spread)
		norm += float64(out[i]) * float64(out[i])
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(norm))
	}
	return out
}

func (g *growth) find() knowledge.Find {
	terms, weights := g.text.Question(27)
	q := knowledge.Sparse{Terms: terms, Weights: weights}
	return knowledge.Find{Audiences: []pipeline.Audience{pipeline.Public}, Lists: []knowledge.List{
		{Using: knowledge.VectorTerms, Sparse: q, Limit: 80},
		{Using: knowledge.VectorDense, Dense: g.dense(g.rnd.IntN(len(g.topics))), Limit: 60},
	}}
}
