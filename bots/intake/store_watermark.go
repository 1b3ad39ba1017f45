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
	// Again returns from when on changes are to be read once more, whatever the
	// watermark says; zero when they are not.
	Again(ctx context.Context, desk string) (time.Time, error)
	// Reread ends what Again returned, unless it was set anew meanwhile.
	Reread(ctx context.Context, desk string, from time.Time) error
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

func (w watermarks) Again(ctx context.Context, desk string) (time.Time, error) {
	var from *time.Time
	err := w.pool.QueryRow(ctx, `
		SELECT again_from
		  FROM desk_watermarks
		 WHERE desk = $1`, desk).Scan(&from)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, fmt.Errorf("read watermark: %w", err)
	}
	if from == nil {
		return time.Time{}, nil
	}
	return *from, nil
}

func (w watermarks) Reread(ctx context.Context, desk string, from time.Time) error {
	_, err := w.pool.Exec(ctx, `
		UPDATE desk_watermarks
		   SET again_from = NULL
		 WHERE desk = $1
		   AND again_from = $2`, desk, from)
	if err != nil {
		return fmt.Errorf("move watermark: %w", err)
	}
	return nil
}

// Rewind has every desk that is polled read once more from a time on, by whichever
// process polls it next. It returns 0: what is found is not known yet.
func Rewind(ctx context.Context, pool *pgxpool.Pool, since time.Time) (int, error) {
	_, err := pool.Exec(ctx, `
		UPDATE desk_watermarks
		   SET again_from = least(again_from, $1)`, since)
	if err != nil {
		return 0, fmt.Errorf("rewind watermarks: %w", err)
	}
	return 0, nil
}
