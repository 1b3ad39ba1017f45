package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// recount computes a report from the tables that people's work is written to, as
// reports were made before their figures were kept up to date: the oracle of the
// tests. It takes minutes where Report takes a tenth of a second.
type recount struct{ pool *pgxpool.Pool }

func (r recount) report(ctx context.Context, f Filter) (Report, error) {
	rep := Report{From: f.From, To: f.To, Outcomes: map[pipeline.OutcomeKind]int{}, Decisions: map[string]int{}, Deliveries: map[pipeline.DeliveryState]int{}}
	for _, step := range []func(context.Context, Filter, *Report) error{r.handling, r.responses, r.outcomes, r.decisions, r.deliveries, r.days, r.bands, r.holdout} {
		if err := step(ctx, f, &rep); err != nil {
			return rep, err
		}
	}
	return rep, nil
}

func (r recount) handling(ctx context.Context, f Filter, rep *Report) error {
	rows, err := r.pool.Query(ctx, `
		SELECT kind, arm, array_agg(handling_ms::float8 ORDER BY handling_ms),
		       -- a span that ended later than its time says: its last pause was cut
		       count(*) FILTER (WHERE kind = 'measured' AND EXISTS (
		           SELECT FROM spans s
		            WHERE s.desk = h.desk
		              AND s.ticket = h.ticket
		              AND s.kind = h.kind
		              AND (extract(epoch FROM s.ended_at - s.started_at) * 1000)::bigint > s.active_ms + 1000))
		  FROM handling_times h
		 WHERE ended_at >= $1
		   AND ended_at < $2
		   AND ($3 = '' OR desk = $3)
		 GROUP BY kind, arm
		 ORDER BY kind, arm DESC`, f.From, f.To, f.Desk)
	if err != nil {
		return fmt.Errorf("read handling times: %w", err)
	}
	rep.Handling, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Figure, error) {
		var kind string
		var arm pipeline.Arm
		var values []float64
		var capped int
		if err := row.Scan(&kind, &arm, &values, &capped); err != nil {
			return Figure{}, err
		}
		fig := oldFigure(values)
		fig.Kind, fig.Arm, fig.Capped = kind, arm, capped
		return fig, nil
	})
	if err != nil {
		return fmt.Errorf("read handling times: %w", err)
	}
	return nil
}

func (r recount) responses(ctx context.Context, f Filter, rep *Report) error {
	for _, q := range []struct {
		into *Figure
		to   string
	}{{&rep.FirstResponse, "first_reply_at"}, {&rep.Resolution, "solved_at"}} {
		var values []float64
		err := r.pool.QueryRow(ctx, `
			SELECT coalesce(array_agg(ms ORDER BY ms), '{}')
			  FROM (SELECT (extract(epoch FROM `+q.to+` - created_at) * 1000)::float8 AS ms
			          FROM tickets
			         WHERE `+q.to+` >= $1
			           AND `+q.to+` < $2
			           AND `+q.to+` >= created_at
			           AND ($3 = '' OR desk = $3)) x`, f.From, f.To, f.Desk).Scan(&values)
		if err != nil {
			return fmt.Errorf("read %s: %w", q.to, err)
		}
		*q.into = oldFigure(values)
	}
	return nil
}

func (r recount) outcomes(ctx context.Context, f Filter, rep *Report) error {
	for _, k := range pipeline.OutcomeKinds {
		rep.Outcomes[k] = 0
	}
	return r.counts(ctx, `
		SELECT coalesce(kind, 'pending'), count(*)
		  FROM outcomes
		 WHERE arrived_at >= $1
		   AND arrived_at < $2
		   AND ($3 = '' OR desk = $3)
		 GROUP BY 1`, f, func(kind string, n int) {
		rep.Arrivals += n
		if kind == "pending" {
			rep.Pending = n
			return
		}
		rep.Outcomes[pipeline.OutcomeKind(kind)] = n
	})
}

func (r recount) decisions(ctx context.Context, f Filter, rep *Report) error {
	err := r.counts(ctx, `
		SELECT `+decisionSQL+`, count(*)
		  FROM draft_states
		 WHERE created_at >= $1
		   AND created_at < $2
		   AND ($3 = '' OR desk = $3)
		   AND abstained = ''
		 GROUP BY 1`, f, func(kind string, n int) {
		switch kind {
		case "":
			kind = "superseded"
		case "approve", "edit", "reject", "hand_off":
			rep.Decided += n
		}
		rep.Decisions[kind] += n
	})
	if err != nil {
		return err
	}
	err = r.pool.QueryRow(ctx, `
		SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY distance), 0),
		       (SELECT coalesce(sum(cost_micros), 0)::bigint FROM llm_calls WHERE at >= $1 AND at < $2)
		  FROM draft_states
		 WHERE state = 'sent'
		   AND created_at >= $1
		   AND created_at < $2
		   AND ($3 = '' OR desk = $3)`, f.From, f.To, f.Desk).Scan(&rep.Distance, &rep.CostMicros)
	if err != nil {
		return fmt.Errorf("read distance: %w", err)
	}
	return nil
}

func (r recount) deliveries(ctx context.Context, f Filter, rep *Report) error {
	return r.counts(ctx, `
		SELECT state, count(*)
		  FROM deliveries
		 WHERE created_at >= $1
		   AND created_at < $2
		   AND ($3 = '' OR desk = $3)
		 GROUP BY 1`, f, func(state string, n int) { rep.Deliveries[pipeline.DeliveryState(state)] = n })
}

func (r recount) counts(ctx context.Context, sql string, f Filter, each func(key string, n int)) error {
	rows, err := r.pool.Query(ctx, sql, f.From, f.To, f.Desk)
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	var key string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&key, &n}, func() error { each(key, n); return nil }); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	return nil
}

