package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	sealed    = "rows.sealed"
	sealBatch = 500         // rows that one entry vouches for
	sealAfter = time.Minute // so long after it was written: every writer has committed
)

// Seal vouches for outcomes and deliveries that were written since the last time;
// they are written where no log can be. The first time it only notes from when on.
// It is to be called about once a minute, by any number of processes.
func Seal(ctx context.Context, pool *pgxpool.Pool) error {
	for {
		more, err := sealOnce(ctx, pool)
		if err != nil {
			return fmt.Errorf("vouch for rows: %w", err)
		}
		if !more {
			return nil
		}
	}
}

func sealOnce(ctx context.Context, pool *pgxpool.Pool) (more bool, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(chainLock)); err != nil {
			return err
		}
		var last *time.Time
		err := tx.QueryRow(ctx, `SELECT (detail->>'until')::timestamptz FROM audit_log WHERE action = '`+sealed+`' ORDER BY seq DESC LIMIT 1`).Scan(&last)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var until time.Time
		if err := tx.QueryRow(ctx, `
			SELECT least(now() - $1 * interval '1 millisecond',
			             (SELECT recorded_at FROM outcomes WHERE recorded_at > $2 ORDER BY recorded_at OFFSET $3 LIMIT 1),
			             (SELECT created_at FROM deliveries WHERE created_at > $2 ORDER BY created_at OFFSET $3 LIMIT 1))`,
			sealAfter.Milliseconds(), last, sealBatch).Scan(&until); err != nil {
			return err
		}
		var rows []Ref
		if last != nil {
			if rows, err = unsealed(ctx, tx, *last, until); err != nil {
				return err
			}
			if len(rows) == 0 {
				return nil
			}
		}
		more = len(rows) >= sealBatch
		return Append(ctx, tx, Entry{Actor: "footnote", Action: sealed, Object: "rows", Detail: map[string]string{"until": until.UTC().Format(time.RFC3339Nano)}, Rows: rows})
	})
	return more, err
}

// unsealed lists the rows written in (last, until].
func unsealed(ctx context.Context, tx pgx.Tx, last, until time.Time) ([]Ref, error) {
	rows, err := tx.Query(ctx, `
		SELECT 'outcomes', json_build_array(desk, ticket, message)::text FROM outcomes WHERE recorded_at > $1 AND recorded_at <= $2
		UNION ALL
		SELECT 'deliveries', id::text FROM deliveries WHERE created_at > $1 AND created_at <= $2`, last, until)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Ref])
}
