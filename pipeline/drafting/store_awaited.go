package drafting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Without says why a draft was written without a model.
type Without struct {
	Why  string // the first provider's code, such as timeout or rejected; empty when no model was asked or one wrote
	Away bool   // no provider answered: the draft is worth to be written anew when one does
}

// Tally is how many drafts were written by a model, or why without one.
type Tally struct {
	Model  string // empty without
	Why    string // see Without; empty when none is configured
	Drafts int
}

// Tally counts the drafts since a time, the most first.
func (s Store) Tally(ctx context.Context, since time.Time) ([]Tally, error) {
	rows, err := s.Pool.Query(ctx, `
		SELECT split_part(model, '@', 1), fallback, count(*)::int
		  FROM drafts
		 WHERE created_at >= $1
		 GROUP BY 1, 2
		 ORDER BY 3 DESC, 1, 2
		 LIMIT 30`, since)
	if err != nil {
		return nil, fmt.Errorf("count drafts by model: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Tally])
}

// A draft waits this long for its model, is asked for so often, and so seldom: a model
// that fails on it each time is not asked for ever.
const (
	awaitFor   = 72 * time.Hour
	awaitTries = 3
	awaitPause = 2 * time.Minute
)

// Awaited takes at most limit drafts that wait for a model, the newest first, to be
// asked for again; each is taken by one process. Those that have waited too long, or
// were asked for too often, are let go.
func (s Store) Awaited(ctx context.Context, limit int) ([]string, error) {
	if _, err := s.Pool.Exec(ctx, `
		DELETE FROM awaited_drafts
		 WHERE at < now() - $1::interval
		    OR tries >= $2 AND asked_at < now() - $3::interval`, awaitFor, awaitTries, awaitPause); err != nil {
		return nil, fmt.Errorf("let awaited drafts go: %w", err)
	}
	rows, err := s.Pool.Query(ctx, `
		UPDATE awaited_drafts
		   SET tries = tries + 1, asked_at = now()
		 WHERE draft IN (SELECT draft
		                   FROM awaited_drafts
		                  WHERE tries < $2
		                    AND (asked_at IS NULL OR asked_at < now() - $3::interval)
		                  ORDER BY at DESC
		                  LIMIT $1
		                    FOR UPDATE SKIP LOCKED)
		RETURNING draft::text`, limit, awaitTries, awaitPause)
	if err != nil {
		return nil, fmt.Errorf("take awaited drafts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Settled takes a draft out of those that wait.
func (s Store) Settled(ctx context.Context, draft string) error {
	if _, err := s.Pool.Exec(ctx, `DELETE FROM awaited_drafts WHERE draft = $1`, draft); err != nil {
		return fmt.Errorf("settle awaited draft: %w", err)
	}
	return nil
}
