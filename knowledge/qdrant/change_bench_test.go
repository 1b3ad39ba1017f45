package qdrant_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"footnote/knowledge/library"
)

// BenchmarkChange changes one page among many, of which lessons were taught, and
// reports in ms what bringing search up to date costs: counted (statistics and lessons
// moved on, after the sync) and, in the same run, what reading everything anew costs.
// The page is a source of its own: to list a source is the source's affair.
// FOOTNOTE_CHANGE names the sizes in documents; 2000 unless set.
func BenchmarkChange(b *testing.B) {
	sizes := os.Getenv("FOOTNOTE_CHANGE")
	if sizes == "" {
		sizes = "2000"
	}
	for size := range strings.FieldsSeq(sizes) {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("documents="+size, func(b *testing.B) { changeOne(b, n) })
	}
}

func changeOne(b *testing.B, documents int) {
	s := newStack(b, nil)
	s.shelve(b, documents)
	s.learning(b, true)
	page := func(i int) docs {
		return docs{md("one.md", fmt.Sprintf("# One page\n\nThe limit of seats is %d now, and invoices of team%d follow.\n", i, i))}
	}
	s.sync(b, "one", page(0))
	began := time.Now()
	again := library.Open(s.cfg) // has read nothing
	defer again.Close()
	if err := again.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	whole := time.Since(began)
	var took []float64
	for i := range b.N {
		s.sync(b, "one", page(i+1))
		began := time.Now()
		if err := again.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		}
		took = append(took, float64(time.Since(began))/float64(time.Millisecond))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "ms/counted")
	b.ReportMetric(float64(whole.Milliseconds()), "ms/anew")
	b.ReportMetric(0, "ns/op")
}

// shelve writes documents of three passages into Postgres, and a lesson for every
// tenth; the index knows nothing of them.
func (s *stack) shelve(b *testing.B, documents int) {
	b.Helper()
	for _, sql := range []string{
		`INSERT INTO sources (name, kind, location) VALUES ('many', 'folder', '/many')`,
		`INSERT INTO documents (id, source, path, version, title, audience, hash, raw_hash, language, bytes)
		 SELECT 'many/' || n, 'many', n::text, 1, 'Page ' || n, 'public', md5(n::text), '', 'en', 1000 FROM generate_series(1, %d) n`,
		`INSERT INTO document_versions (document, version, title, text, hash) SELECT id, 1, title, '', hash FROM documents WHERE source = 'many'`,
		// words by their rank, as languages have them: the first is everywhere
		`INSERT INTO passages (id, document, version, ordinal, text, start_at, end_at, hash, terms)
		 SELECT gen_random_uuid(), d.id, 1, o, '', 0, 0, md5(d.id || o), array(SELECT (200000 ^ random())::int FROM generate_series(1, 40) WHERE d.id <> '')
		   FROM documents d, generate_series(0, 2) o WHERE d.source = 'many'`,
		`INSERT INTO lessons (decision, seq, draft, kind, terms, weights, requester, agent, thread, agent_id, guided, taught_at, model, meaning)
		 SELECT 'd' || n, n, 'd' || n, 'approve', array(SELECT DISTINCT (200000 ^ random())::int x FROM generate_series(1, 10) WHERE n > 0 ORDER BY x), '{}', n, n %% 50, n, 'a', false, now(), '', '' FROM generate_series(1, %d / 10) n`,
		`UPDATE lessons SET weights = array_fill(1::real, ARRAY[cardinality(terms)])`,
		`INSERT INTO asks (decision, hash, weight) SELECT 'd' || n, md5('many/' || (n * 10) || 1), 1 FROM generate_series(1, %d / 10) n`,
		`UPDATE learning_state SET seq = %d`,
		`UPDATE knowledge_state SET generation = generation + 1`,
		`ANALYZE`,
	} {
		if strings.Contains(sql, "%d") {
			sql = fmt.Sprintf(sql, documents)
		}
		if _, err := s.cfg.Pool.Exec(context.Background(), sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
}
