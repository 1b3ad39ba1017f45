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
	if k.Embedder == nil {
		return ""
	}
	return k.Embedder.Model()
}

// ModelOf names the embedding model that passages of an audience have vectors of; empty
// for none.
func (k *Knowledge) ModelOf(a pipeline.Audience) string {
	if a != pipeline.Public && !k.EmbedInternal {
		return ""
	}
	return k.Model()
}

const (
	EmbedBatch = 64   // texts in one call
	EmbedRunes = 8000 // of one text; the rest does not count
)

// AskEmbedder asks for vectors and checks them before anybody uses them: their
// number, their length, and that every value is finite and not all are zero.
func (k *Knowledge) AskEmbedder(ctx context.Context, embed func(context.Context, []string) ([][]float32, error), texts []string) ([][]float32, error) {
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
	if len(v) != k.Embedder.Dimensions() {
		return pipeline.Errorf(pipeline.Unavailable, "The embeddings endpoint returned a vector of %d numbers; %d are configured.", len(v), k.Embedder.Dimensions())
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

// EmbedderAnswers tells an endpoint that answers, and refuses some texts, from one
// that does not.
func (k *Knowledge) EmbedderAnswers(ctx context.Context) error {
	_, err := k.AskEmbedder(ctx, k.Embedder.EmbedQuestion, []string{"Good morning"})
	return err
}

// VectorsReady tells whether vectors can be compared: kind Unavailable while the index
// for a new model is being made.
func (k *Knowledge) VectorsReady() error {
	if k.Remaking() {
		return pipeline.Errorf(pipeline.Unavailable, "The index for the embedding model %s is still being made.", k.Model())
	}
	return nil
}

// Reranker judges how well texts answer a question: a cross-encoder, or a
// language model. Declared here, filled in cmd.
type Reranker interface {
	// Rerank returns one score for each text, in their order; higher is better,
	// the scale does not matter.
	Rerank(ctx context.Context, question string, texts []string) ([]float64, error)
}
