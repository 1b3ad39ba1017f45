package main

import (
	"context"
	"os"
	"time"

	"footnote/knowledge/eval"
	"footnote/knowledge/library"
	"footnote/pipeline"
	"footnote/pipeline/llm"
)

// evalDense names the endpoints to measure with; the zero value measures terms
// alone, whatever the environment says.
type evalDense struct {
	EmbeddingURL   string `help:"OpenAI-compatible endpoint of embeddings, such as http://127.0.0.1:8000/v1: also compares terms, vectors and both. Its key is read from OPENAI_API_KEY."`
	EmbeddingModel string `help:"Its model."`
	EmbeddingSize  int    `help:"Dimensions of that model."`
	QuestionPrefix string `help:"What stands before a question; empty: what the model's name is known for, none: nothing."`
	PassagePrefix  string `help:"The same before a passage."`
	RerankURL      string `help:"Whole address of a rerank endpoint (Cohere, Jina, vLLM). Its key is read from FOOTNOTE_RERANK_API_KEY."`
	RerankModel    string `help:"Its model."`
}

// measuring endpoints may take their time: the figures are about ranks.
const evalPatience = 5 * time.Minute

// on makes a bench measure with the endpoints.
func (d evalDense) on(b *evalBench) error {
	if d.EmbeddingURL != "" {
		e, err := llm.NewEmbedder(llm.EmbedConfig{Provider: llm.Provider{Name: "embeddings", BaseURL: d.EmbeddingURL, APIKey: os.Getenv("OPENAI_API_KEY"), Model: d.EmbeddingModel,
			Timeout: evalPatience}, Dimensions: d.EmbeddingSize, Prefixes: llm.Prefixes{Question: d.QuestionPrefix, Passage: d.PassagePrefix}})
		if err != nil {
			return err
		}
		b.knowledge.Embedder, b.dims = e, e.Dimensions()
	}
	if d.RerankURL != "" {
		r, err := llm.NewReranker(llm.RerankConfig{Provider: llm.Provider{Name: "reranker", BaseURL: d.RerankURL, APIKey: os.Getenv("FOOTNOTE_RERANK_API_KEY"), Model: d.RerankModel,
			Timeout: evalPatience}})
		if err != nil {
			return err
		}
		b.knowledge.Reranker = r
	}
	b.knowledge.EmbedTimeout, b.knowledge.RerankTimeout = evalPatience, evalPatience
	return nil
}

// parted tells whether there is more than terms to measure.
func (b *evalBench) parted() bool { return b.knowledge.Embedder != nil || b.knowledge.Reranker != nil }

// parted is Knowledge with endpoints, and without over the same index.
type parted struct {
	*library.Library
	terms *library.Library
}

// ByTerms implements eval.Parted.
func (p parted) ByTerms(ctx context.Context, q pipeline.Query) (pipeline.Answer, error) {
	return p.terms.Search(ctx, q)
}

var _ eval.Parted = parted{}
