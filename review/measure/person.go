package measure

import (
	"context"
	"fmt"
	"time"
)

// Person is what one agent did over a time.
type Person struct {
	Approved, Edited, Rejected, HandedOff int
	Handling                              Figure // measured, per ticket; N is tickets
}

// Person counts the deciding decisions of an agent over [from, to), and the
// measured handling time of the tickets on which their spans ended.
func (r *Reporter) Person(ctx context.Context, agent string, from, to time.Time) (Person, error) {
	var p Person
	err := r.pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE kind = 'approve'),
		       count(*) FILTER (WHERE kind = 'edit'),
		       count(*) FILTER (WHERE kind = 'reject'),
		       count(*) FILTER (WHERE kind = 'hand_off')
		  FROM decisions
		 WHERE agent = $1
		   AND at >= $2
		   AND at < $3`, agent, from, to).Scan(&p.Approved, &p.Edited, &p.Rejected, &p.HandedOff)
	if err != nil {
		return p, fmt.Errorf("count decisions: %w", err)
	}
	var values []float64
	err = r.pool.QueryRow(ctx, `
		SELECT coalesce(array_agg(ms ORDER BY ms), '{}')
		  FROM (SELECT sum(active_ms)::float8 AS ms
		          FROM spans
		         WHERE agent = $1
		           AND kind = 'measured'
		           AND ended_at >= $2
		           AND ended_at < $3
		         GROUP BY desk, ticket) x`, agent, from, to).Scan(&values)
	if err != nil {
		return p, fmt.Errorf("read handling time: %w", err)
	}
	p.Handling = figure(values)
	p.Handling.Kind = "measured"
	return p, nil
}
