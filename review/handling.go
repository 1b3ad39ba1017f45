package review

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
	"footnote/review/audit"
)

// Open notes that an agent is working on a ticket: it starts their span, or
// touches the one that is open. A span without a touch for the idle limit ended at
// its last one; the next touch starts a new one. A pause within the limit counts.
// Times are the database's.
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
// idle limit.
func (s *Service) closeIdle(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, agent string) error {
	ids, err := endedSpans(tx.Query(ctx, idleSQL+` AND desk = $2 AND ticket = $3 AND agent = $4 RETURNING id::text`, s.idle.Milliseconds(), ref.Desk, ref.ID, agent))
	if err != nil {
		return fmt.Errorf("close idle span: %w", err)
	}
	return logEnded(ctx, tx, "idle", ids)
}

// endedSpans collects the ids that an UPDATE of spans returns.
func endedSpans(rows pgx.Rows, err error) ([]audit.Ref, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (audit.Ref, error) {
		ref := audit.Ref{Table: "spans"}
		err := r.Scan(&ref.Key)
		return ref, err
	})
}

// logEnded vouches in the log for spans that no decision ended.
func logEnded(ctx context.Context, tx pgx.Tx, by string, spans []audit.Ref) error {
	for some := range slices.Chunk(spans, 100) {
		if err := audit.Append(ctx, tx, audit.Entry{Actor: "footnote", Action: "spans.ended", Object: "spans", Detail: map[string]string{"by": by}, Rows: some}); err != nil {
			return err
		}
	}
	return nil
}

// idleSQL ends spans that had no sign of life for the idle limit ($1, ms) at the
// last one: looking again later makes no work of the silence.
const idleSQL = `
	UPDATE spans
	   SET ended_at = last_seen_at,
	       ended_by = 'idle',
	       active_ms = (extract(epoch FROM last_seen_at - started_at) * 1000)::bigint
	 WHERE ended_at IS NULL
	   AND last_seen_at < now() - $1 * interval '1 millisecond'`

// endSpan ends the agent's newest span by what they did, also when it ended idle
// since the last message: reading and writing may leave no trace, so the silence up
// to now is work, at most for the idle limit. Whoever was not seen gets a span of
// nothing. It returns the span, for the log.
func (s *Service) endSpan(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, by pipeline.Agent, surface, end string) ([]audit.Ref, error) {
	ended, err := endedSpans(tx.Query(ctx, `
		UPDATE spans
		   SET ended_at = now(),
		       ended_by = $4,
		       active_ms = greatest(0, least((extract(epoch FROM now() - started_at) * 1000)::bigint, (extract(epoch FROM last_seen_at - started_at) * 1000)::bigint + $5)),
		       last_seen_at = now()
		 WHERE id = (SELECT id FROM spans WHERE desk = $1 AND ticket = $2 AND agent = $3 AND kind = 'measured' ORDER BY last_seen_at DESC, started_at DESC LIMIT 1)
		   AND (ended_at IS NULL
		        OR ended_by = 'idle'
		           AND NOT EXISTS (SELECT FROM messages m
		                            WHERE m.desk = $1 AND m.ticket = $2 AND m.public AND least(m.at, m.received_at) > spans.last_seen_at))
		RETURNING id::text`,
		ref.Desk, ref.ID, by.ID, end, s.idle.Milliseconds()))
	if err == nil && len(ended) == 0 {
		ended, err = endedSpans(tx.Query(ctx, `
			INSERT INTO spans (id, desk, ticket, agent, kind, surface, ended_at, ended_by, active_ms)
			VALUES ($1, $2, $3, $4, 'measured', $5, now(), $6, 0)
			RETURNING id::text`, uuid.NewString(), ref.Desk, ref.ID, by.ID, surface, end))
	}
	if err != nil {
		return nil, fmt.Errorf("end span: %w", err)
	}
	return ended, nil
}

// releaseSpan ends the open span of somebody whose claim another one released,
// where they were last seen: their silence since then is nobody's work.
func (s *Service) releaseSpan(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, agent string) ([]audit.Ref, error) {
	ended, err := endedSpans(tx.Query(ctx, `
		UPDATE spans
		   SET ended_at = last_seen_at,
		       ended_by = 'release',
		       active_ms = (extract(epoch FROM last_seen_at - started_at) * 1000)::bigint
		 WHERE desk = $1
		   AND ticket = $2
		   AND agent = $3
		   AND kind = 'measured'
		   AND ended_at IS NULL
		RETURNING id::text`, ref.Desk, ref.ID, agent))
	if err != nil {
		return nil, fmt.Errorf("end span of the claim: %w", err)
	}
	return ended, nil
}

// onUpdated ends the work on a ticket that somebody replied to in the desk, when
// they did: in the control arm there is no other end. Whoever has the author's
// address wrote it, else whoever was seen last before and did not release it; writing
// in the desk leaves no trace here, so their silence counts as in endSpan. Others'
// spans end where they were last seen.
func (s *Service) onUpdated(ctx context.Context, e pipeline.Event) error {
	u, err := pipeline.Decode[pipeline.Updated](e)
	if err != nil {
		return err
	}
	if u.Cause != "agent_reply" {
		return nil
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		ended, err := endedSpans(tx.Query(ctx, `
		WITH m AS (
		    SELECT least(at, received_at) AS at, lower(author_email) AS author FROM messages WHERE desk = $1 AND ticket = $2 AND id = $3 AND role = 'agent' AND public
		), writer AS (
		    SELECT s.id
		      FROM m, spans s
		      LEFT JOIN agents a ON a.id = s.agent
		     WHERE s.desk = $1 AND s.ticket = $2 AND s.kind = 'measured' AND s.started_at <= m.at AND s.ended_by <> 'release'
		     ORDER BY coalesce(lower(a.email) = m.author, false) DESC, least(s.last_seen_at, m.at) DESC, s.started_at DESC
		     LIMIT 1
		)
		UPDATE spans s
		   SET ended_at = CASE WHEN s.id = w.id THEN m.at ELSE least(m.at, s.last_seen_at) END,
		       ended_by = 'reply',
		       active_ms = least((extract(epoch FROM m.at - s.started_at) * 1000)::bigint,
		                         (extract(epoch FROM s.last_seen_at - s.started_at) * 1000)::bigint + CASE WHEN s.id = w.id THEN $4::bigint ELSE 0 END)
		  FROM m, writer w
		 WHERE s.desk = $1
		   AND s.ticket = $2
		   AND s.started_at <= m.at
		   AND (s.ended_at IS NULL OR s.ended_by = 'idle' AND s.id = w.id)
		RETURNING s.id::text`, e.Desk, e.Ticket, u.Message, s.idle.Milliseconds()))
		if err != nil {
			return fmt.Errorf("end spans at the reply: %w", err)
		}
		return logEnded(ctx, tx, "reply at the desk", ended)
	})
}

// CloseIdle ends every span that was left alone; Run calls it now and then.
func (s *Service) CloseIdle(ctx context.Context) (int64, error) {
	var n int
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		ended, err := endedSpans(tx.Query(ctx, idleSQL+` RETURNING id::text`, s.idle.Milliseconds()))
		if err != nil {
			return fmt.Errorf("close idle spans: %w", err)
		}
		n = len(ended)
		return logEnded(ctx, tx, "idle", ended)
	})
	return int64(n), err
}
