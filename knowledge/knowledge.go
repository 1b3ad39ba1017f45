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
	Log         *slog.Logger  // nil: no log
	// EmbedTimeout is how long a search waits for the question's embedding; 0
	// means 800 ms. After it the search goes on without.
	EmbedTimeout time.Duration
	// CacheBytes is what cached passages may take, estimated; 0 means 64 MB.
	CacheBytes int
}

// Knowledge syncs sources and searches them. Its methods may be called at once
// from any number of goroutines and processes.
type Knowledge struct {
	pool     *pgxpool.Pool
	coll     Collections
	embedder Embedder
	log      *slog.Logger
	patience time.Duration

	cache      *cache
	lexicon    atomic.Pointer[lexicon]
	loading    sync.Mutex            // held while statistics are read
	refreshing atomic.Bool           // a read in the background is under way
	index      atomic.Pointer[Index] // what searches use, once opened

	ctx  context.Context // ends with Close; for work that no caller waits for
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// New returns a Knowledge; it does no I/O. Call Ready before the first search
// and Close at the end.
func New(cfg Config) *Knowledge {
	k := &Knowledge{pool: cfg.Pool, coll: cfg.Collections, embedder: cfg.Embedder, log: cfg.Log, patience: cfg.EmbedTimeout}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.patience == 0 {
		k.patience = 800 * time.Millisecond
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

// Ready makes the index if there is none, rebuilds it when it was made for
// other vectors, repairs it where it differs from Postgres (a cache that lost
// its last minutes is repaired without a call to an embedder), and reads the
// statistics that searches need.
func (k *Knowledge) Ready(ctx context.Context) error {
	_, err := k.coll.Current(ctx)
	switch pipeline.KindOf(err) {
	case pipeline.NotFound, pipeline.Conflict:
		if err != nil {
			if _, err := k.Rebuild(ctx); err != nil {
				return err
			}
			return k.refresh(ctx)
		}
	}
	if err != nil {
		return err
	}
	if _, err := k.Heal(ctx); err != nil {
		return err
	}
	return k.refresh(ctx)
}

// inTx runs f in one transaction.
func (k *Knowledge) inTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, k.pool, f)
	if err != nil && pipeline.KindOf(err) == pipeline.Internal {
		return fmt.Errorf("knowledge transaction: %w", err)
	}
	return err
}
