package work

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// factsSQL reads what the work of some tickets depends on. Everything is reached
// from the ticket by an index and bounded by its thread. The thread's order is (at,
// received_at, id), everywhere. The arguments stand in sub-queries so that one plan
// serves any number of tickets: to plan this takes longer than to run it.
const factsSQL = `
	SELECT clock_timestamp(), r.desk, r.id, t.created_at, t.status, t.solved_at, t.revision, t.queue, t.locale,
	       coalesce(m.id, ''), m.at, q.at, coalesce(o.kind, ''), coalesce(o.reason, ''), coalesce(o.arrived_at, m.received_at),
	       coalesce(o.recorded_at, o.arrived_at, m.received_at),
	       a.id IS NOT NULL, coalesce(a.marker, '') <> '', a.at, coalesce(nullif(a.author_name, ''), a.author_email, ''),
	       sent.by IS NOT NULL, coalesce(sent.by, ''), sent.at,
	       coalesce(d.id::text, ''), coalesce(d.message, ''), coalesce(d.revision, 0), d.created_at, coalesce(d.abstained, '') <> '', coalesce(d.warnings, 0),
	       CASE WHEN d.id IS NOT NULL THEN coalesce(rv.state, 'open') ELSE '' END, coalesce(rv.claimed_by, ''), rv.claimed_at,
	       coalesce(rv.decided_by, ''), rv.decided_at, coalesce(rv.reason, ''), coalesce(rv.updated_at, d.created_at), coalesce(rv.delivery, ''),
	       coalesce(h.agent, ''), coalesce(h.queue, ''),
	       z.until, coalesce(z.message, ''), coalesce(z.agent, ''), z.at
	  FROM unnest((SELECT $1::text[]), (SELECT $2::text[])) AS r (desk, id)
	  JOIN tickets t ON t.desk = r.desk AND t.id = r.id
	  LEFT JOIN LATERAL (SELECT * FROM messages x
	                      WHERE x.desk = t.desk AND x.ticket = t.id AND x.role = 'customer' AND x.public
	                        -- courtesy beside a question changes nothing of it
	                        AND NOT EXISTS (SELECT FROM outcomes y
	                                         WHERE y.desk = x.desk AND y.ticket = x.ticket AND y.message = x.id
	                                           AND y.kind = 'skipped' AND y.reason = '` + pipeline.BesideReason + `')
	                      ORDER BY x.at DESC, x.received_at DESC, x.id DESC LIMIT 1) m ON true
	  LEFT JOIN outcomes o ON o.desk = t.desk AND o.ticket = t.id AND o.message = m.id
	  -- the newest answer to it that reached the customer
	  LEFT JOIN LATERAL (SELECT * FROM messages x
	                      WHERE x.desk = t.desk AND x.ticket = t.id AND x.role = 'agent' AND x.public
	                        AND (x.marker = '' OR NOT EXISTS (SELECT FROM reviews u
	                                                           WHERE u.desk = x.desk AND u.ticket = x.ticket AND u.delivery = 'undelivered'
	                                                             AND x.marker = 'fn-' || u.decision::text))
	                        AND (x.at, x.received_at, x.id) > (m.at, m.received_at, m.id)
	                      ORDER BY x.at DESC, x.received_at DESC, x.id DESC LIMIT 1) a ON true
	  -- the newest answer before it: the question begins after that
	  LEFT JOIN LATERAL (SELECT * FROM messages x
	                      WHERE x.desk = t.desk AND x.ticket = t.id AND x.role = 'agent' AND x.public
	                        AND (x.at, x.received_at, x.id) < (m.at, m.received_at, m.id)
	                      ORDER BY x.at DESC, x.received_at DESC, x.id DESC LIMIT 1) b ON true
	  LEFT JOIN LATERAL (SELECT least(x.at, x.received_at) AS at FROM messages x
	                      WHERE x.desk = t.desk AND x.ticket = t.id AND x.role = 'customer' AND x.public
	                        AND (b.id IS NULL OR (x.at, x.received_at, x.id) > (b.at, b.received_at, b.id))
	                      ORDER BY x.at, x.received_at, x.id LIMIT 1) q ON true
	  LEFT JOIN LATERAL (SELECT x.id, x.message, x.revision, x.created_at, x.abstained,
	                            CASE jsonb_typeof(x.content -> 'findings') WHEN 'array' THEN jsonb_array_length(x.content -> 'findings') ELSE 0 END AS warnings
	                       FROM drafts x
	                       JOIN messages y ON y.desk = x.desk AND y.ticket = x.ticket AND y.id = x.message
	                      WHERE x.desk = t.desk AND x.ticket = t.id
	                        AND (b.id IS NULL OR (y.at, y.received_at, y.id) > (b.at, b.received_at, b.id))
	                        AND (y.at, y.received_at, y.id) <= (m.at, m.received_at, m.id)
	                      ORDER BY y.at DESC, y.received_at DESC, y.id DESC, x.version DESC LIMIT 1) d ON true
	  LEFT JOIN reviews rv ON rv.draft = d.id
	  -- a reply of ours that was approved when the message was there; the desk may
	  -- not have told of it yet
	  LEFT JOIN LATERAL (SELECT x.decided_by AS by, coalesce(x.sent_at, x.decided_at) AS at
	                       FROM reviews x
	                       JOIN drafts y ON y.id = x.draft
	                      WHERE x.desk = t.desk AND x.ticket = t.id AND x.state = 'sent'
	                        AND (y.message = m.id OR x.decided_at >= m.received_at)
	                      ORDER BY x.decided_at DESC, x.draft LIMIT 1) sent ON true
	  -- to whom it was handed; what the customer writes after that is anybody's again
	  LEFT JOIN handoffs h ON h.desk = t.desk AND h.ticket = t.id AND h.message = m.id
	  LEFT JOIN snoozes z ON z.desk = t.desk AND z.ticket = t.id`

