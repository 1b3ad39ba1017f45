package measure

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// factsSQL selects what tickets add to the report: desk, ticket, noun, part, key,
// at, value, queue, agent, and since for what is active. It is what each figure means; report_facts and
// report_counts are copies of it that are kept up to date. {x} restricts a table x
// to the tickets of a batch.
const factsSQL = `
	-- a ticket's handling time counts where its last span ended; one that was only
	-- looked at has none
	SELECT s.desk, s.ticket, 'handling' AS noun, s.kind || ':' || t.arm AS part, '' AS key, max(s.ended_at) AS at,
	       coalesce(sum(s.active_ms), 0)::float8 AS value, 0 AS since, t.queue,
	       (array_agg(s.agent ORDER BY s.ended_at DESC, s.id))[1] AS agent
	  FROM spans s {s}
	  JOIN tickets t ON t.desk = s.desk AND t.id = s.ticket
	 WHERE s.ended_at IS NOT NULL
	 GROUP BY s.desk, s.ticket, s.kind, t.arm, t.queue
	HAVING bool_or(s.ended_by <> 'idle')
	UNION ALL
	-- a span that ended later than its time says: its last pause was cut
	SELECT s.desk, s.ticket, 'capped', s.kind || ':' || t.arm, '', max(s.ended_at), NULL, 0, t.queue, ''
	  FROM spans s {s}
	  JOIN tickets t ON t.desk = s.desk AND t.id = s.ticket
	 WHERE s.ended_at IS NOT NULL
	   AND s.kind = 'measured'
	 GROUP BY s.desk, s.ticket, s.kind, t.arm, t.queue
	HAVING bool_or(s.ended_by <> 'idle')
	   AND bool_or((extract(epoch FROM s.ended_at - s.started_at) * 1000)::bigint > s.active_ms + 1000)
	UNION ALL
	SELECT t.desk, t.id, 'first_response', '', '', t.first_reply_at, (extract(epoch FROM t.first_reply_at - t.created_at) * 1000)::float8, 0, t.queue, ''
	  FROM tickets t {t}
	 WHERE t.first_reply_at >= t.created_at
	UNION ALL
	SELECT t.desk, t.id, 'resolution', '', '', t.solved_at, (extract(epoch FROM t.solved_at - t.created_at) * 1000)::float8, 0, t.queue, ''
	  FROM tickets t {t}
	 WHERE t.solved_at >= t.created_at
	UNION ALL
	SELECT o.desk, o.ticket, 'outcome', coalesce(o.kind, 'pending'), o.message, o.arrived_at, NULL, 0, t.queue, ''
	  FROM outcomes o {o}
	  JOIN tickets t ON t.desk = o.desk AND t.id = o.ticket
	UNION ALL
	-- days with a message that no rule skipped, each with the one before: so that
	-- tickets of a period are counted once
	SELECT a.desk, a.ticket, 'active', a.arm, a.day::text, a.at, NULL,
	       coalesce(lag(a.day) OVER (PARTITION BY a.desk, a.ticket ORDER BY a.day) - DATE '1970-01-01', -1), a.queue, ''
	  FROM (SELECT o.desk, o.ticket, t.arm, t.queue, (o.arrived_at AT TIME ZONE 'UTC')::date AS day, min(o.arrived_at) AS at
	          FROM outcomes o {o}
	          JOIN tickets t ON t.desk = o.desk AND t.id = o.ticket
	         WHERE o.kind IS DISTINCT FROM 'skipped'
	         GROUP BY o.desk, o.ticket, t.arm, t.queue, 5) a
	UNION ALL
	SELECT s.desk, s.ticket, 'decision', coalesce(nullif(` + decisionSQL + `, ''), 'superseded'), s.draft::text, s.created_at, NULL, 0, t.queue, coalesce(s.decided_by, '')
	  FROM draft_states s {s}
	  JOIN tickets t ON t.desk = s.desk AND t.id = s.ticket
	 WHERE s.abstained = ''
	UNION ALL
	SELECT s.desk, s.ticket, 'distance', '', s.draft::text, s.created_at, s.distance::float8, 0, t.queue, coalesce(s.decided_by, '')
	  FROM draft_states s {s}
	  JOIN tickets t ON t.desk = s.desk AND t.id = s.ticket
	 WHERE s.state = 'sent'
	UNION ALL
	SELECT r.desk, r.ticket, 'sent', '', r.draft::text, r.sent_at, NULL, 0, t.queue, coalesce(r.decided_by, '')
	  FROM reviews r {r}
	  JOIN tickets t ON t.desk = r.desk AND t.id = r.ticket
	 WHERE r.sent_at IS NOT NULL
	UNION ALL
	SELECT d.desk, d.ticket, 'band', (least(4, floor((d.content->>'probability')::float8 * 5)) / 5)::float8::text || ':' || x.kind, x.id::text, d.created_at,
	       NULL, 0, t.queue, x.agent
	  FROM drafts d {d}
	  JOIN decisions x ON x.draft = d.id
	  JOIN tickets t ON t.desk = d.desk AND t.id = d.ticket
	 WHERE d.abstained = ''
	   AND d.content->>'probability' IS NOT NULL
	   AND x.kind IN ('approve', 'edit', 'reject')
	UNION ALL
	SELECT d.desk, d.ticket, 'delivery', d.state, d.id::text, d.created_at, NULL, 0, t.queue, ''
	  FROM deliveries d {d}
	  JOIN tickets t ON t.desk = d.desk AND t.id = d.ticket`

