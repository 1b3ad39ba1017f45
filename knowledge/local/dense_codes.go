package local

import (
	"math"
	"sync"

	"github.com/qdrant/go-client/qdrant"
)

const (
	codeAlign    = 32 // codes of a row are a multiple of this many, the rest is 0
	codeMax      = 127
	codesMinRows = 4096 // rows below which a plain scan is as fast
	codesMinPart = 8    // so is it when a filter leaves fewer than one row in so many
)

// denseCodes is a copy of the rows in one byte a number, to rule most rows out
// without reading their floats. Row x is about scale·codes; how far the two can
// be apart is known for each row, so that what is ruled out is certain.
type denseCodes struct {
	width  int      // codes a row
	blocks [][]int8 // denseBlockRows rows each
	rows   []codedRow
}

type codedRow struct {
	scale float32
	norm  float32 // of the coded row, at least
	lost  float32 // norm of row − coded row, at least
}

func newDenseCodes(size int) denseCodes {
	return denseCodes{width: (size + codeAlign - 1) / codeAlign * codeAlign}
}

// add codes the next row.
func (c *denseCodes) add(vector []float32) {
	if n := len(c.rows); n%denseBlockRows == 0 {
		c.blocks = append(c.blocks, make([]int8, 0, min(n+16, denseBlockRows)*c.width))
	}
	var most float64
	for _, f := range vector {
		most = max(most, math.Abs(float64(f)))
	}
	row := codedRow{scale: float32(most / codeMax)}
	block := &c.blocks[len(c.blocks)-1]
	var norm, lost float64
	for _, f := range vector {
		code := 0.0
		if row.scale > 0 {
			code = max(-codeMax, min(codeMax, math.RoundToEven(float64(f)/float64(row.scale))))
		}
		*block = append(*block, int8(code))
		kept := code * float64(row.scale)
		norm += kept * kept
		lost += (float64(f) - kept) * (float64(f) - kept)
	}
	for range c.width - len(vector) {
		*block = append(*block, 0)
	}
	row.norm, row.lost = atLeast(math.Sqrt(norm)), atLeast(math.Sqrt(lost))
	c.rows = append(c.rows, row)
}

func atLeast(f float64) float32 {
	return math.Nextafter32(float32(f*(1+1e-6)), float32(math.Inf(1)))
}

// codedQuery is a query in sixteen bits a number, few enough that a row's
// products cannot overflow their sum.
type codedQuery struct {
	codes []int16
	scale float64
	norm  float64 // of the query
	lost  float64 // norm of query − coded query
	round float64 // what rounding adds to dot, relative to both norms
}

func (c *denseCodes) query(q []float32) codedQuery {
	out := codedQuery{codes: make([]int16, c.width), round: float64(len(q)+16) * 0x1p-23}
	var most float64
	for _, f := range q {
		most = max(most, math.Abs(float64(f)))
		out.norm += float64(f) * float64(f)
	}
	out.norm = math.Sqrt(out.norm) * (1 + 1e-9)
	if most == 0 {
		return out
	}
	out.scale = most / float64(min(math.MaxInt16, math.MaxInt32/(codeMax*c.width)))
	for i, f := range q {
		code := math.RoundToEven(float64(f) / out.scale)
		out.codes[i] = int16(code)
		d := float64(f) - code*out.scale
		out.lost += d * d
	}
	out.lost = math.Sqrt(out.lost) * (1 + 1e-9)
	return out
}

// between gives bounds of dot(query, row): by Cauchy-Schwarz, from what coding
// lost of either, and from rounding.
func (q *codedQuery) between(row *codedRow, codes int32) (least, most float64) {
	about := q.scale * float64(row.scale) * float64(codes)
	off := q.lost*float64(row.norm) + q.norm*float64(row.lost) + q.round*q.norm*float64(row.norm+row.lost)
	off += float64(len(q.codes)) * 0x1p-146 // products too small for a float32 of full precision
	return about - off, about + off
}

// coded reports whether searching by codes pays.
func (x *denseIndex) coded(k int, allow bitmap) bool {
	if x.distance != qdrant.Distance_Cosine && x.distance != qdrant.Distance_Dot {
		return false
	}
	return len(x.ords) >= codesMinRows && k > 0 && k*codesMinPart <= len(x.ords) &&
		(allow == nil || allow.count()*codesMinPart >= len(x.ords))
}

// maybe is a row that may be among the best, by its upper bound.
type maybe struct {
	row  uint32
	most float64
}

var codeSums = sync.Pool{New: func() any { return new([denseBlockRows]int32) }}

// scanCodes offers top every row of the blocks first, first+step, … that can be
// among their best k: those whose upper bound is not below the k-th best lower
// bound. They are scored from their floats.
func (x *denseIndex) scanCodes(first, step int, query []float32, allow bitmap, top *topK) {
	q := x.codes.query(query)
	sums := codeSums.Get().(*[denseBlockRows]int32)
	defer codeSums.Put(sums)
	lower := topK{k: top.k}
	floor := math.Inf(-1)
	var found []maybe
	for b := first; b < len(x.codes.blocks); b += step {
		base := b * denseBlockRows
		rows := x.codes.rows[base:min(base+denseBlockRows, len(x.ords))]
		dotRows(sums[:len(rows)], q.codes, x.codes.blocks[b])
		for i := range rows {
			least, most := q.between(&rows[i], sums[i])
			if most < floor || allow != nil && !allow.has(x.ords[base+i]) {
				continue
			}
			found = append(found, maybe{uint32(base + i), most})
			if down := math.Nextafter32(float32(least), float32(math.Inf(-1))); float64(down) > floor {
				lower.push(hit{uint32(base + i), down})
				if lower.full() {
					floor = float64(lower.heap[0].score)
				}
			}
		}
	}
	for _, m := range found {
		if !(m.most < floor) {
			at := int(m.row%denseBlockRows) * x.size
			top.push(hit{x.ords[m.row], x.rank(query, x.blocks[m.row/denseBlockRows][at:at+x.size])})
		}
	}
}

// dotRowsGo multiplies the query with as many rows of codes as out is long.
func dotRowsGo(out []int32, query []int16, codes []int8) {
	for r := range out {
		row := codes[r*len(query):][:len(query)]
		var s0, s1, s2, s3 int32
		for i := 0; i+3 < len(query) && i+3 < len(row); i += 4 {
			s0 += int32(query[i]) * int32(row[i])
			s1 += int32(query[i+1]) * int32(row[i+1])
			s2 += int32(query[i+2]) * int32(row[i+2])
			s3 += int32(query[i+3]) * int32(row[i+3])
		}
		out[r] = s0 + s1 + s2 + s3
	}
}
