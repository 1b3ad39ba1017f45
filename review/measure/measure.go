package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Reporter reads the figures from Postgres. It is safe for concurrent use.
type Reporter struct {
	pool *pgxpool.Pool
}

// New builds a Reporter.
func New(pool *pgxpool.Pool) *Reporter { return &Reporter{pool: pool} }

// MaxDays is the longest period a report covers: two years.
const MaxDays = 731

// LastDays selects whole UTC days, today the last of them.
func LastDays(n int, now time.Time) Filter {
	tomorrow := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	return Filter{From: tomorrow.AddDate(0, 0, -n), To: tomorrow}
}

// check fills in what the filter leaves open. The error kind is Invalid for a
// period or a desk that can have no figures.
func (r *Reporter) check(ctx context.Context, f Filter) (Filter, error) {
	if f.To.IsZero() {
		f.To = time.Now()
	}
	if f.From.IsZero() {
		f.From = f.To.AddDate(0, 0, -30)
	}
	switch {
	case !f.From.Before(f.To):
		return f, pipeline.Errorf(pipeline.Invalid, "The period ends before it begins. Choose a first day that is not after the last.")
	case f.To.Sub(f.From) > MaxDays*24*time.Hour:
		return f, pipeline.Errorf(pipeline.Invalid, "A report covers at most two years (%d days). Choose a shorter period.", MaxDays)
	case f.Desk == "":
		return f, nil
	}
	var known []string
	err := r.pool.QueryRow(ctx, `
		SELECT coalesce(array_agg(desk ORDER BY desk), '{}')
		  FROM (SELECT desk FROM tickets UNION SELECT desk FROM desk_history) d`).Scan(&known)
	switch {
	case err != nil:
		return f, fmt.Errorf("list desks: %w", err)
	case len(known) == 0:
		return f, pipeline.Errorf(pipeline.Invalid, "There is no desk %q: no desk has a ticket yet.", f.Desk)
	case !slices.Contains(known, f.Desk):
		return f, pipeline.Errorf(pipeline.Invalid, "There is no desk %q. Desks with tickets: %s.", f.Desk, strings.Join(known, ", "))
	}
	return f, nil
}

// Report computes every figure over [From, To). The error kind is Invalid for a
// period that is reversed or longer than MaxDays, and for a desk without tickets.
func (r *Reporter) Report(ctx context.Context, f Filter) (Report, error) {
	f, err := r.check(ctx, f)
	if err != nil {
		return Report{}, err
	}
	rep := Report{From: f.From, To: f.To, Outcomes: map[pipeline.OutcomeKind]int{}, Decisions: map[string]int{}, Deliveries: map[pipeline.DeliveryState]int{}}
	for _, step := range []func(context.Context, Filter, *Report) error{r.handling, r.responses, r.outcomes, r.decisions, r.deliveries, r.days, r.bands, r.holdout} {
		if err := step(ctx, f, &rep); err != nil {
			return rep, err
		}
	}
	return rep, nil
}

// handling is one figure per kind and arm; the value of a ticket is the sum of
// its closed spans of that kind. A ticket that was only looked at has none.
func (r *Reporter) handling(ctx context.Context, f Filter, rep *Report) error {
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
		fig := figure(values)
		fig.Kind, fig.Arm, fig.Capped = kind, arm, capped
		return fig, nil
	})
	if err != nil {
		return fmt.Errorf("read handling times: %w", err)
	}
	return nil
}

func (r *Reporter) responses(ctx context.Context, f Filter, rep *Report) error {
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
		*q.into = figure(values)
	}
	return nil
}

func (r *Reporter) outcomes(ctx context.Context, f Filter, rep *Report) error {
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

// decisionSQL names what became of each proposal that was not superseded.
const decisionSQL = `CASE WHEN state IN ('open', 'claimed') AND outdated THEN 'stale'
	              WHEN state IN ('open', 'claimed') THEN 'open'
	              WHEN state = 'stale' THEN 'stale'
	              ELSE kind END`

func (r *Reporter) decisions(ctx context.Context, f Filter, rep *Report) error {
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

func (r *Reporter) deliveries(ctx context.Context, f Filter, rep *Report) error {
	return r.counts(ctx, `
		SELECT state, count(*)
		  FROM deliveries
		 WHERE created_at >= $1
		   AND created_at < $2
		   AND ($3 = '' OR desk = $3)
		 GROUP BY 1`, f, func(state string, n int) { rep.Deliveries[pipeline.DeliveryState(state)] = n })
}

func (r *Reporter) counts(ctx context.Context, sql string, f Filter, each func(key string, n int)) error {
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

// days is the trend, one entry per UTC day. Handling time is the treatment arm's:
// pooled with the control arm it would move with the day's mix.
func (r *Reporter) days(ctx context.Context, f Filter, rep *Report) error {
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
		fig := figure(values)
		d.Date, d.MedianMS, d.LowMS, d.HighMS, d.N = d.Date.UTC(), fig.MedianMS, fig.LowMS, fig.HighMS, fig.N
		return d, nil
	})
	if err != nil {
		return fmt.Errorf("read days: %w", err)
	}
	return nil
}

// minForInterval is the fewest values for which an interval is given: with five,
// 95 % reach beyond the shortest and the longest, where no interval can follow.
const minForInterval = 6

// figure summarises sorted values in milliseconds.
func figure(sorted []float64) Figure {
	f := Figure{N: len(sorted)}
	if f.N == 0 {
		return f
	}
	f.MedianMS, f.P90MS = quantile(sorted, 0.5), quantile(sorted, 0.9)
	if f.N >= minForInterval {
		f.LowMS, f.HighMS = medianInterval(sorted)
	}
	return f
}

// quantile interpolates linearly between order statistics of sorted values
// (Hyndman and Fan's type 7, as percentile_cont and Excel do).
func quantile(sorted []float64, q float64) float64 {
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
func medianInterval(sorted []float64) (low, high float64) {
	const resamples = 2000
	rng := rand.New(rand.NewPCG(1, uint64(len(sorted))))
	medians := make([]float64, resamples)
	sample := make([]float64, len(sorted))
	for i := range medians {
		for j := range sample {
			sample[j] = sorted[rng.IntN(len(sorted))]
		}
		slices.Sort(sample)
		medians[i] = quantile(sample, 0.5)
	}
	slices.Sort(medians)
	return quantile(medians, 0.025), quantile(medians, 0.975)
}
