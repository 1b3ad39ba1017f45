package knowledge

import (
	"context"
	"fmt"
	"math"

	"footnote/pipeline"
)

// Embedder turns texts into dense vectors. Declared here, filled in cmd.
type Embedder interface {
	// Model names the model; embeddings are kept by it.
	Model() string
	// Dimensions is the length of every vector.
	Dimensions() int
	// Embed returns one vector for each passage, in their order.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
	// EmbedQuestion returns one vector for each question, to be compared with those
	// of passages.
	EmbedQuestion(ctx context.Context, texts []string) ([][]float32, error)
}

// Model names the embedding model that searches use; empty without one.
func (k *Knowledge) Model() string {
	if k.embedder == nil {
		return ""
	}
	return k.embedder.Model()
}

const (
	embedBatch = 64   // texts in one call
	embedRunes = 8000 // of one text; the rest does not count
)

// embed returns the vectors of texts, from the table where it has them. What an
// embedder answers is checked before it is kept: the number of vectors, their
// length, and that every value is finite and not all are zero.
func (k *Knowledge) embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	hashes := make([]string, len(texts))
	for i, t := range texts {
		texts[i] = clip(t, embedRunes)
		hashes[i] = sum(texts[i])
	}
	known, err := k.embeddings(ctx, k.embedder.Model(), hashes)
	if err != nil {
		return nil, err
	}
	var missing []int
	for i, h := range hashes {
		if v := known[h]; len(v) == k.embedder.Dimensions() {
			out[i] = v
		} else {
			missing = append(missing, i)
		}
	}
	for len(missing) > 0 {
		batch := missing[:min(len(missing), embedBatch)]
		missing = missing[len(batch):]
		ask := make([]string, len(batch))
		for i, at := range batch {
			ask[i] = texts[at]
		}
		got, err := k.askEmbedder(ctx, k.embedder.Embed, ask)
		if err != nil {
			return nil, err
		}
		for i, at := range batch {
			out[at] = got[i]
			if err := k.saveEmbedding(ctx, k.embedder.Model(), hashes[at], got[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (k *Knowledge) askEmbedder(ctx context.Context, embed func(context.Context, []string) ([][]float32, error), texts []string) ([][]float32, error) {
	got, err := embed(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("embed %d texts: %w", len(texts), err)
	}
	if len(got) != len(texts) {
		return nil, pipeline.Errorf(pipeline.Unavailable, "The embeddings endpoint returned %d vectors for %d texts.", len(got), len(texts))
	}
	for _, v := range got {
		if err := k.checkVector(v); err != nil {
			return nil, err
		}
	}
	return got, nil
}

func (k *Knowledge) checkVector(v []float32) error {
	if len(v) != k.embedder.Dimensions() {
		return pipeline.Errorf(pipeline.Unavailable, "The embeddings endpoint returned a vector of %d numbers; %d are configured.", len(v), k.embedder.Dimensions())
	}
	var norm float64
	for _, x := range v {
		norm += float64(x) * float64(x)
	}
	if math.IsNaN(norm) || math.IsInf(norm, 0) || norm == 0 {
		return pipeline.Errorf(pipeline.Unavailable, "The embeddings endpoint returned a vector that is zero or not finite.")
	}
	return nil
}
