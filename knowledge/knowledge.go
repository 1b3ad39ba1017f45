package knowledge

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Config says what Knowledge stands on.
type Config struct {
	Pool        *pgxpool.Pool // required; migrated
	Collections Collections   // required
	Embedder    Embedder      // nil: search by terms only
	Reranker    Reranker      // nil: features alone decide
	Reader      Reader        // nil: documents are read in this process, and one made to break it does
	Log         *slog.Logger  // nil: no log
	// EmbedTimeout is how long a search waits for the question's embedding; 0
	// means 800 ms. After it the search goes on without.
	EmbedTimeout time.Duration
	// RerankTimeout is how long a search waits for the reranker; 0 means 2 s.
	// After it the search goes on without.
	RerankTimeout time.Duration
	// CacheBytes is what cached passages may take, estimated; 0 means 64 MB.
	CacheBytes int
}

// Knowledge syncs sources and searches them. Its methods may be called at once
// from any number of goroutines and processes.
type Knowledge struct {
	pool           *pgxpool.Pool
	coll           Collections
	embedder       Embedder
	reader         Reader
	log            *slog.Logger
	patience       time.Duration
	reranker       Reranker
	rerankPatience time.Duration

	agreement   agreement // of terms and vectors, in the questions of this process
	cache       *cache
	lexicon     atomic.Pointer[lexicon]
	memory      atomic.Pointer[memory] // what approvals taught; nil until read
	loading     sync.Mutex             // held while statistics are read
	remembering sync.Mutex             // held while lessons are read
	refreshing  atomic.Bool            // a read in the background is under way
	termsOnly   atomic.Bool            // the index has vectors of another model; a new one is being made
	index       atomic.Pointer[Index]  // what searches use, once opened

	ctx  context.Context // ends with Close; for work that no caller waits for
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// New returns a Knowledge; it does no I/O. Call Ready before the first search
// and Close at the end.
func New(cfg Config) *Knowledge {
	k := &Knowledge{pool: cfg.Pool, coll: cfg.Collections, embedder: cfg.Embedder, reader: cfg.Reader, log: cfg.Log, patience: cfg.EmbedTimeout}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.patience == 0 {
		k.patience = 800 * time.Millisecond
	}
	k.reranker, k.rerankPatience = cfg.Reranker, cfg.RerankTimeout
	if k.rerankPatience == 0 {
		k.rerankPatience = 2 * time.Second
	}
	size := cfg.CacheBytes
	if size == 0 {
		size = 64 << 20
	}
	k.cache = newCache(size)
	k.ctx, k.stop = context.WithCancel(context.Background())
	return k
}

// Close ends work in the background and waits for it.
func (k *Knowledge) Close() {
	k.stop()
	k.wg.Wait()
}

// Ready makes the index if there is none, repairs it where it differs from
// Postgres (a cache that lost its last minutes is repaired without a call to an
// embedder), and reads the statistics that searches need. An index that was made
// for another embedding model goes on answering by terms while a new one is made
// beside it in the background and put in its place in one step; until then
// Answer.Reduced says so.
func (k *Knowledge) Ready(ctx context.Context) error {
	ix, err := k.coll.Current(ctx)
	switch {
	case err == nil:
		if err := k.mend(ctx, ix); err != nil {
			return err
		}
	case pipeline.KindOf(err) == pipeline.Conflict && ix != nil:
		k.index.Store(&ix)
		k.rebuildSoon()
	case pipeline.KindOf(err) == pipeline.NotFound, pipeline.KindOf(err) == pipeline.Conflict:
		if _, err := k.Rebuild(ctx); err != nil {
			return err
		}
	default:
		return err
	}
	return k.refresh(ctx)
}

// mend repairs the index in place, or makes a new one beside it when most of its
// points are for another embedding model: old and new vectors are never compared
// with one another.
func (k *Knowledge) mend(ctx context.Context, ix Index) error {
	if k.embedder != nil {
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
func (k *Knowledge) rebuildSoon() {
	if !k.termsOnly.CompareAndSwap(false, true) {
		return
	}
	k.wg.Go(func() {
		for wait := rebuildRetry; ; wait = min(2*wait, maxRebuildRetry) {
			_, err := k.Rebuild(k.ctx)
			if err == nil {
				k.termsOnly.Store(false)
				return
			}
			if k.ctx.Err() != nil {
				return
			}
			k.log.Warn("the index for the new embedding model is not made yet", "error", err, "again_in", wait)
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

// inTx runs f in one transaction.
func (k *Knowledge) inTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, k.pool, f)
	if err != nil && pipeline.KindOf(err) == pipeline.Internal {
		return fmt.Errorf("knowledge transaction: %w", err)
	}
	return err
}
