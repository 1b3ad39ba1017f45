package qdrant

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"

	api "github.com/qdrant/go-client/qdrant"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Keys of the payload.
const (
	keySource   = "source"
	keyDocument = "document"
	keyVersion  = "version"
	keyAudience = "audience"
	keyStatus   = "status"
	keyProduct  = "product"
	keyLocale   = "locale"
	keyLanguage = "language"
	keyOwner    = "owner"
	keyReviewed = "reviewed_at"
	keyHash     = "hash"
)

const (
	saveBatch   = 256    // points in one request, some 300 KB
	deleteBatch = 1000   // ids in one request
	scrollBatch = 16_384 // points in one page, some 3 MB: the embedded server looks at all points for each page
)

// index is one collection, or the alias.
type index struct {
	client *api.Client
	name   string
	owner  string
	coll   *Collections
}

// Save implements knowledge.Index.
func (ix *index) Save(ctx context.Context, points []knowledge.Point) error {
	for batch := range slices.Chunk(points, saveBatch) {
		out := make([]*api.PointStruct, len(batch))
		for i, p := range batch {
			out[i] = encode(p)
		}
		if err := ix.mine(ctx); err != nil {
			return err
		}
		_, err := ix.client.Upsert(ctx, &api.UpsertPoints{CollectionName: ix.name, Wait: api.PtrOf(true), Points: out})
		if err != nil {
			return kind(err, "save points")
		}
	}
	return nil
}

func encode(p knowledge.Point) *api.PointStruct {
	vectors := map[string]*api.Vector{knowledge.VectorTerms: api.NewVectorSparse(p.Terms.Terms, p.Terms.Weights)}
	if p.Dense != nil {
		vectors[knowledge.VectorDense] = api.NewVectorDense(p.Dense)
	}
	payload := map[string]*api.Value{
		keySource:   api.NewValueString(p.Payload.Source),
		keyDocument: api.NewValueString(p.Payload.Document),
		keyVersion:  api.NewValueInt(int64(p.Payload.Version)),
		keyAudience: api.NewValueString(string(p.Payload.Audience)),
		keyStatus:   api.NewValueString(p.Payload.Status),
		keyProduct:  api.NewValueString(p.Payload.Product),
		keyLocale:   api.NewValueString(p.Payload.Locale),
		keyLanguage: api.NewValueString(p.Payload.Language),
		keyOwner:    api.NewValueString(p.Payload.Owner),
		keyHash:     api.NewValueString(p.Payload.Hash),
	}
	if p.Payload.ReviewedAt != "" {
		payload[keyReviewed] = api.NewValueString(p.Payload.ReviewedAt)
	}
	return &api.PointStruct{Id: api.NewIDUUID(p.ID), Vectors: api.NewVectorsMap(vectors), Payload: payload}
}

// Delete implements knowledge.Index.
func (ix *index) Delete(ctx context.Context, ids []string) error {
	for batch := range slices.Chunk(ids, deleteBatch) {
		out := make([]*api.PointId, len(batch))
		for i, id := range batch {
			out[i] = pointID(id)
		}
		if err := ix.mine(ctx); err != nil {
			return err
		}
		_, err := ix.client.Delete(ctx, &api.DeletePoints{CollectionName: ix.name, Wait: api.PtrOf(true), Points: api.NewPointsSelectorIDs(out)})
		if err != nil {
			return kind(err, "delete points")
		}
	}
	return nil
}

// pointID reads an id as Entries gives it: ours are UUIDs, those of others may be numbers.
func pointID(id string) *api.PointId {
	if n, err := strconv.ParseUint(id, 10, 64); err == nil {
		return api.NewIDNum(n)
	}
	return api.NewIDUUID(id)
}

func idText(id *api.PointId) string {
	if uuid := id.GetUuid(); uuid != "" {
		return uuid
	}
	return strconv.FormatUint(id.GetNum(), 10)
}

// Count implements knowledge.Index.
func (ix *index) Count(ctx context.Context) (int, error) {
	n, err := ix.client.Count(ctx, &api.CountPoints{CollectionName: ix.name, Exact: api.PtrOf(true)})
	if err != nil {
		return 0, kind(err, "count points")
	}
	return int(n), nil
}

