package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Skipped is a message that a rule left out, for people to look at.
type Skipped struct {
	Ticket  pipeline.TicketRef
	Message string
	Subject string
	From    pipeline.Person
	Rule    string
	At      time.Time // when it was left out
}

// transient are the reasons of skips that say nothing about the message itself.
var transient = []string{pipeline.PausedReason, pipeline.SupersededReason, pipeline.AnsweredReason, pipeline.SolvedReason, pipeline.ResolvedReason,
	pipeline.MovedOnReason, pipeline.BesideReason, pipeline.ThanksReason}

// Skipped lists what rules left out (automatic replies, lists, reports of delivery,
// senders who are not proven), the newest first.
func (t *Tracker) Skipped(ctx context.Context, limit int) ([]Skipped, error) {
	rows, err := t.Pool.Query(ctx, `
		SELECT o.desk, o.ticket, o.message, k.subject, m.author_id, m.author_name, m.author_email, o.reason, o.recorded_at
		  FROM outcomes o
		  JOIN tickets k ON k.desk = o.desk AND k.id = o.ticket
		  JOIN messages m ON m.desk = o.desk AND m.ticket = o.ticket AND m.id = o.message
		 WHERE o.kind = 'skipped'
		   AND o.reason <> ALL ($2)
		 ORDER BY o.recorded_at DESC, o.desk, o.ticket, o.message
		 LIMIT $1`, limit, transient)
	if err != nil {
		return nil, fmt.Errorf("list skipped messages: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (s Skipped, err error) {
		return s, r.Scan(&s.Ticket.Desk, &s.Ticket.ID, &s.Message, &s.Subject, &s.From.ID, &s.From.Name, &s.From.Email, &s.Rule, &s.At)
	})
	if err != nil {
		return nil, fmt.Errorf("list skipped messages: %w", err)
	}
	return out, nil
}

// TakeIn has a message that a rule left out answered after all, as the customer's,
// in one transaction with what also does (the audit row). Rules do not look at it
// again, nor does the desk change it. Conflict when it was not
// left out, or was taken in before.
func (t *Tracker) TakeIn(ctx context.Context, ref pipeline.TicketRef, message string, by pipeline.Agent, also func(pgx.Tx) error) error {
	e := pipeline.NewEvent(pipeline.TicketReceived, "taken-in/"+ref.String()+"/"+message, ref, t.Now(), nil)
	_, err := t.commit(ctx, func(tx pgx.Tx) ([]pipeline.Event, error) {
		var b pgx.Batch
		lockTicket(&b, ref)
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return nil, fmt.Errorf("lock ticket: %w", err)
		}
		revision, err := takeIn(ctx, tx, ref, message, by.ID)
		if err != nil {
			return nil, err
		}
		if err := also(tx); err != nil {
			return nil, err
		}
		update := e.Follow(pipeline.TicketUpdated, fmt.Sprintf("updated/%s/%d/taken-in", ref, revision), e.OccurredAt,
			pipeline.Updated{Revision: revision, Message: message, Cause: "customer_message"})
		var rest pgx.Batch
		more, err := t.settle(ctx, tx, e, &rest)
		return append([]pipeline.Event{update}, more...), err
	})
	return err
}

// takeIn makes the message the customer's and gives it no outcome; it returns the
// ticket's new revision.
func takeIn(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, message, by string) (revision int64, err error) {
	tag, err := tx.Exec(ctx, `
		UPDATE outcomes
		   SET kind = NULL, reason = '', recorded_at = NULL, taken_by = $4
		 WHERE desk = $1
		   AND ticket = $2
		   AND message = $3
		   AND kind = 'skipped'
		   AND reason <> ALL ($5)`, ref.Desk, ref.ID, message, by, transient)
	if err != nil {
		return 0, fmt.Errorf("take in message: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return 0, pipeline.Errorf(pipeline.Conflict, "No rule leaves this message out any more. Reload and look again.")
	}
	err = tx.QueryRow(ctx, `
		WITH raised AS (
		    UPDATE tickets
		       SET revision = revision + 1, status = 'open', solved_at = NULL, updated_at = now()
		     WHERE desk = $1
		       AND id = $2
		    RETURNING revision)
		UPDATE messages m
		   SET role = 'customer', public = true, revision = raised.revision
		  FROM raised
		 WHERE m.desk = $1
		   AND m.ticket = $2
		   AND m.id = $3
		RETURNING m.revision`, ref.Desk, ref.ID, message).Scan(&revision)
	if err != nil {
		return 0, fmt.Errorf("take in message: %w", err)
	}
	return revision, nil
}
