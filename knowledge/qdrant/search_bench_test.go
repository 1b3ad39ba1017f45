package qdrant_test

import (
	"fmt"
	"runtime"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/source"
)

// BenchmarkSearch measures one search over a real help centre of 2,400 documents
// (11,000 passages): index over gRPC, reranking, second check in Postgres.
func BenchmarkSearch(b *testing.B) {
	queries := lines[struct{ Text string }](b, "kb_office/dev/queries.jsonl")
	s := newStack(b, nil)
	if _, err := s.Sync(b.Context(), knowledge.Feed{Name: "kb", Kind: "jsonl", Source: source.NewLines(data(b, "kb_office/corpus_masked_docs.jsonl"))}); err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.ask(b, queries[i%len(queries)].Text)
		i++
	}
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-heap")
}

// BenchmarkSync measures a sync of 1,000 short documents in which nothing
// changed: what runs every few minutes.
func BenchmarkSync(b *testing.B) {
	s := newStack(b, nil)
	var d docs
	for i := range 1000 {
		d = append(d, md(fmt.Sprintf("%d.md", i), fmt.Sprintf("# Topic %d\n\nText number %d.\n", i, i)))
	}
	s.sync(b, "help", d)
	for b.Loop() {
		if r := s.sync(b, "help", d); r.Unchanged != len(d) {
			b.Fatalf("%+v", r)
		}
	}
}
