package measure

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// dayOf numbers UTC days since 1970, as report_counts does.
func dayOf(t time.Time) int32 { return int32(t.Unix() / 86400) }

func startOf(day int32) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

// blocks covers the days [from, to) with the fewest blocks of report_counts.
func blocks(from, to int32) (levels []int16, numbers []int32) {
	for from < to {
		level := int16(6)
		for level > 0 && (from&(1<<level-1) != 0 || from+1<<level > to) {
			level -= 2
		}
		levels, numbers = append(levels, level), append(numbers, from>>level)
		from += 1 << level
	}
	return levels, numbers
}

// edges are the parts of [From, To) that are no whole UTC days, and the days between.
func (f Filter) edges() (parts [][2]time.Time, from, to int32) {
	from, to = dayOf(f.From), dayOf(f.To)
	if startOf(from).Before(f.From) {
		end := startOf(from + 1)
		if end.After(f.To) {
			end = f.To
		}
		parts = append(parts, [2]time.Time{f.From, end})
		from++
	}
	if from <= to && startOf(to).Before(f.To) {
		parts = append(parts, [2]time.Time{startOf(to), f.To})
	}
	return parts, from, max(from, to)
}

// deskScope and queueScope name the counts of one desk, and of one of its queues.
func deskScope(desk string) string         { return "desk/" + desk }
func queueScope(desk, queue string) string { return deskScope(desk) + "/queue/" + queue }

