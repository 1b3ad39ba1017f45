package email

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// people are the mails whose going ends a ticket: copies of our own replies may stay.
const people = `m.marker = '' AND m.role <> 'agent'`

// standing are the UIDs of people's mails in a folder, as far as is known, the newest
// first.
func (s store) standing(ctx context.Context, folder string, most int) ([]uint32, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT p.uid
		  FROM email_places p
		  JOIN email_folders f ON f.desk = p.desk AND f.folder = p.folder AND f.validity = p.validity
		  JOIN email_messages m ON m.desk = p.desk AND m.message = p.message
		 WHERE p.desk = $1
		   AND p.folder = $2
		   AND p.gone_at IS NULL
		   AND `+people+`
		 ORDER BY p.uid DESC
		 LIMIT $3`, s.desk, folder, most)
	if err != nil {
		return nil, fmt.Errorf("list places of mail: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uint32])
}

// markGone notes that mails are not in a folder any more.
func (s store) markGone(ctx context.Context, folder string, uids []uint32, now time.Time) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE email_places p
		   SET gone_at = $4
		  FROM email_folders f
		 WHERE f.desk = p.desk
		   AND f.folder = p.folder
		   AND f.validity = p.validity
		   AND p.desk = $1
		   AND p.folder = $2
		   AND p.uid = ANY ($3)
		   AND p.gone_at IS NULL`, s.desk, folder, uids, now)
	if err != nil {
		return fmt.Errorf("note mail that is gone: %w", err)
	}
	return nil
}

// goneTicket is a ticket with mail that is gone and was not told of.
type goneTicket struct {
	ticket string
	at     time.Time
	all    bool // none of its mail is left
}

func (s store) goneTickets(ctx context.Context, folder string) ([]goneTicket, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT m.ticket, max(p.gone_at),
		       NOT EXISTS (SELECT
		                     FROM email_messages m2
		                     JOIN email_places p2 ON p2.desk = m2.desk AND p2.message = m2.message
		                     JOIN email_folders f2 ON f2.desk = p2.desk AND f2.folder = p2.folder AND f2.validity = p2.validity
		                    WHERE m2.desk = $1
		                      AND m2.ticket = m.ticket
		                      AND m2.marker = '' AND m2.role <> 'agent'
		                      AND p2.folder = $2
		                      AND p2.gone_at IS NULL)
		  FROM email_places p
		  JOIN email_messages m ON m.desk = p.desk AND m.message = p.message
		 WHERE p.desk = $1
		   AND p.folder = $2
		   AND p.gone_at IS NOT NULL
		   AND NOT p.gone_told
		   AND `+people+`
		 GROUP BY m.ticket
		 ORDER BY max(p.gone_at)
		 LIMIT 500`, s.desk, folder)
	if err != nil {
		return nil, fmt.Errorf("list tickets that are gone: %w", err)
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (g goneTicket, err error) {
		return g, r.Scan(&g.ticket, &g.at, &g.all)
	})
}

func (s store) markGoneTold(ctx context.Context, folder, ticket string) error {
	_, err := s.pool.Exec(ctx, `
		UPDATE email_places p
		   SET gone_told = true
		  FROM email_messages m
		 WHERE m.desk = p.desk
		   AND m.message = p.message
		   AND m.ticket = $3
		   AND p.desk = $1
		   AND p.folder = $2
		   AND p.gone_at IS NOT NULL
		   AND NOT p.gone_told`, s.desk, folder, ticket)
	if err != nil {
		return fmt.Errorf("mark ticket told gone: %w", err)
	}
	return nil
}

// answeredBy are the UIDs of people's mails that a reply of ours answers.
func (s store) answeredBy(ctx context.Context, reply, folder string) ([]uint32, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT p.uid
		  FROM email_sent s
		  JOIN email_messages m ON m.desk = s.desk AND m.ticket = s.ticket AND m.seen_at <= s.begun_at
		  JOIN email_places p ON p.desk = m.desk AND p.message = m.message
		  JOIN email_folders f ON f.desk = p.desk AND f.folder = p.folder AND f.validity = p.validity
		 WHERE s.desk = $1
		   AND s.message_id = $2
		   AND p.folder = $3
		   AND p.gone_at IS NULL
		   AND m.role = 'customer'`, s.desk, reply, folder)
	if err != nil {
		return nil, fmt.Errorf("find answered mail: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uint32])
}
