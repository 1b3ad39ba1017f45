package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Ingester brings sources into Postgres and the index. Its methods may be called
// at once from any number of goroutines and processes.
type Ingester struct {
	*knowledge.Knowledge
	changed func(context.Context) error // documents changed

	looked atomic.Pointer[sight] // what the last look found right

	ctx  context.Context // ends with Close; for work that no caller waits for
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// New returns an Ingester, which calls changed after what it changed; it does
// no I/O. Call Ready before the first search and Close at the end.
func New(k *knowledge.Knowledge, changed func(context.Context) error) *Ingester {
	in := &Ingester{Knowledge: k, changed: changed}
	in.ctx, in.stop = context.WithCancel(context.Background())
	return in
}

// Close ends work in the background and waits for it.
func (k *Ingester) Close() {
	k.stop()
	k.wg.Wait()
}

// Ready makes the index if there is none, and repairs it where it differs from
// Postgres (a cache that lost its last minutes is repaired without a call to an
// embedder). An index that was made for another embedding model goes on answering
// by terms while a new one is made beside it in the background and put in its
// place in one step; until then Answer.Reduced says so.
//
// An index from before collections had markers becomes ours if its points are. The kind
// is Denied, with knowledge.ErrForeign or knowledge.ErrUnmarked, for one that is not.
func (k *Ingester) Ready(ctx context.Context) error {
	ix, err := k.OpenIndex(ctx)
	if errors.Is(err, knowledge.ErrUnmarked) && ix != nil {
		if ix, err = k.claim(ctx, ix, err); err != nil {
			return err
		}
	}
	switch {
	case err == nil:
		return k.mend(ctx, ix)
	case pipeline.KindOf(err) == pipeline.Conflict && ix != nil:
		k.rebuildSoon()
		return nil
	case unusable(err):
		k.SetGaps("it was gone and is being made again")
		if _, err = k.rebuild(ctx, unusable); err == nil {
			k.SetGaps("")
		}
	}
	return err
}

// unusable tells that an index is not there, or cannot be searched at all.
func unusable(err error) bool {
	return err != nil && (pipeline.KindOf(err) == pipeline.NotFound || pipeline.KindOf(err) == pipeline.Conflict)
}

// claim makes an index without a marker ours, if it is; unmarked is what is said if not.
func (k *Ingester) claim(ctx context.Context, ix knowledge.Index, unmarked error) (knowledge.Index, error) {
	ours, err := k.ours(ctx, ix)
	if err != nil {
		return nil, err
	}
	if !ours {
		return nil, unmarked
	}
	return k.adopt(ctx)
}

// ours looks at the first points of an index: it is ours when it has none, or when most
// of them are passages of ours.
func (k *Ingester) ours(ctx context.Context, ix knowledge.Index) (bool, error) {
	var ids []string
	for e, err := range ix.Entries(ctx) {
		if err != nil {
			return false, fmt.Errorf("read the index: %w", err)
		}
		if ids = append(ids, e.ID); len(ids) == claimPoints {
			break
		}
	}
	known, err := k.countPassages(ctx, ids)
	return 2*known >= len(ids), err
}

const claimPoints = 1000

func (k *Ingester) adopt(ctx context.Context) (knowledge.Index, error) {
	owner, err := k.Installation(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.Collections.Claim(ctx, owner); err != nil {
		return nil, err
	}
	k.Log.Info("the search index is marked as this installation's", "installation", owner)
	return k.OpenIndex(ctx)
}

// Adopt makes the index ours, whosever it was, and makes it hold what Postgres does:
// a person has decided so.
func (k *Ingester) Adopt(ctx context.Context) error {
	if _, err := k.adopt(ctx); err != nil && pipeline.KindOf(err) != pipeline.Conflict {
		return fmt.Errorf("adopt the index: %w", err)
	}
	return k.Ready(ctx)
}

// mend repairs the index in place, or makes a new one beside it when most of its
// points are for another embedding model: old and new vectors are never compared
// with one another.
func (k *Ingester) mend(ctx context.Context, ix knowledge.Index) error {
	if k.Embedder != nil {
		d, err := k.compare(ctx, ix)
		if err != nil {
			return err
		}
		if 2*d.Stale > d.Points {
			k.rebuildSoon()
			return nil
		}
	}
	_, err := k.Heal(ctx)
	return err
}

// rebuildSoon makes a new index in the background, once at a time; searches go
// without dense vectors until it is there. A failure is tried again by the next
// Ready or sync.
func (k *Ingester) rebuildSoon() {
	if !k.Remake() {
		return
	}
	k.wg.Go(func() {
		for wait := rebuildRetry; ; wait = min(2*wait, maxRebuildRetry) {
			_, err := k.Rebuild(k.ctx)
			if err == nil {
				k.Remade()
				return
			}
			if k.ctx.Err() != nil {
				return
			}
			k.Log.Warn("the index for the new embedding model is not made yet", "error", err, "again_in", wait)
			select {
			case <-k.ctx.Done():
				return
			case <-time.After(wait):
			}
		}
	})
}

const (
	rebuildRetry    = time.Second
	maxRebuildRetry = 5 * time.Minute
)
