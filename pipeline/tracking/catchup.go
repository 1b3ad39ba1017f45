package tracking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// CatchUp bounds what is asked for after a pause, so that it does not hold up
// messages that arrive now.
type CatchUp struct {
	Most     int // drafts asked for by one call
	InFlight int // drafts being written, of whatever kind: with so many, none is asked for
}

// CatchUp asks for the drafts of messages that came while drafting was paused,
// the newest first. A message that was answered meanwhile, whose ticket was
// solved or has a newer message, gets that as its outcome instead. While
// drafting is paused nothing is done. It may be called at any time, by any
// process: each message is asked for once. It returns how many were.
func (t *Tracker) CatchUp(ctx context.Context, c CatchUp) (int, error) {
	if t.Paused != nil && t.Paused() {
		return 0, nil
	}
	waiting, err := t.waiting(ctx, c)
	if err != nil {
		return 0, err
	}
	asked := 0
	var failed error // one ticket that cannot be read holds up no other
	for _, ref := range waiting {
		if asked >= c.Most {
			break
		}
		n, err := t.catchUp(ctx, ref)
		if asked += n; err != nil {
			failed = errors.Join(failed, fmt.Errorf("catch up with %s: %w", ref, err))
		}
	}
	return asked, failed
}

// waiting lists tickets with messages that wait, the newest first: none while
// drafting is paused or has enough to do.
func (t *Tracker) waiting(ctx context.Context, c CatchUp) ([]pipeline.TicketRef, error) {
	rows, err := t.Pool.Query(ctx, `
		SELECT o.desk, o.ticket
		  FROM outcomes o
		 WHERE `+waitsSQL+`
		   AND NOT (SELECT paused FROM drafting_switch)
		 ORDER BY o.arrived_at DESC
		 -- more than may be asked for: some will turn out to need no draft
		 LIMIT CASE WHEN (SELECT count(*) FROM outcomes WHERE kind IS NULL AND event IS NOT NULL) < $2::int THEN 10 * $1::int ELSE 0 END`, c.Most, c.InFlight)
	if err != nil {
		return nil, fmt.Errorf("list paused messages: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (ref pipeline.TicketRef, err error) {
		return ref, r.Scan(&ref.Desk, &ref.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("list paused messages: %w", err)
	}
	return out, nil
}

// catchUp settles one ticket.
func (t *Tracker) catchUp(ctx context.Context, ref pipeline.TicketRef) (asked int, err error) {
	// Stands for the event of messages of which nothing was kept.
	e := pipeline.NewEvent(pipeline.TicketReceived, "resumed/"+ref.String(), ref, time.Now(), nil)
	follow, err := t.commit(ctx, func(tx pgx.Tx) ([]pipeline.Event, error) {
		var b pgx.Batch
		lockTicket(&b, ref)
		return t.settle(ctx, tx, e, &b)
	})
	for _, f := range follow {
		if f.Type == pipeline.DraftRequested {
			asked++
		}
	}
	return asked, err
}
