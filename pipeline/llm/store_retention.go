package llm

import (
	"context"
	"fmt"
	"time"
)

// Forget removes at most limit calls from before a time, and returns how many; with
// dry it counts all and touches nothing. What each draft cost stays with the draft.
func (s Store) Forget(ctx context.Context, before time.Time, limit int, dry bool) (n int64, err error) {
	if dry {
		err = s.Pool.QueryRow(ctx, `SELECT count(*) FROM llm_calls WHERE at < $1`, before).Scan(&n)
	} else {
		err = s.Pool.QueryRow(ctx, `
			WITH gone AS (
			    DELETE FROM llm_calls
			     WHERE id IN (SELECT id FROM llm_calls WHERE at < $1 LIMIT $2)
			    RETURNING id
			)
			SELECT count(*) FROM gone`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget model calls: %w", err)
	}
	return n, nil
}