// decisionSQL names what became of each proposal that was not superseded.
const decisionSQL = `CASE WHEN state IN ('open', 'claimed') AND outdated THEN 'stale'
	              WHEN state IN ('open', 'claimed') THEN 'open'
	              WHEN state = 'stale' THEN 'stale'
	              ELSE kind END`

// growth is the ratio of a bucket's bounds: values of one bucket differ by at most
// 2 %, so that its middle is off by at most 1 %.
const growth = 1.02

// bucketSQL is the bucket of a value: whole steps of growth above a thousandth. What
// is active has the day before in its place.
const bucketSQL = `CASE WHEN noun = 'active' THEN since WHEN value > 0.001 THEN 1 + floor(ln(value * 1000) / ln(1.02)) ELSE 0 END::smallint`

// columnsOfFacts are those of report_facts, in the order of the SQL here.
const columnsOfFacts = `desk, ticket, noun, part, key, at, value, bucket, queue, agent`

// facts is factsSQL with buckets; of the tickets in $1 (desks) and $2 only, or of all.
func facts(batch bool) string {
	sql := factsSQL
	for _, x := range []string{"s", "t", "o", "r", "d"} {
		join := ""
		if batch {
			id := "ticket"
			if x == "t" {
				id = "id"
			}
			join = "JOIN batch b ON b.desk = " + x + ".desk AND b.ticket = " + x + "." + id
		}
		sql = strings.ReplaceAll(sql, "{"+x+"}", join)
	}
	return `SELECT desk, ticket, noun, part, key, at, value, ` + bucketSQL + ` AS bucket, queue, agent FROM (` + sql + `) f`
}

// countsSQL adds up facts f, each n times, for all, for their desk and for their queue
// there, by blocks of days and by buckets.
func countsSQL(from string) string {
	return `
	SELECT s.scope, l.level, ((f.at AT TIME ZONE 'UTC')::date - DATE '1970-01-01') >> l.level AS block, f.noun, f.part, f.bucket, sum(f.n)::bigint AS n
	  FROM ` + from + `
	 CROSS JOIN LATERAL (VALUES (''), ('desk/' || f.desk), (CASE WHEN f.queue <> '' THEN ` + queueScopeSQL + ` END)) AS s (scope)
	 CROSS JOIN (VALUES (0), (2), (4), (6)) AS l (level)
	 WHERE s.scope IS NOT NULL
	 GROUP BY 1, 2, 3, 4, 5, 6
	HAVING sum(f.n) <> 0`
}

// histogramsSQL makes rows of report_counts of counted buckets.
func histogramsSQL(from string) string {
	return `
	SELECT scope, level, block, noun, part, array_agg(bucket ORDER BY bucket), array_agg(n ORDER BY bucket)
	  FROM ` + from + `
	 GROUP BY scope, level, block, noun, part`
}

