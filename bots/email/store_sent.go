package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// replyWith is the message that carries a marker, as read back from the mailbox or
// as the mail server took it; empty without one.
func (s store) replyWith(ctx context.Context, marker string) (message string, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT message
		  FROM email_messages
		 WHERE desk = $1
		   AND marker = $2
		 LIMIT 1`, s.desk, marker).Scan(&message)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find reply: %w", err)
	}
	return message, nil
}

// earlierReply is the Message-ID of the newest other reply that was sent for
// certain; empty without one.
func (s store) earlierReply(ctx context.Context, than string) (id string, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT s.message_id
		  FROM email_sent s
		  JOIN email_messages m ON m.desk = s.desk AND m.marker = s.marker
		 WHERE s.desk = $1
		   AND s.message_id <> $2
		 ORDER BY s.begun_at DESC
		 LIMIT 1`, s.desk, than).Scan(&id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find earlier reply: %w", err)
	}
	return id, nil
}

// begunAt is when a mail was first about to be sent; zero when it never was.
func (s store) begunAt(ctx context.Context, id string) (at time.Time, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT begun_at
		  FROM email_sent
		 WHERE desk = $1
		   AND message_id = $2`, s.desk, id).Scan(&at)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return at, fmt.Errorf("find time of mail: %w", err)
	}
	return at, nil
}

// reported finds the reply that a report of delivery is about: by a mark of ours that
// it names, else the newest to an address that was not reached. NotFound without one.
func (s store) reported(ctx context.Context, r report, since time.Time) (ticket, marker, recipient string, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT ticket, marker, recipient
		  FROM email_sent
		 WHERE desk = $1
		   AND (marker = ANY ($2)
		    OR cardinality($2::text[]) = 0 AND recipient = ANY ($3) AND begun_at >= $4)
		 ORDER BY begun_at DESC
		 LIMIT 1`, s.desk, notNil(r.markers), notNil(r.recipients), since).Scan(&ticket, &marker, &recipient)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", "", pipeline.Errorf(pipeline.NotFound, "the report is about no reply of ours")
	}
	if err != nil {
		return "", "", "", fmt.Errorf("find reported reply: %w", err)
	}
	return ticket, marker, recipient, nil
}
