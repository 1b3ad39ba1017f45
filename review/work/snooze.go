package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
	"footnote/review/audit"
)

// longest is how far away the end of a snooze may be.
const longest = 366 * 24 * time.Hour

// Snooze puts a ticket off until a time: it comes back by itself then, or when
// the customer writes. Doing it again changes the time. The error kinds are Invalid
// (a time that has passed or is over a year away), NotFound, Denied (nobody named)
// and Conflict (nothing is to be done, or somebody else is on it).
func (s *Service) Snooze(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, until time.Time, surface string) error {
	if by.ID == "" {
		return pipeline.Errorf(pipeline.Denied, "Sign in first: somebody must have put the ticket off.")
	}
	return s.change(ctx, ref, func(tx pgx.Tx) error {
		if err := s.Refresh(ctx, tx, ref); err != nil { // and lock
			return err
		}
		w, soon, far, err := standing(ctx, tx, ref, until)
		switch {
		case err != nil:
			return err
		case soon || far:
			return pipeline.Errorf(pipeline.Invalid, "Choose a time from now to a year from now.")
		case !w.Open() && w.State != pipeline.WorkSnoozed:
			return pipeline.Errorf(pipeline.Conflict, "There is nothing to do on this ticket now, so that it cannot be put off.")
		case w.State == pipeline.WorkClaimed && w.Owner.ID != by.ID:
			return pipeline.Errorf(pipeline.Conflict, "%s is on this ticket, since %s.", w.Owner.Name, w.Since.UTC().Format("15:04 UTC on 2 Jan"))
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO snoozes (desk, ticket, until, message, agent, at)
			VALUES ($1, $2, $3, $4, $5, now())
			ON CONFLICT (desk, ticket) DO UPDATE
			   SET until = excluded.until, message = excluded.message, agent = excluded.agent, at = excluded.at`,
			ref.Desk, ref.ID, until, w.Message, by.ID); err != nil {
			return fmt.Errorf("save snooze: %w", err)
		}
		return audit.Append(ctx, tx, audit.Entry{Actor: by.ID, Action: "ticket.snoozed", Object: "ticket/" + ref.String(),
			Detail: map[string]string{"until": until.UTC().Format(time.RFC3339), "surface": surface}})
	})
}

// Unsnooze brings a ticket back now. One that is not put off stays as it is.
func (s *Service) Unsnooze(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error {
	if by.ID == "" {
		return pipeline.Errorf(pipeline.Denied, "Sign in first.")
	}
	return s.change(ctx, ref, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM snoozes WHERE desk = $1 AND ticket = $2`, ref.Desk, ref.ID)
		if err != nil {
			return fmt.Errorf("end snooze: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return audit.Append(ctx, tx, audit.Entry{Actor: by.ID, Action: "ticket.unsnoozed", Object: "ticket/" + ref.String(),
			Detail: map[string]string{"surface": surface}})
	})
}

// change does something to a ticket and refreshes its row, in one transaction.
func (s *Service) change(ctx context.Context, ref pipeline.TicketRef, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return s.Refresh(ctx, tx, ref)
	})
}

// standing reads the row within tx, and whether a time is over or far away.
func standing(ctx context.Context, tx pgx.Tx, ref pipeline.TicketRef, until time.Time) (w pipeline.Work, soon, far bool, err error) {
	w, err = scanWork(tx.QueryRow(ctx, `
		SELECT `+workColumns+`, $3::timestamptz <= now(), $3::timestamptz > now() + $4 * interval '1 second'
		  FROM work w
		  LEFT JOIN agents g ON g.id = w.owner
		 WHERE w.desk = $1
		   AND w.ticket = $2`, ref.Desk, ref.ID, until, int64(longest/time.Second)), &soon, &far)
	if errors.Is(err, pgx.ErrNoRows) {
		err = pipeline.Errorf(pipeline.NotFound, "There is no ticket %s.", ref)
	} else if err != nil {
		err = fmt.Errorf("read work: %w", err)
	}
	return w, soon, far, err
}

func scanRef(r pgx.CollectableRow) (ref pipeline.TicketRef, err error) {
	return ref, r.Scan(&ref.Desk, &ref.ID)
}
