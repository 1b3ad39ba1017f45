package corpus

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
)

// versionOf returns the passages of a version of a document, as far as they are
// counted; none when the version is not kept any more.
func versionOf(ctx context.Context, q knowledge.Querier, id string, version int, language string) ([]knowledge.Current, error) {
	rows, err := q.Query(ctx, `
		SELECT v.title, p.heading, p.terms, p.ordinal
		  FROM document_versions v
		  JOIN passages p ON p.document = v.document AND p.version = v.version
		 WHERE v.document = $1
		   AND v.version = $2
		 ORDER BY p.ordinal`, id, version)
	if err != nil {
		return nil, fmt.Errorf("read a version: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (knowledge.Current, error) {
		r := knowledge.Current{Language: language}
		r.Payload.Document, r.Payload.Version = id, version
		var terms []int32
		err := row.Scan(&r.Title, &r.Heading, &terms, &r.Ordinal)
		r.Terms = knowledge.FromColumn(terms)
		return r, err
	})
}
