package tracking

import (
	"context"
	"fmt"
)

// RecordHoldout notes the share of tickets held out from now on, if it is another
// one than before.
func (t *Tracker) RecordHoldout(ctx context.Context) error {
	_, err := t.Pool.Exec(ctx, `
		INSERT INTO holdouts (share)
		SELECT $1::float8
		 WHERE $1::float8 IS DISTINCT FROM (SELECT share FROM holdouts ORDER BY since DESC LIMIT 1)
		ON CONFLICT (since) DO NOTHING`, t.Holdout)
	if err != nil {
		return fmt.Errorf("record hold-out share: %w", err)
	}
	return nil
}
