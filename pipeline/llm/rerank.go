package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"footnote/pipeline"
	"footnote/pipeline/privacy"
)

// RerankConfig of a Reranker. Provider.BaseURL is the whole address, such as
// https://host/v1/rerank; Price.Input counts.
type RerankConfig struct {
	Provider
	Texts  bool   // the endpoint wants {query, texts} (TEI) instead of {model, query, documents} (Cohere, Jina, vLLM)
	Ledger Ledger // may be nil
	Log    *slog.Logger
}

// Reranker asks a rerank endpoint. It is safe for concurrent use.
type Reranker struct {
	cfg     RerankConfig
	client  *http.Client
	breaker circuitbreaker.CircuitBreaker[any]
	vital
}

// NewReranker builds a Reranker. Error kind Invalid: a bad address.
func NewReranker(c RerankConfig) (*Reranker, error) {
	u, err := address(c.BaseURL, "address of a reranker")
	if err != nil {
		return nil, err
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Reranker{cfg: c, client: dial(c.Provider, u.Host), breaker: newBreaker(c.Log, c.Provider, purposeRerank)}, nil
}

// rerankRow is one judged text: Cohere's and Jina's relevance_score, TEI's score.
type rerankRow struct {
	Index     *int     `json:"index"`
	Relevance *float64 `json:"relevance_score"`
	Score     *float64 `json:"score"`
}

// Rerank returns one score for each text, in their order; higher is better. It
// asks once: a search does not wait for a second try. Error kind Unavailable.
func (r *Reranker) Rerank(ctx context.Context, question string, texts []string) ([]float64, error) {
	if !r.breaker.TryAcquirePermit() {
		return nil, pipeline.Errorf(pipeline.Unavailable, "The reranker %s is paused after repeated failures.", r.cfg.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	start := time.Now()
	question = privacy.Mask(question)
	usage := estimate(Request{User: fmt.Sprint(question, texts)})
	usage.Output = 0
	scores, err := r.ask(ctx, question, texts)
	call := Call{At: start, Purpose: "rerank", Provider: r.cfg.Name, Model: r.cfg.Model, Usage: usage, CostMicros: r.cfg.Price.cost(usage), Duration: time.Since(start)}
	var f *fault
	if err != nil {
		call.Error = privacy.Mask(err.Error())
		f = &fault{detail: call.Error, down: true}
	}
	r.note(f)
	mark(r.breaker, f)
	(&Gateway{cfg: Config{Ledger: r.cfg.Ledger, Log: r.cfg.Log}}).record(ctx, call)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "The reranker %s: %w", r.cfg.Name, err)
	}
	return scores, nil
}

// Check tells what is the matter with the endpoint; nil while nothing is known to be.
// Error kind Unavailable.
func (r *Reranker) Check() error {
	if f := r.silent.Load(); f != nil {
		return pipeline.Errorf(pipeline.Unavailable, "%s %s", r.cfg.Name, f.detail)
	}
	return nil
}

func (r *Reranker) ask(ctx context.Context, question string, texts []string) ([]float64, error) {
	body := map[string]any{"query": question, "texts": texts}
	if !r.cfg.Texts {
		body = map[string]any{"model": r.cfg.Model, "query": question, "documents": texts, "top_n": len(texts)}
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the question: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.cfg.BaseURL, bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("answered HTTP %d", resp.StatusCode)
	}
	return rerankScores(answer, len(texts))
}

// rerankScores reads {"results": [row…]} or [row…] and puts the scores in the
// order of the texts. Every text must be judged, once.
func rerankScores(answer []byte, n int) ([]float64, error) {
	var rows []rerankRow
	if bytes.HasPrefix(bytes.TrimSpace(answer), []byte("[")) {
		if err := json.Unmarshal(answer, &rows); err != nil {
			return nil, fmt.Errorf("read the answer: %w", err)
		}
	} else {
		var wrapped struct {
			Results []rerankRow `json:"results"`
		}
		if err := json.Unmarshal(answer, &wrapped); err != nil {
			return nil, fmt.Errorf("read the answer: %w", err)
		}
		rows = wrapped.Results
	}
	out := make([]float64, n)
	seen := make([]bool, n)
	for _, row := range rows {
		score := row.Relevance
		if score == nil {
			score = row.Score
		}
		if row.Index == nil || score == nil || *row.Index < 0 || *row.Index >= n || seen[*row.Index] || math.IsNaN(*score) {
			return nil, fmt.Errorf("sent a judgement that belongs to no text")
		}
		seen[*row.Index], out[*row.Index] = true, *score
	}
	if len(rows) != n {
		return nil, fmt.Errorf("judged %d of %d texts", len(rows), n)
	}
	return out, nil
}
