package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// outcome is how one message ends.
type outcome struct {
	message string
	kind    pipeline.OutcomeKind
	reason  string
	draft   string // UUID; empty for none
}

// pending is a customer message without an outcome. event is draft.requested if
// a draft was asked for.
type pending struct {
	message string
	event   *pipeline.Event
}

// pendingOutcomes reads the ticket's, oldest first, with the batch.
func pendingOutcomes(b *pgx.Batch, ref pipeline.TicketRef, out *[]pending) {
	b.Queue(`
		SELECT message, event
		  FROM outcomes
		 WHERE desk = $1
		   AND ticket = $2
		   AND kind IS NULL
		 ORDER BY arrived_at`, ref.Desk, ref.ID).Query(func(rows pgx.Rows) (err error) {
		*out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (p pending, err error) {
			err = r.Scan(&p.message, &p.event)
			return p, err
		})
		return err
	})
}

func saveRequest(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, message string, e pipeline.Event) error {
	if _, err := tx.Exec(ctx, `
		UPDATE outcomes
		   SET event = $4
		 WHERE desk = $1
		   AND ticket = $2
		   AND message = $3`, ref.Desk, ref.ID, message, e); err != nil {
		return fmt.Errorf("save draft request: %w", err)
	}
	return nil
}

func saveOutcome(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, o outcome) error {
	if _, err := tx.Exec(ctx, `
		UPDATE outcomes
		   SET kind = $4, reason = $5, recorded_at = now()
		 WHERE desk = $1
		   AND ticket = $2
		   AND message = $3
		   AND kind IS NULL`, ref.Desk, ref.ID, o.message, string(o.kind), o.reason); err != nil {
		return fmt.Errorf("save outcome: %w", err)
	}
	return nil
}

// recordOutcome gives a message its outcome once. Only a failure that was
// replayed, or an abstention that a hint turned into a proposal, is replaced.
func recordOutcome(ctx context.Context, pool *pgxpool.Pool, ref pipeline.TicketRef, o outcome) (bool, error) {
	var draft any
	if o.draft != "" {
		if _, err := uuid.Parse(o.draft); err != nil {
			return false, pipeline.Errorf(pipeline.Invalid, "record outcome: draft id %q is no UUID", o.draft)
		}
		draft = o.draft
	}
	tag, err := pool.Exec(ctx, `
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

// Sweep asks again for drafts that were asked for longer than age ago and never
// came to an outcome (a lost stream, a restored backup). It returns how many.
func (t *Tracker) Sweep(ctx context.Context, age time.Duration) (int, error) {
	rows, err := t.Pool.Query(ctx, `
		SELECT event
		  FROM outcomes
		 WHERE kind IS NULL
		   AND event IS NOT NULL
		   AND arrived_at < now() - $1 * interval '1 millisecond'
		 ORDER BY arrived_at
		 LIMIT 500`, age.Milliseconds())
	if err != nil {
		return 0, fmt.Errorf("list overdue outcomes: %w", err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowTo[pipeline.Event])
	if err != nil {
		return 0, fmt.Errorf("list overdue outcomes: %w", err)
	}
	for _, e := range events {
		// A new id, or the bus would take it for the one it has seen.
		e.ID = fmt.Sprintf("%s/again/%d", e.ID, time.Now().Unix())
		if err := t.Publisher.Publish(ctx, e); err != nil {
			return 0, fmt.Errorf("ask again for a draft: %w", err)
		}
	}
	return len(events), nil
}

// Pending counts customer messages that have no outcome yet.
func (t *Tracker) Pending(ctx context.Context) (int, error) {
	var n int
	if err := t.Pool.QueryRow(ctx, `SELECT count(*) FROM outcomes WHERE kind IS NULL`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count pending outcomes: %w", err)
	}
	return n, nil
}
