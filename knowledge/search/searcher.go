package search

import (
	"context"
	"sync/atomic"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/pipeline"
)

// Searcher searches. Its methods may be called at once from any number of
// goroutines and processes.
type Searcher struct {
	*knowledge.Knowledge
	corpus    *corpus.Corpus
	approvals Approvals                       // nil: nothing is learned
	agreement Agreement                       // of terms and vectors, in the questions of this process
	index     atomic.Pointer[knowledge.Index] // what searches use, once opened
}

// New returns a Searcher; it does no I/O.
func New(k *knowledge.Knowledge, c *corpus.Corpus) *Searcher {
	return &Searcher{Knowledge: k, corpus: c}
}

// Heed makes searches use what approvals taught. Call it before the first search.
func (k *Searcher) Heed(a Approvals) { k.approvals = a }

// searched returns the index behind the alias, opened once.
func (k *Searcher) searched(ctx context.Context) (knowledge.Index, error) {
	if ix := k.index.Load(); ix != nil {
		return *ix, nil
	}
	ix, err := k.Collections.Current(ctx)
	if pipeline.KindOf(err) == pipeline.Conflict && err != nil && ix != nil && k.Remaking() {
		err = nil // it can be searched by terms while the new one is made
	}
	if err != nil {
		return nil, err
	}
	k.index.Store(&ix)
	return ix, nil
}
