package local

import (
	"context"
	"time"

	"github.com/qdrant/go-client/qdrant"
)

const defaultLimit = 10

// Get gives the points that exist, in the order asked for.
func (s pointsService) Get(_ context.Context, in *qdrant.GetPoints) (*qdrant.GetResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	ids, err := parseIDs(in.GetIds())
	if err != nil {
		return nil, err
	}
	sel, err := selectPayload(in.GetWithPayload(), true)
	if err != nil {
		return nil, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := &qdrant.GetResponse{}
	seen := make(map[pointID]bool, len(ids))
	for _, id := range ids {
		ord, ok := c.st.ords.find(c.st.ids, id)
		if !ok || seen[id] {
			continue
		}
		seen[id] = true
		p, err := c.st.retrieved(ord, sel, selectVectors(in.GetWithVectors()))
		if err != nil {
			return nil, err
		}
		out.Result = append(out.Result, p)
	}
	out.Time = seconds(start)
	return out, nil
}

func (st *state) retrieved(ord uint32, sel selection, vectors vectorSelection) (*qdrant.RetrievedPoint, error) {
	p, err := sel.apply(&st.payloads, ord)
	if err != nil {
		return nil, err
	}
	return &qdrant.RetrievedPoint{Id: st.ids[ord].proto(), Payload: p, Vectors: st.vectors(ord, vectors)}, nil
}

// Scroll pages through the points by ascending id.
func (s pointsService) Scroll(_ context.Context, in *qdrant.ScrollPoints) (*qdrant.ScrollResponse, error) {
	start := time.Now()
	if in.GetOrderBy() != nil {
		return nil, unimplemented("scrolling by a payload field")
	}
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	limit := defaultLimit
	if in.Limit != nil {
		limit = int(in.GetLimit())
	}
	if limit == 0 {
		return nil, invalid("Validation error in body: [limit: must be greater than or equal to 1]")
	}
	var from *pointID
	if in.GetOffset() != nil {
		id, err := parseID(in.GetOffset())
		if err != nil {
			return nil, err
		}
		from = &id
	}
	f, err := compileFilter(in.GetFilter())
	if err != nil {
		return nil, err
	}
	sel, err := selectPayload(in.GetWithPayload(), true)
	if err != nil {
		return nil, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	allow, err := c.st.allowed(f)
	if err != nil {
		return nil, err
	}
	out := &qdrant.ScrollResponse{}
	ords := c.st.firstByID(allow, from, limit+1)
	if len(ords) > limit {
		out.NextPageOffset = c.st.ids[ords[limit]].proto()
		ords = ords[:limit]
	}
	for _, ord := range ords {
		p, err := c.st.retrieved(ord, sel, selectVectors(in.GetWithVectors()))
		if err != nil {
			return nil, err
		}
		out.Result = append(out.Result, p)
	}
	out.Time = seconds(start)
	return out, nil
}

// firstByID gives the n allowed ordinals with the smallest ids, not below from.
func (st *state) firstByID(allow bitmap, from *pointID, n int) []uint32 {
	// Equal scores are kept by ascending id: a top-k without scores.
	top := topK{k: n, ids: st.ids}
	visit := func(ord uint32) bool {
		if from == nil || st.ids[ord].compare(*from) >= 0 {
			top.push(hit{ord: ord})
		}
		return true
	}
	if allow == nil {
		allow = st.live
	}
	allow.each(visit)
	hits := top.sorted()
	out := make([]uint32, len(hits))
	for i, h := range hits {
		out[i] = h.ord
	}
	return out
}

// Count is always exact.
func (s pointsService) Count(_ context.Context, in *qdrant.CountPoints) (*qdrant.CountResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	f, err := compileFilter(in.GetFilter())
	if err != nil {
		return nil, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	n := c.st.liveCount
	if f != nil {
		allow, err := c.st.allowed(f)
		if err != nil {
			return nil, err
		}
		n = allow.count()
	}
	return &qdrant.CountResponse{Result: &qdrant.CountResult{Count: uint64(n)}, Time: seconds(start)}, nil
}

// scored builds a query's answer from ranked hits.
func (st *state) scored(hits []ranked, sel selection, vectors vectorSelection) ([]*qdrant.ScoredPoint, error) {
	out, points := make([]*qdrant.ScoredPoint, len(hits)), make([]qdrant.ScoredPoint, len(hits))
	for i, h := range hits {
		p := &points[i]
		var err error
		if p.Payload, err = sel.apply(&st.payloads, h.ord); err != nil {
			return nil, err
		}
		p.Id, p.Score, p.Vectors, out[i] = st.ids[h.ord].proto(), h.score, st.vectors(h.ord, vectors), p
	}
	return out, nil
}
