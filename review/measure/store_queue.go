package measure

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// queueScopeSQL is queueScope of a fact f.
const queueScopeSQL = `'desk/' || f.desk || '/queue/' || f.queue`

// queuesCounted is the scope of an empty row that says: the counts of queues are whole.
const queuesCounted = "queues counted"

func markQueues(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO report_counts (scope, level, block, noun, part, buckets, counts) VALUES ($1, 0, 0, '', '', '{}', '{}')
		ON CONFLICT DO NOTHING`, queuesCounted)
	if err != nil {
		return fmt.Errorf("mark counts of queues: %w", err)
	}
	return nil
}

// driftSQL selects the queues whose counts by day are not those of their facts: by desk,
// queue, noun and part, how many there are and the sums of their days and buckets.
const driftSQL = `
	WITH facts AS (
	    SELECT ` + queueScopeSQL + ` AS scope, f.noun, f.part, count(*)::numeric AS n,
	           sum((f.at AT TIME ZONE 'UTC')::date - DATE '1970-01-01')::numeric AS days, sum(f.bucket)::numeric AS buckets
	      FROM report_facts f
	     WHERE f.queue <> ''
	     GROUP BY 1, 2, 3
	), counts AS (
	    SELECT c.scope, c.noun, c.part, sum(u.n)::numeric AS n, sum(u.n * c.block)::numeric AS days, sum(u.n * u.bucket)::numeric AS buckets
	      FROM report_counts c
	     CROSS JOIN unnest(c.buckets, c.counts) AS u (bucket, n)
	     WHERE c.level = 0
	       AND c.scope LIKE 'desk/%/queue/%'
	     GROUP BY 1, 2, 3
	    HAVING sum(u.n) <> 0
	)
	SELECT count(*)
	  FROM facts
	  FULL JOIN counts USING (scope, noun, part)
	 WHERE (facts.n, facts.days, facts.buckets) IS DISTINCT FROM (counts.n, counts.days, counts.buckets)`

// ProveQueues compares the counts of queues with the facts and makes them anew where
// they differ, or were never made: a process of an earlier version changes facts and
// counts no queues. Until then reports of a queue are read from facts. It reads every
// fact once.
func (r *Reporter) ProveQueues(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(refreshLock)); err != nil {
			return err
		}
		var counted bool
		var drift int
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM report_counts WHERE scope = $1), (`+driftSQL+`)`, queuesCounted).Scan(&counted, &drift); err != nil {
			return err
		}
		if drift > 0 {
			if _, err := tx.Exec(ctx, `DELETE FROM report_counts WHERE scope LIKE 'desk/%/queue/%'`); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO report_counts (scope, level, block, noun, part, buckets, counts)`+
				histogramsSQL(`(`+countsSQL(`(SELECT *, 1 AS n FROM report_facts WHERE queue <> '') f`)+`) c WHERE scope LIKE 'desk/%/queue/%'`)); err != nil {
				return err
			}
		}
		if counted {
			return nil
		}
		return markQueues(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("count queues: %w", err)
	}
	return nil
}
