// Package library joins the rooms of knowledge over one Postgres and one index, for
// the binary, for measurements and for tests. It decides nothing.
package library

import (
	"context"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/knowledge/ingest"
	"footnote/knowledge/learning"
	"footnote/knowledge/search"
)

// Library is all rooms over one Postgres and one index. Its methods may be called
// at once from any number of goroutines and processes.
type Library struct {
	*knowledge.Knowledge
	*ingest.Ingester
	*search.Searcher
	*learning.Lessons
	corpus *corpus.Corpus
}

// Open joins the rooms; it does no I/O. Call Ready before the first search and
// Close at the end.
func Open(cfg knowledge.Config) *Library {
	k := knowledge.New(cfg)
	c := corpus.New(k)
	s := search.New(k, c)
	return &Library{Knowledge: k, Ingester: ingest.New(k, c.Refresh), Searcher: s, Lessons: learning.New(k, c, s), corpus: c}
}

// Ready makes or repairs the index (see ingest) and reads the statistics that
// searches need.
func (l *Library) Ready(ctx context.Context) error {
	if err := l.Ingester.Ready(ctx); err != nil {
		return err
	}
	return l.corpus.Refresh(ctx)
}

// Close ends work in the background and waits for it.
func (l *Library) Close() {
	l.Ingester.Close()
	l.corpus.Close()
}
