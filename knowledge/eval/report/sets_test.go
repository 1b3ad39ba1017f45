package report

import (
	"bytes"
	"strings"
	"testing"
)

// TestSetsHaveOneKindOfJudgement, and are found by their name and by their folder.
func TestSetsHaveOneKindOfJudgement(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Sets {
		if (s.Files.Qrels == "") == (s.Files.Spans == "") {
			t.Errorf("%s has no judgements, or two kinds", s.Name)
		}
		if names[s.Name] {
			t.Errorf("%s is there twice", s.Name)
		}
		names[s.Name] = true
		folder, _, _ := strings.Cut(s.Files.Corpus, "/")
		if !s.Wanted(nil) || !s.Wanted([]string{"other", s.Name}) || !s.Wanted([]string{folder}) || s.Wanted([]string{"other"}) {
			t.Errorf("%s is not found by its name and by %s", s.Name, folder)
		}
	}
}

// TestWriteAllLeavesNobodyOut joins the tables of two sets, one of them with misspelt
// questions.
func TestWriteAllLeavesNobodyOut(t *testing.T) {
	var out bytes.Buffer
	all := []*Retrieval{{Set: "one", Documents: 7}, {Set: "two", Typos: []TypoLoss{{Set: "two", Metric: "recall@5", Clean: .8, Typos: .6, Loss: .25}}}}
	if err := WriteAll(&out, all); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| one | 7 ", "| two | recall@5 | .800  | .600 ", "| 25.0 %", "| two | 0 "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
}
