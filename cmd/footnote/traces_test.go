package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
)

// TestTracesCrossTheBus exports spans to a collector and finds the spans of
// publisher and consumers of one ticket there, under the collector's own path.
func TestTracesCrossTheBus(t *testing.T) {
	var mu sync.Mutex
	var got bytes.Buffer
	paths := map[string]int{}
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a cut body shows as missing spans
		mu.Lock()
		defer mu.Unlock()
		paths[r.URL.Path]++
		got.Write(body)
	}))
	t.Cleanup(collector.Close)
	c := Config{processSettings: processSettings{OTLP: collector.URL}}
	stop, err := startTraces(t.Context(), c, newLog(c))
	if err != nil {
		t.Fatal(err)
	}
	a := sampled(t)
	if _, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: "t", Subject: "Calendar", Text: "How do I connect my Google calendar?"}); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "an outcome", func() bool {
		rep, err := a.reports.Report(t.Context(), reportNow())
		return err == nil && rep.Outcomes[pipeline.OutcomeProposed] == 1
	})
	missing := func() (out []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, span := range []string{"publish ticket.received", "tracking ticket.received", "drafting draft.requested"} {
			if !bytes.Contains(got.Bytes(), []byte(span)) {
				out = append(out, span)
			}
		}
		return out
	}
	waitFor(t, "the spans", func() bool { return len(missing()) == 0 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := stop(ctx); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if paths["/v1/traces"] == 0 {
		t.Fatalf("nothing came to /v1/traces, but to %v", paths)
	}
}
