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
	l := &Library{Knowledge: k, Searcher: s, Lessons: learning.New(k, c, s), corpus: c}
	l.Ingester = ingest.New(k, l.Refresh)
	return l
}

// Ready makes or repairs the index (see ingest) and reads the statistics that
// searches need.
func (l *Library) Ready(ctx context.Context) error {
	if err := l.Ingester.Ready(ctx); err != nil {
		return err
	}
	return l.corpus.Refresh(ctx)
}

// Refresh brings what searches keep in memory to what the tables have now. It costs
// about as much as what changed since.
func (l *Library) Refresh(ctx context.Context) error {
	if err := l.corpus.Refresh(ctx); err != nil {
		return err
	}
	return l.Lessons.Refresh(ctx)
}

// Recount reads everything anew that searches keep in memory and move on by what
// changes, and tells whether it was as it should be; what was not is replaced. It
// reads every passage: call it now and then, not after changes.
func (l *Library) Recount(ctx context.Context) (same bool, err error) {
	counted, err := l.corpus.Recount(ctx)
	if err != nil {
		return false, err
	}
	taught, err := l.Lessons.Recount(ctx)
	return counted && taught, err
}

// Close ends work in the background and waits for it.
func (l *Library) Close() {
	l.Ingester.Close()
	l.corpus.Close()
}
