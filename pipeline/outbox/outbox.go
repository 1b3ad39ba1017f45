// Package outbox publishes events that were decided in a transaction: Add writes
// them with what made them true, and once that is for good they are put on the bus,
// by this process or another. Nothing is locked while the bus is asked.
//
//	Add ──► ready ──► claimed (due later) ──► published
//	          ▲             │
//	          └── failed ◄──┤  due again after a while; the others go on
//	                        └──► refused for good: a dead letter, published as far as the row goes
//
// An event may be published twice, under the same id: a process that dies in
// between leaves its claim, which ends by itself.
package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Publisher puts events on the bus; it returns once they are stored for good. The
// error kind Invalid means that the bus will never take the event.
type Publisher interface {
	Publish(ctx context.Context, e pipeline.Event) error
}

// DeadLetters keeps what the bus will never take; tracking has it. Keeping a letter
// twice is keeping it once.
type DeadLetters interface {
	HandleDead(ctx context.Context, d pipeline.DeadLetter) error
}

// Name is the consumer that dead letters of refused events name.
const Name = "outbox"

// Config of an Outbox.
type Config struct {
	Pool      *pgxpool.Pool
	Publisher Publisher
	Dead      DeadLetters
	Log       *slog.Logger
}

// Outbox is safe for concurrent use, also by several processes on one database.
type Outbox struct {
	c    Config
	wake chan struct{}
}

// New builds an Outbox.
func New(c Config) *Outbox {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Outbox{c: c, wake: make(chan struct{}, 1)}
}

const (
	batch    = 50
	claim    = time.Minute      // more than a batch may take: patience and the last publish
	patience = 30 * time.Second // no further event of a batch is begun after that
	poll     = time.Second
)

// Wake tells Run that there is work. It never blocks.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run publishes until ctx ends.
func (o *Outbox) Run(ctx context.Context) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		for {
			n, err := o.Publish(ctx)
			if err != nil && ctx.Err() == nil {
				o.c.Log.Warn("outbox not published; trying again", "error", err)
			}
			if err != nil || n == 0 {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-o.wake:
		case <-tick.C:
		}
	}
}

// Publish publishes the oldest events that are due and returns how many left the
// outbox.
func (o *Outbox) Publish(ctx context.Context) (int, error) {
	rows, err := o.claim(ctx)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return o.send(ctx, rows)
}

// Send publishes what Hold kept for the caller, whose transaction is committed. What
// the bus does not take now comes later; that is no error.
func (o *Outbox) Send(ctx context.Context, held []Row) {
	if len(held) == 0 {
		return
	}
	if _, err := o.send(ctx, held); err != nil {
		o.c.Log.Warn("events not published yet; trying again", "error", err)
	}
}

// send publishes claimed rows in their order. After one that the bus does not take
// now the others are given back: it is the bus that is away, or the next round goes
// around the one that fails.
func (o *Outbox) send(ctx context.Context, rows []Row) (int, error) {
	var s settled
	var failed error
	begun := time.Now()
	for _, r := range rows {
		if failed != nil || ctx.Err() != nil || time.Since(begun) > patience {
			s.back = append(s.back, r.id)
			continue
		}
		err := o.publish(ctx, r)
		if err != nil {
			failed = fmt.Errorf("publish %s: %w", r.event.Type, err)
			s.failed, s.reason = append(s.failed, r.id), err.Error()
			continue
		}
		s.done = append(s.done, r.id)
	}
	// What happened is written down also when ctx has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := o.settle(ctx, s); err != nil {
		return len(s.done), err
	}
	return len(s.done), failed
}

// publish puts one event on the bus, or aside when the bus will never take it.
func (o *Outbox) publish(ctx context.Context, r Row) error {
	err := o.c.Publisher.Publish(ctx, r.event)
	if pipeline.KindOf(err) != pipeline.Invalid {
		return err
	}
	o.c.Log.Error("event refused by the bus; it is kept as a dead letter", "event", r.event.ID, "error", err)
	reason := []rune(err.Error())
	return o.c.Dead.HandleDead(ctx, pipeline.DeadLetter{Consumer: Name, Reason: string(reason[:min(len(reason), 2000)]), Deliveries: r.tries + 1, At: time.Now().UTC(), Event: r.event})
}

// Row is an event in the outbox that somebody has claimed.
type Row struct {
	id    string
	event pipeline.Event
	tries int
	at    time.Time
}

// Add puts events into the outbox within the transaction that made them true.
func Add(ctx context.Context, tx pgx.Tx, events ...pipeline.Event) error {
	_, err := insert(ctx, tx, 0, events)
	return err
}

// Hold is Add, with the events claimed for the caller, who calls Send once the
// transaction is committed. If that never happens, another publishes them.
func Hold(ctx context.Context, tx pgx.Tx, events ...pipeline.Event) ([]Row, error) {
	return insert(ctx, tx, claim, events)
}
