package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Refresh brings the rows of tickets up to what is stored, within tx. Whoever
// changes what they depend on calls it last: rows are locked after tickets and
// reviews, and two that refresh the same ticket see each other's changes.
func (s *Service) Refresh(ctx context.Context, tx pgx.Tx, refs ...pipeline.TicketRef) error {
	if len(refs) == 0 {
		return nil
	}
	desks, ids := split(refs)
	// In one order, or two of these could wait for each other. Reading is a
	// statement after that, so that it sees what the holder before committed.
	var read pgx.Batch
	var rows []derived
	read.Queue(`
		SELECT pg_advisory_xact_lock(k)
		  FROM (SELECT DISTINCT hashtextextended(desk || chr(1) || id, 7401) AS k
		          FROM unnest($1::text[], $2::text[]) AS r (desk, id)
		         ORDER BY k) keys`, desks, ids)
	derive(&read, refs, &rows)
	if err := tx.SendBatch(ctx, &read).Close(); err != nil {
		return fmt.Errorf("derive work: %w", err)
	}
	var write pgx.Batch
	save(&write, rows)
	saveWords(&write, rows)
	if err := tx.SendBatch(ctx, &write).Close(); err != nil {
		return fmt.Errorf("save work: %w", err)
	}
	return nil
}

// save writes rows with the batch; what is as it was writes nothing.
func save(b *pgx.Batch, rows []derived) {
	n := len(rows)
	var desks, tickets, states, whys, owners, names, messages, drafts, queues, languages = make([]string, n), make([]string, n), make([]string, n), make([]string, n),
		make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	since, due, waits, warnings := make([]time.Time, n), make([]*time.Time, n), make([]time.Time, n), make([]int, n)
	for i, r := range rows {
		desks[i], tickets[i], states[i], whys[i], owners[i], names[i] = r.Ticket.Desk, r.Ticket.ID, string(r.State), string(r.Why), r.Owner.ID, r.Owner.Name
		messages[i], drafts[i], queues[i], languages[i] = r.Message, r.Draft, r.queue, r.language
		since[i], waits[i], warnings[i] = r.Since, r.WaitsSince, r.Warnings
		if !r.Until.IsZero() {
			due[i] = &rows[i].Until
		}
	}
	b.Queue(`
		INSERT INTO work AS w (desk, ticket, state, why, owner, owner_name, since, due_at, message, draft, waits_at, queue, language, warnings)
		SELECT desk, ticket, state, why, owner, owner_name, since, due_at, message, nullif(draft, '')::uuid, waits_at, queue, language, warnings
		  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
		              $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::text[], $14::int[])
		    AS r (desk, ticket, state, why, owner, owner_name, since, due_at, message, draft, waits_at, queue, language, warnings)
		ON CONFLICT (desk, ticket) DO UPDATE
		   SET state = excluded.state, why = excluded.why, owner = excluded.owner, owner_name = excluded.owner_name, since = excluded.since,
		       due_at = excluded.due_at, message = excluded.message, draft = excluded.draft, waits_at = excluded.waits_at,
		       queue = excluded.queue, language = excluded.language, warnings = excluded.warnings
		 WHERE (w.state, w.why, w.owner, w.owner_name, w.since, w.due_at, w.message, w.draft, w.waits_at, w.queue, w.language, w.warnings)
		       IS DISTINCT FROM
		       (excluded.state, excluded.why, excluded.owner, excluded.owner_name, excluded.since, excluded.due_at, excluded.message, excluded.draft,
		        excluded.waits_at, excluded.queue, excluded.language, excluded.warnings)`,
		desks, tickets, states, whys, owners, names, since, due, messages, drafts, waits, queues, languages, warnings)
}

// The most of a ticket that is searched: messages, the newest first, and
// characters of each.
const (
	searchedMessages = 200
	searchedText     = 4000
)

// saveWords takes up, with the batch, the words of tickets whose messages, names or
// marks changed.
func saveWords(b *pgx.Batch, rows []derived) {
	desks, ids, marks := make([]string, len(rows)), make([]string, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		desks[i], ids[i], marks[i] = r.Ticket.Desk, r.Ticket.ID, marksOf(r)
	}
	b.Queue(`
		INSERT INTO work_words AS w (desk, ticket, stamp, words)
		SELECT t.desk, t.id, s.stamp, to_tsvector('simple', t.id || ' ' || t.subject || ' ' || t.requester_name || ' ' || t.requester_email || ' '
		                                                    || translate(t.requester_email, '@.', '  ') || ' ' || coalesce(x.said, ''))
		                          || array_to_tsvector(string_to_array(r.marks, ' '))
		  FROM unnest((SELECT $1::text[]), (SELECT $2::text[]), (SELECT $3::text[])) AS r (desk, id, marks)
		  JOIN tickets t ON t.desk = r.desk AND t.id = r.id
		  JOIN LATERAL (SELECT md5(t.subject || chr(1) || t.requester_name || chr(1) || t.requester_email) || '/' || count(*) || '/' || coalesce(max(m.received_at)::text, '') || '/' || r.marks AS stamp
		                  FROM messages m
		                 WHERE m.desk = t.desk AND m.ticket = t.id) s ON NOT EXISTS (SELECT FROM work_words o
		                                                                              WHERE o.desk = t.desk AND o.ticket = t.id AND o.stamp = s.stamp)
		  LEFT JOIN LATERAL (SELECT string_agg(left(m.text, $5), ' ') AS said
		                       FROM (SELECT text FROM messages
		                              WHERE desk = t.desk AND ticket = t.id
		                              ORDER BY at DESC, received_at DESC, id DESC LIMIT $4) m) x ON true
		ON CONFLICT (desk, ticket) DO UPDATE
		   SET stamp = excluded.stamp, words = excluded.words`, desks, ids, marks, searchedMessages, searchedText)
}

const workColumns = `w.desk, w.ticket, w.state, w.why, w.owner, coalesce(g.name, w.owner_name), coalesce(g.email, ''), w.since, w.due_at, w.message,
	       coalesce(w.draft::text, ''), w.waits_at, w.warnings`

func scanWork(r pgx.Row, more ...any) (w pipeline.Work, err error) {
	var until *time.Time
	err = r.Scan(append([]any{&w.Ticket.Desk, &w.Ticket.ID, &w.State, &w.Why, &w.Owner.ID, &w.Owner.Name, &w.Owner.Email, &w.Since, &until, &w.Message,
		&w.Draft, &w.WaitsSince, &w.Warnings}, more...)...)
	if until != nil {
		w.Until = *until
	}
	return w, err
}

// Find returns a ticket's work. The error kind is NotFound.
func (s *Service) Find(ctx context.Context, ref pipeline.TicketRef) (pipeline.Work, error) {
	w, err := scanWork(s.pool.QueryRow(ctx, `
		SELECT `+workColumns+`
		  FROM work w
		  LEFT JOIN agents g ON g.id = w.owner
		 WHERE w.desk = $1
		   AND w.ticket = $2`, ref.Desk, ref.ID))
	if errors.Is(err, pgx.ErrNoRows) {
		return w, pipeline.Errorf(pipeline.NotFound, "Nothing is known of ticket %s yet.", ref)
	}
	if err != nil {
		return w, fmt.Errorf("find work: %w", err)
	}
	return w, nil
}
