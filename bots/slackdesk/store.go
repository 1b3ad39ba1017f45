package slackdesk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// threads are the customers' threads of one desk and the tickets they belong to.
type threads struct {
	pool *pgxpool.Pool
	desk string
}

// settle says which ticket the thread that begins with a message belongs to,
// and keeps it for good: that of the author's nearest message within a time,
// before or after (events come in any order), or else a ticket of its own. Two
// messages further apart, whose events come before those of the messages between
// them, stay two tickets: the first may be drafted already. Any number of
// processes may ask at once.
func (s threads) settle(ctx context.Context, channel, thread, author string, within time.Duration) (ticket string, err error) {
	at, _ := stampOf(thread)
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 38))`, s.desk+"/"+channel+"/"+author); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `
			SELECT ticket
			FROM slackdesk_threads
			WHERE desk = $1
			  AND channel = $2
			  AND (thread = $3
			   OR author = $4
			  AND at BETWEEN $5::timestamptz - $6::interval AND $5::timestamptz + $6::interval)
			-- the thread itself first, then the nearest
			ORDER BY thread <> $3, abs(extract(epoch FROM at - $5::timestamptz))
			LIMIT 1`, s.desk, channel, thread, author, at, within).Scan(&ticket)
		if errors.Is(err, pgx.ErrNoRows) {
			ticket, err = thread, nil
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO slackdesk_threads (desk, channel, thread, author, ticket, at)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (desk, channel, thread) DO NOTHING`, s.desk, channel, thread, author, ticket, at)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("settle thread %s of %s: %w", thread, channel, err)
	}
	return ticket, nil
}

// list returns the threads of a ticket in order; the ticket alone when none is
// known.
func (s threads) list(ctx context.Context, channel, ticket string) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT thread
		FROM slackdesk_threads
		WHERE desk = $1
		  AND channel = $2
		  AND ticket = $3
		ORDER BY at, thread`, s.desk, channel, ticket)
	if err != nil {
		return nil, fmt.Errorf("list threads of %s: %w", ticket, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list threads of %s: %w", ticket, err)
	}
	if len(out) == 0 {
		out = []string{ticket}
	}
	return out, nil
}

// ticket is the one that a thread belongs to; its own when none is known.
func (s threads) ticket(ctx context.Context, channel, thread string) (ticket string, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT ticket
		FROM slackdesk_threads
		WHERE desk = $1
		  AND channel = $2
		  AND thread = $3`, s.desk, channel, thread).Scan(&ticket)
	if errors.Is(err, pgx.ErrNoRows) {
		return thread, nil
	}
	if err != nil {
		return "", fmt.Errorf("find ticket of thread %s: %w", thread, err)
	}
	return ticket, nil
}

// remark notes the marks of messages by timestamp, and returns the messages whose
// marks changed at or after a time, now included.
func (s threads) remark(ctx context.Context, channel string, marks map[string]string, since, now time.Time) (map[string]bool, error) {
	var names, values []string
	for ts, m := range marks {
		names, values = append(names, ts), append(values, m)
	}
	if _, err := s.pool.Exec(ctx, `
		INSERT INTO slackdesk_marks AS k (desk, channel, thread, marks, at)
		SELECT $1, $2, m.thread, m.marks, $5
		FROM unnest($3::text[], $4::text[]) AS m (thread, marks)
		-- what never had any needs no row
		WHERE m.marks <> ''
		   OR EXISTS (SELECT 1 FROM slackdesk_marks o WHERE o.desk = $1 AND o.channel = $2 AND o.thread = m.thread)
		ON CONFLICT (desk, channel, thread) DO UPDATE
		   SET marks = excluded.marks,
		       at = excluded.at
		 WHERE k.marks <> excluded.marks`, s.desk, channel, names, values, now); err != nil {
		return nil, fmt.Errorf("note marks in %s: %w", channel, err)
	}
	rows, err := s.pool.Query(ctx, `
		SELECT thread
		FROM slackdesk_marks
		WHERE desk = $1
		  AND channel = $2
		  AND at >= $3`, s.desk, channel, since)
	if err != nil {
		return nil, fmt.Errorf("list marks in %s: %w", channel, err)
	}
	out := map[string]bool{}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, ts := range list {
		out[ts] = true
	}
	return out, err
}
