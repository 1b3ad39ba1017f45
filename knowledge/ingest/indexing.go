package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// indexPending brings the index to what Postgres holds of a source (all when
// empty). It returns the number of points written, and whether all of them have
// what they should: false when embedding failed and points went without.
func (k *Ingester) indexPending(ctx context.Context, source string) (written int, whole bool, err error) {
	docs, err := k.pendingDocuments(ctx, source)
	if err != nil || len(docs) == 0 {
		return 0, true, err
	}
	ix, err := k.OpenIndex(ctx)
	if pipeline.KindOf(err) == pipeline.Conflict && err != nil && k.Remaking() {
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
func (k *Ingester) indexDocuments(ctx context.Context, ix knowledge.Index, docs []pending) (int, bool, error) {
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
func (k *Ingester) points(ctx context.Context, docs []string) ([]knowledge.Point, bool, error) {
	var rows []knowledge.Current
	err := knowledge.EachCurrent(ctx, k.Pool, docs, func(r knowledge.Current) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		return nil, true, err
	}
	whole := true
	var texts []string
	var sent []int // rows whose text may go to the embedder
	for i, r := range rows {
		if k.ModelOf(r.Payload.Audience) != "" {
			texts, sent = append(texts, embedText(r)), append(sent, i)
		}
	}
	dense := make([][]float32, len(rows))
	if len(texts) > 0 {
		got, err := k.embed(ctx, texts)
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		if err != nil {
			k.Log.Warn("passages are indexed without dense vectors", "error", err)
			whole = false
		}
		for i, v := range got {
			dense[sent[i]] = v
		}
	}
	out := make([]knowledge.Point, len(rows))
	for i, r := range rows {
		out[i] = k.point(r)
		out[i].Dense = dense[i]
	}
	return out, whole, nil
}

func (k *Ingester) point(r knowledge.Current) knowledge.Point {
	p := knowledge.Point{ID: r.ID, Payload: r.Payload}
	p.Terms = knowledge.PassageVector(r.Terms, text.Analyse(r.Language, knowledge.HeadingText(r.Heading)), text.Analyse(r.Language, r.Title))
	p.Payload.Hash = pointHash(r, k.ModelOf(r.Payload.Audience))
	return p
}

// pointHash covers everything that a point is made of.
func pointHash(r knowledge.Current, model string) string {
	p := r.Payload
	return sum(pipelineVersion, r.Hash, "", model, p.Document, fmt.Sprint(p.Version), p.Source, string(p.Audience), p.Status,
		p.Product, p.Locale, p.Owner, p.ReviewedAt)
}

// embedText is what a passage's embedding stands for: with its place, so that
// "Resolution" is the resolution of something.
func embedText(r knowledge.Current) string {
	head := append([]string{r.Title}, r.Heading...)
	return strings.Join(head, " › ") + "\n\n" + r.Text
}
