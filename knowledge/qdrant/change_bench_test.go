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

	"footnote/knowledge"
	"footnote/knowledge/library"
	"footnote/knowledge/local"
	"footnote/knowledge/qdrant"
)

// BenchmarkChange changes one page among many, of which lessons were taught, and
// reports in ms what bringing search up to date costs: counted (statistics and lessons
// moved on, after the sync) and, in the same run, what reading everything anew costs;
// in ms and KB what saving the embedded index costs then, and what saving it whole costs;
// and in ms what comparing the whole index with Postgres costs, which each sync does.
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
	dir := b.TempDir()
	srv, err := local.Open(local.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer srv.Kill()
	client, err := srv.Client()
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	s := newStack(b, func(_ *knowledge.Config, q *qdrant.Config) { q.Client, q.Sole = client, true })
	s.shelve(b, documents)
	once := map[string]float64{} // the loop forgets what was reported before it
	once["s/install"] = timed(b, func() error { _, err := s.Rebuild(b.Context()); return err }) / 1000
	once["ms/saved-whole"] = timed(b, func() error { return srv.Save(b.Context()) })
	once["MB/saved-whole"] = float64(bytesIn(b, dir)) / 1e6
	s.learning(b, true)
	page := func(i int) docs {
		return docs{md("one.md", fmt.Sprintf("# One page\n\nThe limit of seats is %d now, and invoices of team%d follow.\n", i, i))}
	}
	s.sync(b, "one", page(0))
	again := library.Open(s.cfg) // has read nothing
	defer again.Close()
	once["ms/anew"] = timed(b, func() error { return again.Refresh(b.Context()) })
	once["ms/compared"] = timed(b, func() error { _, err := s.Check(b.Context()); return err })
	var took, saved []float64
	before := bytesIn(b, dir)
	for b.Loop() { // which runs all of this once
		s.sync(b, "one", page(len(took)+1))
		took = append(took, timed(b, func() error { return again.Refresh(b.Context()) }))
		saved = append(saved, timed(b, func() error { return srv.Save(b.Context()) }))
	}
	for name, v := range once {
		b.ReportMetric(v, name)
	}
	slices.Sort(took)
	slices.Sort(saved)
	b.ReportMetric(took[len(took)/2], "ms/counted")
	b.ReportMetric(saved[len(saved)/2], "ms/saved")
	b.ReportMetric(float64(bytesIn(b, dir)-before)/1e3/float64(len(took)), "KB/saved")
	b.ReportMetric(0, "ns/op")
}

// timed is how many milliseconds f takes.
func timed(b *testing.B, f func() error) float64 {
	b.Helper()
	began := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return float64(time.Since(began)) / float64(time.Millisecond)
}

func bytesIn(b *testing.B, dir string) (n int64) {
	b.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			b.Fatal(err)
		}
		n += info.Size()
	}
	return n
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
