package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// commits measures n commits of one row of the size of an event, in milliseconds each.
func commits(ctx context.Context, pool *pgxpool.Pool, n int) ([]float64, error) {
	if _, err := pool.Exec(ctx, `CREATE TABLE IF NOT EXISTS bench_commits (id bigint GENERATED ALWAYS AS IDENTITY, body text)`); err != nil {
		return nil, fmt.Errorf("make table of commits: %w", err)
	}
	var took []float64
	for range n {
		start := time.Now()
		if _, err := pool.Exec(ctx, `INSERT INTO bench_commits (body) VALUES ($1)`, strings.Repeat("x", 1500)); err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
		took = append(took, ms(time.Since(start)))
	}
	return took, nil
}
