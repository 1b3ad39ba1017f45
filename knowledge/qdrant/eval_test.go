package qdrant_test

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

// The figures of retrieval on public data sets, over the whole path: sync into
// Postgres and the index, search over gRPC, second check in Postgres.
//
// Recall@k = relevant among the first k / all relevant. nDCG@k = DCG/IDCG with
// linear gain, DCG = Σ rel_i / log2(i+1), ideal over all relevant (Järvelin &
// Kekäläinen 2002). With our own passages of doc2dial a passage is relevant when
// it overlaps at least 30 % of the gold span. Means are over the questions that
// have something relevant.
//
// By default 500 questions of doc2dial run, against a floor. With
// FOOTNOTE_EVAL=full all questions of all sets do.

const fullEval = "FOOTNOTE_EVAL"

type evalDoc struct {
	ID, Title, Text, URL string
	Meta                 map[string]any
}

type evalQuery struct {
	ID, Text string
	History  []struct{ Role, Text string }
}

func (q evalQuery) turns() []pipeline.Turn {
	var out []pipeline.Turn
	for _, h := range q.History {
		role := pipeline.RoleCustomer
		if h.Role != "user" {
			role = pipeline.RoleAgent
		}
		out = append(out, pipeline.Turn{Role: role, Text: h.Text})
	}
	return append(out, pipeline.Turn{Role: pipeline.RoleCustomer, Text: q.Text})
}

type evalSpan struct {
	Qid, Docid string
	Start, End int
	Rel        float64
}

// figures are sums until mean.
type figures struct {
	n                 float64
	r1, r5, r10, ndcg float64
	took              []time.Duration
}

// add counts one ranking: gains[i] tells whether rank i is relevant.
func (f *figures) add(gains []bool, relevant int, took time.Duration) {
	f.took = append(f.took, took)
	if relevant == 0 {
		return
	}
	f.n++
	dcg, ideal := 0.0, 0.0
	for i := range min(relevant, 10) {
		ideal += 1 / math.Log2(float64(i+2))
	}
	for i, g := range gains[:min(len(gains), 10)] {
		if !g {
			continue
		}
		x := 1 / float64(relevant)
		if i < 1 {
			f.r1 += x
		}
		if i < 5 {
			f.r5 += x
		}
		f.r10 += x
		dcg += 1 / math.Log2(float64(i+2))
	}
	f.ndcg += dcg / ideal
}

func (f *figures) String() string {
	slices.Sort(f.took)
	q := func(p float64) time.Duration {
		return f.took[int(p*float64(len(f.took)-1))].Round(10 * time.Microsecond)
	}
	n := max(f.n, 1)
	return fmt.Sprintf("%5.0f  %.3f  %.3f  %.3f  %.3f   %v  %v", f.n, f.r1/n, f.r5/n, f.r10/n, f.ndcg/n, q(.5), q(.95))
}

const header = "set                 n    R@1    R@5   R@10   nDCG@10  p50  p95"

func loadCorpus(t testing.TB, s *stack, name string, all []evalDoc, media knowledge.Media) {
	t.Helper()
	var d docs
	for _, x := range all {
		if strings.TrimSpace(x.Text) == "" {
			continue
		}
		d = append(d, knowledge.Raw{Path: x.ID, Data: []byte(x.Text), Media: media, Verbatim: true, Meta: knowledge.Meta{Title: x.Title, URL: x.URL, Locale: "en"}})
	}
	began := time.Now()
	r := s.sync(t, name, d)
	t.Logf("%s: %d documents, %d passages in %v", name, r.Added, r.Passages, time.Since(began).Round(time.Millisecond))
}

func search(t testing.TB, s *stack, q evalQuery, limit int) ([]pipeline.Hit, time.Duration) {
	t.Helper()
	began := time.Now()
	a, err := s.Search(t.Context(), pipeline.Query{Turns: q.turns(), Audiences: []pipeline.Audience{pipeline.Public}, Locale: "en", Limit: limit})
	if err != nil {
		t.Fatalf("search %s: %v", q.ID, err)
	}
	return a.Hits, time.Since(began)
}

func TestEvalDoc2dial(t *testing.T) {
	corpus := lines[evalDoc](t, "doc2dial/corpus_docs.jsonl")
	queries := lines[evalQuery](t, "doc2dial/dev/queries.jsonl")
	spans := map[string]evalSpan{}
	for _, sp := range lines[evalSpan](t, "doc2dial/dev/spans.jsonl") {
		spans[sp.Qid] = sp
	}
	s := newStack(t, nil)
	loadCorpus(t, s, "doc2dial", corpus, knowledge.Text)
	texts := map[string]string{}
	for _, d := range corpus {
		texts["doc2dial/"+d.ID] = d.Text
	}
	overlaps := func(p pipeline.Passage, sp evalSpan) bool {
		from, to := knowledge.RuneSpan(texts[p.Document], p.Start, p.End)
		return p.Document == "doc2dial/"+sp.Docid && float64(min(to, sp.End)-max(from, sp.Start)) >= .3*float64(sp.End-sp.Start)
	}
	step := 1
	if os.Getenv(fullEval) == "" {
		step = max(len(queries)/500, 1)
	}
	passages := map[string][]pipeline.Passage{}
	var f figures
	for i := 0; i < len(queries); i += step {
		q := queries[i]
		sp := spans[q.ID]
		doc := "doc2dial/" + sp.Docid
		if passages[doc] == nil {
			d, err := s.FindDocument(t.Context(), doc, 0)
			if err != nil {
				t.Fatal(err)
			}
			passages[doc] = d.Passages
		}
		relevant := 0
		for _, p := range passages[doc] {
			if overlaps(p, sp) {
				relevant++
			}
		}
		hits, took := search(t, s, q, 10)
		gains := make([]bool, len(hits))
		for i, h := range hits {
			gains[i] = overlaps(h.Passage, sp)
		}
		f.add(gains, relevant, took)
	}
	t.Logf("\n%s\ndoc2dial        %s", header, &f)
	if r5, nd := f.r5/f.n, f.ndcg/f.n; r5 < .86 || nd < .75 {
		t.Errorf("recall@5 %.3f, nDCG@10 %.3f: below the floor of .86 and .75", r5, nd)
	}
}

