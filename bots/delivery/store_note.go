package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// noteState is where a draft stands with its desk.
type noteState string

const (
	noteWaiting noteState = "waiting" // the desk does not have it
	noteTried   noteState = "tried"   // the desk may have it
	noteShown   noteState = "shown"
	noteRefused noteState = "refused" // it never will
)

// deskNote is one row of desk_notes.
type deskNote struct {
	draft            string
	state            noteState
	triedAt          time.Time
	absent, resends  int
	fence            int64
	remoteID, reason string
	hash             string // of what the note says at the desk
}

type deskNotes struct{ pool *pgxpool.Pool }

var errNoteHeld = errors.New("another process works on the note")

// take holds the note of a draft until the lease ends; done when there is
// nothing left to do. errNoteHeld while somebody else has it.
func (s deskNotes) take(ctx context.Context, draft string, ref pipeline.TicketRef, now time.Time, lease time.Duration) (n deskNote, done bool, err error) {
	if _, err := s.pool.Exec(ctx, `
		INSERT INTO desk_notes (draft, desk, ticket)
		VALUES ($1, $2, $3)
		ON CONFLICT (draft) DO NOTHING`, draft, ref.Desk, ref.ID); err != nil {
		return n, false, fmt.Errorf("store note: %w", err)
	}
	n = deskNote{draft: draft}
	var tried *time.Time
	err = s.pool.QueryRow(ctx, `
		UPDATE desk_notes
		   SET fence = fence + 1, held_until = $2, updated_at = $3
		 WHERE draft = $1
		   AND state IN ('waiting', 'tried')
		   AND (held_until IS NULL OR held_until < $3)
		RETURNING state, tried_at, absent, resends, fence, remote_id, text_hash`, draft, now.Add(lease), now).
		Scan(&n.state, &tried, &n.absent, &n.resends, &n.fence, &n.remoteID, &n.hash)
	if tried != nil {
		n.triedAt = *tried
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return n, false, err
	}
	err = s.pool.QueryRow(ctx, `
		SELECT state IN ('shown', 'refused')
		  FROM desk_notes
		 WHERE draft = $1`, draft).Scan(&done)
	if err == nil && !done {
		err = errNoteHeld
	}
	return n, done, err
}

// save writes a note that is still ours; free lets it go. Conflict when another
// process took it meanwhile.
func (s deskNotes) save(ctx context.Context, n deskNote, now time.Time, free bool) error {
	var tried *time.Time
	if !n.triedAt.IsZero() {
		tried = &n.triedAt
	}
	tag, err := s.pool.Exec(ctx, `
		UPDATE desk_notes
		   SET state = $3, tried_at = $4, absent = $5, resends = $6, remote_id = $7, reason = $8, updated_at = $9, text_hash = $11,
		       held_until = CASE WHEN $10 THEN NULL ELSE held_until END
		 WHERE draft = $1
		   AND fence = $2
		   AND state IN ('waiting', 'tried')`, n.draft, n.fence, n.state, tried, n.absent, n.resends, n.remoteID, n.reason, now, free, n.hash)
	if err != nil {
		return fmt.Errorf("save note: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return pipeline.Errorf(pipeline.Conflict, "another process took the note of draft %s", n.draft)
	}
	return nil
}

// reasonTaken stands in a row whose draft was taken out of the desk's own.
const reasonTaken = "taken away"

// native lists the newest drafts of a ticket that may stand in the desk's own
// draft: those that were tried, became no note and were not taken away.
func (s deskNotes) native(ctx context.Context, ref pipeline.TicketRef) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT draft::text
		  FROM desk_notes
		 WHERE desk = $1
		   AND ticket = $2
		   AND tried_at IS NOT NULL
		   AND remote_id = ''
		   AND reason <> $3
		 ORDER BY updated_at DESC
		 LIMIT 5`, ref.Desk, ref.ID, reasonTaken)
	if err != nil {
		return nil, fmt.Errorf("list native drafts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// takenAway notes that drafts do not stand in the desk any more.
func (s deskNotes) takenAway(ctx context.Context, drafts []string) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE desk_notes
		   SET reason = $2
		 WHERE draft = ANY ($1::text[]::uuid[])
		   AND remote_id = ''`, drafts, reasonTaken)
	if err != nil {
		return fmt.Errorf("note that drafts were taken away: %w", err)
	}
	return nil
}
