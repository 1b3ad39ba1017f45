package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"footnote/knowledge/eval"
	"footnote/knowledge/eval/report"
)

// TestEvalDense measures terms, vectors and both of a set that is small enough to
// know the figures of, and refuses to measure when the endpoint fails.
func TestEvalDense(t *testing.T) {
	var down atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || down.Load() {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		type row struct {
			Object    string    `json:"object"`
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var out struct {
			Object string `json:"object"`
			Data   []row  `json:"data"`
		}
		for i, text := range in.Input {
			v := []float32{.1, .1}
			if strings.Contains(text, "card") || strings.Contains(text, "plastic") {
				v[0] = 1
			} else {
				v[1] = 1
			}
			out.Data = append(out.Data, row{"embedding", i, v})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out)
	}))
	defer srv.Close()
	set := &eval.Set{
		Documents: []eval.Document{{ID: "a", Title: "Refunds", Text: "Refunds reach the card within five days."}, {ID: "b", Title: "Vouchers", Text: "Vouchers stay valid for a year."}},
		Queries:   []eval.Query{{ID: "q1", Text: "when does plastic get it"}, {ID: "q2", Text: "how long are vouchers valid"}},
		Gains:     map[string]map[string]float64{"q1": {"a": 1}, "q2": {"b": 1}},
	}
	b, err := openEvalBench(t.Context(), evalDense{EmbeddingURL: srv.URL, EmbeddingModel: "tiny", EmbeddingSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	r, err := report.Measure(t.Context(), b.open, "tiny", set, eval.Options{Parts: b.parted()}, false)
	if err != nil {
		t.Fatal(err)
	}
	f := r.Fused[0].Figures["recall@1"]
	if f.Terms.Value != .5 || f.Dense.Value != 1 || f.Hybrid.Value != 1 || f.OverTerms.Value != .5 || f.OverDense.Value != 0 {
		t.Errorf("%+v", f)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil || !strings.Contains(out.String(), "Terms, dense vectors, and both") {
		t.Errorf("%s %v", &out, err)
	}
	down.Store(true)
	if _, err := report.Measure(t.Context(), b.open, "tiny", set, eval.Options{Parts: b.parted()}, false); err == nil || !strings.Contains(err.Error(), "nothing to measure") {
		t.Errorf("without vectors it measured: %v", err)
	}
}
