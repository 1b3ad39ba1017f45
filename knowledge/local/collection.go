package local

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"
)

const (
	applyChunk     = 64   // points applied under one hold of the write lock
	compactMinDead = 1024 // tombstones below which compaction is not worth it
)

// collection is one named set of points.
//
// Lock order: writing, then mu. Only a holder of writing changes st, so such a
// holder may read without mu; it takes mu to change what readers see.
type collection struct {
	name   string
	schema *schema

	writing sync.Mutex
	mu      sync.RWMutex
	st      *state
	fields  map[string]*qdrant.PayloadSchemaInfo
	// metadata is replaced, never changed.
	metadata map[string]*qdrant.Value
	journal  *journal       // nil: nothing is kept
	dropped  bool           // under the journal's lock
	changes  *atomic.Uint64 // the server's revision, grows with every change
}

// state is the content of a collection. Points have ordinals in order of
// arrival; replacing or deleting one leaves a tombstone until compaction.
type state struct {
	ids       []pointID
	ords      idTable
	payloads  payloads
	live      bitmap
	liveCount int
	dense     map[string]*denseIndex
	sparse    map[string]*sparseIndex
	columns   columns
}

func newCollection(s *schema, changes *atomic.Uint64) *collection {
	return &collection{
		changes:  changes,
		name:     s.request.GetCollectionName(),
		schema:   s,
		st:       newState(s),
		fields:   map[string]*qdrant.PayloadSchemaInfo{},
		metadata: s.request.GetMetadata(),
	}
}

func newState(s *schema) *state {
	st := &state{
		ords:     newIDTable(),
		payloads: newPayloads(),
		dense:    map[string]*denseIndex{},
		sparse:   map[string]*sparseIndex{},
		columns:  columns{},
	}
	for name, params := range s.dense {
		st.dense[name] = newDenseIndex(int(params.GetSize()), params.GetDistance())
	}
	for name, idf := range s.sparse {
		st.sparse[name] = newSparseIndex(idf)
	}
	return st
}

// point is a validated point, ready to be inserted.
type point struct {
	id      pointID
	payload payload
	raw     []byte // payload as stored
	dense   map[string][]float32
	sparse  map[string]vector
}

// prepare validates one point of a request against the schema and normalises
// its vectors. It needs no lock.
func (c *collection) prepare(in *qdrant.PointStruct) (point, error) {
	p := point{payload: in.GetPayload()}
	var err error
	if p.id, err = parseID(in.GetId()); err != nil {
		return p, err
	}
	if p.raw, err = encodePayload(p.payload); err != nil {
		return p, err
	}
	for name, v := range namedVectors(in.GetVectors()) {
		vec, err := parseVector(v)
		if err != nil {
			return p, err
		}
		if err := c.schema.accepts(name, vec); err != nil {
			return p, err
		}
		if vec.sparse {
			if p.sparse == nil {
				p.sparse = map[string]vector{}
			}
			p.sparse[name] = vec
			continue
		}
		if p.dense == nil {
			p.dense = map[string][]float32{}
		}
		p.dense[name] = newDenseIndex(0, c.schema.dense[name].GetDistance()).prepare(vec.dense)
	}
	return p, nil
}

// accepts checks a vector's name, kind and size.
func (s *schema) accepts(name string, v vector) error {
	_, isSparse := s.sparse[name]
	params, isDense := s.dense[name]
	switch {
	case !isSparse && !isDense:
		return noVector(name)
	case isSparse && !v.sparse:
		return invalid("Vector %q is sparse: a dense vector was given", name)
	case isDense && v.sparse:
		return invalid("Vector %q is dense: a sparse vector was given", name)
	case isDense && uint64(len(v.dense)) != params.GetSize():
		return invalid("Vector dimension error: expected dim: %d, got %d", params.GetSize(), len(v.dense))
	}
	return nil
}

// upsert inserts or replaces points. It stops between chunks when ctx ends;
// what was applied stays, as in Qdrant.
func (c *collection) upsert(ctx context.Context, points []point) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.insertAll(ctx, points)
}

