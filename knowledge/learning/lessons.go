package learning

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/knowledge/search"
)

// Lessons is what people's decisions taught. Its methods may be called at once
// from any number of goroutines and processes.
type Lessons struct {
	*knowledge.Knowledge
	corpus      *corpus.Corpus
	search      *search.Searcher
	memory      atomic.Pointer[memory] // what approvals taught; nil until read
	remembering sync.Mutex             // held while lessons are read
}

// New returns the Lessons that searches use from now on; it does no I/O.
func New(k *knowledge.Knowledge, c *corpus.Corpus, s *search.Searcher) *Lessons {
	l := &Lessons{Knowledge: k, corpus: c, search: s}
	s.Heed(l)
	return l
}

// Past is what a search may use; a memory that is switched off says nothing.
func (k *Lessons) Past(ctx context.Context, lex *corpus.Statistics, anew bool) (search.Past, error) {
	if m := k.memory.Load(); anew || m == nil || !m.beside(lex) {
		if err := k.remember(ctx); err != nil {
			return search.Past{}, err
		}
	}
	m := k.memory.Load()
	held := m.state()
	p := search.Past{Now: time.Now(), Held: held.Moment}
	if held.on {
		p.Memory = used{m, held.way}
	}
	if w := held.weighing; w != nil && w.Model == k.Model() {
		p.Weighing = w
	}
	return p, nil
}
