package measure

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Holdout is how the control arm came about.
type Holdout struct {
	Settings []HoldoutSetting `json:"settings"` // in force in the period, as far as known; oldest first
	Tickets  int              `json:"tickets"`  // with a message in the period that no rule skipped
	Control  int              `json:"control"`  // of them, in the control arm
}

// HoldoutSetting is the share that was set for a time.
type HoldoutSetting struct {
	Share float64   `json:"share"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to,omitzero"` // zero: still
}

func (r *Reporter) holdout(ctx context.Context, f Filter, rep *Report) error {
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