// Entries implements knowledge.Index.
func (ix *index) Entries(ctx context.Context) iter.Seq2[knowledge.Entry, error] {
	return func(yield func(knowledge.Entry, error) bool) {
		var from *api.PointId
		for {
			page, next, err := ix.client.ScrollAndOffset(ctx, &api.ScrollPoints{
				CollectionName: ix.name, Offset: from, Limit: api.PtrOf(uint32(scrollBatch)),
				WithPayload: api.NewWithPayloadInclude(keyDocument, keyHash)})
			if err != nil {
				yield(knowledge.Entry{}, kind(err, "read points"))
				return
			}
			for _, p := range page {
				e := knowledge.Entry{ID: idText(p.GetId()), Document: p.GetPayload()[keyDocument].GetStringValue(), Hash: p.GetPayload()[keyHash].GetStringValue()}
				if !yield(e, nil) {
					return
				}
			}
			if next == nil {
				return
			}
			from = next
		}
	}
}

// Find implements knowledge.Index: one request with one query for each list,
// the filter inside every one of them. Equal scores are in the order of ids, on
// whatever server: see settle.
func (ix *index) Find(ctx context.Context, f knowledge.Find) ([][]knowledge.Scored, error) {
	if len(f.Audiences) == 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, "find: no audience is allowed")
	}
	filter := filterOf(f)
	queries := make([]*api.QueryPoints, len(f.Lists))
	for i, l := range f.Lists {
		// One more than wanted shows whether the last has an equal behind it.
		queries[i] = ix.query(l, filter, l.Limit+1)
	}
	out, err := ix.ask(ctx, queries)
	if err != nil {
		return nil, err
	}
	for i, l := range f.Lists {
		if out[i], err = ix.settle(ctx, l, filter, out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (ix *index) query(l knowledge.List, filter *api.Filter, limit int) *api.QueryPoints {
	q := &api.QueryPoints{CollectionName: ix.name, Using: api.PtrOf(l.Using), Limit: api.PtrOf(uint64(limit)), Filter: filter,
		WithPayload: api.NewWithPayloadInclude(keyDocument)}
	if l.Dense != nil {
		q.Query, q.Params = api.NewQueryDense(l.Dense), ix.coll.layout.search()
	} else {
		q.Query = api.NewQuerySparse(l.Sparse.Terms, l.Sparse.Weights)
	}
	return q
}

// ask runs queries and returns their lists with equal scores in the order of ids.
func (ix *index) ask(ctx context.Context, queries []*api.QueryPoints) ([][]knowledge.Scored, error) {
	results, err := ix.client.QueryBatch(ctx, &api.QueryBatchPoints{CollectionName: ix.name, QueryPoints: queries})
	if err != nil {
		return nil, kind(err, "search")
	}
	if len(results) != len(queries) {
		return nil, pipeline.Errorf(pipeline.Unavailable, "The search index returned %d lists for %d queries.", len(results), len(queries))
	}
	out := make([][]knowledge.Scored, len(results))
	for i, r := range results {
		list := make([]knowledge.Scored, len(r.GetResult()))
		for j, p := range r.GetResult() {
			list[j] = knowledge.Scored{ID: idText(p.GetId()), Document: p.GetPayload()[keyDocument].GetStringValue(), Score: float64(p.GetScore())}
		}
		slices.SortFunc(list, func(a, b knowledge.Scored) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
		})
		out[i] = list
	}
	return out, nil
}

// tieReach is how many equals at a list's end are looked at beyond it. Of more, which
// are in the list is the server's choice.
const tieReach = 256

// settle cuts a list to its limit. Qdrant leaves the order of equal scores to where
// points lie, so when the last one wanted has an equal behind it, all equals are asked
// for and the first by id are taken.
func (ix *index) settle(ctx context.Context, l knowledge.List, filter *api.Filter, list []knowledge.Scored) ([]knowledge.Scored, error) {
	if len(list) <= l.Limit {
		return list, nil
	}
	if list[l.Limit].Score == list[l.Limit-1].Score && !ix.coll.sole { // the embedded server has this order
		more, err := ix.ask(ctx, []*api.QueryPoints{ix.query(l, filter, l.Limit+tieReach)})
		if err != nil {
			return nil, err
		}
		list = more[0]
	}
	return list[:min(len(list), l.Limit)], nil
}

func filterOf(f knowledge.Find) *api.Filter {
	audiences := make([]string, len(f.Audiences))
	for i, a := range f.Audiences {
		audiences[i] = string(a)
	}
	must := []*api.Condition{api.NewMatchKeywords(keyAudience, audiences...), api.NewMatch(keyStatus, "live")}
	if len(f.Languages) > 0 {
		must = append(must, api.NewMatchKeywords(keyLanguage, append(slices.Clone(f.Languages), "")...))
	}
	return &api.Filter{Must: must}
}
