// Package loss notices that the bus has less than it had: a stream that was made anew,
// rolled back to an older copy, or damaged on its server's disk. It says so, and has
// what nobody had handled asked for again where it came from. It is no backup: events
// that everybody has handled are not brought back.
//
//	mark ──► what the stream had, and up to when everything is handled, kept in the database
//	  │
//	  └─ less than that ──► a loss, said for a day ──► each Source publishes again since then
//
// How far back: an event that a source can publish again (the outbox, a desk) may have
// been handled while what its handler published in turn is lost. So a loss is made good
// from the last point but one up to which everything was handled.
package loss

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Stream is what the bus says of one of its streams.
type Stream struct {
	Name    string
	Made    time.Time
	Last    uint64 // sequence of the newest event
	Damaged int    // events that the server cannot read
}

// Bus is the stream of events.
type Bus interface {
	// Events describes the stream of events. The error kind is Unavailable.
	Events(ctx context.Context) (Stream, error)
	// Handled tells whether every event up to a sequence is handled by everybody.
	Handled(ctx context.Context, seq uint64) (bool, error)
}

// Source publishes again what it published since a time and returns how many events
// that were; it may be asked twice.
type Source func(ctx context.Context, since time.Time) (int, error)

// Config of a Watch.
type Config struct {
	Pool    *pgxpool.Pool
	Bus     Bus
	Sources []Source
	// Settled is told up to when everything that was published is handled, so that
	// sources need not keep it; may be nil.
	Settled func(ctx context.Context, before time.Time) error
	Log     *slog.Logger
}

// Watch is used by one process at a time.
type Watch struct {
	c     Config
	store store
}

// New builds a Watch.
func New(c Config) *Watch {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Watch{c, store{c.Pool}}
}

// Look compares the stream with what it had, makes good what is lost, and otherwise
// moves the mark on. The error kind is Unavailable while the bus is away.
func (w *Watch) Look(ctx context.Context) error {
	s, err := w.c.Bus.Events(ctx)
	if err != nil {
		return err
	}
	m, err := w.store.mark(ctx, s)
	if err != nil {
		return err
	}
	if reason := less(m, s); reason != "" {
		w.c.Log.Error("the bus lost events; they are asked for again", "stream", s.Name, "reason", reason, "since", m.handledAt)
		if err := w.store.lose(ctx, m, s, reason); err != nil {
			return err
		}
	}
	if err := w.makeGood(ctx); err != nil {
		return err
	}
	return w.moveOn(ctx, s)
}

// less says what a stream lacks, or nothing.
func less(m mark, s Stream) string {
	switch {
	case !m.madeAt.Equal(s.Made.Truncate(time.Microsecond)):
		return fmt.Sprintf("stream %s was made anew and begins at event 1; it had %d", s.Name, m.last)
	case s.Last < m.last:
		return fmt.Sprintf("stream %s was rolled back from event %d to %d (a damaged file, or an older copy was put back)", s.Name, m.last, s.Last)
	case s.Damaged > m.damaged:
		return fmt.Sprintf("stream %s has events that its server cannot read: %d", s.Name, s.Damaged-m.damaged)
	}
	return ""
}

// makeGood asks the sources for what is lost and not asked for yet.
func (w *Watch) makeGood(ctx context.Context) error {
	open, err := w.store.open(ctx)
	if err != nil {
		return err
	}
	for _, l := range open {
		n := 0
		for _, again := range w.c.Sources {
			k, err := again(ctx, l.Since)
			if err != nil {
				return fmt.Errorf("make a loss of events good: %w", err)
			}
			n += k
		}
		if err := w.store.madeGood(ctx, l.id, n); err != nil {
			return err
		}
		w.c.Log.Info("lost events were asked for again", "since", l.Since, "events", n)
	}
	return nil
}

func (w *Watch) moveOn(ctx context.Context, s Stream) error {
	m, err := w.store.mark(ctx, s)
	if err != nil {
		return err
	}
	handled, err := w.c.Bus.Handled(ctx, m.next)
	if err != nil {
		return err
	}
	before, err := w.store.moveOn(ctx, m, s, handled)
	if err != nil || !handled || w.c.Settled == nil {
		return err
	}
	return w.c.Settled(ctx, before)
}

// Loss is one time the bus had less than before.
type Loss struct {
	id      int64
	Stream  string
	Reason  string
	Since   time.Time // what was published from here on was asked for again
	FoundAt time.Time
	Events  int  // published again
	Good    bool // that is done
}

// said is how long a loss is told of.
const said = 24 * time.Hour

// Check tells of the losses of the last day. The error kind is Unavailable.
func Check(ctx context.Context, pool *pgxpool.Pool) error {
	list, err := store{pool}.since(ctx, said)
	if err != nil || len(list) == 0 {
		return err
	}
	l := list[0]
	say := fmt.Sprintf("%s, found %s", l.Reason, l.FoundAt.UTC().Format("2 Jan 15:04 UTC"))
	if l.Good {
		say += fmt.Sprintf("; what came since %s was asked for again (%d events; desks that can be polled are read from then on)", l.Since.UTC().Format("15:04:05"), l.Events)
	} else {
		say += "; it is not made good yet"
	}
	if n := len(list) - 1; n > 0 {
		say += fmt.Sprintf("; %d more in the last day", n)
	}
	return pipeline.Errorf(pipeline.Unavailable, "%s", say)
}
