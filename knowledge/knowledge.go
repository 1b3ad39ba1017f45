package knowledge

import (
	"context"
	"fmt"
	"log/slog"
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
	// EmbedInternal lets the text of internal passages go to the embedder; they have no
	// vectors otherwise.
	EmbedInternal bool
	// RerankInternal lets internal passages go to the reranker.
	RerankInternal bool
	// CacheBytes is what cached passages may take, estimated; 0 means 64 MB.
	CacheBytes int
}

// Knowledge is what all rooms stand on, and what people see of sources and
// documents. Its methods may be called at once from any number of goroutines.
type Knowledge struct {
	Config
	remaking  atomic.Bool // the index has vectors of another model; a new one is being made
	installed installation
}

// New returns a Knowledge with the defaults of its configuration filled in; it
// does no I/O.
func New(cfg Config) *Knowledge {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.EmbedTimeout == 0 {
		cfg.EmbedTimeout = 800 * time.Millisecond
	}
	if cfg.RerankTimeout == 0 {
		cfg.RerankTimeout = 2 * time.Second
	}
	if cfg.CacheBytes == 0 {
		cfg.CacheBytes = 64 << 20
	}
	return &Knowledge{Config: cfg}
}

// Remaking tells whether an index for another embedding model is being made:
// until it is there, nothing is compared by vectors.
func (k *Knowledge) Remaking() bool { return k.remaking.Load() }

// Remake says that such an index is being made, unless somebody has said so
// already: then it returns false.
func (k *Knowledge) Remake() bool { return k.remaking.CompareAndSwap(false, true) }

// Remade says that it is there.
func (k *Knowledge) Remade() { k.remaking.Store(false) }

// InTx runs f in one transaction.
func (k *Knowledge) InTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, k.Pool, f)
	if err != nil && pipeline.KindOf(err) == pipeline.Internal {
		return fmt.Errorf("knowledge transaction: %w", err)
	}
	return err
}