// scopes names the counts that add up to what the filter selects; none when only facts
// do: of one agent, and of a queue while queues are not counted yet.
func (r *Reporter) scopes(ctx context.Context, tx pgx.Tx, f Filter) ([]string, error) {
	switch {
	case f.Agent != "":
		return nil, nil
	case f.Queue == "" && f.Desk == "":
		return []string{""}, nil
	case f.Queue == "":
		return []string{deskScope(f.Desk)}, nil
	}
	var counted bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM report_counts WHERE scope = $1)`, queuesCounted).Scan(&counted); err != nil {
		return nil, fmt.Errorf("look for counts of queues: %w", err)
	}
	if !counted {
		return nil, nil
	}
	desks := []string{f.Desk}
	if f.Desk == "" {
		var err error
		if desks, err = r.desks(ctx); err != nil {
			return nil, err
		}
	}
	for i, desk := range desks {
		desks[i] = queueScope(desk, f.Queue)
	}
	return desks, nil
}

type cell struct{ noun, part string }

// tally adds up the facts in the filter's period: whole days from their counts,
// what is left at its edges fact by fact.
func tally(ctx context.Context, tx pgx.Tx, f Filter, scopes []string) (map[cell]*spread, error) {
	out := map[cell]*spread{}
	var noun, part string
	var bucket int16
	var n int
	collect := func(rows pgx.Rows, err error) error {
		if err != nil {
			return fmt.Errorf("read counts: %w", err)
		}
		_, err = pgx.ForEachRow(rows, []any{&noun, &part, &bucket, &n}, func() error {
			c := cell{noun, part}
			if out[c] == nil {
				out[c] = &spread{noun: noun, part: part, from: f.From, to: f.To}
			}
			out[c].add(bucket, n)
			return nil
		})
		if err != nil {
			return fmt.Errorf("read counts: %w", err)
		}
		return nil
	}
	if len(scopes) == 0 {
		args := []any{f.From, f.To}
		only := f.only(&args)
		return out, collect(tx.Query(ctx, `
			SELECT f.noun, f.part, f.bucket, count(*)
			  FROM report_facts f
			 WHERE f.at >= $1
			   AND f.at < $2
			   AND f.noun <> 'active' `+only+`
			 GROUP BY f.noun, f.part, f.bucket
			 ORDER BY f.noun, f.part, f.bucket`, args...))
	}
	parts, from, to := f.edges()
	levels, numbers := blocks(from, to)
	if err := collect(tx.Query(ctx, `
		SELECT c.noun, c.part, u.bucket, sum(u.n)::bigint
		  FROM unnest($2::smallint[], $3::int[]) AS b (level, block)
		  JOIN report_counts c ON c.scope = ANY ($1) AND c.level = b.level AND c.block = b.block
		 CROSS JOIN unnest(c.buckets, c.counts) AS u (bucket, n)
		 WHERE c.noun <> 'active'
		 GROUP BY c.noun, c.part, u.bucket
		HAVING sum(u.n) <> 0
		 ORDER BY c.noun, c.part, u.bucket`, scopes, levels, numbers)); err != nil {
		return nil, err
	}
	for _, e := range parts {
		// the day's counts say where in the index to look
		args := []any{scopes, dayOf(e[0]), e[0], e[1]}
		only := f.only(&args)
		if err := collect(tx.Query(ctx, `
			SELECT c.noun, c.part, c.bucket, f.n
			  FROM (SELECT DISTINCT noun, part, unnest(buckets) AS bucket FROM report_counts WHERE scope = ANY ($1) AND level = 0 AND block = $2 AND noun <> 'active') c
			 CROSS JOIN LATERAL (
			    SELECT count(*) AS n
			      FROM report_facts f
			     WHERE f.noun = c.noun
			       AND f.part = c.part
			       AND f.bucket = c.bucket
			       AND f.at >= $3
			       AND f.at < $4 `+only+`) f
			 WHERE f.n > 0`, args...)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// active counts, by arm, tickets with a message that no rule skipped on the days
// that the period touches.
func active(ctx context.Context, tx pgx.Tx, f Filter, scopes []string) (map[string]int, error) {
	from, to := dayOf(f.From), dayOf(f.To.Add(-time.Nanosecond))+1
	var rows pgx.Rows
	var err error
	if len(scopes) == 0 {
		args := []any{startOf(from), startOf(to), from}
		only := f.only(&args)
		rows, err = tx.Query(ctx, `
			SELECT f.part, count(*)
			  FROM report_facts f
			 WHERE f.noun = 'active'
			   AND f.at >= $1
			   AND f.at < $2
			   AND f.bucket < $3 `+only+`
			 GROUP BY f.part`, args...)
	} else {
		rows, err = activeCounted(ctx, tx, scopes, from, to)
	}
	if err != nil {
		return nil, fmt.Errorf("count tickets: %w", err)
	}
	out := map[string]int{}
	var arm string
	var n int
	if _, err = pgx.ForEachRow(rows, []any{&arm, &n}, func() error { out[arm] = n; return nil }); err != nil {
		return nil, fmt.Errorf("count tickets: %w", err)
	}
	return out, nil
}

func activeCounted(ctx context.Context, tx pgx.Tx, scopes []string, from, to int32) (pgx.Rows, error) {
	levels, numbers := blocks(from, to)
	return tx.Query(ctx, `
		SELECT c.part, sum(u.n)::bigint
		  FROM unnest($2::smallint[], $3::int[]) AS b (level, block)
		  JOIN report_counts c ON c.scope = ANY ($1) AND c.level = b.level AND c.block = b.block
		 CROSS JOIN unnest(c.buckets, c.counts) AS u (since, n)
		 WHERE c.noun = 'active'
		   AND u.since < $4 -- the first day of the ticket in the period
		 GROUP BY c.part`, scopes, levels, numbers, from)
}

// daily fills the trend's days, and returns the spread of each day's handling time.
func daily(ctx context.Context, tx pgx.Tx, f Filter, scopes []string, days []Day) ([]*spread, error) {
	first := dayOf(f.From)
	spreads := make([]*spread, len(days))
	for i := range days {
		days[i].Date = startOf(first + int32(i))
		spreads[i] = &spread{noun: "handling", part: "measured:treatment", from: days[i].Date, to: days[i].Date.AddDate(0, 0, 1)}
	}
	rows, err := dailyRows(ctx, tx, f, scopes, first, first+int32(len(days))-1)
	if err != nil {
		return nil, fmt.Errorf("read days: %w", err)
	}
	var block int32
	var noun string
	var bucket int16
	var n int
	_, err = pgx.ForEachRow(rows, []any{&block, &noun, &bucket, &n}, func() error {
		d := &days[block-first]
		switch noun {
		case "outcome":
			d.Arrivals += n
		case "sent":
			d.Sent += n
		default:
			spreads[block-first].add(bucket, n)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read days: %w", err)
	}
	return spreads, nil
}

// dailyRows reads how many facts of the trend each day [first, last] has, by buckets.
func dailyRows(ctx context.Context, tx pgx.Tx, f Filter, scopes []string, first, last int32) (pgx.Rows, error) {
	if len(scopes) == 0 {
		args := []any{startOf(first), startOf(last + 1)}
		only := f.only(&args)
		return tx.Query(ctx, `
			SELECT (f.at AT TIME ZONE 'UTC')::date - DATE '1970-01-01' AS block, f.noun, f.bucket, count(*)
			  FROM report_facts f
			 WHERE f.at >= $1
			   AND f.at < $2
			   AND (f.noun IN ('outcome', 'sent') OR f.noun = 'handling' AND f.part = 'measured:treatment') `+only+`
			 GROUP BY 1, 2, 3
			 ORDER BY 1, 2, 3`, args...)
	}
	return tx.Query(ctx, `
		SELECT c.block, c.noun, u.bucket, sum(u.n)::bigint
		  FROM generate_series($2::int, $3::int) AS b (block)
		  JOIN report_counts c ON c.scope = ANY ($1) AND c.level = 0 AND c.block = b.block
		 CROSS JOIN unnest(c.buckets, c.counts) AS u (bucket, n)
		 WHERE c.noun IN ('outcome', 'sent')
		    OR c.noun = 'handling' AND c.part = 'measured:treatment'
		 GROUP BY c.block, c.noun, u.bucket
		HAVING sum(u.n) <> 0
		 ORDER BY c.block, c.noun, u.bucket`, scopes, first, last)
}

// spent adds up what models cost in the period, at all desks.
func spent(ctx context.Context, tx pgx.Tx, f Filter) (int64, error) {
	parts, from, to := f.edges()
	var micros int64
	err := tx.QueryRow(ctx, `SELECT coalesce(sum(micros), 0)::bigint FROM report_costs WHERE day >= $1 AND day < $2`, startOf(from), startOf(to)).Scan(&micros)
	for _, e := range parts {
		var more int64
		if err == nil {
			err = tx.QueryRow(ctx, `SELECT coalesce(sum(cost_micros), 0)::bigint FROM llm_calls WHERE at >= $1 AND at < $2`, e[0], e[1]).Scan(&more)
		}
		micros += more
	}
	if err != nil {
		return 0, fmt.Errorf("add up costs: %w", err)
	}
	return micros, nil
}
