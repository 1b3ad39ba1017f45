package ingest

import (
	"context"
	"sync"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Ingester brings sources into Postgres and the index. Its methods may be called
// at once from any number of goroutines and processes.
type Ingester struct {
	*knowledge.Knowledge
	changed func(context.Context) error // documents changed

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
func (k *Ingester) Ready(ctx context.Context) error {
	ix, err := k.Collections.Current(ctx)
	switch {
	case err == nil:
		return k.mend(ctx, ix)
	case pipeline.KindOf(err) == pipeline.Conflict && ix != nil:
		k.rebuildSoon()
		return nil
	case pipeline.KindOf(err) == pipeline.NotFound, pipeline.KindOf(err) == pipeline.Conflict:
		_, err = k.Rebuild(ctx)
	}
	return err
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
