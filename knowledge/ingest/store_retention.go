package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// ForgetVersions removes at most limit versions of documents, with their passages,
// that a newer version replaced before a time, and returns how many; with dry it
// counts all and touches nothing. The current version of a document stays, also of
// one that was deleted.
func ForgetVersions(ctx context.Context, pool *pgxpool.Pool, before time.Time, limit int, dry bool) (n int64, err error) {
	const old = `
		  FROM document_versions v
		  JOIN documents d ON d.id = v.document
		 WHERE v.version < d.version
		   AND EXISTS (SELECT FROM document_versions later
		                WHERE later.document = v.document
		                  AND later.version > v.version
		                  AND later.created_at < $1)`
	if dry {
		err = pool.QueryRow(ctx, `SELECT count(*) `+old, before).Scan(&n)
	} else {
		err = pool.QueryRow(ctx, `
			WITH old AS (
			    SELECT v.document, v.version `+old+`
			     LIMIT $2
			), pieces AS (
			    DELETE FROM passages p
			     USING old
			     WHERE p.document = old.document
			       AND p.version = old.version
			), told AS ( -- what lessons were taught with may be among the pieces
			    UPDATE documents d
			       SET version = d.version
			      FROM old
			     WHERE d.id = old.document
			), gone AS (
			    DELETE FROM document_versions v
			     USING old
			     WHERE v.document = old.document
			       AND v.version = old.version
			)
			SELECT count(*) FROM old`, before, limit).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("forget old versions: %w", err)
	}
	return n, nil
}