// refreshSQL replaces the facts of the tickets in $1 and $2 by what they are now,
// and moves the counts by the difference.
var refreshSQL = `
	WITH batch AS MATERIALIZED (
	    SELECT DISTINCT desk, ticket FROM unnest($1::text[], $2::text[]) AS b (desk, ticket)
	), now AS MATERIALIZED (` + facts(true) + `
	), was AS MATERIALIZED (
	    SELECT f.desk, f.ticket, noun, part, key, at, value, bucket, queue, agent
	      FROM batch b
	      JOIN report_facts f ON f.desk = b.desk AND f.ticket = b.ticket
	), gone AS MATERIALIZED (
	    SELECT * FROM was EXCEPT SELECT * FROM now
	), come AS MATERIALIZED (
	    SELECT * FROM now EXCEPT SELECT * FROM was
	), deleted AS (
	    DELETE FROM report_facts f
	     USING gone g
	     WHERE f.desk = g.desk
	       AND f.ticket = g.ticket
	       AND f.noun = g.noun
	       AND f.part = g.part
	       AND f.key = g.key
	), inserted AS (
	    INSERT INTO report_facts (` + columnsOfFacts + `) SELECT * FROM come
	), moved AS MATERIALIZED (` + countsSQL(`(SELECT *, 1 AS n FROM come UNION ALL SELECT *, -1 FROM gone) f`) + `
	), summed AS (
	    SELECT scope, level, block, noun, part, bucket, sum(n)::bigint AS n
	      FROM (SELECT * FROM moved
	            UNION ALL
	            SELECT c.scope, c.level, c.block, c.noun, c.part, u.bucket, u.n
	              FROM (SELECT DISTINCT scope, level, block, noun, part FROM moved) m
	              JOIN report_counts c USING (scope, level, block, noun, part)
	             CROSS JOIN unnest(c.buckets, c.counts) AS u (bucket, n)) x
	     GROUP BY scope, level, block, noun, part, bucket
	)
	INSERT INTO report_counts (scope, level, block, noun, part, buckets, counts)` + histogramsSQL(`summed`) + `
	ON CONFLICT (scope, level, block, noun, part) DO UPDATE SET buckets = excluded.buckets, counts = excluded.counts`

// refreshBatch is how many changes are taken at once; more than firstBuild while
// nothing is counted yet are taken all together.
const (
	refreshBatch = 2_000
	firstBuild   = 20_000
)

// refreshLock serialises those who refresh; it is released with the transaction.
const refreshLock = 0x466f6f7465526570

// Refresh brings the counts up to date with the tickets, until nothing is left to
// do or budget is used up; 0 means no limit. It returns how many changes are left.
// Only one process at a time refreshes; others wait for it, within their budget.
func (r *Reporter) Refresh(ctx context.Context, budget time.Duration) (left int, err error) {
	end := time.Now().Add(budget)
	for {
		n, err := r.refreshOnce(ctx, budget)
		if err != nil {
			return 0, err
		}
		if n == 0 || budget > 0 && time.Now().After(end) {
			break
		}
	}
	if err := r.pool.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM report_changes LIMIT 10000000) c`).Scan(&left); err != nil {
		return 0, fmt.Errorf("count changes: %w", err)
	}
	return left, nil
}

// refreshOnce takes one batch of changes and returns how many it was; 0 also when
// somebody else has them all for longer than wait.
func (r *Reporter) refreshOnce(ctx context.Context, wait time.Duration) (n int, err error) {
	err = pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		if wait > 0 {
			if _, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true)`, fmt.Sprint(max(1, wait.Milliseconds()))); err != nil {
				return fmt.Errorf("limit wait: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(refreshLock)); err != nil {
			return fmt.Errorf("lock counts: %w", err)
		}
		first, err := unbuilt(ctx, tx)
		if err != nil {
			return err
		}
		if first && wait > 0 {
			return errFirstBuild // Run does it, however long it takes
		}
		if first {
			n, err = build(ctx, tx)
			return err
		}
		n, err = refreshBatchOf(ctx, tx)
		return err
	})
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "55P03" || errors.Is(err, errFirstBuild) { // lock_not_available
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("refresh report: %w", err)
	}
	return n, nil
}

