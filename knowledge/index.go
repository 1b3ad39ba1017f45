package knowledge

import (
	"context"

	"footnote/pipeline"
)

// Index is the search index as the sync uses it: a cache of Postgres.
type Index interface {
	// Put adds or replaces the passages' points. All passages of a document's
	// current version come in one call; points of its older versions are removed.
	Put(ctx context.Context, passages []pipeline.Passage) error
	// Remove removes every point of the documents.
	Remove(ctx context.Context, documents []string) error
	// Counts returns the number of points per document of a source, by the
	// version they carry: key "<document>@<version>".
	Counts(ctx context.Context, source string) (map[string]int, error)
}
