package qdrant_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/qdrant"
	"footnote/pipeline"
)

// reranker likes texts with a word.
type reranker struct {
	likes  string
	failed func(n int) ([]float64, error)
}

func (r *reranker) Rerank(_ context.Context, question string, texts []string) ([]float64, error) {
	if r.failed != nil {
		return r.failed(len(texts))
	}
	out := make([]float64, len(texts))
	for i, t := range texts {
		if strings.Contains(t, r.likes) {
			out[i] = 9
		}
	}
	return out, nil
}

func TestRerankerDecides(t *testing.T) {
	t.Parallel()
	r := &reranker{likes: "first"}
	s := newStack(t, func(k *knowledge.Config, _ *qdrant.Config) { k.Reranker = r })
	s.sync(t, "help", docs{md("a.md", "# Keys\n\nTurn the key twice, the first way.\n"), md("b.md", "# Locks\n\nTurn the lock twice, the second way.\n"),
		md("i.md", "---\naudience: internal\n---\n# Keys\n\nTurn it twice the first way, CANARY.\n")})
	// Both pages cover the question alike: without a reranker their ids decide.
	ask := func() pipeline.Answer {
		a, err := s.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Text: "turn it twice, which way"}}, Audiences: []pipeline.Audience{pipeline.Public}})
		if err != nil || len(a.Hits) != 2 {
			t.Fatalf("%+v %v", a, err)
		}
		return a
	}
	if a := ask(); a.Hits[0].Passage.Document != "help/a.md" || a.Reduced != "" {
		t.Errorf("%+v", a)
	}
	for name, f := range map[string]func(n int) ([]float64, error){
		"down":  func(int) ([]float64, error) { return nil, errors.New("connection refused") },
		"short": func(n int) ([]float64, error) { return make([]float64, n-1), nil },
		"nan":   func(n int) ([]float64, error) { return []float64{math.NaN(), 1}[:n], nil },
	} {
		r.failed = f
		if a := ask(); a.Hits[0].Passage.Document != "help/b.md" || a.Reduced != "reranker" {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// contrary likes most what it is given last.
type contrary struct{}

func (contrary) Rerank(_ context.Context, _ string, texts []string) ([]float64, error) {
	out := make([]float64, len(texts))
	for i := range out {
		out[i] = float64(i)
	}
	return out, nil
}

// TestBadRerankerIsNotBelieved: one that puts last what terms are sure of does no
// harm.
func TestBadRerankerIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := newStack(t, func(k *knowledge.Config, _ *qdrant.Config) { k.Reranker = contrary{} })
	var all docs
	for i := range topics {
		page, _ := topic(i)
		other, _ := topic((i + 1) % topics)
		all = append(all, md(fmt.Sprintf("%02d.md", i), "# Settings\n\nThe "+page+" is changed on its page. Who may change the "+page+" asks nobody.\n\nThe "+other+" is elsewhere.\n"))
	}
	s.sync(t, "help", all)
	for i := range topics {
		page, _ := topic(i)
		if hits := s.ask(t, "who may change the "+page); len(hits) == 0 || hits[0].Passage.Document != fmt.Sprintf("help/%02d.md", i) {
			t.Errorf("%s: %+v", page, hits)
		}
	}
}
