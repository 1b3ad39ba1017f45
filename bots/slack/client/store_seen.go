package client

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// seenFor is how long identifiers are remembered: Slack retries for six minutes.
const seenFor = time.Hour

// FirstSight notes the identifier and tells whether it is new, in any process.
func FirstSight(ctx context.Context, pool *pgxpool.Pool, id string) (bool, error) {
	tag, err := pool.Exec(ctx, `
		INSERT INTO slack_seen (id)
		VALUES ($1)
		ON CONFLICT (id) DO NOTHING`, id)
	if err != nil {
		return false, fmt.Errorf("note %s: %w", id, err)
	}
	return tag.RowsAffected() == 1, nil
}

// ForgetSeen removes identifiers that cannot come again.
func ForgetSeen(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `
		DELETE FROM slack_seen
		 WHERE seen_at < now() - $1 * interval '1 millisecond'`, seenFor.Milliseconds())
	if err != nil {
		return fmt.Errorf("forget seen: %w", err)
	}
	return nil
}
