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
	if v.Work, err = s.work.Find(ctx, ref); err != nil && pipeline.KindOf(err) != pipeline.NotFound {
		return v, err
	}
	ids, err := s.draftIDs(ctx, ref)
	if err != nil {
		return v, err
	}
	for _, id := range ids {
		st, err := readStanding(ctx, s.pool, id)
		if err != nil {
			return v, err
		}
		v.Reviews = append(v.Reviews, st.review(t, v.Work))
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
		 ORDER BY arrived_at, message`, ref.Desk, ref.ID)
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
	"hand_off": "handed off", "redraft": "asked for a redraft", "arrived": "said that the reply arrived", "undo": "took the approval back", "undone": "not sent: taken back", "queued": "waiting to be sent", "sending": "being sent",
	"sent": "sent", "failed": "refused by the desk", "unknown": "not known whether it arrived; checking",
	"stale": "not sent: out of date", "asked": "not known whether it arrived; a person must look",
}
