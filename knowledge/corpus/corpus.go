package corpus

import (
	"context"
	"sync"
	"sync/atomic"

	"footnote/knowledge"
)

// Corpus is what search reads: analysed documents, as many as fit, and the
// statistics of all. Its methods may be called at once from any number of
// goroutines.
type Corpus struct {
	*knowledge.Knowledge
	cache      *cache
	lexicon    atomic.Pointer[Statistics]
	loading    sync.Mutex // held while statistics are read
	counting   counting
	refreshing atomic.Bool // a read in the background is under way

	ctx  context.Context // ends with Close; for work that no caller waits for
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// New returns a Corpus; it does no I/O. Call Close at the end.
func New(k *knowledge.Knowledge) *Corpus {
	c := &Corpus{Knowledge: k, cache: newCache(k.CacheBytes)}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Close ends work in the background and waits for it.
func (c *Corpus) Close() {
	c.stop()
	c.wg.Wait()
}