// insertAll is upsert for a holder of writing.
func (c *collection) insertAll(ctx context.Context, points []point) error {
	for len(points) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(points), applyChunk)
		c.mu.Lock()
		for _, p := range points[:n] {
			c.st.insert(p)
		}
		c.changes.Add(1)
		c.mu.Unlock()
		if c.journal != nil {
			kept := &qdrant.UpsertPoints{CollectionName: c.name, Points: make([]*qdrant.PointStruct, n)}
			for i, p := range points[:n] {
				kept.Points[i] = p.proto()
			}
			c.journal.writeOf(c, framePoint, kept)
		}
		points = points[n:]
	}
	c.compact()
	return nil
}

// delete removes the points that choose gives; unknown ids are ignored.
func (c *collection) delete(choose chooser) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	ords, err := choose(c.st)
	if err != nil || len(ords) == 0 {
		return err
	}
	gone := make([]*qdrant.PointId, len(ords))
	c.mu.Lock()
	for i, ord := range ords {
		gone[i] = c.st.ids[ord].proto()
		c.st.remove(ord, false)
	}
	c.changes.Add(1)
	c.mu.Unlock()
	c.journal.writeOf(c, frameDelete, &qdrant.DeletePoints{CollectionName: c.name, Points: qdrant.NewPointsSelectorIDs(gone)})
	c.compact()
	return nil
}

// editPayload replaces the payload of the chosen points by what edit makes of
// it. Each point moves to a new ordinal, since columns only grow.
func (c *collection) editPayload(ctx context.Context, choose chooser, edit func(payload) (payload, error)) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	ords, err := choose(c.st)
	if err != nil {
		return err
	}
	points := make([]point, 0, len(ords))
	for _, ord := range ords {
		p, err := c.st.point(ord)
		if err != nil {
			return err
		}
		if p.payload == nil {
			p.payload = payload{}
		}
		if p.payload, err = edit(p.payload); err != nil {
			return err
		}
		if p.raw, err = encodePayload(p.payload); err != nil {
			return err
		}
		points = append(points, p)
	}
	return c.insertAll(ctx, points)
}

// compact rebuilds the state without tombstones once they are a third of it.
// The caller holds writing; readers go on with the old state meanwhile.
func (c *collection) compact() {
	dead := len(c.st.ids) - c.st.liveCount
	if dead < compactMinDead || dead*3 < len(c.st.ids) {
		return
	}
	fresh := newState(c.schema)
	c.st.live.each(func(ord uint32) bool {
		p, err := c.st.point(ord)
		if err != nil {
			fresh = nil
			return false
		}
		fresh.insert(p)
		return true
	})
	if fresh == nil {
		return // cannot happen: stored payloads decode; tombstones only cost memory
	}
	c.mu.Lock()
	c.st = fresh
	c.mu.Unlock()
}

func (st *state) insert(p point) {
	if old, ok := st.ords.find(st.ids, p.id); ok {
		st.remove(old, true)
	}
	ord := uint32(len(st.ids))
	st.ids = append(st.ids, p.id)
	st.ords.add(st.ids, ord)
	st.payloads.add(p.raw)
	st.live.set(ord)
	st.liveCount++
	for name, v := range p.dense {
		st.dense[name].add(ord, v)
	}
	for name, x := range st.sparse {
		v := p.sparse[name]
		x.add(ord, v.dims, v.weights)
	}
	st.columns.add(ord, p.payload)
}

// remove takes a point out; replaced, when another with its id follows.
func (st *state) remove(ord uint32, replaced bool) {
	if !st.live.has(ord) {
		return
	}
	st.ords.remove(st.ids, st.ids[ord])
	st.payloads.remove(ord)
	st.live.clear(ord)
	st.liveCount--
	for _, x := range st.dense {
		x.remove(ord)
	}
	for _, x := range st.sparse {
		x.remove(ord, replaced)
	}
}

