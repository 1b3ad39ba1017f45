// Package audit keeps a hash-chained, append-only log: each row carries
// SHA-256(previous hash || canonical row), so that a changed, removed or
// inserted row breaks the chain at a place that Verify names. Rows are written
// in the transaction of the action they tell of, so neither exists without the
// other. They also say what the rows of other tables hold that the report is made
// of (spans, decisions, outcomes, deliveries, times of sending), and Verify compares
// them: a time rewritten there shows, too.
package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Entry is one row to append.
type Entry struct {
	Actor  string // agent id or service name
	Action string // e.g. draft.approved
	Object string // e.g. draft/<id>
	Detail map[string]string
	Rows   []Ref // of other tables, as they are now, that the entry vouches for
}

// chainLock serialises appenders; it is released with the transaction.
const chainLock = 0x466f6f746e6f7465 // "Footnote"

// Append adds the entry within tx. Appenders wait for each other until their
// transactions end.
func Append(ctx context.Context, tx pgx.Tx, e Entry) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(chainLock)); err != nil {
		return fmt.Errorf("lock audit chain: %w", err)
	}
	var seq int64
	var prev []byte
	err := tx.QueryRow(ctx, `SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1`).Scan(&seq, &prev)
	if errors.Is(err, pgx.ErrNoRows) {
		prev = make([]byte, sha256.Size)
	} else if err != nil {
		return fmt.Errorf("read audit head: %w", err)
	}
	var at time.Time
	if err := tx.QueryRow(ctx, `SELECT date_trunc('milliseconds', clock_timestamp())`).Scan(&at); err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	if err := e.vouch(ctx, tx); err != nil {
		return err
	}
	hash := e.Hash(prev, seq+1, at)
	if _, err := tx.Exec(ctx, `
		INSERT INTO audit_log (seq, at, actor, action, object, detail, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		seq+1, at, e.Actor, e.Action, e.Object, e.Detail, prev, hash); err != nil {
		return fmt.Errorf("append audit row: %w", err)
	}
	return nil
}

// Hash is what chains the entry as row seq of time at after the row with hash
// prev: SHA-256(prev || JSON of the row with keys in fixed order).
func (e Entry) Hash(prev []byte, seq int64, at time.Time) []byte {
	row, err := json.Marshal([]any{seq, at.UTC().Format("2006-01-02T15:04:05.000Z"), e.Actor, e.Action, e.Object, e.Detail})
	if err != nil { // strings, ints and string maps always marshal
		panic(err)
	}
	sum := sha256.Sum256(append(bytes.Clone(prev), row...))
	return sum[:]
}
