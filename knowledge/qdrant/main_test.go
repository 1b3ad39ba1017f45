package qdrant_test

import (
	"bufio"
	"context"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"footnote/knowledge/ingest"
	"footnote/knowledge/library"

	api "github.com/qdrant/go-client/qdrant"

	"footnote/knowledge"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/qdrant/qdtest"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// stack is Knowledge over a real Postgres and the local Qdrant server.
type stack struct {
	*library.Library
	client *api.Client
	coll   *qdrant.Collections
	cfg    knowledge.Config
}

func newStack(t testing.TB, change func(*knowledge.Config, *qdrant.Config)) *stack {
	t.Helper()
	q := qdtest.New(t)
	s := &stack{client: q.Client, cfg: knowledge.Config{Pool: pgtest.New(t)}}
	if change != nil {
		change(&s.cfg, &q)
	}
	s.coll = qdrant.New(q)
	s.cfg.Collections = s.coll
	s.Library = library.Open(s.cfg)
	t.Cleanup(s.Close)
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// docs is a source in memory.
type docs []knowledge.Raw

func (d docs) Documents(context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) {
		for _, r := range d {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func md(path, text string) knowledge.Raw {
	return knowledge.Raw{Path: path, Data: []byte(text), Size: int64(len(text)), Media: knowledge.Markdown}
}

func (s *stack) sync(t testing.TB, name string, d docs) knowledge.Report {
	t.Helper()
	r, err := s.Sync(t.Context(), knowledge.Feed{Name: name, Kind: "test", Source: d})
	if err != nil {
		t.Fatalf("sync %s: %v", name, err)
	}
	return r
}

func (s *stack) ask(t testing.TB, question string, audiences ...pipeline.Audience) []pipeline.Hit {
	t.Helper()
	if audiences == nil {
		audiences = []pipeline.Audience{pipeline.Public}
	}
	a, err := s.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: question}}, Audiences: audiences})
	if err != nil {
		t.Fatalf("search %q: %v", question, err)
	}
	return a.Hits
}

// clean fails the test when the index differs from Postgres.
func (s *stack) clean(t testing.TB) ingest.Difference {
	t.Helper()
	d, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !d.Clean() || d.Pending > 0 || d.Points != d.Passages {
		t.Fatalf("index differs from Postgres: %+v", d)
	}
	return d
}

const dataDir = "../../../shared/data"

// data returns the path of a data file, and skips the test when it is absent.
func data(t testing.TB, name string) string {
	t.Helper()
	p := filepath.Join(dataDir, filepath.FromSlash(name))
	if _, err := os.Stat(p); err != nil {
		t.Skipf("the data set is not here (%s): put it beside the repository to run this", p)
	}
	return p
}

func lines[T any](t testing.TB, name string) []T {
	t.Helper()
	f, err := os.Open(data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<26)
	var out []T
	for s.Scan() {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, v)
	}
	return out
}
