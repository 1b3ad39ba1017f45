package trace

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// store reads what the areas wrote; it writes nothing.
type store struct{ pool *pgxpool.Pool }

// named is what an id names.
type named struct {
	is      string
	ref     pipeline.TicketRef
	message string
	request string // reference of a request in Slack
}

// findSQL looks an id up where ids of its kind are kept; the first hit counts.
const findSQL = `
	SELECT is_a, desk, ticket, message, request
	  FROM (SELECT 1 AS rank, 'a request in Slack' AS is_a, '' AS desk, '' AS ticket, '' AS message, ref AS request
	          FROM slack_requests
	         WHERE ref = upper($1) OR source = $1
	        UNION ALL
	        SELECT 2, 'a draft', desk, ticket, message, '' FROM drafts WHERE id = $2
	        UNION ALL
	        SELECT 3, 'a decision', d.desk, d.ticket, d.message, '' FROM decisions x JOIN drafts d ON d.id = x.draft WHERE x.id = $2
	        UNION ALL
	        SELECT 4, 'a delivery', d.desk, d.ticket, d.message, '' FROM deliveries x JOIN drafts d ON d.id = x.draft WHERE x.id = $2
	        UNION ALL
	        SELECT 5, 'a card', desk, ticket, message, '' FROM cards WHERE id = $2
	        UNION ALL
	        SELECT 6, 'a ticket', desk, id, '', '' FROM tickets WHERE desk || '/' || id = $1
	        UNION ALL
	        SELECT 7, 'an event', desk, ticket, message, '' FROM outcomes WHERE event ->> 'id' = $1 OR event ->> 'correlation' = $1
	        UNION ALL
	        SELECT 8, 'an event that was given up on', event ->> 'desk', event ->> 'ticket', '', '' FROM dead_letters WHERE event_id = $1
	        UNION ALL
	        SELECT 9, 'a message', desk, ticket, id, '' FROM messages WHERE desk || '/' || ticket || '/' || id = $1
	        UNION ALL
	        -- event ids name their ticket: received/desk/id/message, updated/desk/id/7/…
	        SELECT 10, 'an event', desk, id, '', '' FROM tickets WHERE $3 <> '' AND starts_with($3 || '/', desk || '/' || id || '/')) x
	 ORDER BY rank, length(ticket) DESC
	 LIMIT 1`

var anyUUID = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// find says what the id names. The error kind is NotFound.
func (s store) find(ctx context.Context, id string) (named, error) {
	var t named
	if strings.ContainsRune(id, 0) || len(id) > 2000 {
		return t, pipeline.Errorf(pipeline.Invalid, "That is no id.")
	}
	_, rest, _ := strings.Cut(id, "/")
	if !regexp.MustCompile(`^[a-z]+$`).MatchString(strings.TrimSuffix(id, "/"+rest)) {
		rest = ""
	}
	var key *uuid.UUID
	if raw := anyUUID.FindString(id); raw != "" {
		if k, err := uuid.Parse(raw); err == nil {
			key = &k
		}
	}
	err := s.pool.QueryRow(ctx, findSQL, id, key, rest).Scan(&t.is, &t.ref.Desk, &t.ref.ID, &t.message, &t.request)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, pipeline.Errorf(pipeline.NotFound, "Nothing is known under %q. A reference begins with FN-; a ticket is written desk/id; drafts, decisions and deliveries are UUIDs.", id)
	}
	if err != nil {
		return t, fmt.Errorf("find %q: %w", id, err)
	}
	return t, nil
}

// requestSQL is a request's course: asked, checked, answered, judged.
const requestSQL = `
	SELECT at, kind, id, what, detail
	  FROM (SELECT created_at AS at, 'request' AS kind, ref AS id, 'asked in Slack (' || surface || ') by ' || slack_user || coalesce(nullif(' in ' || channel, ' in '), '') AS what,
	               text AS detail, 1 AS step
	          FROM slack_requests WHERE ref = $1
	        UNION ALL
	        SELECT coalesce((answer ->> 'created_at')::timestamptz, created_at), 'draft', answer ->> 'id',
	               CASE WHEN answer ->> 'abstained' IS NULL THEN 'answer written (' || (answer ->> 'drafter') || ')' ELSE 'abstained' END,
	               coalesce(answer ->> 'abstained', answer ->> 'fallback', ''), 2
	          FROM slack_requests WHERE ref = $1 AND answer IS NOT NULL
	        UNION ALL
	        SELECT coalesce((r.answer ->> 'created_at')::timestamptz, r.created_at), 'check', '', (f ->> 'check') || ' (' || (f ->> 'severity') || ')', f ->> 'detail', 3
	          FROM slack_requests r CROSS JOIN LATERAL jsonb_array_elements(coalesce(nullif(r.answer -> 'findings', 'null'), '[]')) f
	         WHERE r.ref = $1
	        UNION ALL
	        SELECT coalesce((r.answer ->> 'created_at')::timestamptz, r.created_at), 'source', h -> 'passage' ->> 'id',
	               (h -> 'passage' ->> 'title') || ', version ' || (h -> 'passage' ->> 'version') || ', ' || (h -> 'passage' ->> 'audience'), '', 4
	          FROM slack_requests r CROSS JOIN LATERAL jsonb_array_elements(coalesce(nullif(r.answer -> 'nearest', 'null'), '[]')) h
	         WHERE r.ref = $1
	        UNION ALL
	        SELECT ended_at, CASE WHEN state = 'failed' THEN 'error' ELSE 'request' END, ref, state || coalesce(nullif(', after ' || tries || ' tries', ', after 1 tries'), ''),
	               concat_ws('; cause: ', nullif(say, ''), nullif(cause, '')), 5
	          FROM slack_requests WHERE ref = $1 AND ended_at IS NOT NULL
	        UNION ALL
	        SELECT held_until, 'request', ref, 'still open, try ' || tries, 'taken up again at this time by any process', 6
	          FROM slack_requests WHERE ref = $1 AND ended_at IS NULL
	        UNION ALL
	        SELECT at, 'feedback', slack_user, CASE WHEN good THEN 'judged helpful' ELSE 'judged not helpful' END, reason, 7
	          FROM slack_feedback WHERE ref = $1) x
	 ORDER BY at, step`