// TestEvalOthers keeps changes honest that help one set only.
func TestEvalOthers(t *testing.T) {
	if os.Getenv(fullEval) == "" {
		t.Skipf("set %s=full to run all sets", fullEval)
	}
	sets := []struct {
		name, corpus, dev string
		media             knowledge.Media
		domain            string // meta key of the index a document belongs to
		floor             float64
	}{
		{"mtrag", "mtrag/corpus.jsonl", "mtrag/dev", knowledge.Text, "domain", .65},
		{"clapnq", "clapnq/corpus.jsonl", "clapnq/dev", knowledge.Text, "", .90},
		{"kb_office", "kb_office/corpus_masked_docs.jsonl", "kb_office/dev", knowledge.Markdown, "", .80},
		{"faq_dstc10", "faq_dstc10/corpus.jsonl", "faq_dstc10/dev", knowledge.Text, "", .20},
	}
	for _, set := range sets {
		t.Run(set.name, func(t *testing.T) {
			byDomain := map[string][]evalDoc{}
			for _, d := range lines[evalDoc](t, set.corpus) {
				k := ""
				if set.domain != "" {
					k = fmt.Sprint(d.Meta[set.domain])
				}
				byDomain[k] = append(byDomain[k], d)
			}
			relevant := map[string]map[string]bool{}
			for _, r := range lines[evalSpan](t, set.dev+"/qrels.jsonl") {
				if r.Rel > 0 {
					if relevant[r.Qid] == nil {
						relevant[r.Qid] = map[string]bool{}
					}
					relevant[r.Qid][r.Docid] = true
				}
			}
			queries := lines[evalQuery](t, set.dev+"/queries.jsonl")
			var f figures
			for _, corpus := range byDomain {
				evalDomain(t, corpus, queries, relevant, set.media, &f)
			}
			t.Logf("\n%s\n%-14s %s", header, set.name, &f)
			if got := f.ndcg / f.n; got < set.floor {
				t.Errorf("nDCG@10 %.3f: below the floor of %.2f", got, set.floor)
			}
		})
	}
}

func evalDomain(t *testing.T, corpus []evalDoc, queries []evalQuery, relevant map[string]map[string]bool, media knowledge.Media, f *figures) {
	s := newStack(t, nil)
	loadCorpus(t, s, "x", corpus, media)
	in := map[string]bool{}
	for _, d := range corpus {
		in[d.ID] = true
	}
	for _, q := range queries {
		rel := map[string]bool{}
		for id := range relevant[q.ID] {
			if in[id] {
				rel[id] = true
			}
		}
		if len(rel) == 0 {
			continue
		}
		hits, took := search(t, s, q, 30)
		var gains []bool
		seen := map[string]bool{}
		for _, h := range hits { // the first passage of a document stands for it
			if id := strings.TrimPrefix(h.Passage.Document, "x/"); !seen[id] {
				seen[id] = true
				gains = append(gains, rel[id])
			}
		}
		f.add(gains, len(rel), took)
	}
}

// TestSupportTellsAnswerableFromNot measures Hit.Support of the best passage as
// a score for "this can be answered" (area under the ROC curve, ties a half).
func TestSupportTellsAnswerableFromNot(t *testing.T) {
	type labelled struct {
		evalQuery
		Answerability string
	}
	s := newStack(t, nil)
	loadCorpus(t, s, "clapnq", lines[evalDoc](t, "clapnq/corpus.jsonl"), knowledge.Text)
	var yes, no []float64
	for _, q := range lines[labelled](t, "clapnq/dev/queries.jsonl") {
		hits, _ := search(t, s, q.evalQuery, 3)
		best := 0.0
		for _, h := range hits {
			best = max(best, h.Support)
		}
		if q.Answerability == "ANSWERABLE" {
			yes = append(yes, best)
		} else {
			no = append(no, best)
		}
	}
	auc := 0.0
	for _, a := range yes {
		for _, b := range no {
			auc += float64(cmp.Compare(a, b)+1) / 2
		}
	}
	auc /= float64(len(yes) * len(no))
	t.Logf("clapnq: %d answerable, %d not, AUC of support %.3f", len(yes), len(no), auc)
	if auc < .76 {
		t.Errorf("AUC %.3f: support does not tell answerable questions from others", auc)
	}
}
