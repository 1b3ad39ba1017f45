package peer

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type store struct{ pool *pgxpool.Pool }

// save writes a process down anew, and removes those that were not heard of for a day.
func (s store) save(ctx context.Context, p Peer) error {
	_, err := s.pool.Exec(ctx, `
		WITH old AS (DELETE FROM processes WHERE seen_at < now() - interval '1 day' AND id <> $1)
		INSERT INTO processes (id, host, pid, url, public_url, roles, pool_size, settings, desks, sandbox, knowledge)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE
		   SET url = excluded.url, settings = excluded.settings, desks = excluded.desks, sandbox = excluded.sandbox, knowledge = excluded.knowledge, seen_at = now()`,
		p.ID, p.Host, p.PID, p.URL, p.PublicURL, p.Roles, p.PoolSize, p.Settings, p.Desks, p.Sandbox, p.Knowledge)
	if err != nil {
		return fmt.Errorf("write process down: %w", err)
	}
	return nil
}

func (s store) remove(ctx context.Context, id string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM processes WHERE id = $1`, id); err != nil {
		return fmt.Errorf("remove process: %w", err)
	}
	return nil
}

func (s store) list(ctx context.Context) ([]Peer, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id::text, host, pid, url, public_url, roles, pool_size, settings, desks, sandbox, knowledge, started_at
		  FROM processes
		 WHERE seen_at > now() - $1 * interval '1 millisecond'
		 ORDER BY started_at, id`, aliveFor.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (p Peer, err error) {
		return p, r.Scan(&p.ID, &p.Host, &p.PID, &p.URL, &p.PublicURL, &p.Roles, &p.PoolSize, &p.Settings, &p.Desks, &p.Sandbox, &p.Knowledge, &p.StartedAt)
	})
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	return out, nil
}