// point gives a live point in the form insert takes.
func (st *state) point(ord uint32) (point, error) {
	p := point{id: st.ids[ord], raw: st.payloads.raw(ord), dense: map[string][]float32{}, sparse: map[string]vector{}}
	var err error
	if p.payload, err = decodePayload(p.raw); err != nil {
		return p, err
	}
	for name, x := range st.dense {
		if v := x.vector(ord); v != nil {
			p.dense[name] = v
		}
	}
	for name, x := range st.sparse {
		if dims, weights, ok := x.vector(ord); ok {
			p.sparse[name] = vector{dims: dims, weights: weights, sparse: true}
		}
	}
	return p, nil
}

func (st *state) hasVector(ord uint32, name string) bool {
	if x := st.dense[name]; x != nil {
		return x.vector(ord) != nil
	}
	if x := st.sparse[name]; x != nil {
		return len(x.forward.get(ord)) > 0
	}
	return false
}

// allowed gives the live points that pass f; nil means every ordinal.
func (st *state) allowed(f *filter) (bitmap, error) {
	if f == nil {
		if st.liveCount == len(st.ids) {
			return nil, nil
		}
		return st.live, nil
	}
	b, err := f.eval(st)
	if err != nil {
		return nil, err
	}
	b.and(st.live)
	return b, nil
}

// chooser picks the ordinals a write is about.
type chooser func(*state) ([]uint32, error)

// choosePoints reads a selector: a list of ids or a filter.
func choosePoints(sel *qdrant.PointsSelector) (chooser, error) {
	switch s := sel.GetPointsSelectorOneOf().(type) {
	case *qdrant.PointsSelector_Points:
		ids, err := parseIDs(s.Points.GetIds())
		if err != nil {
			return nil, err
		}
		return func(st *state) ([]uint32, error) {
			var out []uint32
			seen := map[pointID]bool{}
			for _, id := range ids {
				if ord, ok := st.ords.find(st.ids, id); ok && !seen[id] {
					seen[id] = true
					out = append(out, ord)
				}
			}
			return out, nil
		}, nil
	case *qdrant.PointsSelector_Filter:
		f, err := compileFilter(s.Filter)
		if err != nil {
			return nil, err
		}
		if f == nil {
			f = &filter{}
		}
		return func(st *state) ([]uint32, error) {
			allow, err := st.allowed(f)
			var out []uint32
			allow.each(func(ord uint32) bool { out = append(out, ord); return true })
			return out, err
		}, nil
	}
	return nil, invalid("PointsSelector is missing")
}

// setField records a payload index, or forgets it when it has no type. Every payload
// path has a column already, so the index changes what Get reports, not how filters run.
func (c *collection) setField(in *qdrant.CreateFieldIndexCollection) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	fields := maps.Clone(c.fields)
	kept := proto.Clone(in).(*qdrant.CreateFieldIndexCollection)
	kept.CollectionName = c.name // not an alias
	if in.FieldType == nil {
		delete(fields, in.GetFieldName())
		c.journal.writeOf(c, frameUnfield, &qdrant.DeleteFieldIndexCollection{CollectionName: c.name, FieldName: in.GetFieldName()})
	} else {
		fields[in.GetFieldName()] = fieldInfo(in)
		c.journal.writeOf(c, frameField, kept)
	}
	c.fields = fields
	c.changes.Add(1)
}

// describe merges metadata into the collection's.
func (c *collection) describe(metadata map[string]*qdrant.Value) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	merged := maps.Clone(c.metadata)
	if merged == nil {
		merged = map[string]*qdrant.Value{}
	}
	maps.Copy(merged, metadata)
	c.metadata = merged
	c.changes.Add(1)
	c.journal.writeOf(c, frameMetadata, &qdrant.UpdateCollection{CollectionName: c.name, Metadata: merged})
}

// request is what would make the collection as it is; the caller holds writing.
func (c *collection) request() *qdrant.CreateCollection {
	out := proto.Clone(c.schema.request).(*qdrant.CreateCollection)
	out.Metadata = c.metadata
	return out
}
