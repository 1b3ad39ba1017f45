package measure

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// drills maps the noun of a figure to the query for the tickets behind it. Each
// selects desk, ticket, subject, draft, value, detail, at; $4 is the part of the
// figure after the colon, $5 the limit.
var drills = map[string]string{
	"handling": `
		SELECT h.desk, h.ticket, t.subject, '', (h.handling_ms / 1000.0)::numeric(12, 1) || ' s', h.spans || CASE h.spans WHEN 1 THEN ' span, ' ELSE ' spans, ' END || h.arm, h.ended_at
		  FROM handling_times h
		  JOIN tickets t ON t.desk = h.desk AND t.id = h.ticket
		 WHERE h.ended_at >= $1 AND h.ended_at < $2 AND ($3 = '' OR h.desk = $3) AND $4 IN (h.kind, h.kind || ':' || h.arm)
		 ORDER BY h.handling_ms DESC LIMIT $5`,
	"outcome": `
		SELECT o.desk, o.ticket, t.subject, coalesce(o.draft::text, ''), coalesce(o.kind, 'pending'), o.reason, o.arrived_at
		  FROM outcomes o
		  JOIN tickets t ON t.desk = o.desk AND t.id = o.ticket
		 WHERE o.arrived_at >= $1 AND o.arrived_at < $2 AND ($3 = '' OR o.desk = $3) AND coalesce(o.kind, 'pending') = $4
		 ORDER BY o.arrived_at DESC LIMIT $5`,
	"decision": `
		SELECT s.desk, s.ticket, t.subject, s.draft::text, coalesce(nullif(` + decisionSQL + `, ''), 'superseded'),
		       CASE WHEN s.distance > 0 THEN (s.distance * 100)::numeric(5, 1) || ' % edited' ELSE '' END, s.created_at
		  FROM draft_states s
		  JOIN tickets t ON t.desk = s.desk AND t.id = s.ticket
		 WHERE s.created_at >= $1 AND s.created_at < $2 AND ($3 = '' OR s.desk = $3) AND s.abstained = ''
		   AND coalesce(nullif(` + decisionSQL + `, ''), 'superseded') = $4
		 ORDER BY s.created_at DESC LIMIT $5`,
	"delivery": `
		SELECT d.desk, d.ticket, t.subject, d.draft::text, d.state, d.reason, d.updated_at
		  FROM deliveries d
		  JOIN tickets t ON t.desk = d.desk AND t.id = d.ticket
		 WHERE d.created_at >= $1 AND d.created_at < $2 AND ($3 = '' OR d.desk = $3) AND d.state = $4
		 ORDER BY d.updated_at DESC LIMIT $5`,
	"first_response": `
		SELECT t.desk, t.id, t.subject, '', extract(epoch FROM t.first_reply_at - t.created_at)::numeric(12, 1) || ' s', '', t.first_reply_at
		  FROM tickets t
		 WHERE t.first_reply_at >= t.created_at AND t.first_reply_at >= $1 AND t.first_reply_at < $2 AND ($3 = '' OR t.desk = $3) AND $4::text IS NOT NULL
		 ORDER BY t.first_reply_at - t.created_at DESC LIMIT $5`,
	"resolution": `
		SELECT t.desk, t.id, t.subject, '', extract(epoch FROM t.solved_at - t.created_at)::numeric(12, 1) || ' s', '', t.solved_at
		  FROM tickets t
		 WHERE t.solved_at >= t.created_at AND t.solved_at >= $1 AND t.solved_at < $2 AND ($3 = '' OR t.desk = $3) AND $4::text IS NOT NULL
		 ORDER BY t.solved_at - t.created_at DESC LIMIT $5`,
}

// Tickets lists the tickets behind a figure, the largest or newest first. The
// error kind is Invalid for an unknown figure, and as for Report.
func (r *Reporter) Tickets(ctx context.Context, d Drill) ([]Ticket, error) {
	f, err := r.check(ctx, d.Filter)
	if err != nil {
		return nil, err
	}
	noun, part, _ := strings.Cut(d.Figure, ":")
	sql, ok := drills[noun]
	if !ok {
		return nil, pipeline.Errorf(pipeline.Invalid, "There is no figure %q.", d.Figure)
	}
	if d.Limit <= 0 || d.Limit > 10_000 {
		d.Limit = 200
	}
	// nouns that take a part read it from $4
	if noun == "handling" && part == "" {
		part = "measured"
	}
	rows, err := r.pool.Query(ctx, sql, f.From, f.To, f.Desk, part, d.Limit)
	if err != nil {
		return nil, fmt.Errorf("list tickets behind %s: %w", d.Figure, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Ticket, err error) {
		var at time.Time
		err = row.Scan(&t.Ref.Desk, &t.Ref.ID, &t.Subject, &t.Draft, &t.Value, &t.Detail, &at)
		t.At = at
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("list tickets behind %s: %w", d.Figure, err)
	}
	return out, nil
}
