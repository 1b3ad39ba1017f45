package console

import (
	"context"
	"sync"

	"footnote/pipeline"
)

// liveFeed feeds pages that update themselves: one subscription on the bus for the
// process, while anybody looks, however many pages do. Pages hear of changes, not
// what is in them. It is safe for concurrent use.
type liveFeed struct {
	subscribe func(ctx context.Context) (<-chan pipeline.Event, error)

	mu    sync.Mutex
	pages map[chan pipeline.Event]bool
	stop  context.CancelFunc // of the subscription; nil without one
}

// NewLive opens the subscription when the first page is opened and ends it with the last.
func NewLive(subscribe func(ctx context.Context) (<-chan pipeline.Event, error)) Live {
	return &liveFeed{subscribe: subscribe, pages: map[chan pipeline.Event]bool{}}
}

// Subscribe implements Live. The channel closes when ctx ends.
func (l *liveFeed) Subscribe(ctx context.Context) (<-chan pipeline.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop == nil {
		sub, stop := context.WithCancel(context.WithoutCancel(ctx)) // it outlives this page
		feed, err := l.subscribe(sub)
		if err != nil {
			stop()
			return nil, err
		}
		l.stop = stop
		go l.spread(feed)
	}
	page := make(chan pipeline.Event, 64)
	l.pages[page] = true
	context.AfterFunc(ctx, func() { l.leave(page) })
	return page, nil
}

// spread hands on what comes until the subscription ends.
func (l *liveFeed) spread(feed <-chan pipeline.Event) {
	for e := range feed {
		l.mu.Lock()
		for page := range l.pages {
			select {
			case page <- e:
			default: // a slow reader loses changes
			}
		}
		l.mu.Unlock()
	}
}

// leave takes a page off; the last one ends the subscription.
func (l *liveFeed) leave(page chan pipeline.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.pages[page] {
		return
	}
	delete(l.pages, page)
	close(page)
	if len(l.pages) == 0 {
		l.stop()
		l.stop = nil
	}
}
