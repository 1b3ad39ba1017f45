package qdrant_test

import (
	"math"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/search"
	"footnote/pipeline"
)

// TestVectorsTellWhetherAnAnswerIsThere: a proof's weighing counts in every search
// that has vectors of its model, the explanation says how, and it goes with the
// lessons that taught it.
func TestVectorsTellWhetherAnAnswerIsThere(t *testing.T) {
	t.Parallel()
	e := &embedder{}
	s := newStack(t, func(k *knowledge.Config, q *qdrant.Config) { k.Embedder, q.Dimensions = e, 3 })
	s.sync(t, "help", docs{md("refunds.md", refunds), md("invoices.md", invoices), md("locks.md", "# Locks\n\nTurn the key twice, where my refund form is kept.\n")})
	question := pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: "Where is my dosh, my refund?"}}, Audiences: []pipeline.Audience{pipeline.Public}}
	explained := func() search.Explanation {
		t.Helper()
		x, err := s.Explain(t.Context(), question)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	logOdds := func(p float64) float64 { return math.Log(p / (1 - p)) }
	save := func(w *knowledge.Weighing) {
		t.Helper()
		state, err := s.Learning(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SaveProof(t.Context(), knowledge.Proof{By: "test", Model: "tiny", Report: []byte(`{}`), Strength: 1, Weighing: w}, state.Reverted); err != nil {
			t.Fatal(err)
		}
	}
	words := explained()
	if words.Weighed != nil {
		t.Fatal("vectors count before any proof")
	}
	by := knowledge.Weighing{Model: "tiny", Bias: .25, Words: .5, Apart: 2}
	save(&by)
	x := explained()
	if x.Weighed == nil || x.Weighed.By != by || x.Weighed.Evidence.Apart <= 0 {
		t.Fatalf("the explanation says %+v", x.Weighed)
	}
	if want := by.Bias + by.Words*logOdds(words.Answer.Probability) + by.Apart*x.Weighed.Evidence.Apart; math.Abs(logOdds(x.Answer.Probability)-want) > 1e-9 {
		t.Errorf("log odds %v, by hand %v", logOdds(x.Answer.Probability), want)
	}
	answer, fail := e.answer, func(texts []string) ([][]float32, error) { return nil, pipeline.Errorf(pipeline.Unavailable, "down") }
	e.answer = fail
	if x := explained(); x.Weighed != nil || x.Answer.Reduced == "" {
		t.Errorf("without vectors: %+v", x.Weighed)
	}
	e.answer = answer
	e.model = "another"
	if x := explained(); x.Weighed != nil {
		t.Error("one model's weighing is lent to the next")
	}
	e.model = ""

	s.teach(t, "d1", "some question", x.Answer.Hits[0].Passage.ID, 1)
	if explained().Weighed == nil {
		t.Error("a lesson takes the weighing away")
	}
	if n, err := s.Revert(t.Context(), knowledge.Taken{}, "test"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if explained().Weighed != nil {
		t.Error("vectors still count though the lessons were taken back")
	}
	save(&by)
	save(nil)
	if explained().Weighed != nil {
		t.Error("vectors still count after a proof against them")
	}

	rep, err := s.NewReplay(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	whole, left, ok, err := rep.Evidence(t.Context(), question, rep.Documents([]string{x.Answer.Hits[0].Passage.ID}), time.Now())
	if err != nil || !ok || whole.Words <= left.Words || whole.Apart <= left.Apart {
		t.Errorf("with its page %+v, without %+v (%v %v)", whole, left, ok, err)
	}
	if math.Abs(whole.Words-logOdds(words.Answer.Probability)) > .1 || whole.Apart != x.Weighed.Evidence.Apart {
		t.Errorf("the replay sees %+v, a search %v and %+v", whole, logOdds(words.Answer.Probability), x.Weighed.Evidence)
	}
	bare := newStack(t, nil)
	bare.sync(t, "help", docs{md("refunds.md", refunds)})
	if rep, err = bare.NewReplay(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := rep.Evidence(t.Context(), question, nil, time.Now()); ok || err != nil {
		t.Errorf("without a model there is evidence of vectors (%v)", err)
	}
}
