package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// mark notes which mails of a folder have which status now, by UID; the time is
// kept of those that changed.
func (s store) mark(ctx context.Context, p place, solved, pending []uint32, now time.Time) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE email_places
		   SET mark = CASE WHEN uid = ANY ($4) THEN 'solved' WHEN uid = ANY ($5) THEN 'pending' ELSE '' END,
		       marked_at = $6
		 WHERE desk = $1
		   AND folder = $2
		   AND validity = $3
		   AND (mark <> '' OR uid = ANY ($4) OR uid = ANY ($5))
		   AND mark <> CASE WHEN uid = ANY ($4) THEN 'solved' WHEN uid = ANY ($5) THEN 'pending' ELSE '' END`,
		s.desk, p.folder, p.validity, solved, pending, now)
	if err != nil {
		return fmt.Errorf("note status of mail: %w", err)
	}
	return nil
}

// status is the mark on the newest mail of a ticket's customer in a folder, and
// when any mark of the ticket changed; open and zero without.
func (s store) status(ctx context.Context, ticket, folder string) (st pipeline.TicketStatus, at time.Time, err error) {
	var changed *time.Time
	err = s.pool.QueryRow(ctx, `
		SELECT coalesce(nullif(p.mark, ''), 'open'), max(p.marked_at) OVER ()
		  FROM email_messages m
		  JOIN email_places p ON p.desk = m.desk AND p.message = m.message
		  JOIN email_folders f ON f.desk = p.desk AND f.folder = p.folder AND f.validity = p.validity
		 WHERE m.desk = $1
		   AND m.ticket = $2
		   AND p.folder = $3
		   AND m.role = 'customer'
		 ORDER BY m.at DESC, m.seq DESC
		 LIMIT 1`, s.desk, ticket, folder).Scan(&st, &changed)
	if errors.Is(err, pgx.ErrNoRows) {
		return pipeline.StatusOpen, at, nil
	}
	if err != nil {
		return "", at, fmt.Errorf("read status of ticket: %w", err)
	}
	if changed != nil {
		at = *changed
	}
	return st, at, nil
}

// draft is one of ours in the folder of drafts.
type draft struct {
	id, ticket, digest string
}

// beginDraft writes down a draft that is about to be put into its folder.
func (s store) beginDraft(ctx context.Context, r draft, now time.Time) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO email_drafts (desk, message_id, ticket, digest, placed_at)
		VALUES ($1, $2, $3, $4,
		        -- mail of the same tick of the clock that is read already makes no draft stale
		        greatest($5, (SELECT max(seen_at) FROM email_messages WHERE desk = $1 AND ticket = $3)))
		ON CONFLICT (desk, message_id) DO UPDATE
		   SET digest = excluded.digest,
		       placed_at = excluded.placed_at`, s.desk, r.id, r.ticket, r.digest, now)
	if err != nil {
		return fmt.Errorf("write down draft: %w", err)
	}
	return nil
}

// drafts lists ours of a ticket.
func (s store) drafts(ctx context.Context, ticket string) ([]draft, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT message_id, ticket, digest
		  FROM email_drafts
		 WHERE desk = $1
		   AND ticket = $2
		 ORDER BY placed_at`, s.desk, ticket)
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	return pgx.CollectRows(rows, scanDraft)
}

// staleDrafts lists those whose thread went on since they were placed.
func (s store) staleDrafts(ctx context.Context) ([]draft, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT d.message_id, d.ticket, d.digest
		  FROM email_drafts d
		 WHERE d.desk = $1
		   AND EXISTS (SELECT 1
		                 FROM email_messages m
		                WHERE m.desk = d.desk
		                  AND m.ticket = d.ticket
		                  AND m.role IN ('customer', 'agent')
		                  AND m.seen_at > d.placed_at)
		 ORDER BY d.placed_at
		 LIMIT 100`, s.desk)
	if err != nil {
		return nil, fmt.Errorf("list stale drafts: %w", err)
	}
	return pgx.CollectRows(rows, scanDraft)
}

func scanDraft(r pgx.CollectableRow) (d draft, err error) {
	return d, r.Scan(&d.id, &d.ticket, &d.digest)
}

// dropDraft forgets a draft that is not ours any more, unless another was written
// down under its name meanwhile.
func (s store) dropDraft(ctx context.Context, id, digest string) error {
	_, err := s.pool.Exec(ctx, `
		DELETE FROM email_drafts
		 WHERE desk = $1
		   AND message_id = $2
		   AND digest = $3`, s.desk, id, digest)
	if err != nil {
		return fmt.Errorf("forget draft: %w", err)
	}
	return nil
}

// lastCopy is when our newest reply of which a copy stands in a folder was sent,
// and the copy's UID. NotFound without one.
func (s store) lastCopy(ctx context.Context, folder string) (at time.Time, uid uint32, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT s.begun_at, p.uid
		  FROM email_sent s
		  JOIN email_places p ON p.desk = s.desk AND p.message = s.message_id
		  JOIN email_folders f ON f.desk = p.desk AND f.folder = p.folder AND f.validity = p.validity
		 WHERE s.desk = $1
		   AND p.folder = $2
		 ORDER BY s.begun_at DESC
		 LIMIT 1`, s.desk, folder).Scan(&at, &uid)
	if errors.Is(err, pgx.ErrNoRows) {
		return at, 0, pipeline.Errorf(pipeline.NotFound, "no reply has come back yet")
	}
	if err != nil {
		return at, 0, fmt.Errorf("find last reply: %w", err)
	}
	return at, uid, nil
}
