package ingest

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
)

// Difference is what Check found: how the index differs from Postgres.
type Difference struct {
	Passages int `json:"passages"` // current passages in Postgres
	Points   int `json:"points"`   // in the index
	Missing  int `json:"missing"`  // passages without a point
	Extra    int `json:"extra"`    // points without a current passage
	Stale    int `json:"stale"`    // points that hold something else
	Pending  int `json:"pending"`  // documents that a sync has not indexed yet

	documents map[string]bool // to be indexed again
	extra     []string        // point ids
}

// Clean tells whether the index holds exactly what Postgres does.
func (d Difference) Clean() bool { return d.Missing+d.Extra+d.Stale == 0 }

// Check compares every current passage with its point, by id and hash. It
// changes nothing; while a sync runs, what that sync has under way shows up.
func (k *Ingester) Check(ctx context.Context) (Difference, error) {
	ix, err := k.OpenIndex(ctx)
	if err != nil {
		return Difference{}, fmt.Errorf("open the index: %w", err)
	}
	return k.compare(ctx, ix)
}

// wanted is what Postgres says the index holds, in little room: passages are many.
type wanted struct {
	points    map[uuid.UUID]wantedPoint
	documents []string
}

type wantedPoint struct {
	hash     uint64
	document uint32 // place in documents
}

func (k *Ingester) wanted(ctx context.Context) (wanted, error) {
	w := wanted{points: map[uuid.UUID]wantedPoint{}}
	err := knowledge.EachOutline(ctx, k.Pool, func(r knowledge.Current) error {
		if n := len(w.documents); n == 0 || w.documents[n-1] != r.Payload.Document {
			w.documents = append(w.documents, r.Payload.Document)
		}
		id, err := uuid.Parse(r.ID)
		if err != nil {
			return fmt.Errorf("read passage %s: %w", r.ID, err)
		}
		w.points[id] = wantedPoint{short(pointHash(r, k.ModelOf(r.Payload.Audience))), uint32(len(w.documents) - 1)}
		return nil
	})
	return w, err
}

// short is a hash in eight bytes.
func short(hash string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, hash) // never fails
	return h.Sum64()
}

func (k *Ingester) compare(ctx context.Context, ix knowledge.Index) (Difference, error) {
	d := Difference{documents: map[string]bool{}}
	want, err := k.wanted(ctx)
	if err != nil {
		return d, err
	}
	d.Passages = len(want.points)
	for e, err := range ix.Entries(ctx) {
		if err != nil {
			return d, fmt.Errorf("read the index: %w", err)
		}
		d.Points++
		id, err := uuid.Parse(e.ID)
		w, ok := want.points[id]
		switch {
		case err != nil || !ok:
			d.Extra++
			d.extra = append(d.extra, e.ID)
			continue
		case w.hash != short(e.Hash):
			d.Stale++
			d.documents[want.documents[w.document]] = true
		}
		delete(want.points, id)
	}
	d.Missing = len(want.points)
	for _, w := range want.points {
		d.documents[want.documents[w.document]] = true
	}
	pend, err := k.pendingDocuments(ctx, "")
	d.Pending = len(pend)
	return d, err
}

// Heal makes the index hold what Postgres does and returns what was wrong. It
// waits for running syncs and keeps new ones waiting.
func (k *Ingester) Heal(ctx context.Context) (Difference, error) {
	var d Difference
	err := k.InTx(ctx, func(tx pgx.Tx) error {
		if err := lockIndex(ctx, tx); err != nil {
			return err
		}
		ix, err := k.OpenIndex(ctx)
		if err != nil {
			return fmt.Errorf("open the index: %w", err)
		}
		if d, err = k.compare(ctx, ix); err != nil {
			return err
		}
		return k.repair(ctx, ix, d)
	})
	if err != nil {
		return d, fmt.Errorf("heal the index: %w", err)
	}
	if !d.Clean() {
		k.Log.Info("the index was repaired", "missing", d.Missing, "extra", d.Extra, "stale", d.Stale)
	}
	return d, nil
}

func (k *Ingester) repair(ctx context.Context, ix knowledge.Index, d Difference) error {
	if err := ix.Delete(ctx, d.extra); err != nil {
		return fmt.Errorf("delete points: %w", err)
	}
	if len(d.documents) > 0 {
		ids := make([]string, 0, len(d.documents))
		for id := range d.documents {
			ids = append(ids, id)
		}
		if _, err := k.Pool.Exec(ctx, `UPDATE documents SET indexed = '' WHERE id = ANY ($1)`, ids); err != nil {
			return fmt.Errorf("mark documents: %w", err)
		}
	}
	_, _, err := k.indexPending(ctx, "")
	return err
}

// Rebuild makes a new index beside the current one from Postgres, publishes it
// in one step and returns the number of its points. Searches go on meanwhile;
// syncs wait. Embeddings come from their table.
func (k *Ingester) Rebuild(ctx context.Context) (int, error) {
	return k.rebuild(ctx, func(error) bool { return true })
}

// rebuild is Rebuild if what opening the index says, once no sync runs any more, is
// still needed: another process may have been first.
func (k *Ingester) rebuild(ctx context.Context, needed func(error) bool) (int, error) {
	n := 0
	err := k.InTx(ctx, func(tx pgx.Tx) error {
		if err := lockIndex(ctx, tx); err != nil {
			return err
		}
		if _, err := k.OpenIndex(ctx); !needed(err) {
			return err
		}
		owner, err := k.Installation(ctx)
		if err != nil {
			return err
		}
		ix, err := k.Collections.Build(ctx, owner)
		if err != nil {
			return fmt.Errorf("make an index: %w", err)
		}
		if n, err = k.fill(ctx, ix); err == nil {
			if err = k.Collections.Publish(ctx, ix); err == nil {
				return nil
			}
		}
		if dropped := k.Collections.Discard(context.WithoutCancel(ctx), ix); dropped != nil {
			k.Log.Warn("an unfinished index is left over", "error", dropped)
		}
		return err
	})
	if err != nil {
		return n, fmt.Errorf("rebuild the index: %w", err)
	}
	return n, nil
}

// fill writes the points of all documents, and says so once all are written.
func (k *Ingester) fill(ctx context.Context, ix knowledge.Index) (int, error) {
	if _, err := k.Pool.Exec(ctx, `UPDATE documents SET indexed = CASE WHEN deleted_at IS NULL THEN 'rebuild' ELSE '' END`); err != nil {
		return 0, fmt.Errorf("mark documents: %w", err)
	}
	docs, err := k.pendingDocuments(ctx, "")
	if err != nil {
		return 0, err
	}
	n := 0
	told := 0
	for at := 0; at < len(docs); at += indexBatch {
		part := docs[at:min(at+indexBatch, len(docs))]
		ids := make([]string, len(part))
		for i, d := range part {
			ids[i] = d.id
		}
		points, whole, err := k.points(ctx, ids)
		if err != nil {
			return n, err
		}
		if err := ix.Save(ctx, points); err != nil {
			return n, fmt.Errorf("save points: %w", err)
		}
		if err := k.markIndexed(ctx, part, whole); err != nil {
			return n, err
		}
		n += len(points)
		if tenth := 10 * at / len(docs); tenth > told {
			told = tenth
			k.Log.Info("making a new index", "documents", at, "of", len(docs), "passages", n)
		}
	}
	return n, nil
}
