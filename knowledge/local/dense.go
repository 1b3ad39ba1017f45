package local

import (
	"math"
	"runtime"
	"sync"

	"github.com/qdrant/go-client/qdrant"
)

const (
	denseBlockRows   = 2048      // rows a block of storage holds
	denseParallelOps = 1_000_000 // multiplications below which one goroutine is faster
)

// denseIndex holds one named dense vector of a collection in flat rows, in
// order of insertion. Cosine vectors are stored normalised, as Qdrant does.
type denseIndex struct {
	size     int
	distance qdrant.Distance
	blocks   [][]float32 // denseBlockRows rows of size floats each
	ords     []uint32    // by row, ascending
	rows     []uint32    // by ordinal: 1 + the row; 0 where the point lacks the vector
	points   int         // live points with the vector
	codes    denseCodes
}

func newDenseIndex(size int, distance qdrant.Distance) *denseIndex {
	return &denseIndex{size: size, distance: distance, codes: newDenseCodes(size)}
}

// add appends the vector of ord, which must be prepared and above every ordinal
// added before.
func (x *denseIndex) add(ord uint32, vector []float32) {
	row := len(x.ords)
	if row%denseBlockRows == 0 {
		// The first block starts small: most collections of tests are tiny.
		x.blocks = append(x.blocks, make([]float32, 0, min(row+16, denseBlockRows)*x.size))
	}
	last := len(x.blocks) - 1
	x.blocks[last] = append(x.blocks[last], vector...)
	x.codes.add(vector)
	x.ords = append(x.ords, ord)
	for uint32(len(x.rows)) <= ord {
		x.rows = append(x.rows, 0)
	}
	x.rows[ord] = uint32(row) + 1
	x.points++
}

// remove forgets a point; its row stays until compaction.
func (x *denseIndex) remove(ord uint32) {
	if int(ord) < len(x.rows) && x.rows[ord] > 0 {
		x.rows[ord] = 0
		x.points--
	}
}

// vector gives a point's stored vector, not to be changed; nil if it has none.
func (x *denseIndex) vector(ord uint32) []float32 {
	if int(ord) >= len(x.rows) || x.rows[ord] == 0 {
		return nil
	}
	row := x.rows[ord] - 1
	at := int(row%denseBlockRows) * x.size
	return x.blocks[row/denseBlockRows][at : at+x.size : at+x.size]
}

// prepare gives the vector as stored and compared: normalised for cosine.
func (x *denseIndex) prepare(v []float32) []float32 {
	if x.distance != qdrant.Distance_Cosine {
		return v
	}
	length := math.Sqrt(float64(dot(v, v)))
	if length == 0 || math.Abs(length-1) < 1e-6 {
		return v
	}
	out := make([]float32, len(v))
	for i, f := range v {
		out[i] = float32(float64(f) / length)
	}
	return out
}

// ascending reports whether smaller scores are better (a distance).
func (x *denseIndex) ascending() bool {
	return x.distance == qdrant.Distance_Euclid || x.distance == qdrant.Distance_Manhattan
}

// rank is the score of two prepared vectors, larger is better: distances are
// negated.
func (x *denseIndex) rank(a, b []float32) float32 {
	switch x.distance {
	case qdrant.Distance_Euclid:
		return -float32(math.Sqrt(float64(squaredDistance(a, b))))
	case qdrant.Distance_Manhattan:
		var sum float32
		for i, f := range a {
			sum += float32(math.Abs(float64(f - b[i])))
		}
		return -sum
	default:
		return dot(a, b)
	}
}

// search ranks every allowed row against a prepared query; nil allows all.
// The result depends neither on the number of goroutines nor on whether codes
// rule rows out first.
func (x *denseIndex) search(query []float32, k int, allow bitmap, ids []pointID) []hit {
	if x.coded(k, allow) {
		return x.searchCodes(query, k, allow, ids)
	}
	return x.parallel(k, ids, func(w, workers int, top *topK) {
		for b := w; b < len(x.blocks); b += workers {
			x.scan(b, query, allow, top)
		}
	})
}

// parallel gives the best k of what the workers' scans offered.
func (x *denseIndex) parallel(k int, ids []pointID, scan func(w, workers int, top *topK)) []hit {
	workers := 1
	if len(x.ords)*x.size >= denseParallelOps {
		workers = min(runtime.GOMAXPROCS(0), len(x.blocks))
	}
	tops := make([]topK, workers)
	for w := range tops {
		tops[w] = topK{k: k, ids: ids}
	}
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { scan(w, workers, &tops[w]) })
	}
	scan(0, workers, &tops[0])
	wg.Wait()
	for _, other := range tops[1:] {
		for _, h := range other.heap {
			tops[0].push(h)
		}
	}
	return tops[0].sorted()
}

func (x *denseIndex) scan(block int, query []float32, allow bitmap, top *topK) {
	first := block * denseBlockRows
	ords := x.ords[first:min(first+denseBlockRows, len(x.ords))]
	data := x.blocks[block]
	for i, ord := range ords {
		if allow != nil && !allow.has(ord) {
			continue
		}
		top.push(hit{ord, x.rank(query, data[i*x.size:(i+1)*x.size])})
	}
}

// dot multiplies two vectors of the same length in eight independent sums,
// which the processor runs side by side.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for len(a) >= 8 && len(b) >= 8 {
		x, y := (*[8]float32)(a), (*[8]float32)(b)
		s0 += float32(x[0] * y[0])
		s1 += float32(x[1] * y[1])
		s2 += float32(x[2] * y[2])
		s3 += float32(x[3] * y[3])
		s4 += float32(x[4] * y[4])
		s5 += float32(x[5] * y[5])
		s6 += float32(x[6] * y[6])
		s7 += float32(x[7] * y[7])
		a, b = a[8:], b[8:]
	}
	for i, f := range a {
		s0 += float32(f * b[i])
	}
	return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
}

func squaredDistance(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1 float32
	for len(a) >= 2 && len(b) >= 2 {
		d0, d1 := a[0]-b[0], a[1]-b[1]
		s0 += float32(d0 * d0)
		s1 += float32(d1 * d1)
		a, b = a[2:], b[2:]
	}
	for i, f := range a {
		d := f - b[i]
		s0 += float32(d * d)
	}
	return s0 + s1
}
