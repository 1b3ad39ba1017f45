package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/knowledge"
	"footnote/knowledge/eval"
	"footnote/knowledge/library"
	"footnote/knowledge/qdrant"
	"footnote/migrations"
	"footnote/migrations/localpg"
	"footnote/pipeline"
	"footnote/pipeline/llm"
)

// evalCache keeps a whole corpus analysed.
const evalCache = 512 << 20

// evalBench is a private PostgreSQL in a directory that is thrown away.
type evalBench struct {
	pg     *localpg.Server
	admin  *pgxpool.Pool
	closer closers
	made   int
	dims   int // of the embedder; 0: terms only
	// knowledge is what every Knowledge is made of, besides its database and index.
	knowledge knowledge.Config
}

// openEvalBench starts a bench that measures with the endpoints that d names.
func openEvalBench(ctx context.Context, d evalDense) (_ *evalBench, err error) {
	b := &evalBench{knowledge: knowledge.Config{CacheBytes: evalCache}}
	if err := d.on(b); err != nil {
		return nil, err
	}
	dir, clean, err := scratch("eval")
	if err != nil {
		return nil, err
	}
	b.closer.add(clean)
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	b.pg, err = localpg.Start(ctx, localpg.Config{Dir: filepath.Join(dir, "postgres"), BinDir: os.Getenv("FOOTNOTE_PG_BIN"), Fast: true})
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "%w", err)
	}
	b.closer.add(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := b.pg.Stop(ctx); err != nil {
			fmt.Fprintln(stderr, "footnote: PostgreSQL did not stop cleanly:", err)
		}
	})
	if b.admin, err = pgxpool.New(ctx, b.pg.DSN()); err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "connect to PostgreSQL: %w", err)
	}
	b.closer.add(b.admin.Close)
	return b, nil
}

func (b *evalBench) close() { b.closer.run() }

// open is an eval.Open: Knowledge over a new database and a new index.
func (b *evalBench) open(ctx context.Context) (eval.Index, func(), error) {
	k, cfg, done, err := b.fresh(ctx)
	if err != nil || !b.parted() {
		return k, done, err
	}
	cfg.Embedder, cfg.Reranker = nil, nil
	terms := library.Open(cfg)
	return parted{k, terms}, func() { terms.Close(); done() }, nil
}

// fresh makes Knowledge over a new database and a new index, and says what
// it is made of.
func (b *evalBench) fresh(ctx context.Context) (_ *library.Library, c knowledge.Config, done func(), err error) {
	var closer closers
	defer func() {
		if err != nil {
			closer.run()
		}
	}()
	b.made++
	name := fmt.Sprintf("eval_%d", b.made)
	if _, err := b.admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, c, nil, fmt.Errorf("make a database: %w", err)
	}
	closer.add(func() {
		if _, err := b.admin.Exec(context.WithoutCancel(ctx), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			fmt.Fprintln(stderr, "footnote: database not dropped:", err)
		}
	})
	cfg := b.admin.Config()
	cfg.ConnConfig.Database = name
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, c, nil, fmt.Errorf("connect to the database: %w", err)
	}
	closer.add(pool.Close)
	if err := migrations.Apply(ctx, pool); err != nil {
		return nil, c, nil, err
	}
	place, closeIndex, err := newScratchIndex("eval").open(b.dims, slog.Default())
	if err != nil {
		return nil, c, nil, err
	}
	closer.add(closeIndex)
	coll := qdrant.New(place)
	c = b.knowledge
	c.Pool, c.Collections = pool, coll
	k := library.Open(c)
	closer.add(k.Close)
	owner, err := k.Installation(ctx)
	if err != nil {
		return nil, c, nil, err
	}
	closer.add(func() {
		if err := coll.Remove(context.WithoutCancel(ctx), owner); err != nil {
			fmt.Fprintln(os.Stderr, "footnote: collections are left over:", err)
		}
	})
	if err := k.Ready(ctx); err != nil {
		return nil, c, nil, err
	}
	return k, c, closer.run, nil
}

// measuring endpoints may take their time: the figures are about ranks.
const evalPatience = 5 * time.Minute

// on makes a bench measure with the endpoints.
func (d evalDense) on(b *evalBench) error {
	if d.EmbeddingURL != "" {
		e, err := llm.NewEmbedder(llm.EmbedConfig{Provider: llm.Provider{Name: "embeddings", BaseURL: d.EmbeddingURL, APIKey: os.Getenv("OPENAI_API_KEY"), Model: d.EmbeddingModel,
			Timeout: evalPatience}, Dimensions: d.EmbeddingSize, Prefixes: llm.Prefixes{Question: d.QuestionPrefix, Passage: d.PassagePrefix}})
		if err != nil {
			return err
		}
		b.knowledge.Embedder, b.dims = e, e.Dimensions()
	}
	if d.RerankURL != "" {
		r, err := llm.NewReranker(llm.RerankConfig{Provider: llm.Provider{Name: "reranker", BaseURL: d.RerankURL, APIKey: os.Getenv("FOOTNOTE_RERANK_API_KEY"), Model: d.RerankModel,
			Timeout: evalPatience}})
		if err != nil {
			return err
		}
		b.knowledge.Reranker = r
	}
	b.knowledge.EmbedTimeout, b.knowledge.RerankTimeout = evalPatience, evalPatience
	return nil
}

// parted tells whether there is more than terms to measure.
func (b *evalBench) parted() bool { return b.knowledge.Embedder != nil || b.knowledge.Reranker != nil }

// parted is Knowledge with endpoints, and without over the same index.
type parted struct {
	*library.Library
	terms *library.Library
}

// ByTerms implements eval.Parted.
func (p parted) ByTerms(ctx context.Context, q pipeline.Query) (pipeline.Answer, error) {
	return p.terms.Search(ctx, q)
}

var _ eval.Parted = parted{}