func (s store) request(ctx context.Context, ref string) ([]Step, error) {
	return s.steps(ctx, requestSQL, ref)
}

// ticketSQL is the course of one ticket, or of one of its messages.
const ticketSQL = `
	WITH d AS (SELECT * FROM drafts WHERE desk = $1 AND ticket = $2 AND ($3 = '' OR message = $3))
	SELECT at, kind, id, what, detail
	  FROM (SELECT received_at AS at, 'message' AS kind, id, role || CASE WHEN public THEN '' ELSE ' (note)' END AS what, left(text, 300) AS detail, 1 AS step
	          FROM messages WHERE desk = $1 AND ticket = $2 AND ($3 = '' OR id = $3)
	        UNION ALL
	        SELECT coalesce(recorded_at, arrived_at), 'outcome', message, coalesce(kind, 'none yet'), reason, 6
	          FROM outcomes WHERE desk = $1 AND ticket = $2 AND ($3 = '' OR message = $3)
	        UNION ALL
	        SELECT created_at, 'draft', id::text, 'version ' || version || ', ' || drafter || coalesce(nullif(' ' || model, ' '), '') || ', confidence ' || round(confidence::numeric, 2),
	               coalesce(nullif(abstained, ''), content ->> 'fallback', ''), 3
	          FROM d
	        UNION ALL
	        SELECT d.created_at, 'check', d.id::text, (f ->> 'check') || ' (' || (f ->> 'severity') || ')', f ->> 'detail', 4
	          FROM d CROSS JOIN LATERAL jsonb_array_elements(coalesce(nullif(d.content -> 'findings', 'null'), '[]')) f
	        UNION ALL
	        SELECT l.at, CASE WHEN l.error = '' THEN 'model' ELSE 'error' END, l.id::text, l.purpose || ' by ' || l.provider || ' ' || l.model || ', ' || l.duration_ms || ' ms', l.error, 2
	          FROM llm_calls l
	         WHERE l.correlation <> ''
	           AND l.correlation IN (SELECT event ->> 'correlation' FROM outcomes WHERE desk = $1 AND ticket = $2 AND ($3 = '' OR message = $3))
	        UNION ALL
	        SELECT x.at, 'decision', x.id::text, x.kind || ' by ' || coalesce(a.name, x.agent) || ' in ' || x.surface, x.reason, 7
	          FROM decisions x JOIN d ON d.id = x.draft LEFT JOIN agents a ON a.id = x.agent
	        UNION ALL
	        SELECT r.updated_at, 'state', r.draft::text, r.state || coalesce(nullif(', delivery ' || r.delivery, ', delivery '), ''), r.reason, 9
	          FROM reviews r JOIN d ON d.id = r.draft
	        UNION ALL
	        SELECT x.created_at, 'delivery', x.id::text, 'queued for ' || x.desk, '', 8
	          FROM deliveries x JOIN d ON d.id = x.draft
	        UNION ALL
	        SELECT x.updated_at, CASE WHEN x.state IN ('failed', 'unknown', 'asked', 'stale') THEN 'error' ELSE 'delivery' END, x.id::text,
	               x.state || ' after ' || x.attempt || ' attempts' || coalesce(nullif(', there ' || x.remote_id, ', there '), ''), x.reason, 9
	          FROM deliveries x JOIN d ON d.id = x.draft
	        UNION ALL
	        SELECT c.updated_at, CASE WHEN c.waiting THEN 'error' ELSE 'card' END, c.id::text,
	               'shows ' || coalesce(nullif(c.state, ''), 'nothing yet') || ' in ' || c.channel || coalesce(nullif(' at ' || c.ts, ' at '), ''),
	               CASE WHEN c.waiting THEN 'Slack refuses until somebody repairs it' WHEN c.tried_at IS NOT NULL THEN 'a post was not answered' ELSE '' END, 10
	          FROM cards c WHERE c.desk = $1 AND c.ticket = $2 AND ($3 = '' OR c.message = $3)
	        UNION ALL
	        SELECT at, 'error', event_id, consumer || ' gave up after ' || deliveries || ' tries' || CASE WHEN replayed_at IS NULL THEN '' ELSE ', replayed since' END, reason, 5
	          FROM dead_letters WHERE event ->> 'desk' = $1 AND event ->> 'ticket' = $2) x
	 ORDER BY at, step`

func (s store) ticket(ctx context.Context, ref pipeline.TicketRef, message string) ([]Step, error) {
	return s.steps(ctx, ticketSQL, ref.Desk, ref.ID, message)
}

func (s store) steps(ctx context.Context, sql string, args ...any) ([]Step, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (t Step, err error) {
		var id, what, detail *string
		err = r.Scan(&t.At, &t.Kind, &id, &what, &detail)
		for into, from := range map[*string]*string{&t.ID: id, &t.What: what, &t.Detail: detail} {
			if from != nil {
				*into = *from
			}
		}
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	return out, nil
}
