package corpus

import (
	"context"
	"fmt"
	"hash/fnv"
	"unique"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// Statistics are counted once, from all documents, and then moved on by what
// changed: a document that changed is taken out as it was counted and counted again
// as it is. What it was is read again (versions stay in Postgres) and compared by a
// fingerprint; where that cannot be had, all is counted anew.

// counting is what of the statistics is kept to move them on; held by
// Corpus.loading.
type counting struct {
	seen      string // snapshot of Postgres as of which documents were counted; "" before the first time
	documents map[uint64]counted
}

// counted is a document as the statistics have it.
type counted struct {
	version  int32
	language unique.Handle[string]
	sum      uint64
}

func keyOf(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

// as says how a document is counted.
func as(d *Document) counted {
	return counted{int32(d.version), unique.Make(d.language), d.sum()}
}

// sum is a fingerprint of all that is counted of a document.
func (d *Document) sum() uint64 {
	x := uint64(14695981039346656037)
	add := func(terms []text.Term) {
		for _, t := range terms {
			x = (x ^ uint64(t)) * 1099511628211
		}
		x = (x ^ uint64(len(terms))<<32) * 1099511628211
	}
	add(d.Title)
	for i := range d.Passages {
		add(d.Passages[i].HeadingTerms)
		add(d.Passages[i].Body)
	}
	return x
}

// mostMoved is the share of documents up to which statistics are moved on; with
// more, counting all is cheaper.
const mostMoved = 4 // a quarter

// Refresh brings the statistics to the tables' present generation, and fills the
// cache as far as it reaches. The first time it reads all documents, later those that
// changed since.
func (c *Corpus) Refresh(ctx context.Context) error {
	c.loading.Lock()
	defer c.loading.Unlock()
	have := c.lexicon.Load()
	return c.reading(ctx, func(tx pgx.Tx, generation int64, now string) error {
		if have != nil && have.Generation == generation {
			return nil
		}
		if have == nil || c.counting.seen == "" {
			return c.countAll(ctx, tx, generation, now)
		}
		ids, err := knowledge.ChangedSince(ctx, tx, c.counting.seen)
		if err != nil {
			return err
		}
		if len(ids) > have.Documents()/mostMoved+1 {
			return c.countAll(ctx, tx, generation, now)
		}
		moved, err := c.moveOn(ctx, tx, have, ids, generation, now)
		if err != nil || moved {
			return err
		}
		c.Log.Info("statistics for search are counted anew: an older version of a document cannot be read any more")
		return c.countAll(ctx, tx, generation, now)
	})
}

// Recount counts all documents anew and tells whether the statistics in use were
// the same; if not, they are replaced. It reads every passage: for a check now and
// then. Where nothing was counted yet there is nothing to compare.
func (c *Corpus) Recount(ctx context.Context) (same bool, err error) {
	if c.lexicon.Load() == nil {
		return true, nil
	}
	if err := c.Refresh(ctx); err != nil {
		return false, err
	}
	c.loading.Lock()
	defer c.loading.Unlock()
	have := c.lexicon.Load()
	err = c.reading(ctx, func(tx pgx.Tx, generation int64, now string) error {
		if err := c.countAll(ctx, tx, generation, now); err != nil {
			return err
		}
		// A change since the Refresh makes them differ rightly.
		if same = have.Generation != generation || have.equal(c.lexicon.Load()); !same {
			c.Log.Warn("statistics for search were not as they should be, and were counted anew")
		}
		return nil
	})
	return same, err
}

// reading runs f on one snapshot of Postgres.
func (c *Corpus) reading(ctx context.Context, f func(tx pgx.Tx, generation int64, now string) error) error {
	err := pgx.BeginTxFunc(ctx, c.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var generation int64
		var now string
		if err := tx.QueryRow(ctx, `SELECT generation, pg_current_snapshot()::text FROM knowledge_state`).Scan(&generation, &now); err != nil {
			return err
		}
		return f(tx, generation, now)
	})
	if err != nil {
		return fmt.Errorf("read statistics: %w", err)
	}
	return nil
}

// countAll counts from nothing.
func (c *Corpus) countAll(ctx context.Context, tx pgx.Tx, generation int64, now string) error {
	var n tally
	documents := map[uint64]counted{}
	err := readDocuments(ctx, tx, nil, func(d *Document) {
		n.add(d, 1)
		documents[keyOf(d.ID)] = as(d)
		c.cache.fill(d)
	})
	if err != nil {
		return err
	}
	c.counting = counting{seen: now, documents: documents}
	c.lexicon.Store(n.statistics(generation))
	return nil
}

// moveOn counts what changed. It says false, and changes nothing, when what a
// document was cannot be found out.
func (c *Corpus) moveOn(ctx context.Context, tx pgx.Tx, have *Statistics, ids []string, generation int64, now string) (bool, error) {
	var n tally
	live := map[string]*Document{}
	if len(ids) > 0 {
		if err := readDocuments(ctx, tx, ids, func(d *Document) { live[d.ID] = d }); err != nil {
			return false, err
		}
	}
	for _, id := range ids {
		was, known := c.counting.documents[keyOf(id)]
		d := live[id]
		if known && d != nil && was == as(d) {
			continue // what is not counted changed
		}
		if known {
			old, err := c.past(ctx, tx, id, was)
			if err != nil || old == nil {
				return false, err
			}
			n.add(old, -1)
		}
		if d != nil {
			n.add(d, 1)
		}
	}
	for _, id := range ids {
		if d := live[id]; d != nil {
			c.counting.documents[keyOf(id)] = as(d)
			c.cache.fill(d)
		} else {
			delete(c.counting.documents, keyOf(id))
			c.cache.forget(id)
		}
	}
	c.counting.seen = now
	c.lexicon.Store(have.after(n, generation))
	return true, nil
}

// past returns a document as it was counted; nil when that is not kept any more.
func (c *Corpus) past(ctx context.Context, tx pgx.Tx, id string, was counted) (*Document, error) {
	found, _ := c.cache.get([]string{id})
	if d := found[id]; d != nil && as(d) == was {
		return d, nil
	}
	rows, err := versionOf(ctx, tx, id, int(was.version), was.language.Value())
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	if d := newDocument(rows); as(d) == was {
		return d, nil
	}
	return nil, nil
}

// RefreshSoon reads new statistics in the background, once at a time.
func (c *Corpus) RefreshSoon() {
	if !c.refreshing.CompareAndSwap(false, true) {
		return
	}
	c.wg.Go(func() {
		defer c.refreshing.Store(false)
		if err := c.Refresh(c.ctx); err != nil && c.ctx.Err() == nil {
			c.Log.Warn("statistics for search are old", "error", err)
		}
	})
}

// Statistics returns the lexicon, which the first search reads if Ready did not.
func (c *Corpus) Statistics(ctx context.Context) (*Statistics, error) {
	if lex := c.lexicon.Load(); lex != nil {
		return lex, nil
	}
	if err := c.Refresh(ctx); err != nil {
		return nil, err
	}
	return c.lexicon.Load(), nil
}
