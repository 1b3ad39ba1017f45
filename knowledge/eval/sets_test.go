package eval_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"footnote/knowledge/library"

	"footnote/knowledge"
	"footnote/knowledge/eval"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/qdrant/qdtest"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// opener makes Knowledge over the test's Postgres and a new local Qdrant server;
// one may be open at a time.
func opener(t testing.TB) eval.Open {
	return func(ctx context.Context) (eval.Index, func(), error) {
		cfg, closeIndex, err := qdtest.Open(t)
		if err != nil {
			return nil, nil, err
		}
		pool := pgtest.New(t)
		k := library.Open(knowledge.Config{Pool: pool, Collections: qdrant.New(cfg)})
		done := func() {
			k.Close()
			closeIndex()
			if _, err := pool.Exec(context.WithoutCancel(ctx), `TRUNCATE sources CASCADE`); err != nil {
				t.Error(err)
			}
		}
		return k, done, k.Ready(ctx)
	}
}

const dataDir = "../../../shared/data"

// load reads a set, and skips the test when it is not there.
func load(t testing.TB, f eval.Files) *eval.Set {
	t.Helper()
	for _, name := range []*string{&f.Corpus, &f.Queries, &f.Qrels, &f.Spans} {
		if *name == "" {
			continue
		}
		if *name = filepath.Join(dataDir, filepath.FromSlash(*name)); !exists(*name) {
			t.Skipf("the data set is not here (%s): put it beside the repository to run this", *name)
		}
	}
	s, err := eval.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func exists(file string) bool { _, err := os.Stat(file); return err == nil }

// TestFloors keeps changes honest that help one set only. Some questions of
// every set are asked; all of them, with intervals,
// are asked by `make eval-retrieval`. Floors stand some .03 below what was
// measured for the same questions.
func TestFloors(t *testing.T) {
	for _, set := range []struct {
		name   string
		files  eval.Files
		domain bool
		limit  int
		floor  map[string]float64
	}{
		{"doc2dial", eval.Files{Corpus: "doc2dial/corpus_docs.jsonl", Queries: "doc2dial/dev/queries.jsonl", Spans: "doc2dial/dev/spans.jsonl"}, false, 300,
			map[string]float64{"recall@5": .84, "ndcg@10": .73}},
		{"mtrag", eval.Files{Corpus: "mtrag/corpus.jsonl", Queries: "mtrag/dev/queries.jsonl", Qrels: "mtrag/dev/qrels.jsonl"}, true, 0,
			map[string]float64{"recall@5": .70, "ndcg@5": .65}},
		{"clapnq", eval.Files{Corpus: "clapnq/corpus.jsonl", Queries: "clapnq/dev/queries.jsonl", Qrels: "clapnq/dev/qrels.jsonl"}, false, 150,
			map[string]float64{"recall@1": .88}},
		{"kb_office", eval.Files{Corpus: "kb_office/corpus_masked_docs.jsonl", Queries: "kb_office/dev/queries.jsonl", Qrels: "kb_office/dev/qrels.jsonl"}, false, 150,
			map[string]float64{"ndcg@10": .85}},
		{"faq_dstc10", eval.Files{Corpus: "faq_dstc10/corpus.jsonl", Queries: "faq_dstc10/dev/queries.jsonl", Qrels: "faq_dstc10/dev/qrels.jsonl"}, false, 0,
			map[string]float64{"recall@5": .65}},
		{"kb_logingov", eval.Files{Corpus: "kb_logingov/corpus_docs.jsonl", Queries: "kb_logingov/dev/xlang_queries.jsonl", Qrels: "kb_logingov/dev/xlang_qrels.jsonl"}, false, 0,
			map[string]float64{"best@1": .92}},
	} {
		t.Run(set.name, func(t *testing.T) {
			if testing.Short() && set.name != "doc2dial" {
				t.Skip("long")
			}
			s := load(t, set.files)
			m, err := eval.Run(t.Context(), opener(t), s, eval.Options{ByDomain: set.domain, Limit: set.limit})
			if err != nil {
				t.Fatal(err)
			}
			all := m.Slices(set.name)[0]
			for metric, floor := range set.floor {
				got := all.Figures[metric]
				t.Logf("%s %s of %d questions", metric, got, all.Queries)
				if got.Value < floor {
					t.Errorf("%s %.3f: below the floor of %.2f", metric, got.Value, floor)
				}
			}
		})
	}
}

// TestSupportTellsAnswerableFromNot measures Hit.Support of the best passage as
// a score for "this can be answered".
func TestSupportTellsAnswerableFromNot(t *testing.T) {
	s := load(t, eval.Files{Corpus: "clapnq/corpus.jsonl", Queries: "clapnq/dev/queries.jsonl", Qrels: "clapnq/dev/qrels.jsonl"})
	m, err := eval.Run(t.Context(), opener(t), s, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var yes, no []float64
	for _, o := range m.Outcomes {
		best := 0.0
		for _, x := range o.Support[:min(3, len(o.Support))] {
			best = max(best, x)
		}
		if o.Query.Answerability == "ANSWERABLE" {
			yes = append(yes, best)
		} else {
			no = append(no, best)
		}
	}
	auc := eval.AUC(yes, no)
	t.Logf("%d answerable, %d not, AUC of support %.3f", len(yes), len(no), auc)
	if auc < .76 {
		t.Errorf("AUC %.3f: support does not tell answerable questions from others", auc)
	}
}

// TestSlipsLoseLittle: misspelt questions lose at most 5 %, where plain BM25
// loses more.
func TestSlipsLoseLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	s := load(t, eval.Files{Corpus: "mtrag/corpus.jsonl", Queries: "mtrag/dev/queries.jsonl", Qrels: "mtrag/dev/qrels.jsonl"})
	var ours, plain [2]float64
	for i, typos := range []bool{false, true} {
		m, err := eval.Run(t.Context(), opener(t), s, eval.Options{ByDomain: true, Typos: typos})
		if err != nil {
			t.Fatal(err)
		}
		all := m.Slices("mtrag")[0]
		ours[i], plain[i] = all.Figures["ndcg@10"].Value, all.Plain["ndcg@10"]
	}
	loss, others := 1-ours[1]/ours[0], 1-plain[1]/plain[0]
	t.Logf("nDCG@10 loses %.1f %%, plain BM25's %.1f %%", 100*loss, 100*others)
	if loss > .05 || loss >= others {
		t.Errorf("misspelt questions lose %.1f %%", 100*loss)
	}
}
