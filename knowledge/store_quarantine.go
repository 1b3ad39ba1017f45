package knowledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Quarantined is an input that could not be used.
type Quarantined struct {
	Source string    `json:"source"`
	Path   string    `json:"path"`
	Reason string    `json:"reason"` // plain words for the knowledge owner
	Bytes  int64     `json:"bytes"`
	At     time.Time `json:"at"` // when this reason was first seen
	Fate   Fate      `json:"fate"`
	// Key and Value are what a person may decide about; an empty key: nothing.
	Key   string `json:"key,omitempty"`
	Value string `json:"value,omitempty"`
}

// saveQuarantine makes the table hold exactly these rows for a source.
func (k *Knowledge) saveQuarantine(ctx context.Context, source string, all []Quarantined) error {
	paths := make([]string, len(all))
	var batch pgx.Batch
	for i, q := range all {
		paths[i] = q.Path
		batch.Queue(`
			INSERT INTO quarantine (source, path, reason, bytes, fate, key, value)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (source, path) DO UPDATE
			   SET reason = excluded.reason, bytes = excluded.bytes, fate = excluded.fate, key = excluded.key, value = excluded.value, at = now()
			 WHERE (quarantine.reason, quarantine.bytes, quarantine.fate, quarantine.key, quarantine.value)
			       IS DISTINCT FROM (excluded.reason, excluded.bytes, excluded.fate, excluded.key, excluded.value)`,
			source, q.Path, q.Reason, q.Bytes, string(q.Fate), q.Key, q.Value)
	}
	batch.Queue(`DELETE FROM quarantine WHERE source = $1 AND NOT path = ANY ($2)`, source, paths)
	return k.inTx(ctx, func(tx pgx.Tx) error {
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return fmt.Errorf("save quarantine of %s: %w", source, err)
		}
		return nil
	})
}

// ListQuarantine returns what could not be used, by source and path; an empty
// source means all.
func (k *Knowledge) ListQuarantine(ctx context.Context, source string) ([]Quarantined, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT source, path, reason, bytes, at, fate, key, value
		  FROM quarantine
		 WHERE $1 IN ('', source)
		 ORDER BY source, path`, source)
	if err != nil {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Quarantined])
}
