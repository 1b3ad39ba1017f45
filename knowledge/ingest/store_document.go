package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
	"footnote/pipeline/text"
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
func (k *Ingester) knownDocuments(ctx context.Context, source string) (map[string]*known, error) {
	rows, err := k.Pool.Query(ctx, `
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
func (k *Ingester) saveDocuments(ctx context.Context, source string, changes []change) error {
	return k.InTx(ctx, func(tx pgx.Tx) error {
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
		part := c.text[ch.Start:ch.End]
		rows = append(rows, []any{passageID(document, c.version, i), document, c.version, i, append([]string{}, ch.Heading...), part, ch.Start, ch.End,
			sum(c.meta.Title, knowledge.HeadingText(ch.Heading), part), knowledge.ToColumn(text.Analyse(c.language, part))})
	}
	return rows
}

// deleteDocuments marks documents as deleted: searches stop returning them at
// once, the index follows.
func (k *Ingester) deleteDocuments(ctx context.Context, source string, paths []string) error {
	return k.InTx(ctx, func(tx pgx.Tx) error {
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