// derive reads the facts of tickets with the batch, and appends what they make of
// their work at that moment, by the database's clock. Tickets that are not stored
// are left out.
func derive(b *pgx.Batch, refs []pipeline.TicketRef, to *[]derived) {
	desks, ids := split(refs)
	b.Queue(factsSQL, desks, ids).Query(func(rows pgx.Rows) error {
		out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (derived, error) {
			f, now, err := scanFacts(r)
			return derived{f.work(now), cmp.Or(f.handedQueue, f.queue), f.language}, err
		})
		*to = append(*to, out...)
		return err
	})
}

func scanFacts(r pgx.Row) (f facts, now time.Time, err error) {
	var solved, message, waits, arrived, recorded, reply, sent, draft, claimed, decided, changed, until, snoozed *time.Time
	err = r.Scan(&now, &f.ref.Desk, &f.ref.ID, &f.createdAt, &f.status, &solved, &f.revision, &f.queue, &f.language,
		&f.message, &message, &waits, &f.outcome, &f.reason, &arrived, &recorded,
		&f.reply, &f.replyOurs, &reply, &f.replyAuthor,
		&f.sent, &f.sentBy, &sent,
		&f.draft, &f.draftMessage, &f.draftRevision, &draft, &f.abstained, &f.warnings,
		&f.state, &f.claimedBy, &claimed, &f.decidedBy, &decided, &f.decisionWhy, &changed, &f.delivery,
		&f.handed, &f.handedQueue,
		&until, &f.snoozedMessage, &f.snoozedBy, &snoozed)
	for _, x := range []struct {
		to   *time.Time
		from *time.Time
	}{{&f.solvedAt, solved}, {&f.messageAt, message}, {&f.waitsSince, waits}, {&f.arrivedAt, arrived}, {&f.recordedAt, recorded}, {&f.replyAt, reply},
		{&f.sentAt, sent}, {&f.draftAt, draft}, {&f.claimedAt, claimed}, {&f.decidedAt, decided}, {&f.changedAt, changed},
		{&f.snoozedUntil, until}, {&f.snoozedAt, snoozed}} {
		if x.from != nil {
			*x.to = *x.from
		}
	}
	return f, now, err
}

// derived is a row before it is stored, with what it is chosen by.
type derived struct {
	pipeline.Work
	queue, language string
}

func split(refs []pipeline.TicketRef) (desks, ids []string) {
	for _, r := range refs {
		desks, ids = append(desks, r.Desk), append(ids, r.ID)
	}
	return desks, ids
}
