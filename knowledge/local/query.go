package local

import (
	"math"

	"github.com/qdrant/go-client/qdrant"
)

const maxPrefetchDepth = 64

// ranked is a result as the client sees it: for a distance, smaller is better.
type ranked struct {
	ord   uint32
	score float32
}

// request is a query, or one of its prefetches, in one shape.
type request struct {
	prefetch  []*qdrant.PrefetchQuery
	query     *qdrant.Query
	using     string
	filter    *qdrant.Filter
	threshold *float32
	limit     int // with the offset
	lookup    *qdrant.LookupLocation
}

func clampLimit(limit *uint64, byDefault int) int {
	if limit == nil {
		return byDefault
	}
	return int(min(*limit, math.MaxInt32))
}

func rootRequest(in *qdrant.QueryPoints) request {
	return request{
		prefetch: in.GetPrefetch(), query: in.GetQuery(), using: in.GetUsing(), filter: in.GetFilter(),
		threshold: in.ScoreThreshold, lookup: in.GetLookupFrom(),
		limit: clampLimit(in.Limit, defaultLimit) + clampLimit(in.Offset, 0),
	}
}

func prefetchRequest(in *qdrant.PrefetchQuery) request {
	if in == nil { // as the wire has it
		in = &qdrant.PrefetchQuery{}
	}
	return request{
		prefetch: in.GetPrefetch(), query: in.GetQuery(), using: in.GetUsing(), filter: in.GetFilter(),
		threshold: in.ScoreThreshold, lookup: in.GetLookupFrom(),
		limit: clampLimit(in.Limit, defaultLimit),
	}
}

// querying runs requests against one state, whose read lock the caller holds.
type querying struct {
	schema *schema
	st     *state
	// widen multiplies the limits of prefetches: grouping needs more of them.
	widen int
}

// run answers a request. outer is the filter of the requests around it.
func (q querying) run(r request, outer *filter, depth int) ([]ranked, error) {
	if depth > maxPrefetchDepth {
		return nil, invalid("prefetches depth %d exceeds max depth %d", depth, maxPrefetchDepth)
	}
	if r.lookup != nil {
		return nil, unimplemented("lookup_from")
	}
	own, err := compileFilter(r.filter)
	if err != nil {
		return nil, err
	}
	f := bothFilters(outer, own)
	if r.query.GetVariant() == nil {
		return q.byID(r, f)
	}
	switch v := r.query.GetVariant().(type) {
	case *qdrant.Query_Nearest:
		return q.nearest(r, v.Nearest, f, depth)
	case *qdrant.Query_Fusion:
		switch v.Fusion {
		case qdrant.Fusion_RRF:
			return q.fuse(r, f, depth, rrf(defaultRRFK, nil))
		case qdrant.Fusion_DBSF:
			return q.fuse(r, f, depth, dbsf)
		}
		return nil, invalid("Unknown fusion")
	case *qdrant.Query_Rrf:
		k := uint32(defaultRRFK)
		if v.Rrf != nil && v.Rrf.K != nil {
			k = v.Rrf.GetK()
		}
		if k < 1 {
			return nil, invalid("Validation error in body: [rrf.k: must be greater than or equal to 1]")
		}
		return q.fuse(r, f, depth, rrf(k, v.Rrf.GetWeights()))
	}
	return nil, unimplemented("this kind of query")
}

// bothFilters joins the filter of an outer request with one's own.
func bothFilters(outer, own *filter) *filter {
	if outer == nil {
		return own
	}
	if own == nil {
		return outer
	}
	return &filter{must: []condition{{filter: outer}, {filter: own}}}
}

// byID answers a request without a query: points by ascending id, score 0.
func (q querying) byID(r request, f *filter) ([]ranked, error) {
	if len(r.prefetch) > 0 {
		return nil, invalid("A query is needed to merge the prefetches. Can't have prefetches without defining a query.")
	}
	if r.threshold != nil {
		return nil, invalid("A query is needed to use the score_threshold. Can't have score_threshold without defining a query.")
	}
	allow, err := q.st.allowed(f)
	if err != nil {
		return nil, err
	}
	ords := q.st.firstByID(allow, nil, r.limit)
	out := make([]ranked, len(ords))
	for i, ord := range ords {
		out[i].ord = ord
	}
	return out, nil
}

