package llm

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is the Ledger in Postgres (table llm_calls).
type Store struct{ Pool *pgxpool.Pool }

// Record inserts one row.
func (s Store) Record(ctx context.Context, c Call) error {
	_, err := s.Pool.Exec(ctx, `
		INSERT INTO llm_calls (at, purpose, correlation, provider, model, prompt_hash,
		                       input_tokens, cached_tokens, output_tokens, cost_micros, estimated, duration_ms, error)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.At, c.Purpose, c.Correlation, c.Provider, storable(c.Model), c.PromptHash,
		small(c.Usage.Input), small(c.Usage.Cached), small(c.Usage.Output), c.CostMicros, c.Usage.Estimated,
		small(c.Duration.Milliseconds()), storable(c.Error))
	if err != nil {
		return fmt.Errorf("insert model call: %w", err)
	}
	return nil
}

// Spent sums the cost of all calls since a time, in micro-USD.
func (s Store) Spent(ctx context.Context, since time.Time) (int64, error) {
	var sum int64
	err := s.Pool.QueryRow(ctx, `
		SELECT coalesce(sum(cost_micros), 0)::bigint
		  FROM llm_calls
		 WHERE at >= $1`, since).Scan(&sum)
	if err != nil {
		return 0, fmt.Errorf("sum model calls: %w", err)
	}
	return sum, nil
}

func small(n int64) int32 { return int32(min(max(n, 0), math.MaxInt32)) }

// storable drops what Postgres cannot store.
func storable(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "") }
