package requests

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// takeDigest holds the period's digest for this process: held is false when it
// is posted, or another process works on it; again says that one tried before.
func (c *Requests) takeDigest(ctx context.Context, period, channel string) (again, held bool, err error) {
	var tries int
	err = c.Pool.QueryRow(ctx, `
		INSERT INTO slack_digests AS d (period, channel, held_until)
		VALUES ($1, $2, now() + $3 * interval '1 millisecond')
		ON CONFLICT (period) DO UPDATE
		   SET tries = d.tries + 1, held_until = excluded.held_until
		 WHERE d.ts = ''
		   AND d.held_until <= now()
		   AND d.tries < 100
		RETURNING tries`, period, channel, holdFor.Milliseconds()).Scan(&tries)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("take digest: %w", err)
	}
	return tries > 1, true, nil
}

func (c *Requests) keepDigest(ctx context.Context, period, ts string) error {
	if _, err := c.Pool.Exec(ctx, `
		UPDATE slack_digests
		   SET ts = $2
		 WHERE period = $1
		   AND ts = ''`, period, ts); err != nil {
		return fmt.Errorf("keep digest: %w", err)
	}
	return nil
}
