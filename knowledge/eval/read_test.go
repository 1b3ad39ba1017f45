package eval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/pipeline"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func files(t *testing.T, corpus, queries, qrels string) Files {
	return Files{Corpus: write(t, "corpus.jsonl", corpus), Queries: write(t, "queries.jsonl", queries), Qrels: write(t, "qrels.jsonl", qrels)}
}

const (
	goodCorpus  = "\ufeff{\"id\":\"a\",\"title\":\"A\",\"text\":\"apples\"}\r\n\r\n{\"id\":\"b#0\",\"text\":\"pears\",\"meta\":{\"doc\":\"b\"}}\n{\"id\":\"b#1\",\"text\":\"plums\",\"meta\":{\"doc\":\"b\"}}"
	goodQueries = "{\"id\":\"q1\",\"text\":\"apple?\",\"history\":[{\"role\":\"user\",\"text\":\"hi\"},{\"role\":\"agent\",\"text\":\"yes\"}]}\n{\"id\":\"q2\",\"text\":\"plum?\"}\n"
	goodQrels   = "{\"qid\":\"q1\",\"docid\":\"a\",\"rel\":1}\n{\"qid\":\"q2\",\"docid\":\"b#1\",\"rel\":2}\n{\"qid\":\"q2\",\"docid\":\"b#0\",\"rel\":0}\n"
)

func TestLoad(t *testing.T) {
	s, err := Load(files(t, goodCorpus, goodQueries, goodQrels+"{\"qid\":\"q9\",\"docid\":\"a\",\"rel\":1}\n{\"qid\":\"q1\",\"docid\":\"gone\",\"rel\":1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Documents) != 3 || len(s.Queries) != 2 || s.Gains["q2"]["b#1"] != 2 || len(s.Gains["q2"]) != 1 || len(s.Notes) != 2 || s.whole() {
		t.Errorf("%+v", s)
	}
	if turns := s.Queries[0].Turns(Thread); len(turns) != 3 || turns[0].Role != pipeline.RoleCustomer || turns[1].Role != pipeline.RoleAgent {
		t.Errorf("%+v", turns)
	}
	if len(s.Queries[0].Turns(Last)) != 1 || s.Queries[0].Turns(All)[0].Text != "hi\nyes\napple?" {
		t.Error("history is not as asked")
	}
	docs, rows := raws(s.Documents)
	if len(docs) != 2 || len(docs[1].Given) != 2 || rows["b"][1] != "b#1" || string(docs[1].Data) != "pears\n\nplums" {
		t.Errorf("%+v %v", docs, rows)
	}
	byDoc, err := Load(files(t, goodCorpus, goodQueries, `{"qid":"q2","docid":"b","rel":1}`))
	if err != nil || !byDoc.whole() {
		t.Errorf("documents are judged: %v", err)
	}
}

func TestBadSetsAreNamed(t *testing.T) {
	for _, c := range []struct{ corpus, queries, qrels, want string }{
		{"{\"id\":\"a\"}\nnot json", goodQueries, goodQrels, "corpus.jsonl line 2"},
		{"{\"id\":\"a\"}\n{\"id\":\"a\"}", goodQueries, goodQrels, "of an earlier line"},
		{"{\"text\":\"x\"}", goodQueries, goodQrels, "line 1 has no id"},
		{"\n\n", goodQueries, goodQrels, "holds nothing"},
		{goodCorpus, "{\"id\":\"q1\",\"text\":5}", goodQrels, "queries.jsonl line 1"},
		{goodCorpus, goodQueries, "{\"qid\":\"q1\"}", "needs qid and docid"},
		{goodCorpus, goodQueries, "{\"qid\":\"zz\",\"docid\":\"a\",\"rel\":1}", "do the files belong together"},
		{goodCorpus, goodQueries, "{\"qid\":\"q1\",\"docid\":\"a\",\"rel\":0}", "do the files belong together"},
		{goodCorpus, goodQueries, goodQrels + goodQrels, "again"},
	} {
		_, err := Load(files(t, c.corpus, c.queries, c.qrels))
		if err == nil || pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.want, err)
		}
	}
	f := files(t, goodCorpus, goodQueries, goodQrels)
	f.Spans = write(t, "spans.jsonl", `{"qid":"q1","docid":"a","start":0,"end":3}`)
	if _, err := Load(f); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("qrels and spans: %v", err)
	}
	f.Qrels, f.Spans = "", write(t, "spans.jsonl", `{"qid":"q1","docid":"a","start":3,"end":3}`)
	if _, err := Load(f); err == nil || !strings.Contains(err.Error(), "empty span") {
		t.Errorf("an empty span: %v", err)
	}
	f.Corpus = filepath.Join(t.TempDir(), "none.jsonl")
	if _, err := Load(f); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("a missing file: %v", err)
	}
}

func TestMisspellIsSeeded(t *testing.T) {
	text := "Where can I change the delivery address of a parcel that has already been handed over to your carrier yesterday evening"
	words := strings.Fields(text)
	wrong, hit := 0, 0
	for i := range 300 {
		id := strings.Repeat("q", i+1)
		a := []pipeline.Turn{{Role: pipeline.RoleAgent, Text: text}, {Role: pipeline.RoleCustomer, Text: text}}
		b := []pipeline.Turn{{Role: pipeline.RoleAgent, Text: text}, {Role: pipeline.RoleCustomer, Text: text}}
		misspell(id, a)
		misspell(id, b)
		if a[1].Text != b[1].Text {
			t.Fatal("another run, other errors")
		}
		if a[0].Text != text || a[1].Text == text {
			t.Fatalf("%q", a)
		}
		for j, w := range strings.Fields(a[1].Text) {
			if typeable(words[j]) {
				hit++
				if w != words[j] {
					wrong++
				}
			}
		}
	}
	if share := float64(wrong) / float64(hit); share < .13 || share > .22 {
		t.Errorf("%.3f of the words are misspelt", share)
	}
}
