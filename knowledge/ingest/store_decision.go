package ingest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
	"footnote/pipeline"
)

func saveDecision(ctx context.Context, tx pgx.Tx, d knowledge.Decision) error {
	var known bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sources WHERE name = $1 AND removed_at IS NULL)`, d.Source).Scan(&known); err != nil {
		return fmt.Errorf("find source: %w", err)
	}
	if !known {
		return pipeline.Errorf(pipeline.NotFound, "There is no source %s.", d.Source)
	}
	var batch pgx.Batch
	batch.Queue(`
		UPDATE access_decisions
		   SET ended_at = now(), ended_by = $4
		 WHERE source = $1
		   AND key = $2
		   AND value = $3
		   AND ended_at IS NULL`, d.Source, d.Key, d.Value, d.By)
	batch.Queue(`
		INSERT INTO access_decisions (source, key, value, means, decided_by)
		VALUES ($1, $2, $3, $4, $5)`, d.Source, d.Key, d.Value, string(d.Means), d.By)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("save decision: %w", err)
	}
	return nil
}

func endDecision(ctx context.Context, tx pgx.Tx, d knowledge.Decision) error {
	tag, err := tx.Exec(ctx, `
		UPDATE access_decisions
		   SET ended_at = now(), ended_by = $4
		 WHERE source = $1
		   AND key = $2
		   AND value = $3
		   AND ended_at IS NULL`, d.Source, d.Key, d.Value, d.By)
	if err != nil {
		return fmt.Errorf("end decision: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return pipeline.Errorf(pipeline.NotFound, "Nothing is decided on %s in %s; perhaps somebody took it back.", d, d.Source)
	}
	return nil
}
