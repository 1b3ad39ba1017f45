package corpus

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline/text"
)

// Statistics holds the statistics of all live passages and documents: how many
// have a term. Once it is built it only adds corrections; it is safe for concurrent use.
type Statistics struct {
	Generation          int64
	Passages, Documents int
	PassageLen, DocLen  float64 // mean terms, with headings and title
	PassageDF, DocDF    map[text.Term]int32
	titleDF             map[text.Term]int32
	corrections         corrected // of words that nobody knows
}

func NewStatistics() *Statistics {
	return &Statistics{PassageDF: map[text.Term]int32{}, DocDF: map[text.Term]int32{}, titleDF: map[text.Term]int32{}}
}

// add counts one document. Means are sums until finish.
func (l *Statistics) add(d *Document) {
	l.Documents++
	l.DocLen += d.Length
	for _, t := range d.terms {
		l.DocDF[t]++
	}
	for at, t := range d.Title {
		if !slices.Contains(d.Title[:at], t) {
			l.titleDF[t]++
		}
	}
	seen := map[text.Term]bool{}
	for i := range d.Passages {
		p := &d.Passages[i]
		l.Passages++
		l.PassageLen += p.Length
		clear(seen)
		for _, part := range [][]text.Term{p.Body, p.HeadingTerms, d.Title} {
			for _, t := range part {
				if !seen[t] {
					seen[t] = true
					l.PassageDF[t]++
				}
			}
		}
	}
}

func (l *Statistics) finish() *Statistics {
	l.PassageLen /= float64(max(l.Passages, 1))
	l.DocLen /= float64(max(l.Documents, 1))
	return l
}

// Name tells how much of a name a term is, 0…1: the share of the documents with
// it that have it in their title.
func (l *Statistics) Name(t text.Term) float64 {
	if l.DocDF[t] == 0 {
		return 0
	}
	return min(1, float64(l.titleDF[t])/float64(l.DocDF[t]))
}

// IDF is ln((N−df+½)/(df+½)+1), as the server has it.
func IDF(n int, df int32) float64 {
	return math.Log((float64(n)-float64(df)+.5)/(float64(df)+.5) + 1)
}

// Refresh reads the statistics, and fills the cache as far as it reaches,
// unless they are of the tables' present generation.
func (c *Corpus) Refresh(ctx context.Context) error {
	c.loading.Lock()
	defer c.loading.Unlock()
	var lex *Statistics
	err := pgx.BeginTxFunc(ctx, c.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var generation int64
		if err := tx.QueryRow(ctx, `SELECT generation FROM knowledge_state`).Scan(&generation); err != nil {
			return err
		}
		if have := c.lexicon.Load(); have != nil && have.Generation == generation {
			return nil
		}
		lex = NewStatistics()
		lex.Generation = generation
		return readDocuments(ctx, tx, nil, func(d *Document) {
			lex.add(d)
			c.cache.fill(d)
		})
	})
	if err != nil {
		return fmt.Errorf("read statistics: %w", err)
	}
	if lex != nil {
		c.lexicon.Store(lex.finish())
	}
	return nil
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
