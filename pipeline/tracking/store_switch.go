package tracking

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Switch says whether drafting is paused, who turned it last and when. The zero
// By means that nobody ever did.
type Switch struct {
	Paused   bool
	ByID, By string // agent
	Reason   string
	At       time.Time
}

// Switch reads where the switch stands.
func (t *Tracker) Switch(ctx context.Context) (Switch, error) { return readSwitch(ctx, t.Pool) }

const switchSQL = `SELECT paused, by_id, by_name, reason, at FROM drafting_switch`

func (s *Switch) scan(r pgx.Row) error {
	return r.Scan(&s.Paused, &s.ByID, &s.By, &s.Reason, &s.At)
}

func readSwitch(ctx context.Context, q querier) (Switch, error) {
	var s Switch
	if err := s.scan(q.QueryRow(ctx, switchSQL)); err != nil {
		return s, fmt.Errorf("read drafting switch: %w", err)
	}
	return s, nil
}

// Turn sets the switch within tx, so that the caller's audit row commits with
// it or not at all. It returns where the switch stands and whether this turned
// it: setting it to what it is changes nothing, nor who did it.
func (t *Tracker) Turn(ctx context.Context, tx pgx.Tx, s Switch) (Switch, bool, error) {
	tag, err := tx.Exec(ctx, `
		UPDATE drafting_switch
		   SET paused = $1, by_id = $2, by_name = $3, reason = $4, at = now()
		 WHERE paused <> $1`, s.Paused, s.ByID, s.By, s.Reason)
	if err != nil {
		return s, false, fmt.Errorf("turn drafting switch: %w", err)
	}
	now, err := readSwitch(ctx, tx)
	return now, tag.RowsAffected() == 1, err
}
