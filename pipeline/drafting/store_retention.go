package drafting

import (
	"context"
	"fmt"
	"time"
)

// Forget takes sentences, passages and findings out of at most limit drafts from
// before a time, and returns how many; with dry it counts all and touches nothing.
// Figures stay: every report counts as before. A draft that somebody may still
// decide, or whose reply is on its way, is left alone.
func (s Store) Forget(ctx context.Context, before time.Time, limit int, dry bool) (n int64, err error) {
	const old = `
		  FROM drafts d
		  JOIN tickets t ON t.desk = d.desk AND t.id = d.ticket
		  JOIN draft_states s ON s.draft = d.id
		 WHERE d.created_at < $1
		   AND NOT d.content ? 'forgotten'
		   AND s.state NOT IN ('claimed', 'approved')
		   AND (s.state NOT IN ('open', 'returned') OR t.status = 'solved')`
	if dry {
		err = s.Pool.QueryRow(ctx, `SELECT count(*) `+old, before).Scan(&n)
	} else {
		err = s.Pool.QueryRow(ctx, `
			WITH old AS (
			    SELECT d.id `+old+`
			     LIMIT $2
			       FOR UPDATE OF d SKIP LOCKED
			), done AS (
			    UPDATE drafts d
			       SET content = (d.content - ARRAY['sentences', 'findings', 'nearest', 'hint']) || '{"forgotten": true}'
			      FROM old
			     WHERE d.id = old.id
			)
			SELECT count(*) FROM old`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget contents of drafts: %w", err)
	}
	return n, nil
}
