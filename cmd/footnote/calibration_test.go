package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/knowledge/eval"
	"footnote/knowledge/eval/report"
	"footnote/knowledge/search"
	"footnote/pipeline/drafting"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestThresholdIsTheOneChosen: where drafting begins was chosen by what drafts say
// (docs/drafts.md), beside this calibration; another one wants it chosen anew.
func TestThresholdIsTheOneChosen(t *testing.T) {
	c, err := report.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	const beside = .14
	if c.Threshold != beside {
		t.Errorf("the calibration chose %v, no longer %v: run make eval-drafts and choose drafting.AnswerThreshold anew", c.Threshold, beside)
	}
	if drafting.AnswerThreshold < c.Threshold {
		t.Errorf("drafting begins at %v, below the %v that search alone wants", drafting.AnswerThreshold, c.Threshold)
	}
}

// abstentionFiles is a corpus with questions that it answers, and others.
func abstentionFiles(t *testing.T) (corpus, queries, outside string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	corpus = file("corpus.jsonl", `{"id":"refunds","title":"Refunds","text":"Refunds reach the card within five working days. Vouchers cannot be refunded."}
{"id":"delivery","title":"Delivery","text":"Parcels are delivered on weekdays between eight and six. A parcel that nobody takes goes back to the depot."}
{"id":"accounts","title":"Accounts","text":"To change the password of an account, open the settings and choose security. The old password is asked for once more."}
{"id":"garden","title":"Garden tools","text":"A hedge trimmer is cleaned and oiled after each use, and its blades are sharpened once a year."}
`)
	queries = file("queries.jsonl", `{"id":"q1","text":"when does the refund reach my card?","answerability":"ANSWERABLE"}
{"id":"q2","text":"how do I change the password of my account?","answerability":"ANSWERABLE"}
{"id":"q3","text":"are parcels delivered on weekdays?","history":[{"role":"user","text":"I have a question about delivery"},{"role":"agent","text":"Which one?"}],"answerability":"ANSWERABLE"}
{"id":"q4","text":"do you ship to the moon by zeppelin or by rocket?","answerability":"UNANSWERABLE"}
{"id":"q5","text":"is this partly so?","answerability":"PARTIAL"}
`)
	outside = file("outside.jsonl", `{"id":"o1","text":"what is the capital of old Wessex"}
{"id":"o2","text":"play some quiet jazz, would you"}
`)
	return corpus, queries, outside
}

// TestEvalAbstention asks for a report as the command does, and reads what it
// counts. The signals that it saw are golden: where they change, the weights are
// of other signals, and are fitted anew (make calibration) before -update.
func TestEvalAbstention(t *testing.T) {
	corpus, queries, outside := abstentionFiles(t)
	s, err := eval.LoadAsked(eval.Files{Corpus: corpus, Queries: queries})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Outside(outside); err != nil {
		t.Fatal(err)
	}
	b, err := openEvalBench(t.Context(), evalDense{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	all, err := eval.Label(t.Context(), b.open, s, eval.Options{Signals: true})
	if err != nil {
		t.Fatal(err)
	}
	r := report.NewAbstention("tiny", all, .3)
	if r.Answerable != 3 || r.Unanswerable != 3 || r.AUC.Value != 1 || len(r.Curve) != 20 || r.Chosen.Threshold != .3 {
		t.Errorf("%+v", r)
	}
	binned := 0
	for _, bin := range r.Calibration {
		binned += bin.Questions
	}
	if binned != 6 {
		t.Errorf("%d questions are binned, not 6", binned)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil || !strings.Contains(out.String(), "tiny: 3 questions with an answer, 3 without.") {
		t.Errorf("%s %v", &out, err)
	}
	goldenSignals(t, all)
}

func goldenSignals(t *testing.T, all []eval.Labelled) {
	t.Helper()
	var b strings.Builder
	for i, name := range search.SignalNames() {
		for _, l := range all {
			x := 0.0
			if len(l.Signals) > 0 {
				x = l.Signals[i]
			}
			fmt.Fprintf(&b, "%.6f ", x)
		}
		fmt.Fprintln(&b, name)
	}
	const file = "testdata/signals.txt"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("search gives other signals than the calibration was fitted on: run make calibration, then this with -update.\ngot\n%swant\n%s", &b, want)
	}
}

// TestEvalAbstentionCommand runs the command, and a mistake.
func TestEvalAbstentionCommand(t *testing.T) {
	corpus, queries, outside := abstentionFiles(t)
	cmd := evalAbstentionCmd{Corpus: corpus, Queries: queries, Outside: outside, JSON: true, Threshold: .3, Name: "tiny"}
	var out bytes.Buffer
	if err := cmd.report(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var r report.Abstention
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Set != "tiny" || r.Answerable != 3 || r.Unanswerable != 3 || r.Chosen.Caught != 1 || r.Chosen.Lost != 0 {
		t.Errorf("%+v (%v)", r, err)
	}
	cmd.Source = "nobody"
	if err := cmd.report(t.Context(), &out); err == nil {
		t.Error("a set without questions is measured")
	}
}
