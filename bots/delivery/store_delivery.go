package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// delivery is one row of deliveries.
type delivery struct {
	id, decision, draft string
	desk, ticket        string
	event               pipeline.Event // draft.decided, as it was published
	hash, marker        string
	state               pipeline.DeliveryState
	attempt             int
	fence               int64
	absent              int
	resends             int
	looks               int
	tries               int
	ticketAt            time.Time // of the ticket before the last POST; zero: not known
	remoteID, reason    string
	updatedAt           time.Time
	dueAt               time.Time // of a new row: not before; zero: now
}

// deliveries is the table. clock replaces the database's; nil in production.
type deliveries struct {
	pool  *pgxpool.Pool
	clock func() time.Time
}

// now is the parameter for coalesce($n, now()).
func (s deliveries) now() *time.Time {
	if s.clock == nil {
		return nil
	}
	t := s.clock()
	return &t
}

// insert stores a new delivery and tells whether it was new.
func (s deliveries) insert(ctx context.Context, d delivery) (bool, error) {
	event, err := json.Marshal(d.event)
	if err != nil {
		return false, pipeline.Errorf(pipeline.Invalid, "write event %s: %w", d.event.ID, err)
	}
	var dueAt *time.Time
	if !d.dueAt.IsZero() {
		dueAt = &d.dueAt
	}
	tag, err := s.pool.Exec(ctx, `
		INSERT INTO deliveries (id, decision, draft, desk, ticket, event, hash, marker, state, reason, due_at, created_at, updated_at)
		VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9,
		        greatest($11, coalesce($10, now())), coalesce($10, now()), coalesce($10, now()))
		ON CONFLICT DO NOTHING`, // one delivery for one decision
		d.decision, d.draft, d.desk, d.ticket, event, d.hash, d.marker, d.state, d.reason, s.now(), dueAt)
	if err != nil {
		return false, fmt.Errorf("store delivery: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// Waiting counts, by desk, the approved replies that are not sent yet.
func Waiting(ctx context.Context, pool *pgxpool.Pool) (map[string]int, error) {
	rows, err := pool.Query(ctx, `
		SELECT desk, count(*)
		  FROM deliveries
		 WHERE state IN ('queued', 'sending', 'unknown')
		 GROUP BY desk`)
	if err != nil {
		return nil, fmt.Errorf("count waiting replies: %w", err)
	}
	out := map[string]int{}
	var desk string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&desk, &n}, func() error { out[desk] = n; return nil }); err != nil {
		return nil, fmt.Errorf("count waiting replies: %w", err)
	}
	return out, nil
}

// claim takes one due delivery for the length of a lease and raises its fence.
// Desks in held are left alone, except for publishing what is final. NotFound
// when nothing is due.
func (s deliveries) claim(ctx context.Context, held []string, lease time.Duration) (delivery, error) {
	row := s.pool.QueryRow(ctx, `
		WITH due AS (
			SELECT id
			  FROM deliveries
			 WHERE due_at <= coalesce($1, now())
			   AND (state IN ('queued', 'sending', 'unknown') OR NOT published)
			   AND (state NOT IN ('queued', 'unknown') OR desk <> ALL ($2))
			 ORDER BY due_at, created_at
			 LIMIT 1
			   FOR UPDATE SKIP LOCKED)
		UPDATE deliveries d
		   SET fence = d.fence + 1,
		       due_at = coalesce($1, now()) + make_interval(secs => $3)
		  FROM due
		 WHERE d.id = due.id
		RETURNING `+deliveryColumns,
		s.now(), held, lease.Seconds())
	return scanDelivery(row, "no delivery is due")
}

const deliveryColumns = `d.id::text, d.decision::text, d.draft::text, d.desk, d.ticket, d.event::text, d.hash, d.marker, d.state,
		          d.attempt, d.fence, d.absent, d.resends, d.looks, d.tries, d.ticket_at, d.remote_id, d.reason, d.updated_at`

// scanDelivery reads one row of deliveryColumns; NotFound, in these words, without one.
func scanDelivery(row pgx.Row, none string) (delivery, error) {
	var d delivery
	var event string
	var ticketAt *time.Time
	err := row.Scan(&d.id, &d.decision, &d.draft, &d.desk, &d.ticket, &event, &d.hash, &d.marker, &d.state,
		&d.attempt, &d.fence, &d.absent, &d.resends, &d.looks, &d.tries, &ticketAt, &d.remoteID, &d.reason, &d.updatedAt)
	if ticketAt != nil {
		d.ticketAt = *ticketAt
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return d, pipeline.Errorf(pipeline.NotFound, "%s", none)
	}
	if err != nil {
		return d, fmt.Errorf("read delivery: %w", err)
	}
	if err := json.Unmarshal([]byte(event), &d.event); err != nil {
		return d, fmt.Errorf("read event of delivery %s: %w", d.id, err)
	}
	return d, nil
}

// asked is the newest delivery of a draft, besides one, of which a person was asked.
// NotFound when there is none.
func (s deliveries) asked(ctx context.Context, draft, besides string) (delivery, error) {
	return scanDelivery(s.pool.QueryRow(ctx, `
		SELECT `+deliveryColumns+`
		  FROM deliveries d
		 WHERE d.draft = $1
		   AND d.id <> $2
		   AND d.state = 'asked'
		 ORDER BY d.created_at DESC
		 LIMIT 1`, draft, besides), "nobody was asked about the draft")
}

// undo ends the delivery of an approval that was taken back, if nothing was posted yet.
func (s deliveries) undo(ctx context.Context, decision string) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE deliveries
		   SET state = 'undone',
		       reason = '',
		       published = true,
		       fence = fence + 1,
		       updated_at = coalesce($2, now())
		 WHERE decision = $1
		   AND state = 'queued'`, decision, s.now())
	if err != nil {
		return fmt.Errorf("undo delivery of %s: %w", decision, err)
	}
	return nil
}

// takeAsked takes the newest delivery of a draft's reply of which a person was asked,
// as claim does; what follows is to be published. NotFound when there is none.
func (s deliveries) takeAsked(ctx context.Context, draft, hash string, lease time.Duration) (delivery, error) {
	return scanDelivery(s.pool.QueryRow(ctx, `
		UPDATE deliveries d
		   SET fence = d.fence + 1,
		       published = false,
		       due_at = coalesce($1, now()) + make_interval(secs => $4)
		 WHERE d.id = (SELECT id FROM deliveries WHERE draft = $2 AND hash = $3 AND state = 'asked' ORDER BY created_at DESC LIMIT 1)
		   AND d.state = 'asked'
		RETURNING `+deliveryColumns, s.now(), draft, hash, lease.Seconds()), "nobody was asked about the draft")
}

// takeSent takes the delivery of a desk with a mark, as claim does, unless it is still
// on its way, and then only reads it; what follows is to be published. NotFound when
// there is none, or it was told already that it did not arrive.
func (s deliveries) takeSent(ctx context.Context, desk, marker string, lease time.Duration) (delivery, error) {
	return scanDelivery(s.pool.QueryRow(ctx, `
		UPDATE deliveries d
		   SET fence = CASE WHEN state IN ('sent', 'asked') THEN d.fence + 1 ELSE d.fence END,
		       published = published AND state NOT IN ('sent', 'asked'),
		       due_at = CASE WHEN state IN ('sent', 'asked') THEN coalesce($1, now()) + make_interval(secs => $4) ELSE due_at END
		 WHERE d.marker = $3
		   AND d.desk = $2
		   AND d.state IN ('sending', 'unknown', 'sent', 'asked')
		RETURNING `+deliveryColumns, s.now(), desk, marker, lease.Seconds()), "no reply with this mark was sent")
}

// move writes to over from, due again after wait. Conflict when the row is no
// longer in from's state under from's fence: somebody else has it.
func (s deliveries) move(ctx context.Context, from, to delivery, wait time.Duration) (delivery, error) {
	var ticketAt *time.Time
	if !to.ticketAt.IsZero() {
		ticketAt = &to.ticketAt
	}
	err := s.pool.QueryRow(ctx, `
		UPDATE deliveries
		   SET state = $4,
		       attempt = $5,
		       absent = $6,
		       resends = $7,
		       tries = $8,
		       remote_id = $9,
		       reason = $10,
		       looks = $13,
		       ticket_at = $14,
		       due_at = coalesce($11, now()) + make_interval(secs => $12),
		       -- readers take this for the time of the state
		       updated_at = CASE WHEN state = $4 THEN updated_at ELSE coalesce($11, now()) END
		 WHERE id = $1
		   AND state = $2
		   AND fence = $3
		RETURNING updated_at`,
		from.id, from.state, from.fence, to.state, to.attempt, to.absent, to.resends, to.tries, to.remoteID, to.reason,
		s.now(), wait.Seconds(), to.looks, ticketAt).Scan(&to.updatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return to, pipeline.Errorf(pipeline.Conflict, "delivery %s was taken over", from.id)
	}
	if err != nil {
		return to, fmt.Errorf("move delivery %s from %s to %s: %w", from.id, from.state, to.state, err)
	}
	return to, nil
}

// markPublished ends a delivery. A row that somebody else holds is left to them.
func (s deliveries) markPublished(ctx context.Context, d delivery) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE deliveries
		   SET published = true
		 WHERE id = $1
		   AND state = $2
		   AND fence = $3`, d.id, d.state, d.fence)
	if err != nil {
		return fmt.Errorf("mark delivery %s published: %w", d.id, err)
	}
	return nil
}
