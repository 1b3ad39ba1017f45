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
	Tickets  int              `json:"tickets"`  // with a message, on the UTC days that the period touches, that no rule skipped
	Control  int              `json:"control"`  // of them, in the control arm
}

// HoldoutSetting is the share that was set for a time.
type HoldoutSetting struct {
	Share float64   `json:"share"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to,omitzero"` // zero: still
}

func holdout(ctx context.Context, tx pgx.Tx, f Filter, scopes []string, rep *Report) error {
	rows, err := tx.Query(ctx, `
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
	arms, err := active(ctx, tx, f, scopes)
	for _, n := range arms {
		rep.Holdout.Tickets += n
	}
	rep.Holdout.Control = arms["control"]
	return err
}
