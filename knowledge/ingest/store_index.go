package ingest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// wantIndexed is what documents.indexed says when the index holds all of a
// document: version first. $1 is the embedding model of public documents, $2 that of
// internal ones, empty for none.
const wantIndexed = `d.version || ' ' || d.hash || ' ' || md5(d.owner || coalesce(d.reviewed_at::text, '')) || ' ' || CASE d.audience WHEN 'public' THEN $1 ELSE $2 END`

// pending is a document that the index does not hold as Postgres does.
type pending struct {
	id      string
	deleted bool
	want    string
}

// pendingDocuments returns what the index lacks of a source, or has too much.
func (k *Ingester) pendingDocuments(ctx context.Context, source string) ([]pending, error) {
	rows, err := k.Pool.Query(ctx, `
		SELECT d.id, d.deleted_at IS NOT NULL, CASE WHEN d.deleted_at IS NULL THEN `+wantIndexed+` ELSE '' END
		  FROM documents d
		 WHERE $3 IN ('', d.source)
		   AND d.indexed <> CASE WHEN d.deleted_at IS NULL THEN `+wantIndexed+` ELSE '' END
		 ORDER BY d.id`, k.ModelOf(pipeline.Public), k.ModelOf(pipeline.Restricted), source)
	if err != nil {
		return nil, fmt.Errorf("list what is to be indexed: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p pending, err error) {
		err = row.Scan(&p.id, &p.deleted, &p.want)
		return p, err
	})
}

// VectorState is how far vectors are.
type VectorState struct {
	Documents int // that are to have vectors
	Without   int // of them: the embedder was away when they were indexed
	Internal  int // documents that have none because their text may not leave
}

// Vectors tells how far vectors are; zero without an embedder.
func (k *Ingester) Vectors(ctx context.Context) (v VectorState, err error) {
	if k.Embedder == nil {
		return v, nil
	}
	err = k.Pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE audience = 'public' OR $1),
		       count(*) FILTER (WHERE (audience = 'public' OR $1) AND (indexed = '' OR indexed LIKE '% without dense')),
		       count(*) FILTER (WHERE audience <> 'public' AND NOT $1)
		  FROM documents
		 WHERE deleted_at IS NULL`, k.EmbedInternal).Scan(&v.Documents, &v.Without, &v.Internal)
	if err != nil {
		return v, fmt.Errorf("count vectors: %w", err)
	}
	return v, nil
}

// markIndexed says what the index holds now, unless the document moved on.
func (k *Ingester) markIndexed(ctx context.Context, docs []pending, whole bool) error {
	var batch pgx.Batch
	for _, d := range docs {
		have := d.want
		if !whole && !d.deleted {
			have = d.want + " without dense" // the next sync tries again
		}
		batch.Queue(`UPDATE documents SET indexed = $2 WHERE id = $1 AND (deleted_at IS NOT NULL) = $3`, d.id, have, d.deleted)
	}
	if err := k.Pool.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("save what is indexed: %w", err)
	}
	return nil
}

// oldPassages returns the ids of all passages of these documents that must not
// be in the index.
func (k *Ingester) oldPassages(ctx context.Context, docs []string) ([]string, error) {
	rows, err := k.Pool.Query(ctx, `
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

// embeddings returns the kept vectors of a model by text hash.
func (k *Ingester) embeddings(ctx context.Context, model string, hashes []string) (map[string][]float32, error) {
	rows, err := k.Pool.Query(ctx, `
		SELECT hash, vector
		  FROM embeddings
		 WHERE model = $1
		   AND hash = ANY ($2)`, model, hashes)
	if err != nil {
		return nil, fmt.Errorf("find embeddings: %w", err)
	}
	defer rows.Close()
	out := map[string][]float32{}
	for rows.Next() {
		var h string
		var v []float32
		if err := rows.Scan(&h, &v); err != nil {
			return nil, fmt.Errorf("find embeddings: %w", err)
		}
		out[h] = v
	}
	return out, rows.Err()
}

func (k *Ingester) saveEmbedding(ctx context.Context, model, hash string, v []float32) error {
	_, err := k.Pool.Exec(ctx, `
		INSERT INTO embeddings (model, hash, vector)
		VALUES ($1, $2, $3)
		ON CONFLICT (model, hash) DO UPDATE
		   SET vector = excluded.vector`, model, hash, v)
	if err != nil {
		return fmt.Errorf("save embedding: %w", err)
	}
	return nil
}

// countPassages tells how many of these points are passages, of whatever version.
func (k *Ingester) countPassages(ctx context.Context, ids []string) (int, error) {
	var n int
	err := k.Pool.QueryRow(ctx, `SELECT count(*) FROM passages WHERE id::text = ANY ($1)`, ids).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count passages: %w", err)
	}
	return n, nil
}

// generation counts the changes of documents.
func (k *Ingester) generation(ctx context.Context) (int64, error) {
	var n int64
	if err := k.Pool.QueryRow(ctx, `SELECT generation FROM knowledge_state`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the generation: %w", err)
	}
	return n, nil
}

// expected returns how many passages the documents have that the index is said to hold,
// and whether it is said to lack, or have too much of, any.
func (k *Ingester) expected(ctx context.Context) (least int, pending bool, err error) {
	err = k.Pool.QueryRow(ctx, `
		SELECT (SELECT count(*)
		          FROM documents d
		          JOIN passages p ON p.document = d.id AND p.version = d.version
		         WHERE d.deleted_at IS NULL
		           AND starts_with(d.indexed, `+wantIndexed+`)), -- "without dense" too
		       EXISTS (SELECT
		                 FROM documents d
		                WHERE d.indexed <> CASE WHEN d.deleted_at IS NULL THEN `+wantIndexed+` ELSE '' END)`, k.ModelOf(pipeline.Public), k.ModelOf(pipeline.Restricted)).Scan(&least, &pending)
	if err != nil {
		return 0, false, fmt.Errorf("count what is indexed: %w", err)
	}
	return least, pending, nil
}
