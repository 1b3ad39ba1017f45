package local

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/qdrant/go-client/qdrant"
)

const (
	codeAlign    = 64 // codes of a row are a multiple of this many, the rest is 0
	codeMax      = 127
	codeOffset   = codeMax + 1 // what makes a code positive
	codesMinRows = 4096        // rows below which a plain scan is as fast
	codesMinPart = 8           // so is it when a filter leaves fewer than one row in so many
	coarseMiddle = 7.5         // a code is 16·high + low: what stands for low where only high is read
)

// denseCodes is a copy of the rows in one byte a number, to rule most rows out
// without reading their floats. Row x is about scale·codes, and about that with
// the codes' upper halves alone, which lie apart: a search reads those of every
// row, and the lower halves of few. How far either can be from the row is known
// for each row, so that what is ruled out is certain.
type denseCodes struct {
	width  int         // codes a row
	blocks []codeBlock // denseBlockRows rows each
	rows   []codedRow
}

// codeBlock has the codes, plus codeOffset, in halves of four bits. Of 64 numbers
// the first 32 are the low nibbles of 32 bytes, the others the high nibbles.
type codeBlock struct{ high, low []byte }

type codedRow struct {
	scale  float32
	norm   float32 // of the coded row, at least
	lost   float32 // norm of row − coded row, at least
	coarse float32 // norm of row − row as the upper halves have it, at least
}

func newDenseCodes(size int) denseCodes {
	return denseCodes{width: (size + codeAlign - 1) / codeAlign * codeAlign}
}

// add codes the next row.
func (c *denseCodes) add(vector []float32) {
	half := c.width / 2
	if n := len(c.rows); n%denseBlockRows == 0 {
		room := min(n+16, denseBlockRows) * half
		c.blocks = append(c.blocks, codeBlock{make([]byte, 0, room), make([]byte, 0, room)})
	}
	var most float32
	for _, f := range vector {
		most = max(most, f, -f)
	}
	block, row := &c.blocks[len(c.blocks)-1], codedRow{scale: most / codeMax}
	at := len(block.high)
	block.high, block.low = append(block.high, make([]byte, half)...), append(block.low, make([]byte, half)...)
	high, low := block.high[at:], block.low[at:]
	scale, inverse := float64(row.scale), 0.0
	if row.scale > 0 {
		inverse = 1 / scale
	}
	var norm, lost, coarse float64
	for i, f := range vector {
		code := max(-codeMax, min(codeMax, math.RoundToEven(float64(f)*inverse)))
		u := byte(int(code) + codeOffset)
		j, shift := i>>6<<5|i&31, i>>5&1*4
		high[j] |= u >> 4 << shift
		low[j] |= u & 15 << shift
		kept, rough := code*scale, (float64(u&^15)+coarseMiddle-codeOffset)*scale
		norm += kept * kept
		lost += (float64(f) - kept) * (float64(f) - kept)
		coarse += (float64(f) - rough) * (float64(f) - rough)
	}
	row.norm, row.lost, row.coarse = atLeast(math.Sqrt(norm)), atLeast(math.Sqrt(lost)), atLeast(math.Sqrt(coarse))
	c.rows = append(c.rows, row)
}

func atLeast(f float64) float32 {
	return math.Nextafter32(float32(f*(1+1e-6)), float32(math.Inf(1)))
}

// codedQuery is a query in eight bits a number.
type codedQuery struct {
	codes []int8
	sum   float64 // of codes
	scale float64
	norm  float64 // of the query
	lost  float64 // norm of query − coded query
	round float64 // what rounding adds to dot, relative to both norms
}

func (c *denseCodes) query(q []float32) codedQuery {
	out := codedQuery{codes: make([]int8, c.width), round: float64(len(q)+16) * 0x1p-23}
	var most float64
	for _, f := range q {
		most = max(most, math.Abs(float64(f)))
		out.norm += float64(f) * float64(f)
	}
	out.norm = math.Sqrt(out.norm) * (1 + 1e-9)
	if most == 0 {
		return out
	}
	out.scale = most / codeMax
	for i, f := range q {
		code := math.RoundToEven(float64(f) / out.scale)
		out.codes[i] = int8(code)
		out.sum += code
		d := float64(f) - code*out.scale
		out.lost += d * d
	}
	out.lost = math.Sqrt(out.lost) * (1 + 1e-9)
	return out
}

// coarse gives the most that dot(query, row) can be, from the query's product
// with the upper halves: by Cauchy-Schwarz, from what coding lost of either, and
// from rounding.
func (q *codedQuery) coarse(row *codedRow, high int32) (most float64) {
	about := q.scale * float64(row.scale) * (16*float64(high) + (coarseMiddle-codeOffset)*q.sum)
	return about + q.off(row, row.coarse, row.norm+row.lost+row.coarse)
}

// between gives bounds of dot(query, row) from the products with both halves.
func (q *codedQuery) between(row *codedRow, high, low int32) (least, most float64) {
	about := q.scale * float64(row.scale) * (16*float64(high) + float64(low) - codeOffset*q.sum)
	off := q.off(row, row.lost, row.norm)
	return about - off, about + off
}

