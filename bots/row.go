package bots

import (
	"context"
	"time"

	"footnote/pipeline"
)

// Row is a ticket in a desk's list of what changed.
type Row struct {
	pipeline.TicketRef
	// State is what the list tells of the ticket's last change. A ticket that was read is
	// not read again while its row's state is the same; empty: the list does not tell.
	State string
	// Settled: no later change can have this state, which is of a moment that is over by
	// the desk's own clock. A row that is not settled is read once more.
	Settled bool
}

const (
	rowSettles = 5 * time.Second  // by the desk's clock, for writes that show late
	rowUnsure  = 65 * time.Second // by ours, which may differ by a minute
)

// RowAt is a row by the time of its ticket's last change. desk is the desk's clock, zero
// when it does not tell; ours is this machine's.
func RowAt(ref pipeline.TicketRef, at, desk, ours time.Time) Row {
	if at.IsZero() {
		return Row{TicketRef: ref}
	}
	r := Row{TicketRef: ref, State: at.UTC().Format(time.RFC3339Nano)}
	if desk.IsZero() {
		r.Settled = ours.Sub(at) >= rowUnsure
	} else {
		r.Settled = desk.Sub(at) >= rowSettles
	}
	return r
}

// Pinger is a desk that can be asked whether it is there by one call that costs next to
// nothing.
type Pinger interface {
	Ping(ctx context.Context) error
}

// Ping asks a desk whether it is there: by its Ping, else for what changed from now on.
// Its pulse takes in what comes of it. Invalid for a desk that cannot be asked.
func Ping(ctx context.Context, d Desk, now time.Time) error {
	if p, ok := d.(Pinger); ok {
		return p.Ping(ctx)
	}
	p, ok := PollerOf(d)
	if !ok {
		return pipeline.Errorf(pipeline.Invalid, "the desk cannot be asked")
	}
	_, err := p.Changed(ctx, now)
	return err
}

// Metered is a desk whose calls are counted against a limit.
type Metered interface {
	Budget() Budget
}

// Budget is what a desk's account allows.
type Budget struct {
	PerMinute int  // calls; 0: neither told nor set
	Told      bool // by the desk's answers; else it is the setting's
}
