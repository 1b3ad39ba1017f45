package knowledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// known is what Postgres has of one document before a sync.
type known struct {
	version       int
	rawHash, hash string
	deleted       bool
	seen          bool
}

func documentID(source, path string) string { return source + "/" + path }

// knownDocuments returns a source's documents by path, deleted ones too.
func (k *Knowledge) knownDocuments(ctx context.Context, source string) (map[string]*known, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT path, version, raw_hash, hash, deleted_at IS NOT NULL
		  FROM documents
		 WHERE source = $1`, source)
	if err != nil {
		return nil, fmt.Errorf("list documents of %s: %w", source, err)
	}
	defer rows.Close()
	out := map[string]*known{}
	for rows.Next() {
		var path string
		d := &known{}
		if err := rows.Scan(&path, &d.version, &d.rawHash, &d.hash, &d.deleted); err != nil {
			return nil, fmt.Errorf("list documents of %s: %w", source, err)
		}
		out[path] = d
	}
	return out, rows.Err()
}

// change is one document to be written, with what Postgres had of it.
type change struct {
	prepared
	version int  // to be written
	fresh   bool // a new version: text, hash and passages are written too
}

// saveDocuments writes documents, new versions and their passages.
func (k *Knowledge) saveDocuments(ctx context.Context, source string, changes []change) error {
	return k.inTx(ctx, func(tx pgx.Tx) error {
		var batch pgx.Batch
		var passages [][]any
		for _, c := range changes {
			queueDocument(&batch, source, c)
			if c.fresh {
				passages = append(passages, passageRows(documentID(source, c.path), c)...)
			}
		}
		batch.Queue(`UPDATE knowledge_state SET generation = generation + 1`)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return fmt.Errorf("save documents of %s: %w", source, err)
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"passages"},
			[]string{"id", "document", "version", "ordinal", "heading", "text", "start_at", "end_at", "hash", "terms"}, pgx.CopyFromRows(passages))
		if err != nil {
			return fmt.Errorf("save passages of %s: %w", source, err)
		}
		return nil
	})
}

func queueDocument(b *pgx.Batch, source string, c change) {
	id := documentID(source, c.path)
	day := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	notes := c.notes
	if notes == nil {
		notes = []string{}
	}
	b.Queue(`
		INSERT INTO documents (id, source, path, version, title, url, product, locale, audience, owner, reviewed_at,
		                       hash, raw_hash, language, notes, bytes, valid_from, valid_until, reasons)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (id) DO UPDATE
		   SET version = excluded.version, title = excluded.title, url = excluded.url, product = excluded.product,
		       locale = excluded.locale, audience = excluded.audience, owner = excluded.owner, reviewed_at = excluded.reviewed_at,
		       hash = excluded.hash, raw_hash = excluded.raw_hash, language = excluded.language, notes = excluded.notes,
		       bytes = excluded.bytes, valid_from = excluded.valid_from, valid_until = excluded.valid_until, reasons = excluded.reasons, deleted_at = NULL,
		       -- the time of the last change that readers see
		       updated_at = CASE WHEN documents.version = excluded.version AND documents.deleted_at IS NULL
		                         THEN documents.updated_at ELSE now() END`,
		id, source, c.path, c.version, c.meta.Title, c.meta.URL, c.meta.Product, c.meta.Locale, string(c.meta.Audience), c.meta.Owner, day(c.meta.ReviewedAt),
		c.hash, c.rawHash, c.language, notes, c.bytes, day(c.meta.ValidFrom), day(c.meta.ValidUntil), append([]string{}, c.reasons...))
	if c.fresh {
		b.Queue(`
			INSERT INTO document_versions (document, version, title, text, hash, audience)
			VALUES ($1, $2, $3, $4, $5, $6)`, id, c.version, c.meta.Title, c.text, c.hash, string(c.meta.Audience))
		return
	}
	for _, row := range passageRows(id, c) { // the same text, which analysis may read otherwise now
		b.Queue(`
			WITH anew AS (
			    UPDATE passages SET terms = $2 WHERE id = $1::uuid AND terms <> $2 RETURNING document
			)
			UPDATE documents d SET indexed = '' FROM anew WHERE d.id = anew.document`, row[0], row[len(row)-1])
	}
}

func passageRows(document string, c change) [][]any {
	rows := make([][]any, 0, len(c.chunks))
	for i, ch := range c.chunks {
		text := c.text[ch.Start:ch.End]
		rows = append(rows, []any{passageID(document, c.version, i), document, c.version, i, append([]string{}, ch.Heading...), text, ch.Start, ch.End,
			sum(c.meta.Title, headingText(ch.Heading), text), toInts(Analyse(c.language, text))})
	}
	return rows
}

// toInts and toTerms carry unsigned term ids through a signed column.
func toInts(terms []Term) []int32 {
	out := make([]int32, len(terms))
	for i, t := range terms {
		out[i] = int32(t)
	}
	return out
}

func toTerms(ints []int32) []Term {
	out := make([]Term, len(ints))
	for i, t := range ints {
		out[i] = Term(t)
	}
	return out
}

// deleteDocuments marks documents as deleted: searches stop returning them at
// once, the index follows.
func (k *Knowledge) deleteDocuments(ctx context.Context, source string, paths []string) error {
	return k.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE documents
			   SET deleted_at = now()
			 WHERE source = $1
			   AND path = ANY ($2)
			   AND deleted_at IS NULL`, source, paths)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE knowledge_state SET generation = generation + 1`)
		}
		if err != nil {
			return fmt.Errorf("delete documents of %s: %w", source, err)
		}
		return nil
	})
}

// Document is one document as people see it.
type Document struct {
	ID         string            `json:"id"`
	Source     string            `json:"source"`
	Path       string            `json:"path"`
	Version    int               `json:"version"`
	Title      string            `json:"title"`
	URL        string            `json:"url,omitempty"`
	Product    string            `json:"product,omitempty"`
	Locale     string            `json:"locale,omitempty"`
	Audience   pipeline.Audience `json:"audience"`
	Owner      string            `json:"owner,omitempty"`
	ReviewedAt time.Time         `json:"reviewed_at,omitzero"`
	ValidFrom  time.Time         `json:"valid_from,omitzero"`
	ValidUntil time.Time         `json:"valid_until,omitzero"` // the last day
	Notes      []string          `json:"notes,omitempty"`      // what its front matter said in vain
	Reasons    []string          `json:"reasons,omitempty"`    // why it is internal, or holds only for a time
	Bytes      int64             `json:"bytes"`
	Passages   int               `json:"passages"`
	UpdatedAt  time.Time         `json:"updated_at"`
	DeletedAt  time.Time         `json:"deleted_at,omitzero"`
	// Quarantine is why its newest edit could not be used; until it can, the
	// document counts as deleted.
	Quarantine  string `json:"quarantine,omitempty"`
	LeftOut     bool   `json:"left_out,omitempty"`     // and that is because it says so itself
	DuplicateOf string `json:"duplicate_of,omitempty"` // the first document with the same text
}

const documentColumns = `
	d.id, d.source, d.path, d.version, d.title, d.url, d.product, d.locale, d.audience, d.owner, d.reviewed_at, d.valid_from, d.valid_until, d.notes, d.reasons, d.bytes,
	(SELECT count(*) FROM passages p WHERE p.document = d.id AND p.version = d.version), d.updated_at, d.deleted_at,
	coalesce(` + quarantineReason + `, ''), EXISTS (SELECT FROM quarantine q WHERE q.source = d.source AND q.path = d.path AND q.fate = 'left out'), coalesce(` + duplicateOf + `, '')`

// quarantineReason is why a document that was fine left search; NULL when it did not.
const quarantineReason = `(SELECT q.reason FROM quarantine q WHERE q.source = d.source AND q.path = d.path AND d.deleted_at IS NOT NULL)`

// duplicateOf is the first of the live documents with a document's text; NULL for
// that one itself.
const duplicateOf = `(
	SELECT min(o.id)
	  FROM document_versions v
	  JOIN document_versions same ON md5(same.text) = md5(v.text)
	  JOIN documents o ON o.id = same.document AND o.version = same.version
	 WHERE v.document = d.id
	   AND v.version = d.version
	   AND o.id < d.id
	   AND o.deleted_at IS NULL
	   AND d.deleted_at IS NULL)`

func scanDocument(row pgx.CollectableRow) (Document, error) {
	var d Document
	var reviewed, from, until, deleted *time.Time
	err := row.Scan(&d.ID, &d.Source, &d.Path, &d.Version, &d.Title, &d.URL, &d.Product, &d.Locale, &d.Audience, &d.Owner, &reviewed,
		&from, &until, &d.Notes, &d.Reasons, &d.Bytes, &d.Passages, &d.UpdatedAt, &deleted, &d.Quarantine, &d.LeftOut, &d.DuplicateOf)
	for to, t := range map[*time.Time]*time.Time{&d.ReviewedAt: reviewed, &d.ValidFrom: from, &d.ValidUntil: until, &d.DeletedAt: deleted} {
		if t != nil {
			*to = *t
		}
	}
	return d, err
}
