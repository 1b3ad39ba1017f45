package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"footnote/pipeline"
)

// outcome is how one message ends.
type outcome struct {
	message string
	kind    pipeline.OutcomeKind
	reason  string
	draft   string // UUID; empty for none
	event   *pipeline.Event
}

// pending is a customer message without an outcome, or (paused) one that got no
// draft because drafting was paused. event is draft.requested: as published, or
// as it would have been.
type pending struct {
	message string
	event   *pipeline.Event
	paused  bool
	solved  bool // the ticket was solved since
	taken   bool // a person had it answered against a rule
}

// waitsSQL tells the outcomes of messages that drafting was paused for.
const waitsSQL = `(o.kind = 'skipped' AND o.reason = '` + rulePaused + `')`

// asked tells whether a draft was asked for and is still to come.
func (p pending) asked() bool { return p.event != nil && !p.paused }

// cause is the event that the message's fate follows from: e, or for a message
// that waited the one that it came with.
func (p pending) cause(e pipeline.Event) pipeline.Event {
	if !p.paused || p.event == nil {
		return e
	}
	w := *p.event
	w.ID, w.OccurredAt = p.event.Causation, e.OccurredAt
	return w
}

// pendingOutcomes reads the ticket's, oldest first, with the batch.
func pendingOutcomes(b *pgx.Batch, ref pipeline.TicketRef, out *[]pending) {
	b.Queue(`
		SELECT o.message, o.event, o.kind IS NOT NULL,
		       -- an answer outside the thread: solved after the customer wrote
		       t.status = 'solved' AND coalesce(t.solved_at >= m.at, true), o.taken_by <> ''
		  FROM outcomes o
		  JOIN tickets t ON t.desk = o.desk AND t.id = o.ticket
		  JOIN messages m ON m.desk = o.desk AND m.ticket = o.ticket AND m.id = o.message
		 WHERE o.desk = $1
		   AND o.ticket = $2
		   AND (o.kind IS NULL OR `+waitsSQL+`)
		 ORDER BY o.arrived_at`, ref.Desk, ref.ID).Query(func(rows pgx.Rows) (err error) {
		*out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (p pending, err error) {
			err = r.Scan(&p.message, &p.event, &p.paused, &p.solved, &p.taken)
			return p, err
		})
		return err
	})
}

// saveRequest notes that a draft was asked for. A message that drafting was
// paused for has no outcome again.
func saveRequest(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, p pending, e pipeline.Event) error {
	if _, err := tx.Exec(ctx, `
		UPDATE outcomes o
		   SET event = $4, kind = NULL, reason = '', recorded_at = NULL, asks = 0, asked_at = CASE WHEN $5 THEN now() END
		 WHERE desk = $1
		   AND ticket = $2
		   AND message = $3
		   AND (kind IS NULL OR `+waitsSQL+`)`, ref.Desk, ref.ID, p.message, e, p.paused); err != nil {
		return fmt.Errorf("save draft request: %w", err)
	}
	return nil
}

func saveOutcome(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, o outcome) error {
	if _, err := tx.Exec(ctx, `
		UPDATE outcomes o
		   SET kind = $4, reason = $5, event = coalesce($6, event), recorded_at = now()
		 WHERE desk = $1
		   AND ticket = $2
		   AND message = $3
		   AND (kind IS NULL OR `+waitsSQL+`)`, ref.Desk, ref.ID, o.message, string(o.kind), o.reason, o.event); err != nil {
		return fmt.Errorf("save outcome: %w", err)
	}
	return nil
}

// execer is a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// recordOutcome gives a message its outcome once. Only a failure that was
// replayed, or an abstention that a hint turned into a proposal, is replaced.
func recordOutcome(ctx context.Context, tx execer, ref pipeline.TicketRef, o outcome) (bool, error) {
	var draft any
	if o.draft != "" {
		if _, err := uuid.Parse(o.draft); err != nil {
			return false, pipeline.Errorf(pipeline.Invalid, "record outcome: draft id %q is no UUID", o.draft)
		}
		draft = o.draft
	}
	tag, err := tx.Exec(ctx, `
		UPDATE outcomes
		   SET kind = $4, reason = $5, draft = coalesce($6, draft), recorded_at = now()
		 WHERE desk = $1
		   AND ticket = $2
		   AND message = $3
		   AND (kind IS NULL OR (kind = 'failed' AND $4 <> 'failed') OR (kind = 'abstained' AND $4 = 'proposed'))`,
		ref.Desk, ref.ID, o.message, string(o.kind), o.reason, draft)
	if err != nil {
		return false, fmt.Errorf("record outcome: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// maxAsks is how often a draft is asked for again before the message has failed.
const maxAsks = 5

// overdue is a draft that was asked for and did not come.
type overdue struct {
	ref     pipeline.TicketRef
	message string
	event   pipeline.Event
	asks    int // this one included
}

// takeOverdue marks overdue drafts as asked for once more and returns them: whoever
// else looks does not see them for another period, which doubles each time.
func takeOverdue(ctx context.Context, tx pgx.Tx, age time.Duration) ([]overdue, error) {
	rows, err := tx.Query(ctx, `
		WITH late AS (
		    SELECT desk, ticket, message
		      FROM outcomes
		     WHERE kind IS NULL
		       AND event IS NOT NULL
		       AND coalesce(asked_at, arrived_at) < now() - $1 * power(2, asks) * interval '1 millisecond'
		     ORDER BY arrived_at
		     LIMIT 100
		       FOR UPDATE SKIP LOCKED
		)
		UPDATE outcomes o
		   SET asks = o.asks + 1, asked_at = now()
		  FROM late
		 WHERE o.desk = late.desk
		   AND o.ticket = late.ticket
		   AND o.message = late.message
		RETURNING o.desk, o.ticket, o.message, o.event, o.asks`, age.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("list overdue outcomes: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (o overdue, err error) {
		return o, r.Scan(&o.ref.Desk, &o.ref.ID, &o.message, &o.event, &o.asks)
	})
	if err != nil {
		return nil, fmt.Errorf("list overdue outcomes: %w", err)
	}
	return out, nil
}

// Pending counts customer messages that have no outcome yet.
func (t *Tracker) Pending(ctx context.Context) (int, error) {
	var n int
	if err := t.Pool.QueryRow(ctx, `SELECT count(*) FROM outcomes WHERE kind IS NULL`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count pending outcomes: %w", err)
	}
	return n, nil
}