// off is how far a product can be from that of a coded row with the given norm
// that lost so much.
func (q *codedQuery) off(row *codedRow, lost, norm float32) float64 {
	off := q.lost*float64(norm) + q.norm*float64(lost) + q.round*q.norm*float64(row.norm+row.lost)
	return off + float64(len(q.codes))*0x1p-146 // products too small for a float32 of full precision
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

var (
	codeSums  = sync.Pool{New: func() any { return new([denseBlockRows]int32) }}
	codeMosts = sync.Pool{New: func() any { return new([]float32) }}
)

// searchCodes gives the best k rows. From the upper halves it has an upper bound
// of every row; the k highest of those, looked at in full, give a score that k
// rows reach. Of the rows whose bound is not below it, those that still are not
// below the k-th best lower bound in full are scored from their floats, the most
// promising first, until no bound of the others reaches the k-th best score.
func (x *denseIndex) searchCodes(query []float32, k int, allow bitmap, ids []pointID) []hit {
	q, mosts := x.codes.query(query), codeMosts.Get().(*[]float32)
	defer codeMosts.Put(mosts)
	if n := len(x.ords); len(*mosts) < n {
		*mosts = make([]float32, n+n/8)
	}
	best := x.parallel(k, nil, func(w, workers int, top *topK) {
		for b := w; b < len(x.codes.blocks); b += workers {
			x.coarse(b, &q, allow, (*mosts)[b*denseBlockRows:], top)
		}
	})
	floor := math.Inf(-1)
	if len(best) == k {
		floor = math.Inf(1)
		for _, h := range best {
			least, _ := x.codes.between(&q, h.ord)
			floor = min(floor, least)
		}
	}
	lower, top := topK{k: k}, topK{k: k, ids: ids}
	var found []maybe
	for row, most := range (*mosts)[:len(x.ords)] {
		if most < float32(floor) || allow != nil && !allow.has(x.ords[row]) {
			continue
		}
		least, most := x.codes.between(&q, uint32(row))
		if most < floor {
			continue
		}
		found = append(found, maybe{uint32(row), most})
		if lower.push(hit{uint32(row), math.Nextafter32(float32(least), float32(math.Inf(-1)))}); lower.full() {
			floor = max(floor, float64(lower.heap[0].score))
		}
	}
	slices.SortFunc(found, func(a, b maybe) int { return cmp.Compare(b.most, a.most) })
	for _, m := range found {
		if m.most < floor || top.full() && m.most < float64(top.heap[0].score) {
			break
		}
		at := int(m.row%denseBlockRows) * x.size
		top.push(hit{x.ords[m.row], x.rank(query, x.blocks[m.row/denseBlockRows][at:at+x.size])})
	}
	return top.sorted()
}

// coarse writes the coarse bounds of a block's rows and offers them to top, as
// rows. Rounding a bound keeps its order to what is rounded alike.
func (x *denseIndex) coarse(block int, q *codedQuery, allow bitmap, mosts []float32, top *topK) {
	sums := codeSums.Get().(*[denseBlockRows]int32)
	defer codeSums.Put(sums)
	base := block * denseBlockRows
	rows := x.codes.rows[base:min(base+denseBlockRows, len(x.ords))]
	dotNibbles(sums[:len(rows)], q.codes, x.codes.blocks[block].high)
	floor := float32(math.Inf(-1))
	if top.full() {
		floor = top.heap[0].score
	}
	mosts = mosts[:len(rows)]
	for i := range rows {
		most := float32(q.coarse(&rows[i], sums[i]))
		mosts[i] = most
		if most < floor || allow != nil && !allow.has(x.ords[base+i]) {
			continue
		}
		if top.push(hit{uint32(base + i), most}); top.full() {
			floor = top.heap[0].score
		}
	}
}

// between gives bounds of dot(query, row) from all of the row's codes.
func (c *denseCodes) between(q *codedQuery, row uint32) (least, most float64) {
	var high, low [1]int32
	block, at := &c.blocks[row/denseBlockRows], int(row%denseBlockRows)*c.width/2
	dotNibbles(high[:], q.codes, block.high[at:])
	dotNibbles(low[:], q.codes, block.low[at:])
	return q.between(&c.rows[row], high[0], low[0])
}

// dotNibblesGo multiplies the query with as many rows of half codes as out is
// long.
func dotNibblesGo(out []int32, query []int8, halves []byte) {
	for r := range out {
		row := halves[r*len(query)/2:][:len(query)/2]
		var s0, s1 int32
		for i := 0; i+31 < len(row); i += 32 {
			q := (*[64]int8)(query[2*i:])
			for j, b := range (*[32]byte)(row[i:]) {
				s0 += int32(q[j]) * int32(b&15)
				s1 += int32(q[j+32]) * int32(b>>4)
			}
		}
		out[r] = s0 + s1
	}
}
