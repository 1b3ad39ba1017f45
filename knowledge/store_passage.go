package knowledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// wantIndexed is what documents.indexed says when the index holds all of a
// document: version first. $1 is the embedding model, empty for none.
const wantIndexed = `d.version || ' ' || d.hash || ' ' || md5(d.owner || coalesce(d.reviewed_at::text, '')) || ' ' || $1`

// pending is a document that the index does not hold as Postgres does.
type pending struct {
	id      string
	deleted bool
	want    string
}

// pendingDocuments returns what the index lacks of a source, or has too much.
func (k *Knowledge) pendingDocuments(ctx context.Context, source string) ([]pending, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT d.id, d.deleted_at IS NOT NULL, CASE WHEN d.deleted_at IS NULL THEN `+wantIndexed+` ELSE '' END
		  FROM documents d
		 WHERE $2 IN ('', d.source)
		   AND d.indexed <> CASE WHEN d.deleted_at IS NULL THEN `+wantIndexed+` ELSE '' END
		 ORDER BY d.id`, k.Model(), source)
	if err != nil {
		return nil, fmt.Errorf("list what is to be indexed: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p pending, err error) {
		err = row.Scan(&p.id, &p.deleted, &p.want)
		return p, err
	})
}

// markIndexed says what the index holds now, unless the document moved on.
func (k *Knowledge) markIndexed(ctx context.Context, docs []pending, whole bool) error {
	var batch pgx.Batch
	for _, d := range docs {
		have := d.want
		if !whole && !d.deleted {
			have = d.want + " without dense" // the next sync tries again
		}
		batch.Queue(`UPDATE documents SET indexed = $2 WHERE id = $1 AND (deleted_at IS NOT NULL) = $3`, d.id, have, d.deleted)
	}
	if err := k.pool.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("save what is indexed: %w", err)
	}
	return nil
}

// oldPassages returns the ids of all passages of these documents that must not
// be in the index.
func (k *Knowledge) oldPassages(ctx context.Context, docs []string) ([]string, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT p.id::text
		  FROM passages p
		  JOIN documents d ON d.id = p.document
		 WHERE d.id = ANY ($1)
		   AND (p.version <> d.version OR d.deleted_at IS NOT NULL)`, docs)
	if err != nil {
		return nil, fmt.Errorf("list old passages: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// indexRow is a current passage with all that its point is made of.
type indexRow struct {
	id, hash, text, title string
	heading               []string
	language              string
	ordinal               int
	terms                 []Term
	payload               Payload
	start, end            int
	url                   string
	reviewedAt, updatedAt time.Time
	validity
}

// validity is from which day of UTC to which a document holds; zero: no bound.
type validity struct{ from, until time.Time }

// holds tells whether a document holds at a time.
func (v validity) holds(now time.Time) bool {
	return (v.from.IsZero() || !now.Before(v.from)) && (v.until.IsZero() || now.Before(v.until.AddDate(0, 0, 1)))
}

// holdsNow is the same in a query.
const holdsNow = `(d.valid_from IS NULL OR d.valid_from <= (now() AT TIME ZONE 'UTC')::date)
		                AND (d.valid_until IS NULL OR d.valid_until >= (now() AT TIME ZONE 'UTC')::date)`

const rowColumns = `
	p.id::text, p.hash, p.text, p.heading, p.terms, p.ordinal, p.start_at, p.end_at,
	d.id, d.version, d.source, d.title, d.url, d.audience, d.product, d.locale, d.language, d.owner, d.reviewed_at, d.updated_at, d.valid_from, d.valid_until`

// currentRows calls f with each current passage in the order of documents and
// ordinals; docs nil means all.
func currentRows(ctx context.Context, q querier, docs []string, f func(indexRow) error) error {
	rows, err := q.Query(ctx, `
		SELECT `+rowColumns+`
		  FROM documents d
		  JOIN passages p ON p.document = d.id AND p.version = d.version
		 WHERE d.deleted_at IS NULL
		   AND ($1::text[] IS NULL OR d.id = ANY ($1))
		 ORDER BY d.id, p.ordinal`, docs)
	if err != nil {
		return fmt.Errorf("read passages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanRow(rows)
		if err != nil {
			return fmt.Errorf("read passages: %w", err)
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanRow(rows pgx.Rows) (indexRow, error) {
	var r indexRow
	var terms []int32
	var reviewed, from, until *time.Time
	p := &r.payload
	err := rows.Scan(&r.id, &r.hash, &r.text, &r.heading, &terms, &r.ordinal, &r.start, &r.end,
		&p.Document, &p.Version, &p.Source, &r.title, &r.url, &p.Audience, &p.Product, &p.Locale, &r.language, &p.Owner, &reviewed, &r.updatedAt, &from, &until)
	r.terms = toTerms(terms)
	p.Status, p.Language = "live", baseLanguage(p.Locale)
	if reviewed != nil {
		r.reviewedAt = *reviewed
		p.ReviewedAt = reviewed.Format(time.DateOnly)
	}
	if from != nil {
		r.from = *from
	}
	if until != nil {
		r.until = *until
	}
	return r, err
}

// citable reads, for the last check before passages leave, which of ids are
// current, live, in force and of an allowed audience, with the generation of the tables and
// of what was learned.
func (k *Knowledge) citable(ctx context.Context, ids []string, audiences []pipeline.Audience) (map[string]bool, int64, learning, error) {
	words := make([]string, len(audiences))
	for i, a := range audiences {
		words[i] = string(a)
	}
	var generation int64
	var now learning
	var found []string
	err := k.pool.QueryRow(ctx, `
		SELECT (SELECT generation FROM knowledge_state),
		       array(SELECT p.id::text
		               FROM passages p
		               JOIN documents d ON d.id = p.document AND d.version = p.version
		              WHERE p.id = ANY ($1::uuid[])
		                AND d.deleted_at IS NULL
		                AND `+holdsNow+`
		                AND d.audience = ANY ($2)),
		       l.generation, l.seq
		  FROM learning_state l`, ids, words).Scan(&generation, &found, &now.generation, &now.seq)
	if err != nil {
		return nil, 0, now, fmt.Errorf("check passages: %w", err)
	}
	ok := make(map[string]bool, len(found))
	for _, id := range found {
		ok[id] = true
	}
	return ok, generation, now, nil
}
