package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"footnote/pipeline"
)

// indexPending brings the index to what Postgres holds of a source (all when
// empty). It returns the number of points written, and whether all of them have
// what they should: false when embedding failed and points went without.
func (k *Knowledge) indexPending(ctx context.Context, source string) (written int, whole bool, err error) {
	docs, err := k.pendingDocuments(ctx, source)
	if err != nil || len(docs) == 0 {
		return 0, true, err
	}
	ix, err := k.coll.Current(ctx)
	if pipeline.KindOf(err) == pipeline.Conflict && err != nil && k.termsOnly.Load() {
		return 0, false, nil // the index that is being made will hold all of it
	}
	if err != nil {
		return 0, true, fmt.Errorf("open the index: %w", err)
	}
	whole = true
	for batch := range slices.Chunk(docs, indexBatch) {
		n, ok, err := k.indexDocuments(ctx, ix, batch)
		written += n
		whole = whole && ok
		if err != nil {
			return written, whole, err
		}
	}
	return written, whole, nil
}

// indexDocuments writes the points of some documents and deletes those of their
// older versions; then it says so in Postgres. Stopped anywhere, it can be
// done again.
func (k *Knowledge) indexDocuments(ctx context.Context, ix Index, docs []pending) (int, bool, error) {
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.id
	}
	points, whole, err := k.points(ctx, ids)
	if err != nil {
		return 0, whole, err
	}
	if err := ix.Save(ctx, points); err != nil {
		return 0, whole, fmt.Errorf("save points: %w", err)
	}
	old, err := k.oldPassages(ctx, ids)
	if err != nil {
		return 0, whole, err
	}
	if err := ix.Delete(ctx, old); err != nil {
		return 0, whole, fmt.Errorf("delete points: %w", err)
	}
	return len(points), whole, k.markIndexed(ctx, docs, whole)
}

// points builds the points of documents; nil means all documents.
func (k *Knowledge) points(ctx context.Context, docs []string) ([]Point, bool, error) {
	var rows []indexRow
	err := currentRows(ctx, k.pool, docs, func(r indexRow) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		return nil, true, err
	}
	whole := true
	var dense [][]float32
	if k.embedder != nil && len(rows) > 0 {
		texts := make([]string, len(rows))
		for i, r := range rows {
			texts[i] = embedText(r)
		}
		if dense, err = k.embed(ctx, texts); err != nil {
			if ctx.Err() != nil {
				return nil, false, ctx.Err()
			}
			k.log.Warn("passages are indexed without dense vectors", "error", err)
			dense, whole = nil, false
		}
	}
	out := make([]Point, len(rows))
	for i, r := range rows {
		out[i] = k.point(r)
		if dense != nil {
			out[i].Dense = dense[i]
		}
	}
	return out, whole, nil
}

func (k *Knowledge) point(r indexRow) Point {
	p := Point{ID: r.id, Payload: r.payload}
	p.Terms = passageVector(r.terms, Analyse(r.language, headingText(r.heading)), Analyse(r.language, r.title))
	p.Payload.Hash = pointHash(r, k.Model())
	return p
}

// pointHash covers everything that a point is made of.
func pointHash(r indexRow, model string) string {
	p := r.payload
	return sum(pipelineVersion, r.hash, "", model, p.Document, fmt.Sprint(p.Version), p.Source, string(p.Audience), p.Status,
		p.Product, p.Locale, p.Owner, p.ReviewedAt)
}

// embedText is what a passage's embedding stands for: with its place, so that
// "Resolution" is the resolution of something.
func embedText(r indexRow) string {
	head := append([]string{r.title}, r.heading...)
	return strings.Join(head, " › ") + "\n\n" + r.text
}
