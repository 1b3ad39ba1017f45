package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
	"footnote/pipeline"
)

// locks of the whole index; sources have their own.
const indexLock int64 = 0x666f6f746e6f7465 // "footnote"

// lockSource takes the lock of one source's sync for the length of tx, and a
// shared lock of the index. The kind is Conflict when another sync holds it.
func lockSource(ctx context.Context, tx pgx.Tx, name string) error {
	h := fnv.New64a()
	fmt.Fprintf(h, "footnote source %s", name)
	var free bool
	err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(h.Sum64())).Scan(&free)
	if err != nil {
		return fmt.Errorf("lock source %s: %w", name, err)
	}
	if !free {
		return pipeline.Errorf(pipeline.Conflict, "Source %s is being synced already; wait until that is done.", name)
	}
	return holdLocks(ctx, tx, `SELECT pg_advisory_xact_lock_shared($1)`)
}

// lockIndex keeps every sync out for the length of tx; it waits for those that
// are running.
func lockIndex(ctx context.Context, tx pgx.Tx) error {
	return holdLocks(ctx, tx, `SELECT pg_advisory_xact_lock($1)`)
}

func holdLocks(ctx context.Context, tx pgx.Tx, take string) error {
	// The transaction only holds locks while other connections work.
	if _, err := tx.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil {
		return fmt.Errorf("lock the index: %w", err)
	}
	if _, err := tx.Exec(ctx, take, indexLock); err != nil {
		return fmt.Errorf("lock the index: %w", err)
	}
	return nil
}

func (k *Ingester) saveSource(ctx context.Context, f knowledge.Feed) error {
	settings, err := json.Marshal(f.Settings)
	if err != nil {
		return err
	}
	_, err = k.Pool.Exec(ctx, `
		INSERT INTO sources (name, kind, location, settings)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE
		   SET kind = excluded.kind, location = excluded.location, settings = excluded.settings, removed_at = NULL`,
		f.Name, f.Kind, f.Location, settings)
	if err != nil {
		return fmt.Errorf("save source %s: %w", f.Name, err)
	}
	return nil
}

// finishSync keeps how a sync ended. A failed one leaves the last report.
func (k *Ingester) finishSync(ctx context.Context, name string, r knowledge.Report, failed error) error {
	var err error
	if failed != nil {
		_, err = k.Pool.Exec(ctx, `UPDATE sources SET error = $2 WHERE name = $1`, name, pipeline.Say(failed))
	} else {
		var report []byte
		if report, err = json.Marshal(r); err == nil {
			_, err = k.Pool.Exec(ctx, `
				UPDATE sources
				   SET synced_at = now(), error = '', report = $2
				 WHERE name = $1`, name, report)
		}
	}
	if err != nil {
		return fmt.Errorf("save sync of %s: %w", name, err)
	}
	return nil
}

// Removal is a source that was removed, with the documents that went with it.
type Removal struct {
	Location  string
	Documents []string // ids
}

// RemoveSource takes a source and its documents out of search at once; their
// versions stay, so that old receipts can be read. Record keeps who did it, in
// the same transaction, and is called the first time only; done again, whatever
// of it was left undone is done. A later sync brings the source back. The kind is
// NotFound for an unknown source, Conflict while it is being synced, and
// Unavailable when the index does not answer: no search finds the documents even
// so.
func (k *Ingester) RemoveSource(ctx context.Context, name string, record func(pgx.Tx, Removal) error) (Removal, error) {
	var r Removal
	err := k.InTx(ctx, func(tx pgx.Tx) error {
		if err := lockSource(ctx, tx, name); err != nil {
			return err
		}
		var first bool
		var err error
		if r, first, err = removeSource(ctx, tx, name); err != nil || !first {
			return err
		}
		return record(tx, r)
	})
	if err != nil {
		return Removal{}, fmt.Errorf("remove source %s: %w", name, err)
	}
	if _, _, err := k.indexPending(ctx, name); err != nil {
		return r, fmt.Errorf("remove source %s: %w", name, err)
	}
	return r, k.changed(ctx)
}

// removeSource marks the source and its documents, and returns them; first is
// false when that was done before.
func removeSource(ctx context.Context, tx pgx.Tx, name string) (r Removal, first bool, err error) {
	err = tx.QueryRow(ctx, `
		SELECT location, removed_at IS NULL OR EXISTS (SELECT FROM documents WHERE source = $1 AND deleted_at IS NULL)
		  FROM sources
		 WHERE name = $1`, name).Scan(&r.Location, &first)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, false, pipeline.Errorf(pipeline.NotFound, "There is no source %s.", name)
	}
	if err != nil {
		return r, false, fmt.Errorf("find source: %w", err)
	}
	if first {
		var batch pgx.Batch
		batch.Queue(`UPDATE sources SET removed_at = now(), error = '' WHERE name = $1`, name)
		batch.Queue(`UPDATE documents SET deleted_at = now() WHERE source = $1 AND deleted_at IS NULL`, name)
		batch.Queue(`DELETE FROM quarantine WHERE source = $1`, name)
		batch.Queue(`UPDATE knowledge_state SET generation = generation + 1`)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return r, first, fmt.Errorf("remove source: %w", err)
		}
	}
	rows, err := tx.Query(ctx, `
		SELECT d.id
		  FROM documents d
		  JOIN sources s ON s.name = d.source
		 WHERE s.name = $1
		   AND d.deleted_at = s.removed_at -- one transaction, one time
		 ORDER BY d.id`, name)
	if err == nil {
		r.Documents, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	return r, first, err
}

// saveQuarantine makes the table hold exactly these rows for a source.
func (k *Ingester) saveQuarantine(ctx context.Context, source string, all []knowledge.Quarantined) error {
	paths := make([]string, len(all))
	var batch pgx.Batch
	for i, q := range all {
		paths[i] = q.Path
		batch.Queue(`
			INSERT INTO quarantine (source, path, reason, bytes, fate, key, value)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (source, path) DO UPDATE
			   SET reason = excluded.reason, bytes = excluded.bytes, fate = excluded.fate, key = excluded.key, value = excluded.value, at = now()
			 WHERE (quarantine.reason, quarantine.bytes, quarantine.fate, quarantine.key, quarantine.value)
			       IS DISTINCT FROM (excluded.reason, excluded.bytes, excluded.fate, excluded.key, excluded.value)`,
			source, q.Path, q.Reason, q.Bytes, string(q.Fate), q.Key, q.Value)
	}
	batch.Queue(`DELETE FROM quarantine WHERE source = $1 AND NOT path = ANY ($2)`, source, paths)
	return k.InTx(ctx, func(tx pgx.Tx) error {
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return fmt.Errorf("save quarantine of %s: %w", source, err)
		}
		return nil
	})
}
