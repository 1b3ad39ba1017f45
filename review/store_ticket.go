package review

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Ticket returns one ticket as its page shows it. The error kind is NotFound.
func (s *Service) Ticket(ctx context.Context, ref pipeline.TicketRef) (TicketView, error) {
	t, err := s.tickets.Ticket(ctx, ref)
	if err != nil {
		return TicketView{}, err
	}
	v := TicketView{Ticket: t}
	ids, err := s.draftIDs(ctx, ref)
	if err != nil {
		return v, err
	}
	for _, id := range ids {
		st, err := readStanding(ctx, s.pool, id)
		if err != nil {
			return v, err
		}
		v.Reviews = append(v.Reviews, st.review(t))
	}
	if v.Outcomes, err = s.outcomes(ctx, ref); err != nil {
		return v, err
	}
	if v.History, err = s.history(ctx, ref); err != nil {
		return v, err
	}
	err = s.pool.QueryRow(ctx, `
		SELECT coalesce(sum(active_ms), 0)
		  FROM spans
		 WHERE desk = $1
		   AND ticket = $2
		   AND kind = 'measured'
		   AND ended_at IS NOT NULL`, ref.Desk, ref.ID).Scan(&v.HandlingMS)
	if err != nil {
		return v, fmt.Errorf("read handling time: %w", err)
	}
	return v, nil
}

func (s *Service) draftIDs(ctx context.Context, ref pipeline.TicketRef) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id::text
		  FROM drafts
		 WHERE desk = $1
		   AND ticket = $2
		 ORDER BY revision DESC, version DESC, created_at DESC`, ref.Desk, ref.ID)
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	return ids, nil
}

func (s *Service) outcomes(ctx context.Context, ref pipeline.TicketRef) ([]Outcome, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT message, coalesce(kind, ''), reason, coalesce(draft::text, ''), arrived_at, recorded_at
		  FROM outcomes
		 WHERE desk = $1
		   AND ticket = $2
		 ORDER BY arrived_at`, ref.Desk, ref.ID)
	if err != nil {
		return nil, fmt.Errorf("list outcomes: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (o Outcome, err error) {
		var recorded *time.Time
		err = r.Scan(&o.Message, &o.Kind, &o.Reason, &o.Draft, &o.ArrivedAt, &recorded)
		o.RecordedAt = deref(recorded)
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("list outcomes: %w", err)
	}
	return out, nil
}

