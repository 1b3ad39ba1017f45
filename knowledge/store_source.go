package knowledge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Settings are a source's defaults for what its documents do not say.
type Settings struct {
	Audience pipeline.Audience `json:"audience,omitempty"` // empty: public
	Product  string            `json:"product,omitempty"`
	Locale   string            `json:"locale,omitempty"`
	Owner    string            `json:"owner,omitempty"`
	// BaseURL + "/" + path without extension is the link of a document that
	// names none; empty: no link.
	BaseURL string `json:"base_url,omitempty"`
	// Decisions are what people decided about its keys; Sync fills them in.
	Decisions []Decision `json:"-"`
}

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

func (k *Knowledge) saveSource(ctx context.Context, f Feed) error {
	settings, err := json.Marshal(f.Settings)
	if err != nil {
		return err
	}
	_, err = k.pool.Exec(ctx, `
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
func (k *Knowledge) finishSync(ctx context.Context, name string, r Report, failed error) error {
	var err error
	if failed != nil {
		_, err = k.pool.Exec(ctx, `UPDATE sources SET error = $2 WHERE name = $1`, name, pipeline.Say(failed))
	} else {
		var report []byte
		if report, err = json.Marshal(r); err == nil {
			_, err = k.pool.Exec(ctx, `
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

// SourceInfo is a source with its counts, for people.
type SourceInfo struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Location    string    `json:"location"`
	Settings    Settings  `json:"settings"`
	SyncedAt    time.Time `json:"synced_at,omitzero"` // last finished sync; zero: never
	Error       string    `json:"error,omitempty"`    // why the last sync failed
	Report      Report    `json:"report"`
	Documents   int       `json:"documents"`
	Internal    int       `json:"internal"` // of the documents
	Passages    int       `json:"passages"`
	Quarantined int       `json:"quarantined"` // without those left out
	LeftOut     int       `json:"left_out"`    // they say themselves that they are not in use
	Unclear     int       `json:"unclear"`     // of the quarantined: a person must decide
	Unowned     int       `json:"unowned"`     // documents that name no owner
	CreatedAt   time.Time `json:"created_at"`
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
func (k *Knowledge) RemoveSource(ctx context.Context, name string, record func(pgx.Tx, Removal) error) (Removal, error) {
	var r Removal
	err := k.inTx(ctx, func(tx pgx.Tx) error {
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
	return r, k.refresh(ctx)
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

// ListSources returns the sources that were not removed by name, with their
// counts.
func (k *Knowledge) ListSources(ctx context.Context) ([]SourceInfo, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT s.name, s.kind, s.location, s.settings, s.synced_at, s.error, s.report, s.created_at,
		       (SELECT count(*) FROM quarantine q WHERE q.source = s.name AND q.fate <> 'left out'),
		       (SELECT count(*) FROM quarantine q WHERE q.source = s.name AND q.fate = 'left out'),
		       (SELECT count(*) FROM quarantine q WHERE q.source = s.name AND q.fate = 'unclear'),
		       count(d.id),
		       count(d.id) FILTER (WHERE d.audience = 'internal'),
		       count(d.id) FILTER (WHERE d.owner = ''),
		       coalesce(sum((SELECT count(*) FROM passages p WHERE p.document = d.id AND p.version = d.version)), 0)::int
		  FROM sources s
		  LEFT JOIN documents d ON d.source = s.name AND d.deleted_at IS NULL
		 WHERE s.removed_at IS NULL
		 GROUP BY s.name
		 ORDER BY s.name`)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (SourceInfo, error) {
		var s SourceInfo
		var settings, report []byte
		var synced *time.Time
		err := row.Scan(&s.Name, &s.Kind, &s.Location, &settings, &synced, &s.Error, &report, &s.CreatedAt,
			&s.Quarantined, &s.LeftOut, &s.Unclear, &s.Documents, &s.Internal, &s.Unowned, &s.Passages)
		if err != nil {
			return s, err
		}
		if synced != nil {
			s.SyncedAt = *synced
		}
		if err := json.Unmarshal(settings, &s.Settings); err != nil {
			return s, fmt.Errorf("read settings of source %s: %w", s.Name, err)
		}
		return s, json.Unmarshal(report, &s.Report)
	})
}