// sources runs the prefetches of a request.
func (q querying) sources(r request, f *filter, depth int) ([][]ranked, error) {
	out := make([][]ranked, len(r.prefetch))
	for i, in := range r.prefetch {
		p := prefetchRequest(in)
		p.limit = int(min(int64(p.limit)*int64(max(q.widen, 1)), math.MaxInt32))
		var err error
		if out[i], err = q.run(p, f, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nearest ranks by a vector: over all points, or over those the prefetches
// found, whose leaves have applied the filter already.
func (q querying) nearest(r request, in *qdrant.VectorInput, f *filter, depth int) ([]ranked, error) {
	v, self, err := q.queryVector(in, r.using)
	if err != nil {
		return nil, err
	}
	var allow bitmap
	if len(r.prefetch) > 0 {
		found, err := q.sources(r, f, depth)
		if err != nil {
			return nil, err
		}
		allow = newBitmap(len(q.st.ids))
		for _, list := range found {
			for _, h := range list {
				allow.set(h.ord)
			}
		}
	} else if allow, err = q.st.allowed(f); err != nil {
		return nil, err
	}
	if self != nil {
		if allow == nil {
			allow = q.st.live
		}
		allow = append(bitmap(nil), allow...)
		allow.clear(*self)
	}
	return q.rank(r, v, allow), nil
}

// rank searches one named vector and applies the score threshold, which a
// score must exceed.
func (q querying) rank(r request, v vector, allow bitmap) []ranked {
	if allow != nil && allow.empty() {
		return nil // nothing passes the filter
	}
	var hits []hit
	sign := float32(1)
	if v.sparse {
		x := q.st.sparse[r.using]
		hits = x.search(x.terms(v.dims, v.weights), r.limit, allow, q.st.ids)
	} else {
		x := q.st.dense[r.using]
		if x.ascending() {
			sign = -1
		}
		hits = x.search(x.prepare(v.dense), r.limit, allow, q.st.ids)
	}
	out := make([]ranked, 0, len(hits))
	for _, h := range hits {
		if r.threshold != nil && h.score <= *r.threshold*sign {
			break
		}
		out = append(out, ranked{h.ord, h.score * sign})
	}
	return out
}

// queryVector reads what to search near. For a point's id it is that point's
// vector, and self is the point, to be left out.
func (q querying) queryVector(in *qdrant.VectorInput, using string) (v vector, self *uint32, err error) {
	switch o := in.GetVariant().(type) {
	case *qdrant.VectorInput_Dense:
		v, err = denseVector(o.Dense.GetData())
	case *qdrant.VectorInput_Sparse:
		v, err = newSparseVector(o.Sparse.GetIndices(), o.Sparse.GetValues())
	case *qdrant.VectorInput_Id:
		return q.storedVector(o.Id, using)
	case *qdrant.VectorInput_MultiDense:
		err = unimplemented("a multivector")
	case nil:
		err = invalid("Vector input is missing")
	default:
		err = unimplemented("server-side inference")
	}
	if err == nil {
		err = q.schema.accepts(using, v)
	}
	return v, nil, err
}

func (q querying) storedVector(in *qdrant.PointId, using string) (vector, *uint32, error) {
	id, err := parseID(in)
	if err != nil {
		return vector{}, nil, err
	}
	dense, sparse := q.st.dense[using], q.st.sparse[using]
	if dense == nil && sparse == nil {
		return vector{}, nil, noVector(using)
	}
	ord, ok := q.st.ords.find(q.st.ids, id)
	if !ok {
		return vector{}, nil, notFound("No point with id %s found", idString(in))
	}
	if dense != nil {
		if v := dense.vector(ord); v != nil {
			return vector{dense: v}, &ord, nil
		}
	} else if dims, weights, ok := sparse.vector(ord); ok {
		return vector{dims: dims, weights: weights, sparse: true}, &ord, nil
	}
	return vector{}, nil, notFound("Vector with name %q for point %s not found", using, idString(in))
}
