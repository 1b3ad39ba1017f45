package search

import (
	"context"
	"fmt"

	"footnote/pipeline"
)

// holdsNow tells in a query whether a document holds today.
const holdsNow = `(d.valid_from IS NULL OR d.valid_from <= (now() AT TIME ZONE 'UTC')::date)
		                AND (d.valid_until IS NULL OR d.valid_until >= (now() AT TIME ZONE 'UTC')::date)`

// citable reads, for the last check before passages leave, which of ids are
// current, live, in force and of an allowed audience, with the generation of the tables and
// of what was learned.
func (k *Searcher) citable(ctx context.Context, ids []string, audiences []pipeline.Audience) (map[string]bool, int64, Moment, error) {
	words := make([]string, len(audiences))
	for i, a := range audiences {
		words[i] = string(a)
	}
	var generation int64
	var now Moment
	var found []string
	err := k.Pool.QueryRow(ctx, `
		SELECT (SELECT generation FROM knowledge_state),
		       array(SELECT p.id::text
		               FROM passages p
		               JOIN documents d ON d.id = p.document AND d.version = p.version
		              WHERE p.id = ANY ($1::uuid[])
		                AND d.deleted_at IS NULL
		                AND `+holdsNow+`
		                AND d.audience = ANY ($2)),
		       l.generation, l.seq
		  FROM learning_state l`, ids, words).Scan(&generation, &found, &now.Generation, &now.Seq)
	if err != nil {
		return nil, 0, now, fmt.Errorf("check passages: %w", err)
	}
	ok := make(map[string]bool, len(found))
	for _, id := range found {
		ok[id] = true
	}
	return ok, generation, now, nil
}