func (r recount) days(ctx context.Context, f Filter, rep *Report) error {
	rows, err := r.pool.Query(ctx, `
		SELECT d.day::timestamptz,
		       (SELECT count(*) FROM outcomes o WHERE o.arrived_at >= d.day AND o.arrived_at < d.day + interval '1 day' AND ($3 = '' OR o.desk = $3)),
		       (SELECT count(*) FROM reviews v WHERE v.sent_at >= d.day AND v.sent_at < d.day + interval '1 day' AND ($3 = '' OR v.desk = $3)),
		       (SELECT coalesce(array_agg(h.handling_ms::float8 ORDER BY h.handling_ms), '{}')
		          FROM handling_times h
		         WHERE h.kind = 'measured' AND h.arm = 'treatment' AND h.ended_at >= d.day AND h.ended_at < d.day + interval '1 day' AND ($3 = '' OR h.desk = $3))
		  FROM generate_series(date_trunc('day', $1::timestamptz, 'UTC'), $2::timestamptz - interval '1 microsecond', interval '1 day') AS d (day)
		 ORDER BY d.day`, f.From, f.To, f.Desk)
	if err != nil {
		return fmt.Errorf("read days: %w", err)
	}
	rep.Days, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Day, error) {
		var d Day
		var values []float64
		if err := row.Scan(&d.Date, &d.Arrivals, &d.Sent, &values); err != nil {
			return d, err
		}
		fig := oldFigure(values)
		d.Date, d.MedianMS, d.LowMS, d.HighMS, d.N = d.Date.UTC(), fig.MedianMS, fig.LowMS, fig.HighMS, fig.N
		return d, nil
	})
	if err != nil {
		return fmt.Errorf("read days: %w", err)
	}
	return nil
}

func (r recount) bands(ctx context.Context, f Filter, rep *Report) error {
	rows, err := r.pool.Query(ctx, `
		SELECT (least(4, floor((d.content->>'probability')::float8 * 5)) / 5)::float8,
		       count(*)::int,
		       (count(*) FILTER (WHERE x.kind IN ('approve', 'edit')))::int
		  FROM drafts d
		  JOIN decisions x ON x.draft = d.id
		 WHERE d.created_at >= $1
		   AND d.created_at < $2
		   AND ($3 = '' OR d.desk = $3)
		   AND d.abstained = ''
		   AND d.content->>'probability' IS NOT NULL
		   AND x.kind IN ('approve', 'edit', 'reject')
		 GROUP BY 1
		 ORDER BY 1`, f.From, f.To, f.Desk)
	if err != nil {
		return fmt.Errorf("read probabilities: %w", err)
	}
	if rep.Bands, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Band]); err != nil {
		return fmt.Errorf("read probabilities: %w", err)
	}
	return nil
}

func (r recount) holdout(ctx context.Context, f Filter, rep *Report) error {
	rows, err := r.pool.Query(ctx, `
		SELECT share, since, until
		  FROM (SELECT share, since, lead(since) OVER (ORDER BY since) AS until FROM holdouts) h
		 WHERE since < $2
		   AND (until IS NULL OR until > $1)
		 ORDER BY since`, f.From, f.To)
	if err != nil {
		return fmt.Errorf("read hold-out settings: %w", err)
	}
	rep.Holdout.Settings, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s HoldoutSetting, err error) {
		var to *time.Time
		if err = row.Scan(&s.Share, &s.From, &to); to != nil {
			s.To = *to
		}
		return s, err
	})
	if err != nil {
		return fmt.Errorf("read hold-out settings: %w", err)
	}
	err = r.pool.QueryRow(ctx, `
		SELECT count(*), count(*) FILTER (WHERE arm = 'control')
		  FROM tickets t
		 WHERE ($3 = '' OR desk = $3)
		   AND EXISTS (SELECT FROM outcomes o
		                WHERE o.desk = t.desk
		                  AND o.ticket = t.id
		                  AND o.arrived_at >= $1
		                  AND o.arrived_at < $2
		                  AND o.kind IS DISTINCT FROM 'skipped')`, f.From, f.To, f.Desk).Scan(&rep.Holdout.Tickets, &rep.Holdout.Control)
	if err != nil {
		return fmt.Errorf("count arms: %w", err)
	}
	return nil
}

func oldFigure(sorted []float64) Figure {
	f := Figure{N: len(sorted)}
	if f.N == 0 {
		return f
	}
	f.MedianMS, f.P90MS = oldQuantile(sorted, 0.5), oldQuantile(sorted, 0.9)
	if f.N >= minForInterval {
		f.LowMS, f.HighMS = oldMedianInterval(sorted)
	}
	return f
}

// quantile interpolates linearly between order statistics of sorted values
// (Hyndman and Fan's type 7, as percentile_cont and Excel do).
func oldQuantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// medianInterval is the 95 % percentile bootstrap of the median (Efron 1979):
// 2,000 resamples with a fixed seed, so that the same tickets give the same
// interval.
func oldMedianInterval(sorted []float64) (low, high float64) {
	const resamples = 2000
	rng := rand.New(rand.NewPCG(1, uint64(len(sorted))))
	medians := make([]float64, resamples)
	sample := make([]float64, len(sorted))
	for i := range medians {
		for j := range sample {
			sample[j] = sorted[rng.IntN(len(sorted))]
		}
		slices.Sort(sample)
		medians[i] = oldQuantile(sample, 0.5)
	}
	slices.Sort(medians)
	return oldQuantile(medians, 0.025), oldQuantile(medians, 0.975)
}
