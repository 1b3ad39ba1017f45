package presence

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Here notes a sign of life of a page. Pages that have long been silent are forgotten
// with it, a few at a time. The error kinds are Invalid and Denied.
func (s *Service) Here(ctx context.Context, p Page) error {
	switch {
	case p.By.ID == "":
		return pipeline.Errorf(pipeline.Denied, "Sign in first.")
	case p.ID == "" || len(p.ID) > 64:
		return pipeline.Errorf(pipeline.Invalid, "The page has no name.")
	}
	var batch pgx.Batch
	batch.Queue(`
		INSERT INTO presence (desk, ticket, page, agent, writing)
		SELECT $1, $2, $3, $4, $5
		 WHERE EXISTS (SELECT FROM tickets WHERE desk = $1 AND id = $2)
		ON CONFLICT (desk, ticket, page) DO UPDATE
		   SET writing = excluded.writing, seen_at = now()
		 WHERE presence.agent = excluded.agent`, p.Ticket.Desk, p.Ticket.ID, p.ID, p.By.ID, p.Writing)
	batch.Queue(`
		DELETE FROM presence
		 WHERE ctid IN (SELECT ctid FROM presence WHERE seen_at < now() - interval '10 minutes' LIMIT 20 FOR UPDATE SKIP LOCKED)`)
	if err := s.pool.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("note presence: %w", err)
	}
	return nil
}

// Gone forgets a page that was left. One that is not known is no error.
func (s *Service) Gone(ctx context.Context, p Page) error {
	_, err := s.pool.Exec(ctx, `
		DELETE FROM presence
		 WHERE desk = $1
		   AND ticket = $2
		   AND page = $3
		   AND agent = $4`, p.Ticket.Desk, p.Ticket.ID, p.ID, p.By.ID)
	if err != nil {
		return fmt.Errorf("forget presence: %w", err)
	}
	return nil
}

// Others lists who else is at a ticket, whoever writes first, then by name; each person
// once.
func (s *Service) Others(ctx context.Context, ref pipeline.TicketRef, agent string) ([]Other, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT p.agent, coalesce(a.name, p.agent), coalesce(a.email, ''), bool_or(p.writing)
		  FROM presence p
		  LEFT JOIN agents a ON a.id = p.agent
		 WHERE p.desk = $1
		   AND p.ticket = $2
		   AND p.agent <> $3
		   AND p.seen_at > now() - $4 * interval '1 millisecond'
		 GROUP BY p.agent, a.name, a.email
		 ORDER BY bool_or(p.writing) DESC, coalesce(a.name, p.agent)
		 LIMIT 20`, ref.Desk, ref.ID, agent, Lasts.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("read presence: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (o Other, err error) {
		return o, r.Scan(&o.Agent.ID, &o.Agent.Name, &o.Agent.Email, &o.Writing)
	})
	if err != nil {
		return nil, fmt.Errorf("read presence: %w", err)
	}
	return out, nil
}
