package tracking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// saveTicket inserts the ticket or fills in what is newly known, and locks it
// until tx ends. It returns the revision before this event, and what this event
// changed.
func saveTicket(ctx context.Context, tx pgx.Tx, t pipeline.Ticket, at time.Time) (int64, changed, error) {
	created := t.CreatedAt
	if created.IsZero() {
		created = at
	}
	// When it was solved is the desk's word, however late the change is found.
	var solved, told *time.Time
	if t.Status == pipeline.StatusSolved {
		when := t.Solved(at)
		if solved = &when; !t.SolvedAt.IsZero() {
			told = &t.SolvedAt
		}
	}
	status := t.Status
	if status == "" {
		status = pipeline.StatusOpen
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO tickets (desk, id, subject, status, locale, product, queue, url, requester_id, requester_name, requester_email, arm, created_at, status_at, solved_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (desk, id) DO NOTHING`,
		t.Desk, t.ID, t.Subject, string(status), t.Locale, t.Product, t.Queue, t.URL,
		t.Requester.ID, t.Requester.Name, t.Requester.Email, string(t.Arm), created, at, solved)
	if err != nil {
		return 0, changed{}, fmt.Errorf("insert ticket: %w", err)
	}
	if tag.RowsAffected() == 1 {
		return 0, changed{}, nil
	}
	var revision int64
	var was pipeline.Ticket
	var statusAt time.Time
	var solvedWas *time.Time
	err = tx.QueryRow(ctx, `
		SELECT revision, status, status_at, solved_at, subject, queue, locale
		  FROM tickets
		 WHERE desk = $1
		   AND id = $2
		   FOR UPDATE`, t.Desk, t.ID).Scan(&revision, &was.Status, &statusAt, &solvedWas, &was.Subject, &was.Queue, &was.Locale)
	if err != nil {
		return 0, changed{}, fmt.Errorf("lock ticket: %w", err)
	}
	// An event without a status (or older than what we know) does not change it.
	if _, err := tx.Exec(ctx, `
		UPDATE tickets
		   SET subject = coalesce(nullif($3, ''), subject),
		       status = CASE WHEN $4 <> '' AND $13 >= status_at THEN $4 ELSE status END,
		       status_at = CASE WHEN $4 <> '' AND $13 >= status_at THEN $13 ELSE status_at END,
		       locale = coalesce(nullif($5, ''), locale),
		       product = coalesce(nullif($6, ''), product),
		       queue = coalesce(nullif($7, ''), queue),
		       url = coalesce(nullif($8, ''), url),
		       requester_id = coalesce(nullif($9, ''), requester_id),
		       requester_name = coalesce(nullif($10, ''), requester_name),
		       requester_email = coalesce(nullif($11, ''), requester_email),
		       created_at = least(created_at, $12),
		       solved_at = CASE WHEN $13 < status_at THEN solved_at
		                        WHEN $4 = 'solved' AND status <> 'solved' THEN $14
		                        WHEN $4 = 'solved' THEN coalesce($15, solved_at, $14)
		                        WHEN $4 IN ('open', 'pending') THEN NULL
		                        ELSE solved_at END,
		       updated_at = now()
		 WHERE desk = $1
		   AND id = $2`,
		t.Desk, t.ID, t.Subject, string(t.Status), t.Locale, t.Product, t.Queue, t.URL,
		t.Requester.ID, t.Requester.Name, t.Requester.Email, created, at, solved, told); err != nil {
		return 0, changed{}, fmt.Errorf("update ticket: %w", err)
	}
	var c changed
	// Solved again counts too: the customer wrote in between, and the desk never said open.
	again := t.Status == pipeline.StatusSolved && told != nil && (solvedWas == nil || told.Sub(*solvedWas).Abs() >= time.Millisecond)
	if t.Status != "" && (t.Status != was.Status || again) && !at.Before(statusAt) {
		c.status = t.Status
	}
	other := func(now, then string) bool { return now != "" && now != then }
	c.details = other(t.Subject, was.Subject) || other(t.Queue, was.Queue) || other(t.Locale, was.Locale)
	return revision, c, nil
}

// changed is what an event changed of a ticket that was there.
type changed struct {
	status  pipeline.TicketStatus // empty: nothing
	details bool                  // subject, queue or language
}

// lockTicket locks the ticket with the batch until tx ends, as saveTicket does.
func lockTicket(b *pgx.Batch, ref pipeline.TicketRef) {
	b.Queue(`SELECT FROM tickets WHERE desk = $1 AND id = $2 FOR UPDATE`, ref.Desk, ref.ID)
}

// saveMessage inserts a message, and for a public customer message its outcome
// row, or that of a rule which left the message out. newest is true when the message is new, counts, and is the newest of
// those that people wrote: then the ticket has a new revision.
func saveMessage(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, m pipeline.Message, revision int64, counts bool) (added, newest bool, err error) {
	if m.Attachments == nil {
		m.Attachments = []string{}
	}
	err = tx.QueryRow(ctx, `
		WITH later AS (
		    SELECT EXISTS (SELECT FROM messages
		                    WHERE desk = $1
		                      AND ticket = $2
		                      AND public
		                      AND role IN ('customer', 'agent')
		                      AND at > $12) AS yes), added AS (
		INSERT INTO messages (desk, ticket, id, role, author_id, author_name, author_email, text, public, marker, attachments, at, revision)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN $14 AND NOT later.yes THEN $13::bigint + 1 ELSE $13 END
		  FROM later
		ON CONFLICT (desk, ticket, id) DO NOTHING
		RETURNING id, public, role, revision), opened AS (
		INSERT INTO outcomes (desk, ticket, message, kind, reason, recorded_at)
		SELECT $1, $2, id, CASE WHEN $15 <> '' THEN 'skipped' END, $15, CASE WHEN $15 <> '' THEN now() END
		  FROM added
		 WHERE public AND (role = 'customer' OR $15 <> '')
		ON CONFLICT (desk, ticket, message) DO NOTHING)
		SELECT revision > $13 FROM added`,
		ref.Desk, ref.ID, m.ID, string(m.Role), m.Author.ID, m.Author.Name, m.Author.Email, m.Text, m.Public, m.Marker, m.Attachments,
		m.At, revision, counts, m.Skipped).Scan(&newest)
	if err == pgx.ErrNoRows {
		return false, false, nil // it was there before
	}
	if err != nil {
		return false, false, fmt.Errorf("insert message: %w", err)
	}
	if m.Public && m.Role == pipeline.RoleAgent {
		if _, err := tx.Exec(ctx, `
			UPDATE tickets
			   SET first_reply_at = least(first_reply_at, $3)
			 WHERE desk = $1
			   AND id = $2`, ref.Desk, ref.ID, m.At); err != nil {
			return true, newest, fmt.Errorf("set first reply: %w", err)
		}
	}
	return true, newest, nil
}

// saveRevision writes the ticket's new revision with the batch.
func saveRevision(b *pgx.Batch, ref pipeline.TicketRef, revision int64) {
	b.Queue(`
		UPDATE tickets
		   SET revision = $3, updated_at = now()
		 WHERE desk = $1
		   AND id = $2`, ref.Desk, ref.ID, revision)
}

// querier is a pool or a transaction. A batch is one round trip: a customer's
// message passes here, and round trips are most of what it costs.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// Ticket returns the ticket with its thread, oldest message first. The error
// kind is NotFound.
func (t *Tracker) Ticket(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	return findTicket(ctx, t.Pool, ref)
}

// TicketIn is Ticket within tx, for callers that hold locks.
func (t *Tracker) TicketIn(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	return findTicket(ctx, tx, ref)
}

func findTicket(ctx context.Context, tx querier, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	t := pipeline.Ticket{TicketRef: ref}
	var b pgx.Batch
	b.Queue(`
		SELECT subject, status, locale, product, queue, url, requester_id, requester_name, requester_email, revision, arm, created_at
		  FROM tickets
		 WHERE desk = $1
		   AND id = $2`, ref.Desk, ref.ID).QueryRow(func(r pgx.Row) error {
		return r.Scan(&t.Subject, &t.Status, &t.Locale, &t.Product, &t.Queue, &t.URL,
			&t.Requester.ID, &t.Requester.Name, &t.Requester.Email, &t.Revision, &t.Arm, &t.CreatedAt)
	})
	b.Queue(`
		SELECT id, role, author_id, author_name, author_email, text, public, marker, attachments, at
		  FROM messages
		 WHERE desk = $1
		   AND ticket = $2
		 ORDER BY at, received_at, id`, ref.Desk, ref.ID).Query(func(rows pgx.Rows) (err error) {
		t.Messages, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (m pipeline.Message, err error) {
			err = r.Scan(&m.ID, &m.Role, &m.Author.ID, &m.Author.Name, &m.Author.Email, &m.Text, &m.Public, &m.Marker, &m.Attachments, &m.At)
			return m, err
		})
		return err
	})
	err := tx.SendBatch(ctx, &b).Close()
	if errors.Is(err, pgx.ErrNoRows) {
		return t, pipeline.Errorf(pipeline.NotFound, "There is no ticket %s.", ref)
	}
	if err != nil {
		return t, fmt.Errorf("read ticket: %w", err)
	}
	return t, nil
}

// Revision returns the ticket's revision now; drafting compares it with the one
// it was asked for. The error kind is NotFound.
func (t *Tracker) Revision(ctx context.Context, ref pipeline.TicketRef) (int64, error) {
	var revision int64
	err := t.Pool.QueryRow(ctx, `SELECT revision FROM tickets WHERE desk = $1 AND id = $2`, ref.Desk, ref.ID).Scan(&revision)
	if err == pgx.ErrNoRows {
		return 0, pipeline.Errorf(pipeline.NotFound, "There is no ticket %s.", ref)
	}
	if err != nil {
		return 0, fmt.Errorf("read revision: %w", err)
	}
	return revision, nil
}
