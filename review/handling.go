package review

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Open notes that an agent is working on a ticket: it starts their span, or
// touches the one that is open. A span without a touch for the idle limit has
// ended there; the next touch starts a new one. Times are the database's.
func (s *Service) Open(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error {
	if by.ID == "" {
		return pipeline.Errorf(pipeline.Denied, "Sign in first.")
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var exists bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tickets WHERE desk = $1 AND id = $2)`, ref.Desk, ref.ID).Scan(&exists); err != nil {
			return fmt.Errorf("find ticket: %w", err)
		}
		if !exists {
			return pipeline.Errorf(pipeline.NotFound, "There is no ticket %s.", ref)
		}
		return s.touch(ctx, tx, ref, by, surface)
	})
}

func (s *Service) touch(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, by pipeline.Agent, surface string) error {
	if err := s.closeIdle(ctx, tx, ref, by.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO spans (id, desk, ticket, agent, kind, surface)
		VALUES ($1, $2, $3, $4, 'measured', $5)
		ON CONFLICT (desk, ticket, agent) WHERE ended_at IS NULL
		DO UPDATE SET last_seen_at = now()`,
		uuid.NewString(), ref.Desk, ref.ID, by.ID, surface); err != nil {
		return fmt.Errorf("touch span: %w", err)
	}
	return nil
}

// closeIdle ends the agent's open span if it was left alone for longer than the
// idle limit; the time counted runs to the last touch plus the limit.
func (s *Service) closeIdle(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, agent string) error {
	_, err := tx.Exec(ctx, idleSQL+` AND desk = $2 AND ticket = $3 AND agent = $4`, s.idle.Milliseconds(), ref.Desk, ref.ID, agent)
	if err != nil {
		return fmt.Errorf("close idle span: %w", err)
	}
	return nil
}

// idleSQL ends spans that had no sign of life for the idle limit ($1, ms). The
// silence itself is counted up to the limit: reading leaves no trace.
const idleSQL = `
	UPDATE spans
	   SET ended_at = last_seen_at + $1 * interval '1 millisecond',
	       ended_by = 'idle',
	       active_ms = (extract(epoch FROM last_seen_at - started_at) * 1000)::bigint + $1
	 WHERE ended_at IS NULL
	   AND last_seen_at < now() - $1 * interval '1 millisecond'`

func (s *Service) endSpan(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, agent, by string) error {
	_, err := tx.Exec(ctx, `
		UPDATE spans
		   SET ended_at = now(),
		       last_seen_at = now(),
		       ended_by = $4,
		       active_ms = greatest(0, (extract(epoch FROM now() - started_at) * 1000)::bigint)
		 WHERE desk = $1
		   AND ticket = $2
		   AND agent = $3
		   AND ended_at IS NULL`, ref.Desk, ref.ID, agent, by)
	if err != nil {
		return fmt.Errorf("end span: %w", err)
	}
	return nil
}

// onUpdated ends the work on a ticket that somebody replied to in the desk, when
// they did: in the control arm there is no other end. Spans that ended idle before,
// since writing in the desk leaves no trace here, keep their time up to the limit,
// and count now that the ticket is answered.
func (s *Service) onUpdated(ctx context.Context, e pipeline.Event) error {
	u, err := pipeline.Decode[pipeline.Updated](e)
	if err != nil {
		return err
	}
	if u.Cause != "agent_reply" {
		return nil
	}
	_, err = s.pool.Exec(ctx, `
		UPDATE spans s
		   SET ended_at = coalesce(s.ended_at, m.at),
		       ended_by = 'reply',
		       active_ms = CASE WHEN s.ended_at IS NULL
		                        THEN least((extract(epoch FROM m.at - s.started_at) * 1000)::bigint, (extract(epoch FROM s.last_seen_at - s.started_at) * 1000)::bigint + $4)
		                        ELSE s.active_ms END
		  FROM (SELECT least(at, received_at) AS at FROM messages WHERE desk = $1 AND ticket = $2 AND id = $3 AND role = 'agent' AND public) m
		 WHERE s.desk = $1
		   AND s.ticket = $2
		   AND (s.ended_at IS NULL OR s.ended_by = 'idle')
		   AND s.started_at <= m.at`, e.Desk, e.Ticket, u.Message, s.idle.Milliseconds())
	if err != nil {
		return fmt.Errorf("end spans at the reply: %w", err)
	}
	return nil
}

// CloseIdle ends every span that was left alone; Run calls it now and then.
func (s *Service) CloseIdle(ctx context.Context) (int64, error) {
	tag, err := s.pool.Exec(ctx, idleSQL, s.idle.Milliseconds())
	if err != nil {
		return 0, fmt.Errorf("close idle spans: %w", err)
	}
	return tag.RowsAffected(), nil
}
