package drafting

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// dataDir holds the public sets that drafting is measured on; tests that need
// them skip without.
func dataDir(t testing.TB) string {
	dir := os.Getenv("FOOTNOTE_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no evaluation data: set FOOTNOTE_DATA")
	}
	return dir
}

func readLines[T any](t testing.TB, path ...string) []T {
	t.Helper()
	f, err := os.Open(filepath.Join(path...))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	var out []T
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			var v T
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
		if err != nil {
			return out
		}
	}
}

type corpusRow struct {
	ID, Title, Text, URL string
	Meta                 struct{ Doc, Domain string }
}

type queryRow struct {
	ID, Text, Domain, Reply, Answerability string
	History                                []struct{ Role, Text string }
}

func (q queryRow) turns() []pipeline.Turn {
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

// bm25 is a plain Okapi index: k1 1.2, b 0.75, stemmed English.
type bm25 struct {
	passages []pipeline.Passage
	postings map[string][]posting
	length   []float64
	mean     float64
}

type posting struct {
	doc int
	tf  float64
}

func newBM25(rows []corpusRow) *bm25 {
	x := &bm25{postings: map[string][]posting{}}
	for i, r := range rows {
		x.passages = append(x.passages, pipeline.Passage{ID: r.ID, Document: r.Meta.Doc, Version: 1, Title: r.Title, Text: r.Text, URL: r.URL, Audience: pipeline.Public})
		tf := map[string]float64{}
		n := 0.0
		for _, w := range text.Words(r.Title+"\n"+r.Text, "en") {
			if w.Stem != "" {
				tf[w.Stem]++
				n++
			}
		}
		for w, f := range tf {
			x.postings[w] = append(x.postings[w], posting{i, f})
		}
		x.length = append(x.length, n)
		x.mean += n
	}
	x.mean /= float64(len(rows))
	return x
}

func (x *bm25) idf(w string) float64 {
	df := float64(len(x.postings[w]))
	return math.Log(1 + (float64(len(x.passages))-df+.5)/(df+.5))
}

func (x *bm25) search(turns []pipeline.Turn, limit int) []pipeline.Hit {
	terms := map[string]float64{}
	add := func(said string, weight float64) {
		for _, w := range text.Words(said, "en") {
			if w.Stem != "" {
				terms[w.Stem] = max(terms[w.Stem], weight)
			}
		}
	}
	last := len(turns) - 1
	add(turns[last].Text, 1)
	asked := map[string]bool{}
	for w := range terms {
		asked[w] = true
	}
	weight := .3
	for i := last - 1; i >= 0; i-- {
		add(turns[i].Text, weight+b2f(i == 0)*.15)
		weight *= .5
	}
	scores := map[int]float64{}
	got := map[int]float64{}
	mass := 0.0
	for w, q := range terms {
		idf := x.idf(w)
		if asked[w] {
			mass += idf
		}
		for _, p := range x.postings[w] {
			scores[p.doc] += q * idf * p.tf * 2.2 / (p.tf + 1.2*(.25+.75*x.length[p.doc]/x.mean))
			if asked[w] {
				got[p.doc] += idf
			}
		}
	}
	// The whole history finds the document, the decaying one the passage.
	all := map[string]bool{}
	for _, t := range turns {
		for _, w := range text.Words(t.Text, "en") {
			if w.Stem != "" {
				all[w.Stem] = true
			}
		}
	}
	byDoc := map[string]float64{}
	most := 0.0
	for w := range all {
		idf := x.idf(w)
		seen := map[string]bool{}
		for _, p := range x.postings[w] {
			if d := x.passages[p.doc].Document; !seen[d] {
				seen[d] = true
				byDoc[d] += idf
				most = max(most, byDoc[d])
			}
		}
	}
	for d := range scores {
		scores[d] *= .4 + byDoc[x.passages[d].Document]/most
	}
	var docs []int
	for d := range scores {
		docs = append(docs, d)
	}
	slices.SortFunc(docs, func(a, b int) int {
		if scores[a] != scores[b] {
			if scores[a] > scores[b] {
				return -1
			}
			return 1
		}
		return a - b
	})
	if len(docs) > limit {
		docs = docs[:limit]
	}
	var hits []pipeline.Hit
	for _, d := range docs {
		h := pipeline.Hit{Passage: x.passages[d], Score: scores[d]}
		if mass > 0 {
			h.Support = got[d] / mass
		}
		hits = append(hits, h)
	}
	return hits
}