var errFirstBuild = errors.New("the first counting is left to Run")

// unbuilt tells whether nothing is counted and there is much to count.
func unbuilt(ctx context.Context, tx pgx.Tx) (bool, error) {
	var out bool
	err := tx.QueryRow(ctx, `
		SELECT NOT EXISTS (SELECT FROM report_facts)
		   AND (SELECT count(*) FROM (SELECT FROM report_changes LIMIT $1) c) = $1`, firstBuild).Scan(&out)
	if err != nil {
		return false, fmt.Errorf("look for counts: %w", err)
	}
	return out, nil
}

// build counts everything from nothing.
func build(ctx context.Context, tx pgx.Tx) (int, error) {
	for _, set := range []string{`SET LOCAL statement_timeout = 0`, `SET LOCAL work_mem = '64MB'`} {
		if _, err := tx.Exec(ctx, set); err != nil {
			return 0, fmt.Errorf("prepare: %w", err)
		}
	}
	var days []string
	tag, err := tx.Exec(ctx, `DELETE FROM report_changes WHERE desk <> ''`)
	if err != nil {
		return 0, fmt.Errorf("take changes: %w", err)
	}
	if days, err = takeDays(ctx, tx); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO report_facts (`+columnsOfFacts+`) `+facts(false)); err != nil {
		return 0, fmt.Errorf("write facts: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO report_counts (scope, level, block, noun, part, buckets, counts)`+
		histogramsSQL(`(`+countsSQL(`(SELECT *, 1 AS n FROM report_facts) f`)+`) c`)+` ORDER BY scope, level, block`); err != nil {
		return 0, fmt.Errorf("write counts: %w", err)
	}
	if err := markQueues(ctx, tx); err != nil {
		return 0, err
	}
	return int(tag.RowsAffected()) + len(days), costs(ctx, tx, days)
}

func takeDays(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `DELETE FROM report_changes WHERE desk = '' RETURNING ticket`)
	if err != nil {
		return nil, fmt.Errorf("take days: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func refreshBatchOf(ctx context.Context, tx pgx.Tx) (int, error) {
	rows, err := tx.Query(ctx, `
		DELETE FROM report_changes
		 WHERE id IN (SELECT id FROM report_changes ORDER BY id LIMIT $1)
		RETURNING desk, ticket`, refreshBatch)
	if err != nil {
		return 0, fmt.Errorf("take changes: %w", err)
	}
	var desks, tickets, days []string
	var desk, ticket string
	if _, err := pgx.ForEachRow(rows, []any{&desk, &ticket}, func() error {
		if desk == "" {
			days = append(days, ticket)
			return nil
		}
		desks, tickets = append(desks, desk), append(tickets, ticket)
		return nil
	}); err != nil {
		return 0, fmt.Errorf("take changes: %w", err)
	}
	// The statement's snapshot is newer than the deleting one's: what it took, it sees.
	if len(desks) > 0 {
		if _, err := tx.Exec(ctx, refreshSQL, desks, tickets); err != nil {
			return 0, fmt.Errorf("count changes: %w", err)
		}
	}
	return len(desks) + len(days), costs(ctx, tx, days)
}

// costs adds up what models cost on the days.
func costs(ctx context.Context, tx pgx.Tx, days []string) error {
	if len(days) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO report_costs (day, micros)
		SELECT d.day,
		       coalesce((SELECT sum(l.cost_micros)
		                   FROM llm_calls l
		                  WHERE l.at >= d.day::timestamp AT TIME ZONE 'UTC'
		                    AND l.at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'), 0)
		  FROM (SELECT DISTINCT day::date FROM unnest($1::text[]) AS x (day)) d
		ON CONFLICT (day) DO UPDATE SET micros = excluded.micros`, days)
	if err != nil {
		return fmt.Errorf("add up costs: %w", err)
	}
	return nil
}
