package local

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/qdrant/go-client/qdrant"

	"footnote/knowledge/local/localtest"
)

// BenchmarkLoad fills an index with passages and reports what it costs: heap in
// use, size of the snapshot, and seconds to fill, to save and to open again.
func BenchmarkLoad(b *testing.B) {
	for _, passages := range []int{15_000, 100_000} {
		b.Run(fmt.Sprint(passages), func(b *testing.B) {
			for b.Loop() {
				loadOnce(b, passages)
			}
		})
	}
}

func loadOnce(b *testing.B, passages int) {
	heap := func() float64 {
		runtime.GC()
		runtime.GC() // the first empties the pools into a victim cache
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	lap := time.Now()
	report := func(unit string) {
		b.ReportMetric(time.Since(lap).Seconds(), unit)
		lap = time.Now()
	}
	dir, before := b.TempDir(), heap()
	s, err := Open(Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, s, 0)
	z := localtest.New(1)
	const batch = 250
	var filling time.Duration
	for first := 0; first < passages; first += batch {
		in := &qdrant.UpsertPoints{CollectionName: "knowledge"}
		for id := first; id < first+batch; id++ {
			dims, weights := z.Passage()
			in.Points = append(in.Points, &qdrant.PointStruct{
				Id: qdrant.NewIDNum(uint64(id)),
				Payload: qdrant.NewValueMap(map[string]any{
					"document": fmt.Sprintf("doc-%d", id/7), "version": 3, "audience": "public", "status": "published",
					"product": fmt.Sprintf("product-%d", id/7%20), "locale": "en", "hash": fmt.Sprintf("%032x", id),
					"valid_from": "2026-01-01T00:00:00Z",
				}),
				Vectors: qdrant.NewVectorsMap(map[string]*qdrant.Vector{"terms": qdrant.NewVectorSparse(dims, weights)}),
			})
		}
		start := time.Now()
		if _, err := (pointsService{srv: s}).Upsert(b.Context(), in); err != nil {
			b.Fatal(err)
		}
		filling += time.Since(start)
	}
	b.ReportMetric(filling.Seconds(), "fill-s")
	b.ReportMetric(heap()-before, "heap-MB")
	lap = time.Now()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	report("save-s")
	if info, err := os.Stat(filepath.Join(dir, currentFile)); err == nil {
		b.ReportMetric(float64(info.Size())/1e6, "snapshot-MB")
	}
	if s, err = Open(Config{Dir: dir}); err != nil {
		b.Fatal(err)
	}
	report("open-s")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
