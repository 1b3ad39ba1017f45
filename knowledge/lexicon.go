package knowledge

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
)

// lexicon holds the statistics of all live passages and documents: how many
// have a term. Once it is built it only adds corrections; it is safe for concurrent use.
type lexicon struct {
	generation          int64
	passages, documents int
	passageLen, docLen  float64 // mean terms, with headings and title
	passageDF, docDF    map[Term]int32
	titleDF             map[Term]int32
	corrections         corrected // of words that nobody knows
}

func newLexicon() *lexicon {
	return &lexicon{passageDF: map[Term]int32{}, docDF: map[Term]int32{}, titleDF: map[Term]int32{}}
}

// add counts one document. Means are sums until finish.
func (l *lexicon) add(d *cachedDocument) {
	l.documents++
	l.docLen += d.length
	for _, t := range d.terms {
		l.docDF[t]++
	}
	for at, t := range d.title {
		if !slices.Contains(d.title[:at], t) {
			l.titleDF[t]++
		}
	}
	seen := map[Term]bool{}
	for i := range d.passages {
		p := &d.passages[i]
		l.passages++
		l.passageLen += p.length
		clear(seen)
		for _, part := range [][]Term{p.body, p.heading, d.title} {
			for _, t := range part {
				if !seen[t] {
					seen[t] = true
					l.passageDF[t]++
				}
			}
		}
	}
}

func (l *lexicon) finish() *lexicon {
	l.passageLen /= float64(max(l.passages, 1))
	l.docLen /= float64(max(l.documents, 1))
	return l
}

// name tells how much of a name a term is, 0…1: the share of the documents with
// it that have it in their title.
func (l *lexicon) name(t Term) float64 {
	return share(float64(l.titleDF[t]), float64(l.docDF[t]))
}

// idf is ln((N−df+½)/(df+½)+1), as the server has it.
func idf(n int, df int32) float64 {
	return math.Log((float64(n)-float64(df)+.5)/(float64(df)+.5) + 1)
}

// refresh reads the statistics, and fills the cache as far as it reaches,
// unless they are of the tables' present generation.
func (k *Knowledge) refresh(ctx context.Context) error {
	k.loading.Lock()
	defer k.loading.Unlock()
	var lex *lexicon
	err := pgx.BeginTxFunc(ctx, k.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var generation int64
		if err := tx.QueryRow(ctx, `SELECT generation FROM knowledge_state`).Scan(&generation); err != nil {
			return err
		}
		if have := k.lexicon.Load(); have != nil && have.generation == generation {
			return nil
		}
		lex = newLexicon()
		lex.generation = generation
		return readDocuments(ctx, tx, nil, func(d *cachedDocument) {
			lex.add(d)
			k.cache.fill(d)
		})
	})
	if err != nil {
		return fmt.Errorf("read statistics: %w", err)
	}
	if lex != nil {
		k.lexicon.Store(lex.finish())
	}
	return nil
}

// refreshSoon reads new statistics in the background, once at a time.
func (k *Knowledge) refreshSoon() {
	if !k.refreshing.CompareAndSwap(false, true) {
		return
	}
	k.wg.Go(func() {
		defer k.refreshing.Store(false)
		if err := k.refresh(k.ctx); err != nil && k.ctx.Err() == nil {
			k.log.Warn("statistics for search are old", "error", err)
		}
	})
}
