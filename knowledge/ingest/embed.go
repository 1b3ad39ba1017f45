package ingest

import (
	"context"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// embed returns the vectors of texts, from the table where it has them. What an
// embedder answers is checked before it is kept: the number of vectors, their
// length, and that every value is finite and not all are zero.
func (k *Ingester) embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	hashes := make([]string, len(texts))
	for i, t := range texts {
		texts[i] = text.Clip(t, knowledge.EmbedRunes)
		hashes[i] = sum(texts[i])
	}
	known, err := k.embeddings(ctx, k.Embedder.Model(), hashes)
	if err != nil {
		return nil, err
	}
	var missing []int
	for i, h := range hashes {
		if v := known[h]; len(v) == k.Embedder.Dimensions() {
			out[i] = v
		} else {
			missing = append(missing, i)
		}
	}
	for len(missing) > 0 {
		batch := missing[:min(len(missing), knowledge.EmbedBatch)]
		missing = missing[len(batch):]
		ask := make([]string, len(batch))
		for i, at := range batch {
			ask[i] = texts[at]
		}
		got, err := k.AskEmbedder(ctx, k.Embedder.Embed, ask)
		if err != nil {
			return nil, err
		}
		for i, at := range batch {
			out[at] = got[i]
			if err := k.saveEmbedding(ctx, k.Embedder.Model(), hashes[at], got[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