// history tells of decisions and of what the desk answered, oldest first.
func (s *Service) history(ctx context.Context, ref pipeline.TicketRef) ([]Entry, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT x.draft::text, x.at, coalesce(a.name, x.agent), x.kind, x.reason, x.surface
		  FROM (SELECT de.draft, de.at, de.agent, de.kind, de.reason, de.surface
		          FROM decisions de
		          JOIN drafts d ON d.id = de.draft
		         WHERE d.desk = $1 AND d.ticket = $2
		        UNION ALL
		        SELECT dl.draft, dl.updated_at, 'delivery', dl.state, dl.reason, dl.desk
		          FROM deliveries dl
		         WHERE dl.desk = $1 AND dl.ticket = $2) x
		  LEFT JOIN agents a ON a.id = x.agent
		 ORDER BY x.at`, ref.Desk, ref.ID)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (e Entry, err error) {
		err = r.Scan(&e.Draft, &e.At, &e.Who, &e.What, &e.Detail, &e.Surface)
		if say, ok := said[e.What]; ok {
			e.What = say
		}
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return out, nil
}

// said puts kinds and states into the words of a history line.
var said = map[string]string{
	"claim": "claimed", "release": "released", "approve": "approved", "edit": "edited and approved", "reject": "rejected",
	"hand_off": "handed off", "redraft": "asked for a redraft", "arrived": "said that the reply arrived", "queued": "waiting to be sent", "sending": "being sent",
	"sent": "sent", "failed": "refused by the desk", "unknown": "not known whether it arrived; checking",
	"stale": "not sent: out of date", "asked": "not known whether it arrived; a person must look",
}

// pausedSQL tells messages that got no draft yet because drafting is paused:
// they still need a person.
const pausedSQL = `(o.kind = 'skipped' AND o.reason = '` + pipeline.PausedReason + `')`

// views maps a queue view to its condition. The newest draft of the newest
// customer message stands for the ticket.
var views = map[string]string{
	"todo": `(o.kind IS NULL
	          OR o.kind = 'failed'
	          OR (o.kind IN ('proposed', 'abstained') AND coalesce(d.state, 'open') IN ('open', 'claimed', 'returned', 'stale', 'handed_off'))
	          OR ((o.kind = 'held_out' OR ` + pausedSQL + `) AND NOT answered.yes))`,
	"mine":    `d.claimed_by = $2 AND d.state IN ('claimed', 'returned')`,
	"waiting": `d.state = 'approved'`,
	"done":    `(d.state IN ('sent', 'rejected') OR (o.kind = 'skipped' AND NOT ` + pausedSQL + `) OR ((o.kind = 'held_out' OR ` + pausedSQL + `) AND answered.yes))`,
	"all":     `true`,
}

const queueSQL = `
	SELECT t.desk, t.id, t.subject, t.requester_name, t.requester_email, left(m.text, 240), t.locale,
	       m.id, o.arrived_at, coalesce(o.kind, ''), o.reason, t.arm,
	       coalesce(d.draft::text, ''), coalesce(d.state, ''), coalesce(d.outdated, false),
	       coalesce(c.name, ''), coalesce(w.name, d.decided_by, ''), d.decided_at,
	       coalesce(dr.confidence, 0),
	       coalesce(jsonb_array_length(dr.content -> 'findings'), 0),
	       coalesce(d.delivery, '')
	  FROM tickets t
	  JOIN LATERAL (SELECT * FROM messages m
	                 WHERE m.desk = t.desk AND m.ticket = t.id AND m.role = 'customer' AND m.public
	                 ORDER BY m.at DESC, m.received_at DESC LIMIT 1) m ON true
	  JOIN outcomes o ON o.desk = t.desk AND o.ticket = t.id AND o.message = m.id
	  LEFT JOIN LATERAL (SELECT * FROM draft_states s
	                      WHERE s.desk = t.desk AND s.ticket = t.id AND s.message = m.id
	                      ORDER BY s.version DESC LIMIT 1) d ON true
	  LEFT JOIN drafts dr ON dr.id = d.draft
	  LEFT JOIN agents c ON c.id = d.claimed_by AND d.state = 'claimed'
	  LEFT JOIN agents w ON w.id = d.decided_by
	  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM messages r
	                       WHERE r.desk = t.desk AND r.ticket = t.id AND r.role = 'agent' AND r.public AND r.at >= m.at) AS yes) answered
	 WHERE ($1 = '' OR t.subject ILIKE '%' || $1 || '%' OR t.requester_name ILIKE '%' || $1 || '%'
	        OR t.requester_email ILIKE '%' || $1 || '%' OR t.id = $1)
	   AND ($2::text IS NOT NULL)
	   AND `

// Queue lists tickets, the longest waiting first (newest first in done and all).
func (s *Service) Queue(ctx context.Context, f Filter) ([]Row, error) {
	if f.View == "" {
		f.View = "todo"
	}
	cond, ok := views[f.View]
	if !ok {
		return nil, pipeline.Errorf(pipeline.Invalid, "There is no queue view %q; use todo, mine, waiting, done or all.", f.View)
	}
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	order := " ORDER BY o.arrived_at, t.id LIMIT $3"
	if f.View == "done" || f.View == "all" {
		order = " ORDER BY o.arrived_at DESC, t.id LIMIT $3"
	}
	rows, err := s.pool.Query(ctx, queueSQL+cond+order, f.Query, f.Agent, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (q Row, err error) {
		var decided *time.Time
		err = r.Scan(&q.Ref.Desk, &q.Ref.ID, &q.Subject, &q.Requester.Name, &q.Requester.Email, &q.Excerpt, &q.Locale,
			&q.Message, &q.ArrivedAt, &q.Outcome, &q.Reason, &q.Arm, &q.Draft, &q.State, &q.Outdated,
			&q.ClaimedBy, &q.DecidedBy, &decided, &q.Confidence, &q.Warnings, &q.Delivery)
		q.DecidedAt = deref(decided)
		return q, err
	})
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", err)
	}
	return out, nil
}
