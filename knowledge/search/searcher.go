package search

import (
	"context"
	"sync/atomic"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/pipeline"
)

// Searcher searches. Its methods may be called at once from any number of
// goroutines and processes.
type Searcher struct {
	*knowledge.Knowledge
	corpus    *corpus.Corpus
	approvals Approvals // nil: nothing is learned
	agreement Agreement // of terms and vectors, in the questions of this process
	index     atomic.Pointer[opened]
}

// New returns a Searcher; it does no I/O.
func New(k *knowledge.Knowledge, c *corpus.Corpus) *Searcher {
	return &Searcher{Knowledge: k, corpus: c}
}

// Heed makes searches use what approvals taught. Call it before the first search.
func (k *Searcher) Heed(a Approvals) { k.approvals = a }

// opened is the index that searches use.
type opened struct {
	index knowledge.Index
	until time.Time // after it, it is opened again
}

// reopen is how long searches use an index before they see again whether it is there,
// ours and made for our vectors.
const reopen = 5 * time.Second

// searched returns the index behind the alias. Whatever is the matter with it, the kind
// is Unavailable: to whoever searches, that it is gone, refused or being made again is
// all one, and it passes.
func (k *Searcher) searched(ctx context.Context) (knowledge.Index, error) {
	if gaps := k.Gaps(); gaps != "" {
		return nil, pipeline.Errorf(pipeline.Unavailable, "The search index is being repaired: %s.", gaps)
	}
	if o := k.index.Load(); o != nil && time.Now().Before(o.until) {
		return o.index, nil
	}
	ix, err := k.OpenIndex(ctx)
	if pipeline.KindOf(err) == pipeline.Conflict && err != nil && ix != nil && k.Remaking() {
		err = nil // it can be searched by terms while the new one is made
	}
	if err != nil {
		k.index.Store(nil)
		return nil, away(ctx, err)
	}
	k.index.Store(&opened{ix, time.Now().Add(reopen)})
	return ix, nil
}

// away makes an error of the index one that passes, unless the search was called off or
// is itself at fault.
func away(ctx context.Context, err error) error {
	if ctx.Err() != nil || pipeline.KindOf(err) == pipeline.Internal || pipeline.KindOf(err) == pipeline.Invalid {
		return err
	}
	return pipeline.Errorf(pipeline.Unavailable, "%w", err)
}
