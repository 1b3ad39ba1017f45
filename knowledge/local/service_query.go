package local

import (
	"context"
	"runtime"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"golang.org/x/sync/errgroup"
)

func (s pointsService) Query(_ context.Context, in *qdrant.QueryPoints) (*qdrant.QueryResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	points, err := c.query(in)
	if err != nil {
		return nil, err
	}
	return &qdrant.QueryResponse{Result: points, Time: seconds(start)}, nil
}

// query answers one query; the caller holds the read lock.
func (c *collection) query(in *qdrant.QueryPoints) ([]*qdrant.ScoredPoint, error) {
	if in == nil { // as the wire has it
		in = &qdrant.QueryPoints{}
	}
	sel, err := selectPayload(in.GetWithPayload(), false)
	if err != nil {
		return nil, err
	}
	hits, err := querying{schema: c.schema, st: c.st}.run(rootRequest(in), nil, 0)
	if err != nil {
		return nil, err
	}
	hits = hits[min(len(hits), clampLimit(in.Offset, 0)):]
	return c.st.scored(hits, sel, selectVectors(in.GetWithVectors()))
}

// QueryBatch answers every query from the same state, side by side.
func (s pointsService) QueryBatch(_ context.Context, in *qdrant.QueryBatchPoints) (*qdrant.QueryBatchResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, q := range in.GetQueryPoints() {
		if name := q.GetCollectionName(); name != "" && name != in.GetCollectionName() {
			return nil, invalid("a batch must be about one collection: %q is not %q", name, in.GetCollectionName())
		}
	}
	out := &qdrant.QueryBatchResponse{Result: make([]*qdrant.BatchResult, len(in.GetQueryPoints()))}
	var all errgroup.Group
	all.SetLimit(max(runtime.GOMAXPROCS(0), 2))
	for i, q := range in.GetQueryPoints() {
		all.Go(func() error {
			points, err := c.query(q)
			out.Result[i] = &qdrant.BatchResult{Result: points}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	out.Time = seconds(start)
	return out, nil
}

func (s pointsService) QueryGroups(_ context.Context, in *qdrant.QueryPointGroups) (*qdrant.QueryGroupsResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	groups, err := c.queryGroups(in)
	if err != nil {
		return nil, err
	}
	return &qdrant.QueryGroupsResponse{Result: &qdrant.GroupsResult{Groups: groups}, Time: seconds(start)}, nil
}
