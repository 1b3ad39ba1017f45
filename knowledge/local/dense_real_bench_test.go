package local

import (
	"encoding/binary"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/qdrant/go-client/qdrant"
)

// BenchmarkDenseReal searches vectors of real text, which lie closer together
// than random ones: FOOTNOTE_VECTORS names a file of little-endian float32
// vectors with FOOTNOTE_VECTORS_SIZE numbers each; the last 200 are the
// questions. It fails when the codes lose a passage that a scan of all vectors
// finds, and reports the times of both and the share of vectors read in full.
func BenchmarkDenseReal(b *testing.B) {
	all := readVectors(b, os.Getenv("FOOTNOTE_VECTORS"), os.Getenv("FOOTNOTE_VECTORS_SIZE"))
	const questions, k = 200, 60
	for _, n := range []int{10_000, 100_000} {
		if len(all) < n+questions {
			continue
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			x := newDenseIndex(len(all[0]), qdrant.Distance_Cosine)
			for i, v := range all[:n] {
				x.add(uint32(i), x.prepare(v))
			}
			// Of this thread: others may share the processors.
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var took []time.Duration
			var exact time.Duration
			read := 0
			asked := all[len(all)-questions:]
			for _, q := range asked { // compared outside of the measured loop
				q = x.prepare(q)
				start := cpuTime(b)
				want := scanAll(x, q, k)
				exact += cpuTime(b) - start
				if got := x.search(q, k, nil, nil); !slices.Equal(got, want) {
					b.Fatalf("codes found %v, a scan %v", got, want)
				}
				read += readInFull(x, q, want[k-1].score)
			}
			i := 0
			for b.Loop() {
				start := cpuTime(b)
				x.search(x.prepare(asked[i%questions]), k, nil, nil)
				took = append(took, cpuTime(b)-start)
				i++
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-cpu-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-cpu-ms")
			b.ReportMetric(float64(exact.Microseconds())/1000/questions, "scan-cpu-ms")
			b.ReportMetric(100*float64(read)/questions/float64(n), "%-read")
		})
	}
}

// scanAll ranks every vector in full.
func scanAll(x *denseIndex, q []float32, k int) []hit {
	top := topK{k: k}
	for block := range x.blocks {
		x.scan(block, q, nil, &top)
	}
	return top.sorted()
}

// readInFull is how many rows' bounds reach the k-th best score: no scan by these
// codes can read fewer.
func readInFull(x *denseIndex, query []float32, kth float32) (n int) {
	q := x.codes.query(query)
	for row := range x.ords {
		if _, most := x.codes.between(&q, uint32(row)); most >= float64(kth) {
			n++
		}
	}
	return n
}

func readVectors(b *testing.B, file, size string) [][]float32 {
	b.Helper()
	if file == "" {
		b.Skip("no vectors of real text here: name a file of them in FOOTNOTE_VECTORS")
	}
	dims, err := strconv.Atoi(size)
	if err != nil || dims <= 0 {
		b.Fatalf("FOOTNOTE_VECTORS_SIZE is %q", size)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	if len(data)%(4*dims) != 0 {
		b.Fatalf("%s does not hold whole vectors of %d", file, dims)
	}
	out := make([][]float32, len(data)/4/dims)
	for i := range out {
		out[i] = make([]float32, dims)
		for j := range dims {
			out[i][j] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*(i*dims+j):]))
		}
	}
	return out
}
