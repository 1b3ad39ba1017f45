package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Forget empties the event (the reply's text) of at most limit deliveries
// that ended before a time and were told to the others, and returns how many; with
// dry it counts all and touches nothing. Marker, hash and state stay: a reply is
// recognised for ever.
func Forget(ctx context.Context, pool *pgxpool.Pool, before time.Time, limit int, dry bool) (n int64, err error) {
	const old = `
		  FROM deliveries d
		 WHERE d.state NOT IN ('queued', 'sending', 'unknown')
		   AND d.published
		   AND d.updated_at < $1
		   AND d.event::text <> '{}'`
	if dry {
		err = pool.QueryRow(ctx, `SELECT count(*) `+old, before).Scan(&n)
	} else {
		err = pool.QueryRow(ctx, `
			WITH old AS (
			    SELECT d.id `+old+`
			     LIMIT $2
			       FOR UPDATE SKIP LOCKED
			), done AS (
			    UPDATE deliveries d
			       SET event = '{}'
			      FROM old
			     WHERE d.id = old.id
			)
			SELECT count(*) FROM old`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget texts of deliveries: %w", err)
	}
	return n, nil
}

// Again has deliveries that ended since a time told to the others once more, and
// returns how many.
func Again(ctx context.Context, pool *pgxpool.Pool, since time.Time) (int, error) {
	tag, err := pool.Exec(ctx, `
		UPDATE deliveries
		   SET published = false, due_at = now()
		 WHERE published
		   AND state NOT IN ('queued', 'sending', 'unknown')
		   AND updated_at >= $1
		   AND event::text <> '{}'`, since)
	if err != nil {
		return 0, fmt.Errorf("tell of deliveries again: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
