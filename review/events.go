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
// versions; a newer revision, a changed source and a ticket that was resolved at
// the desk void open drafts; deliveries settle approvals. The ticket's work is
// brought up to it in the same transaction. Every effect is idempotent and
// tolerates events that come late, twice or out of order.
func (s *Service) Handle(ctx context.Context, e pipeline.Event) error {
	switch e.Type {
	case pipeline.DraftProposed, pipeline.DraftAbstained:
		return s.onDraft(ctx, e)
	case pipeline.TicketUpdated:
		if err := s.onUpdated(ctx, e); err != nil {
			return err
		}
		if err := s.voidWhere(ctx, `d.desk = $1 AND d.ticket = $2`, e.Desk, e.Ticket); err != nil {
			return err
		}
		return s.work.Handle(ctx, e)
	case pipeline.KnowledgeChanged:
		return s.voidWhere(ctx, `EXISTS (SELECT `+changedSources+`)`)
	case pipeline.ReplyDelivered:
		return s.onDelivered(ctx, e)
	case pipeline.ReplyReturned:
		return s.onReturned(ctx, e)
	}
	return nil
}

// onDraft opens the review and closes older undecided versions for the same
// message. A draft that comes when the ticket has moved on is void at once.
func (s *Service) onDraft(ctx context.Context, e pipeline.Event) error {
	p, err := pipeline.Decode[pipeline.Proposed](e)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		st, err := lockStanding(ctx, tx, p.Draft)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `
			UPDATE reviews r
			   SET state = 'superseded', updated_at = now()
			  FROM drafts d
			 WHERE d.id = r.draft
			   AND d.desk = $1
			   AND d.ticket = $2
			   AND d.message = $3
			   AND d.version < $4
			   AND r.state IN ('open', 'claimed', 'returned', 'stale')`, e.Desk, e.Ticket, p.Message, p.Version); err != nil {
			return fmt.Errorf("close older drafts: %w", err)
		}
		if err := s.voidIfStale(ctx, tx, st); err != nil {
			return err
		}
		return s.work.Refresh(ctx, tx, e.Ref())
	})
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
		defer s.Wake() // once it is committed
	}
	for _, id := range ids {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			st, err := lockStanding(ctx, tx, id)
			if err != nil {
				return err
			}
			return s.voidIfStale(ctx, tx, st)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// voidIfStale voids a draft that is undecided and may not be approved any more.
func (s *Service) voidIfStale(ctx context.Context, tx pgx.Tx, st standing) error {
	switch st.state {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned:
		if st.delivery == pipeline.DeliveryUndelivered {
			return nil // our own reply moved the ticket on, and did not arrive
		}
		if why := st.stale(); why != "" {
			s.Wake()
			return s.void(ctx, tx, st, why)
		}
	}
	return nil // decided meanwhile, or good
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
	if err := s.work.Refresh(ctx, tx, st.draft.Ticket); err != nil {
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
	return s.settle(ctx, e.Ref(), d, "draft.sent", `
		UPDATE reviews
		   SET state = 'sent', delivery = 'sent', sent_at = $3, reason = $4, updated_at = now()
		 WHERE draft = $1
		   AND decision = $2
		   AND delivery <> 'undelivered'
		   AND state IN ('approved', 'returned')`, d.At, "")
}

// onReturned gives an approval back to people with the reason.
func (s *Service) onReturned(ctx context.Context, e pipeline.Event) error {
	d, err := pipeline.Decode[pipeline.Delivered](e)
	if err != nil {
		return err
	}
	return s.settle(ctx, e.Ref(), d, "draft.returned", `
		UPDATE reviews
		   SET state = 'returned', delivery = $3, reason = $4, updated_at = now()
		 WHERE draft = $1
		   AND decision = $2
		   AND (state = 'approved' OR state IN ('sent', 'returned') AND $3 = 'undelivered' AND delivery <> $3)`, string(d.State), d.Reason)
}

func (s *Service) settle(ctx context.Context, ref pipeline.TicketRef, d pipeline.Delivered, action, sql string, third any, reason string) error {
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
		if err := audit.Append(ctx, tx, entry); err != nil {
			return err
		}
		return s.work.Refresh(ctx, tx, ref)
	})
}
