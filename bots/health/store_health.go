package health

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
)

// store is the table desk_health. Times cross it as ages, by the database's clock, so
// that processes need not agree about theirs.
type store struct{ pool *pgxpool.Pool }

// save keeps a state unless a later call is known.
func (s store) save(ctx context.Context, desk string, st bots.PulseState, now time.Time) error {
	age := func(t time.Time) *float64 {
		if t.IsZero() {
			return nil
		}
		secs := now.Sub(t).Seconds()
		return &secs
	}
	var since *float64
	if st.Failures > 0 {
		since = age(st.Since)
	}
	if _, err := s.pool.Exec(ctx, `
		INSERT INTO desk_health (desk, called_at, heard_at, failing_at, failures, refused, reason)
		VALUES ($1, now() - make_interval(secs => $2), now() - make_interval(secs => $3), now() - make_interval(secs => $4), $5, $6, $7)
		ON CONFLICT (desk) DO UPDATE
		   SET called_at = EXCLUDED.called_at,
		       heard_at = coalesce(EXCLUDED.heard_at, desk_health.heard_at),
		       failing_at = EXCLUDED.failing_at,
		       failures = EXCLUDED.failures,
		       refused = EXCLUDED.refused,
		       reason = EXCLUDED.reason
		 -- the same call, seen twice, is not later
		 WHERE desk_health.called_at < EXCLUDED.called_at - interval '50 milliseconds'`,
		desk, age(st.Called), age(st.Heard), since, st.Failures, st.Refused, st.Reason); err != nil {
		return fmt.Errorf("save health of desk %s: %w", desk, err)
	}
	return nil
}

// load returns the states of all desks, by this process's clock.
func (s store) load(ctx context.Context, now time.Time) (map[string]bots.PulseState, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT desk,
		       extract(epoch FROM now() - called_at)::float8,
		       extract(epoch FROM now() - heard_at)::float8,
		       extract(epoch FROM now() - failing_at)::float8,
		       failures,
		       refused,
		       reason
		  FROM desk_health`)
	if err != nil {
		return nil, fmt.Errorf("read health of desks: %w", err)
	}
	out := map[string]bots.PulseState{}
	var desk string
	var called float64
	var heard, since *float64
	var st bots.PulseState
	back := func(age float64) time.Time { return now.Add(-time.Duration(age * float64(time.Second))) }
	_, err = pgx.ForEachRow(rows, []any{&desk, &called, &heard, &since, &st.Failures, &st.Refused, &st.Reason}, func() error {
		st.Called, st.Heard, st.Since = back(called), time.Time{}, time.Time{}
		if heard != nil {
			st.Heard = back(*heard)
		}
		if since != nil {
			st.Since = back(*since)
		}
		out[desk] = st
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read health of desks: %w", err)
	}
	return out, nil
}
