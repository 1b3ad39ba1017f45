package intake

import (
	"context"
	"crypto/sha256"
	"fmt"
	"footnote/bots"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Unread is a webhook that was authentic and could not be read.
type Unread struct {
	Desk, Reason    string
	Size            int64  // of the whole body, in bytes
	Body            []byte // its beginning, at most 64 KiB
	Times           int    // how often it came
	FirstAt, LastAt time.Time
}

// Quarantine keeps webhooks that were authentic and could not be read, so that
// a person sees that something was told and what.
type Quarantine struct{ pool *pgxpool.Pool }

// NewQuarantine keeps them in Postgres.
func NewQuarantine(pool *pgxpool.Pool) Quarantine { return Quarantine{pool} }

const (
	quarantineBytes = 64 << 10 // kept of one body
	quarantineRows  = 500      // kept of one desk, the latest
)

// Keep stores a body and why it could not be read. The same body again counts up.
func (q Quarantine) Keep(ctx context.Context, desk, reason string, raw []byte, at time.Time) error {
	digest := sha256.Sum256(raw)
	kept := append([]byte{}, raw[:min(len(raw), quarantineBytes)]...) // never NULL
	_, err := q.pool.Exec(ctx, `
		WITH kept AS (
			INSERT INTO desk_quarantine (desk, digest, reason, size, body, first_at, last_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6)
			ON CONFLICT (desk, digest) DO UPDATE
			   SET times = desk_quarantine.times + 1,
			       reason = excluded.reason,
			       last_at = greatest(desk_quarantine.last_at, excluded.last_at))
		-- a desk that sends nothing else must not fill the disk
		DELETE FROM desk_quarantine d
		 WHERE d.desk = $1
		   AND (d.desk, d.digest) IN (
			SELECT desk, digest
			  FROM desk_quarantine
			 WHERE desk = $1
			   AND digest <> $2
			 ORDER BY last_at DESC
			OFFSET $7)`, desk, digest[:], bots.Plain(reason, 300), len(raw), kept, at, quarantineRows-1)
	if err != nil {
		return fmt.Errorf("keep unreadable webhook: %w", err)
	}
	return nil
}

// List returns what was kept, the latest first; desk "" means all.
func (q Quarantine) List(ctx context.Context, desk string, limit int) ([]Unread, error) {
	rows, err := q.pool.Query(ctx, `
		SELECT desk, reason, size, body, times, first_at, last_at
		  FROM desk_quarantine
		 WHERE $1 = '' OR desk = $1
		 ORDER BY last_at DESC, desk, digest
		 LIMIT $2`, desk, limit)
	if err != nil {
		return nil, fmt.Errorf("list unreadable webhooks: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u Unread, err error) {
		err = row.Scan(&u.Desk, &u.Reason, &u.Size, &u.Body, &u.Times, &u.FirstAt, &u.LastAt)
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("list unreadable webhooks: %w", err)
	}
	return out, nil
}
