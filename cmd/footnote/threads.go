package main

import (
	"context"
	"sync"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

const (
	readsAtOnce = trackingWorkers / 2 // of one desk
	readLimit   = 15 * time.Second    // of one read
	readAgain   = time.Second         // when all of a desk's reads are taken
)

// threads pulls a ticket from its desk where webhooks are only hints. A desk
// that stalls holds at most readsAtOnce of tracking's workers, so that it keeps
// no other desk's tickets waiting.
type threads struct {
	desks func() []bots.Desk
	mu    sync.Mutex
	reads map[string]int // under way, by desk
}

func newThreads(desks func() []bots.Desk) *threads {
	return &threads{desks: desks, reads: map[string]int{}}
}

// Hints implements tracking.Threads.
func (t *threads) Hints(desk string) bool {
	for _, d := range t.desks() {
		if d.Name() == desk && d.Can().Hints {
			_, ok := bots.ReaderOf(d)
			return ok
		}
	}
	return false
}

// Thread implements tracking.Threads. A *pipeline.RetryAfterError asks to come
// again when the desk's turns are taken.
func (t *threads) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, bool, error) {
	for _, d := range t.desks() {
		r, ok := bots.ReaderOf(d)
		if !ok || d.Name() != ref.Desk || !d.Can().Hints {
			continue
		}
		if !t.begin(ref.Desk) {
			return pipeline.Ticket{}, true, &pipeline.RetryAfterError{After: readAgain, Err: pipeline.Errorf(pipeline.Unavailable, "The desk %s is busy answering.", ref.Desk)}
		}
		defer t.end(ref.Desk)
		ctx, cancel := context.WithTimeout(ctx, readLimit)
		defer cancel()
		ticket, err := r.Thread(ctx, ref)
		if pipeline.KindOf(err) == pipeline.NotFound {
			// Deleted, or merged away: nothing is left to answer.
			return pipeline.Ticket{TicketRef: ref, Status: pipeline.StatusSolved}, true, nil
		}
		return bots.Storable(ticket), true, err
	}
	return pipeline.Ticket{}, false, nil
}

func (t *threads) begin(desk string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reads[desk] == readsAtOnce {
		return false
	}
	t.reads[desk]++
	return true
}

func (t *threads) end(desk string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads[desk]--
}
