package knowledge

import (
	"context"
	"errors"
	"iter"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// Names of the vectors of a point.
const (
	VectorTerms = "terms" // BM25 weights of the passage's terms, heading and title
	VectorDense = "dense" // embedding; only with an Embedder
)

// Sparse is a sparse vector: one weight for each term, terms ascending.
type Sparse struct {
	Terms   []text.Term
	Weights []float32
}

// Point is a passage as the index holds it. Text is not in it.
type Point struct {
	ID      string // passage id
	Terms   Sparse
	Dense   []float32 // nil without an embedding
	Payload Payload
}

// Payload is what searches filter by, and what Check compares.
type Payload struct {
	Source     string
	Document   string
	Version    int
	Audience   pipeline.Audience
	Status     string // "live"
	Product    string
	Locale     string
	Language   string // of the locale; empty when the document has none
	Owner      string
	ReviewedAt string // date; empty: never
	Hash       string // of everything above and the vectors' inputs
}

// Entry is one point of the index for Check.
type Entry struct{ ID, Document, Hash string }

// Find is one hybrid request: several ranked lists under one filter, which
// stands inside the query.
type Find struct {
	Lists     []List
	Audiences []pipeline.Audience // required; only these are returned
	Languages []string            // besides documents without a locale; empty: any
}

// List ranks points by one vector.
type List struct {
	Using  string
	Sparse Sparse    // for terms
	Dense  []float32 // for dense
	Limit  int
}

// Scored is a point in one list.
type Scored struct {
	ID, Document string
	Score        float64
}

// Index is one collection of points. Its errors have kind Unavailable when the
// engine does not answer, NotFound when the collection is gone, and Denied when
// the collection is another installation's or the engine refuses our key.
type Index interface {
	// Save writes points, replacing those with the same id. When it returns
	// nil, Find sees all of them.
	Save(ctx context.Context, points []Point) error
	// Delete removes points; ids that are not there do not matter.
	Delete(ctx context.Context, ids []string) error
	// Count tells how many points there are.
	Count(ctx context.Context) (int, error)
	// Entries yields every point, in no order that matters.
	Entries(ctx context.Context) iter.Seq2[Entry, error]
	// Find returns one ranked list for each of f.Lists, best first, equal scores
	// in the order of ids.
	Find(ctx context.Context, f Find) ([][]Scored, error)
}

// ErrForeign and ErrUnmarked are causes of Denied: a collection has the marker of
// another installation, or none.
var (
	ErrForeign  = errors.New("foreign")
	ErrUnmarked = errors.New("unmarked")
)

// Collections makes indexes and says which one is searched. A collection belongs to one
// owner, an installation's id, whose marker is in it: nothing is written to another's,
// and no other's is dropped.
type Collections interface {
	// Current returns the searched index, behind its alias. The kind is
	// NotFound when there is none yet; Conflict when it was made for other
	// vectors (then Rebuild); with Conflict the index is returned all the same
	// when it can be searched by terms. It is Denied for another's, and with
	// ErrUnmarked, which comes with the index, for nobody's.
	Current(ctx context.Context, owner string) (Index, error)
	// Build makes an empty index beside the current one.
	Build(ctx context.Context, owner string) (Index, error)
	// Publish makes a built index the current one in one step and drops those of
	// its owner that it replaces.
	Publish(ctx context.Context, built Index) error
	// Discard drops a built index that will not be published.
	Discard(ctx context.Context, built Index) error
	// Claim makes the current index the owner's, whosever it was.
	Claim(ctx context.Context, owner string) error
}
