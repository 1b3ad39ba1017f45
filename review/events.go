package review

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
	"footnote/review/audit"
)

// Handles lists the event types that Handle wants to see.
var Handles = []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.TicketUpdated,
	pipeline.ReplyDelivered, pipeline.ReplyReturned, pipeline.KnowledgeChanged}

// Handle takes what happened elsewhere into account: new drafts supersede older
// versions, a newer revision or a changed source voids open drafts, and
// deliveries settle approvals. Every effect is idempotent and tolerates events
// that come late, twice or out of order.
func (s *Service) Handle(ctx context.Context, e pipeline.Event) error {
	switch e.Type {
	case pipeline.DraftProposed, pipeline.DraftAbstained:
		return s.onDraft(ctx, e)
	case pipeline.TicketUpdated:
		if err := s.onUpdated(ctx, e); err != nil {
			return err
		}
		return s.voidWhere(ctx, `d.desk = $1 AND d.ticket = $2 AND d.revision < (SELECT revision FROM tickets WHERE desk = $1 AND id = $2)`, e.Desk, e.Ticket)
	case pipeline.KnowledgeChanged:
		return s.voidWhere(ctx, `EXISTS (SELECT `+changedSources+`)`)
	case pipeline.ReplyDelivered:
		return s.onDelivered(ctx, e)
	case pipeline.ReplyReturned:
		return s.onReturned(ctx, e)
	}
	return nil
}

// onDraft opens the review and closes older undecided versions for the same message.
func (s *Service) onDraft(ctx context.Context, e pipeline.Event) error {
	p, err := pipeline.Decode[pipeline.Proposed](e)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		WITH opened AS (
		    INSERT INTO reviews (draft, desk, ticket, state)
		    VALUES ($1, $2, $3, 'open')
		    ON CONFLICT (draft) DO NOTHING)
		UPDATE reviews r
		   SET state = 'superseded', updated_at = now()
		  FROM drafts d
		 WHERE d.id = r.draft
		   AND d.desk = $2
		   AND d.ticket = $3
		   AND d.message = $4
		   AND d.version < $5
		   AND r.state IN ('open', 'claimed', 'returned', 'stale')`, p.Draft, e.Desk, e.Ticket, p.Message, p.Version)
	if err != nil {
		return fmt.Errorf("open review: %w", err)
	}
	return nil
}

// voidWhere voids undecided drafts that match the condition over drafts d.
func (s *Service) voidWhere(ctx context.Context, cond string, args ...any) error {
	rows, err := s.pool.Query(ctx, `
		SELECT d.id::text
		  FROM drafts d
		  JOIN reviews r ON r.draft = d.id
		 WHERE r.state IN ('open', 'claimed', 'returned')
		   AND `+cond, args...)
	if err != nil {
		return fmt.Errorf("find stale drafts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("find stale drafts: %w", err)
	}
	if len(ids) > 0 {
		defer s.Wake()
	}
	for _, id := range ids {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			st, err := lockStanding(ctx, tx, id)
			if err != nil {
				return err
			}
			switch st.state {
			case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
			default:
				return nil // decided meanwhile
			}
			why := st.stale()
			if why == "" {
				return nil
			}
			return s.void(ctx, tx, st, why)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// void marks an undecided draft stale, says why, and tells the others. The
// claim stays, so that its holder sees what happened.
func (s *Service) void(ctx context.Context, tx pgx.Tx, st standing, why string) error {
	tag, err := tx.Exec(ctx, `
		UPDATE reviews
		   SET state = 'stale', reason = $2, updated_at = now()
		 WHERE draft = $1
		   AND state IN ('open', 'claimed', 'returned')`, st.draft.ID, why)
	if err != nil {
		return fmt.Errorf("void draft: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if err := audit.Append(ctx, tx, audit.Entry{Actor: "footnote", Action: "draft.voided", Object: "draft/" + st.draft.ID,
		Detail: map[string]string{"reason": why}}); err != nil {
		return err
	}
	return enqueue(ctx, tx, st.cause().Follow(pipeline.DraftVoided, "voided/"+st.draft.ID, st.draft.CreatedAt,
		pipeline.DecidedData{Draft: st.draft.ID, State: pipeline.StateStale, Reason: why, Revision: st.draft.Revision, Message: st.draft.Message}))
}

// onDelivered settles an approval: the desk has the reply.
func (s *Service) onDelivered(ctx context.Context, e pipeline.Event) error {
	d, err := pipeline.Decode[pipeline.Delivered](e)
	if err != nil {
		return err
	}
	return s.settle(ctx, d, "draft.sent", `
		UPDATE reviews
		   SET state = 'sent', delivery = 'sent', sent_at = $3, reason = $4, updated_at = now()
		 WHERE draft = $1
		   AND decision = $2
		   AND state IN ('approved', 'returned')`, d.At, "")
}

// onReturned gives an approval back to people with the reason.
func (s *Service) onReturned(ctx context.Context, e pipeline.Event) error {
	d, err := pipeline.Decode[pipeline.Delivered](e)
	if err != nil {
		return err
	}
	return s.settle(ctx, d, "draft.returned", `
		UPDATE reviews
		   SET state = 'returned', delivery = $3, reason = $4, updated_at = now()
		 WHERE draft = $1
		   AND decision = $2
		   AND state = 'approved'`, string(d.State), d.Reason)
}

func (s *Service) settle(ctx context.Context, d pipeline.Delivered, action, sql string, third any, reason string) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sql, d.Draft, d.Decision, third, reason)
		if err != nil {
			return fmt.Errorf("settle review: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil // settled before, or a later decision took over
		}
		entry := audit.Entry{Actor: "delivery", Action: action, Object: "draft/" + d.Draft,
			Detail: map[string]string{"decision": d.Decision, "hash": d.Hash, "state": string(d.State), "remote": d.RemoteID, "reason": d.Reason}}
		if action == "draft.sent" {
			entry.Rows = []audit.Ref{{Table: "reviews", Key: d.Draft}}
		}
		return audit.Append(ctx, tx, entry)
	})
}
