package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Watermarks remembers up to when a desk's changes were seen.
type Watermarks interface {
	// Watermark returns the time; NotFound before the first Advance.
	Watermark(ctx context.Context, desk string) (time.Time, error)
	// Advance moves the time forward; an earlier time changes nothing.
	Advance(ctx context.Context, desk string, at time.Time) error
}

// NewWatermarks keeps watermarks in Postgres.
func NewWatermarks(pool *pgxpool.Pool) Watermarks { return watermarks{pool} }

type watermarks struct{ pool *pgxpool.Pool }

func (w watermarks) Watermark(ctx context.Context, desk string) (time.Time, error) {
	var at time.Time
	err := w.pool.QueryRow(ctx, `
		SELECT at
		  FROM desk_watermarks
		 WHERE desk = $1`, desk).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return at, pipeline.Errorf(pipeline.NotFound, "desk %q was never reconciled", desk)
	}
	if err != nil {
		return at, fmt.Errorf("read watermark: %w", err)
	}
	return at, nil
}

func (w watermarks) Advance(ctx context.Context, desk string, at time.Time) error {
	_, err := w.pool.Exec(ctx, `
		INSERT INTO desk_watermarks (desk, at)
		VALUES ($1, $2)
		ON CONFLICT (desk) DO UPDATE
		   SET at = greatest(desk_watermarks.at, excluded.at)`, desk, at)
	if err != nil {
		return fmt.Errorf("advance watermark: %w", err)
	}
	return nil
}
