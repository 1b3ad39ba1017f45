package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// insert writes the events, due after a while, in their order.
func insert(ctx context.Context, tx pgx.Tx, due time.Duration, events []pipeline.Event) ([]Row, error) {
	if len(events) == 0 {
		return nil, nil
	}
	rows := make([]Row, len(events))
	var b pgx.Batch
	for i, e := range events {
		rows[i] = Row{id: uuid.NewString(), event: e}
		// clock_timestamp: events of one transaction keep their order
		b.Queue(`
			INSERT INTO outbox (id, event, created_at, due_at)
			VALUES ($1, $2, clock_timestamp(), clock_timestamp() + $3 * interval '1 millisecond')`, rows[i].id, e, due.Milliseconds())
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("write outbox: %w", err)
	}
	return rows, nil
}

// claim takes the oldest due events; others see them again when the claim ends.
func (o *Outbox) claim(ctx context.Context) ([]Row, error) {
	rows, err := o.c.Pool.Query(ctx, `
		WITH due AS (
		    SELECT id
		      FROM outbox
		     WHERE state = 'ready'
		       AND due_at <= now()
		     ORDER BY created_at
		     LIMIT $1
		       FOR UPDATE SKIP LOCKED
		)
		UPDATE outbox o
		   SET due_at = now() + $2 * interval '1 millisecond'
		  FROM due
		 WHERE o.id = due.id
		RETURNING o.id::text, o.event, o.tries, o.created_at`, batch, claim.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("claim outbox: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (row Row, err error) {
		return row, r.Scan(&row.id, &row.event, &row.tries, &row.at)
	})
	if err != nil {
		return nil, fmt.Errorf("claim outbox: %w", err)
	}
	slices.SortFunc(out, func(a, b Row) int { return a.at.Compare(b.at) })
	return out, nil
}

// settled is what became of claimed rows.
type settled struct {
	done, back, failed []string
	reason             string // of the failed ones
}

// settle writes it down. A row that failed is due again after a second, doubling to
// half a minute.
func (o *Outbox) settle(ctx context.Context, s settled) error {
	var b pgx.Batch
	if len(s.done) > 0 {
		b.Queue(`
			UPDATE outbox
			   SET state = 'published', published_at = now()
			 WHERE id = ANY ($1::uuid[])`, s.done)
	}
	if len(s.back) > 0 {
		b.Queue(`
			UPDATE outbox
			   SET due_at = now()
			 WHERE id = ANY ($1::uuid[])
			   AND state = 'ready'`, s.back)
	}
	if len(s.failed) > 0 {
		b.Queue(`
			UPDATE outbox
			   SET tries = tries + 1, reason = left($2, 2000), due_at = now() + least(30, power(2, least(tries, 5))) * interval '1 second'
			 WHERE id = ANY ($1::uuid[])
			   AND state = 'ready'`, s.failed, s.reason)
	}
	if err := o.c.Pool.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("settle outbox: %w", err)
	}
	return nil
}

// Again has events published once more that were since a time, and returns how many;
// those whose data Strip took are left out. The bus takes an event that it still has
// for what it is.
func (o *Outbox) Again(ctx context.Context, since time.Time) (int, error) {
	tag, err := o.c.Pool.Exec(ctx, `
		UPDATE outbox
		   SET state = 'ready', due_at = now()
		 WHERE state = 'published'
		   AND event ? 'data'
		   AND published_at >= $1`, since)
	if err != nil {
		return 0, fmt.Errorf("publish events again: %w", err)
	}
	o.Wake()
	return int(tag.RowsAffected()), nil
}

// Strip takes the data out of events that were published before a time, when
// everybody has handled them; the rest helps to look into a fault.
func (o *Outbox) Strip(ctx context.Context, before time.Time) error {
	if _, err := o.c.Pool.Exec(ctx, `
		UPDATE outbox
		   SET event = event - 'data'
		 WHERE id IN (SELECT id
		                FROM outbox
		               WHERE state = 'published'
		                 AND event ? 'data'
		                 AND published_at < $1
		               ORDER BY published_at
		               LIMIT 5000
		                 FOR UPDATE SKIP LOCKED)`, before); err != nil {
		return fmt.Errorf("strip handled events: %w", err)
	}
	return nil
}

// Waiting counts events that are not on the bus yet.
func (o *Outbox) Waiting(ctx context.Context) (int, error) {
	w, err := o.Late(ctx, 0)
	return w.Events, err
}

// Late is what waits in the outbox.
type Late struct {
	Events int
	Since  time.Time // the oldest
	Reason string    // of the oldest one that failed; empty when none did
	Type   pipeline.EventType
}

// Late tells of events that have waited for at least age.
func (o *Outbox) Late(ctx context.Context, age time.Duration) (Late, error) {
	var l Late
	var since *time.Time
	err := o.c.Pool.QueryRow(ctx, `
		SELECT count(*), min(created_at),
		       coalesce((array_agg(reason ORDER BY created_at) FILTER (WHERE reason <> ''))[1], ''),
		       coalesce((array_agg(event ->> 'type' ORDER BY created_at) FILTER (WHERE reason <> ''))[1], '')
		  FROM outbox
		 WHERE state = 'ready'
		   AND created_at <= clock_timestamp() - $1 * interval '1 millisecond'`, age.Milliseconds()).Scan(&l.Events, &since, &l.Reason, &l.Type)
	if err != nil {
		return l, fmt.Errorf("read outbox: %w", err)
	}
	if since != nil {
		l.Since = *since
	}
	return l, nil
}

// Forget removes at most limit published events of before a time, and returns how
// many; with dry it counts all and touches nothing. The event itself is the bus's.
func (o *Outbox) Forget(ctx context.Context, before time.Time, limit int, dry bool) (n int64, err error) {
	const old = `FROM outbox WHERE state = 'published' AND created_at < $1`
	if dry {
		err = o.c.Pool.QueryRow(ctx, `SELECT count(*) `+old, before).Scan(&n)
	} else {
		err = o.c.Pool.QueryRow(ctx, `
			WITH gone AS (
			    DELETE FROM outbox
			     WHERE id IN (SELECT id `+old+` LIMIT $2)
			    RETURNING id
			)
			SELECT count(*) FROM gone`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget published events: %w", err)
	}
	return n, nil
}
