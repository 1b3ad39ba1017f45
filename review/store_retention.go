package review

import (
	"context"
	"fmt"
	"time"
)

// ForgetOutbox removes at most limit published events of before a time from the
// outbox, and returns how many; with dry it counts all and touches nothing. The
// event itself is the bus's.
func (s *Service) ForgetOutbox(ctx context.Context, before time.Time, limit int, dry bool) (n int64, err error) {
	const old = `FROM outbox WHERE state = 'published' AND created_at < $1`
	if dry {
		err = s.pool.QueryRow(ctx, `SELECT count(*) `+old, before).Scan(&n)
	} else {
		err = s.pool.QueryRow(ctx, `
			WITH gone AS (
			    DELETE FROM outbox
			     WHERE id IN (SELECT id `+old+` LIMIT $2)
			    RETURNING id
			)
			SELECT count(*) FROM gone`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget published events: %w", err)
	}
	return n, nil
}
