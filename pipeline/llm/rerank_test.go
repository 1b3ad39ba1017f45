package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"footnote/pipeline"
)

func TestRerankEndpoints(t *testing.T) {
	t.Parallel()
	type ask struct {
		Model, Query     string
		Documents, Texts []string
	}
	var got ask
	answer, status := "", http.StatusOK
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = ask{}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(srv.Close)
	const cohere = `{"results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":-2}]}`
	const tei = `[{"index":0,"score":0.1},{"index":1,"score":0.7}]`
	for _, c := range []struct {
		name, answer string
		texts        bool
		status       int
		want         []float64
	}{
		{"cohere", cohere, false, 200, []float64{-2, .9}}, {"tei", tei, true, 200, []float64{.1, .7}},
		{"down", cohere, false, 503, nil}, {"moved", cohere, false, http.StatusFound, nil}, {"not json", "<html>", false, 200, nil}, {"short", `{"results":[{"index":1,"relevance_score":0.9}]}`, false, 200, nil},
		{"twice", `[{"index":0,"score":1},{"index":0,"score":1}]`, true, 200, nil}, {"beyond", `[{"index":0,"score":1},{"index":7,"score":1}]`, true, 200, nil},
		{"no index", `[{"score":1},{"score":1}]`, true, 200, nil}, {"no score", `[{"index":0},{"index":1}]`, true, 200, nil}, {"null", `null`, false, 200, nil},
	} {
		answer, status = c.answer, c.status
		r, err := NewReranker(RerankConfig{Provider: Provider{Name: "judge", BaseURL: srv.URL + "/v1/rerank", APIKey: "secret", Model: "m"}, Texts: c.texts})
		if err != nil {
			t.Fatal(err)
		}
		scores, err := r.Rerank(t.Context(), "why", []string{"a", "b"})
		if c.want == nil {
			if pipeline.KindOf(err) != pipeline.Unavailable || err == nil {
				t.Errorf("%s: %v %v", c.name, scores, err)
			}
			continue
		}
		if err != nil || !slices.Equal(scores, c.want) {
			t.Errorf("%s: %v %v", c.name, scores, err)
		}
		if got.Query != "why" || c.texts != (len(got.Texts) == 2) || c.texts == (len(got.Documents) == 2) || !c.texts && got.Model != "m" {
			t.Errorf("%s: asked %+v", c.name, got)
		}
	}
	if _, err := NewReranker(RerankConfig{Provider: Provider{BaseURL: "file:///etc"}}); pipeline.KindOf(err) != pipeline.Invalid {
		t.Error(err)
	}
}

func TestRerankGivesUp(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(release) })
	r, err := NewReranker(RerankConfig{Provider: Provider{Name: "judge", BaseURL: srv.URL}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := r.Rerank(ctx, "why", []string{"a"}); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Error(err)
	}
}
