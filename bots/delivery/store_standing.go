package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// standing finds the newest note of ours that stands in a ticket, besides that of one
// draft. NotFound when there is none.
func (s deskNotes) standing(ctx context.Context, ref pipeline.TicketRef, besides string) (n deskNote, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT draft::text, state, remote_id, text_hash
		  FROM desk_notes
		 WHERE desk = $1
		   AND ticket = $2
		   AND remote_id <> ''
		   AND state = 'shown'
		   AND draft::text <> $3
		 ORDER BY updated_at DESC
		 LIMIT 1`, ref.Desk, ref.ID, besides).Scan(&n.draft, &n.state, &n.remoteID, &n.hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, pipeline.Errorf(pipeline.NotFound, "no note of ours stands in the ticket")
	}
	if err != nil {
		return n, fmt.Errorf("find note: %w", err)
	}
	return n, nil
}

// unsettled lists other drafts of a ticket of whose note it is not known whether the
// desk has it.
func (s deskNotes) unsettled(ctx context.Context, ref pipeline.TicketRef, besides string) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT draft::text
		  FROM desk_notes
		 WHERE desk = $1
		   AND ticket = $2
		   AND state IN ('waiting', 'tried')
		   AND draft::text <> $3
		 ORDER BY updated_at
		 LIMIT 20`, ref.Desk, ref.ID, besides)
	if err != nil {
		return nil, fmt.Errorf("list notes: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// takeOver gives the note of an older draft to a newer one, whose row is ours.
// Conflict when another process works on either.
func (s deskNotes) takeOver(ctx context.Context, from deskNote, to deskNote, now time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE desk_notes
			   SET remote_id = '', reason = 'a newer draft has the note'
			 WHERE draft = $1
			   AND remote_id = $2
			   AND (held_until IS NULL OR held_until < $3)`, from.draft, from.remoteID, now)
		if err != nil {
			return err
		}
		more, err := tx.Exec(ctx, `
			UPDATE desk_notes
			   SET remote_id = $3, text_hash = $4
			 WHERE draft = $1
			   AND fence = $2`, to.draft, to.fence, from.remoteID, from.hash)
		if err == nil && (tag.RowsAffected() == 0 || more.RowsAffected() == 0) {
			err = pipeline.Errorf(pipeline.Conflict, "another process works on the ticket's note")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("take note over: %w", err)
	}
	return nil
}

// hold takes a note that stands, to change it. errNoteHeld while somebody else does.
func (s deskNotes) hold(ctx context.Context, n deskNote, now time.Time, lease time.Duration) (deskNote, error) {
	err := s.pool.QueryRow(ctx, `
		UPDATE desk_notes
		   SET fence = fence + 1, held_until = $3
		 WHERE draft = $1
		   AND remote_id = $2
		   AND state = 'shown'
		   AND (held_until IS NULL OR held_until < $4)
		RETURNING fence, text_hash`, n.draft, n.remoteID, now.Add(lease), now).Scan(&n.fence, &n.hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, errNoteHeld
	}
	if err != nil {
		return n, fmt.Errorf("hold note: %w", err)
	}
	return n, nil
}

// changed writes what a note that is ours to change says now, and lets it go.
func (s deskNotes) changed(ctx context.Context, n deskNote, now time.Time) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE desk_notes
		   SET remote_id = $3, text_hash = $4, reason = $5, updated_at = $6, held_until = NULL
		 WHERE draft = $1
		   AND fence = $2`, n.draft, n.fence, n.remoteID, n.hash, n.reason, now)
	if err != nil {
		return fmt.Errorf("save note: %w", err)
	}
	return nil
}
