package work

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// fillBatch is how many tickets one transaction of Fill takes, and fillFirst how
// many of the latest it begins with, so that what people work on is there at once.
const (
	fillBatch = 200
	fillFirst = 1000
)

// Fill derives the rows of tickets from before there were any, n at most in one
// call once it has begun with the latest, and tells whether there are more. It
// goes on where any process stopped; once it is through it does nothing.
func (s *Service) Fill(ctx context.Context, n int) (more bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var begun, done bool
		var after pipeline.TicketRef
		// One process at a time; the others find it done, or come back.
		err := tx.QueryRow(ctx, `SELECT begun_at IS NOT NULL, desk, ticket, done_at IS NOT NULL FROM work_fill FOR UPDATE`).Scan(&begun, &after.Desk, &after.ID, &done)
		if err != nil {
			return fmt.Errorf("read progress: %w", err)
		}
		if done {
			return nil
		}
		if !begun {
			more = true
			return s.fillLatest(ctx, tx)
		}
		refs, err := ticketsAfter(ctx, tx, after, n)
		if err != nil {
			return err
		}
		if more = len(refs) == n; len(refs) > 0 {
			after = refs[len(refs)-1]
		}
		if err := s.Refresh(ctx, tx, refs...); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE work_fill SET desk = $1, ticket = $2, done_at = CASE WHEN $3 THEN NULL ELSE now() END`, after.Desk, after.ID, more); err != nil {
			return fmt.Errorf("keep progress: %w", err)
		}
		return nil
	})
	return more && err == nil, err
}

func (s *Service) fillLatest(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT desk, id FROM tickets ORDER BY updated_at DESC LIMIT $1`, fillFirst)
	if err != nil {
		return fmt.Errorf("list tickets: %w", err)
	}
	refs, err := pgx.CollectRows(rows, scanRef)
	if err != nil {
		return fmt.Errorf("list tickets: %w", err)
	}
	if err := s.Refresh(ctx, tx, refs...); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE work_fill SET begun_at = now()`); err != nil {
		return fmt.Errorf("keep progress: %w", err)
	}
	return nil
}

// ticketsAfter lists tickets in the order of their key.
func ticketsAfter(ctx context.Context, q querier, after pipeline.TicketRef, n int) ([]pipeline.TicketRef, error) {
	rows, err := q.Query(ctx, `
		SELECT desk, id
		  FROM tickets
		 WHERE (desk, id) > ($1, $2)
		 ORDER BY desk, id
		 LIMIT $3`, after.Desk, after.ID, n)
	if err != nil {
		return nil, fmt.Errorf("list tickets: %w", err)
	}
	refs, err := pgx.CollectRows(rows, scanRef)
	if err != nil {
		return nil, fmt.Errorf("list tickets: %w", err)
	}
	return refs, nil
}

// Filled tells whether the tickets from before have their rows.
func (s *Service) Filled(ctx context.Context) (bool, error) {
	var done bool
	if err := s.pool.QueryRow(ctx, `SELECT done_at IS NOT NULL FROM work_fill`).Scan(&done); err != nil {
		return false, fmt.Errorf("read progress: %w", err)
	}
	return done, nil
}

// Wrong is a row that is not what is stored makes of it.
type Wrong struct {
	Ticket   pipeline.TicketRef
	Is, Want pipeline.Work // Is is zero where there is no row
}

// Recount derives the work of every ticket, or only of some, anew and compares it with its row. With
// repair, rows that are wrong are put right. It tells each of them, and returns how
// many tickets it looked at. It may run at any time: a ticket that changes meanwhile
// is looked at again before it is called wrong.
func (s *Service) Recount(ctx context.Context, repair bool, tell func(Wrong), only ...pipeline.TicketRef) (seen int, err error) {
	if len(only) > 0 {
		return len(only), s.recount(ctx, only, repair, tell)
	}
	var after pipeline.TicketRef
	for {
		refs, err := ticketsAfter(ctx, s.pool, after, fillBatch)
		if err != nil || len(refs) == 0 {
			return seen, err
		}
		if err := s.recount(ctx, refs, repair, tell); err != nil {
			return seen, err
		}
		seen, after = seen+len(refs), refs[len(refs)-1]
	}
}

func (s *Service) recount(ctx context.Context, refs []pipeline.TicketRef, repair bool, tell func(Wrong)) error {
	suspects, err := s.compare(ctx, s.pool, refs)
	if err != nil {
		return err
	}
	for _, x := range suspects {
		if err := s.recheck(ctx, x.Ticket, repair, tell); err != nil {
			return err
		}
	}
	return nil
}

// recheck looks at one ticket that seems wrong while nobody changes it.
func (s *Service) recheck(ctx context.Context, ref pipeline.TicketRef, repair bool, tell func(Wrong)) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM tickets WHERE desk = $1 AND id = $2 FOR UPDATE`, ref.Desk, ref.ID); err != nil {
			return fmt.Errorf("lock ticket: %w", err)
		}
		wrong, err := s.compare(ctx, tx, []pipeline.TicketRef{ref})
		if err != nil || len(wrong) == 0 {
			return err
		}
		tell(wrong[0])
		if !repair {
			return nil
		}
		return s.Refresh(ctx, tx, ref)
	})
}

// compare returns those of the tickets whose row is not what is stored makes of it.
func (s *Service) compare(ctx context.Context, q querier, refs []pipeline.TicketRef) ([]Wrong, error) {
	var b pgx.Batch
	var want []derived
	derive(&b, refs, &want)
	if err := q.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("derive work: %w", err)
	}
	desks, ids := split(refs)
	rows, err := q.Query(ctx, `
		SELECT `+workColumns+`, w.queue, w.language
		  FROM unnest($1::text[], $2::text[]) AS r (desk, id)
		  JOIN work w ON w.desk = r.desk AND w.ticket = r.id
		  LEFT JOIN agents g ON false`, desks, ids)
	if err != nil {
		return nil, fmt.Errorf("read work: %w", err)
	}
	is := map[pipeline.TicketRef]derived{}
	if _, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (d derived, err error) {
		d.Work, err = scanWork(r, &d.queue, &d.language)
		is[d.Ticket] = d
		return d, err
	}); err != nil {
		return nil, fmt.Errorf("read work: %w", err)
	}
	var out []Wrong
	for _, x := range want {
		if have := is[x.Ticket]; !same(have, x) {
			out = append(out, Wrong{x.Ticket, have.Work, x.Work})
		}
	}
	return out, nil
}

// same compares rows; times by the moment they name.
func same(a, b derived) bool {
	if !a.Since.Equal(b.Since) || !a.Until.Equal(b.Until) || !a.WaitsSince.Equal(b.WaitsSince) {
		return false
	}
	a.Since, a.Until, a.WaitsSince = b.Since, b.Until, b.WaitsSince
	return a == b
}
