package tracking

import (
	"context"
	"fmt"
	"sync"
	"time"

	"footnote/pipeline"
)

// Threads reads a ticket's current state from a desk whose webhooks are hints.
type Threads interface {
	// Hints tells whether the desk's webhooks are hints, so that its tickets are read.
	Hints(desk string) bool
	// Thread returns the whole ticket, and false for a desk whose webhooks
	// already carry everything.
	Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, bool, error)
}

// read is one reading of a ticket at its desk.
type read struct {
	at      time.Time // when it began, by our clock
	version time.Time // the desk's time of the ticket; zero when it does not tell
}

// covers tells whether what a read found and stored says all that an event may mean,
// so that reading again would find the same. stored says that the event's message is
// among it. Times are compared as the database keeps them.
func (r read) covers(e pipeline.Event, told pipeline.Received, stored bool) bool {
	micro := func(t time.Time) time.Time { return t.Truncate(time.Microsecond) }
	if r.at.IsZero() {
		return false
	}
	later := !r.at.Before(micro(e.ReceivedAt)) // it began when the event was here
	if told.Message != nil {
		same := !told.Ticket.UpdatedAt.IsZero() && !r.version.Before(micro(told.Ticket.UpdatedAt))
		return stored && (later || same)
	}
	return later && !r.version.Before(micro(e.OccurredAt))
}

// turns keeps a ticket from being read twice at once by this process: who comes
// second finds out later whether the first read covers its event.
type turns struct {
	mu    sync.Mutex
	taken map[pipeline.TicketRef]bool
}

// turnAgain is when an event whose ticket is being read comes again. It waits on the
// bus and not here: many events of one ticket of a slow desk would hold all workers.
const turnAgain = 250 * time.Millisecond

// take returns the function that ends the turn, or a *pipeline.RetryAfterError.
func (t *turns) take(ref pipeline.TicketRef) (end func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[ref] {
		return nil, &pipeline.RetryAfterError{After: turnAgain, Err: pipeline.Errorf(pipeline.Unavailable, "The ticket %s is being read.", ref)}
	}
	if t.taken == nil {
		t.taken = map[pipeline.TicketRef]bool{}
	}
	t.taken[ref] = true
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.taken, ref)
	}, nil
}

// current is the ticket as the desk has it now, with when it was read: pulled where
// webhooks are hints, otherwise what the webhook said (and a zero read).
func (t *Tracker) current(ctx context.Context, e pipeline.Event, r pipeline.Received) (pipeline.Ticket, read, error) {
	if t.Threads != nil {
		began := t.Now()
		ticket, ok, err := t.Threads.Thread(ctx, e.Ref())
		if err != nil {
			return ticket, read{}, fmt.Errorf("read ticket %s from its desk: %w", e.Ref(), err)
		}
		if ok {
			ticket.TicketRef = e.Ref()
			return ticket, read{at: began, version: ticket.UpdatedAt}, nil
		}
	}
	ticket := r.Ticket
	ticket.TicketRef = e.Ref()
	if r.Message != nil {
		ticket.Messages = append(ticket.Messages, *r.Message)
	}
	return ticket, read{}, nil
}
