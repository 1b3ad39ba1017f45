package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/knowledge/eval"
	"footnote/knowledge/search"
	"footnote/pipeline/drafting"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestCalibrationIsWhatShips: the file is as the command writes it, the threshold
// of drafting is the one it chose, and docs/retrieval.md shows its table and curve.
func TestCalibrationIsWhatShips(t *testing.T) {
	c, err := shippedCalibration()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.encode()
	if err != nil || !bytes.Equal(raw, search.CalibrationFile) {
		t.Errorf("knowledge/search/answerable.json is not as footnote eval calibration --write writes it (%v)", err)
	}
	if c.Threshold != drafting.AnswerThreshold {
		t.Errorf("drafting begins at %v, the calibration chose %v", drafting.AnswerThreshold, c.Threshold)
	}
	names := []string{}
	for _, s := range c.Sets {
		names = append(names, s.Set)
	}
	for i, s := range calibrationSets {
		if i >= len(names) || names[i] != s.name {
			t.Fatalf("fitted on %q, but the command fits on %s and others", names, s.name)
		}
	}
	var table, curve bytes.Buffer
	if err := c.writeSets(&table); err != nil {
		t.Fatal(err)
	}
	if err := writeCurve(&curve, c.Curve, 0); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/retrieval.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(doc, table.Bytes()) || !bytes.Contains(doc, curve.Bytes()) {
		t.Errorf("docs/retrieval.md has another table or curve; it should have\n%s\n%s", &table, &curve)
	}
}

// TestCalibrationIsTheSameTwice fits questions that are made up, twice.
func TestCalibrationIsTheSameTwice(t *testing.T) {
	made := func() []keptSet {
		rng := rand.New(rand.NewPCG(7, 7))
		var out []keptSet
		for s := range 2 {
			set := keptSet{Name: fmt.Sprint(s)}
			for i := range 120 {
				l := eval.Labelled{Group: fmt.Sprint(i / 3), Answerable: i%2 == 0, Signals: make([]float64, len(search.SignalNames()))}
				for j := range l.Signals {
					l.Signals[j] = rng.Float64()
				}
				if l.Answerable {
					l.Signals[1] += .8
				}
				set.Questions = append(set.Questions, l)
			}
			out = append(out, set)
		}
		return out
	}
	var first []byte
	for range 2 {
		c, err := newCalibration(made(), 4, .02)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := c.encode()
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, raw) {
			t.Error("a second fit differs")
		}
		first = raw
		if c.Weights[1].Weight < 1 || c.Sets[0].Conversation.Value < .9 || c.Sets[0].Answerable != 60 || c.Threshold == 0 || c.Curve[19].Lost < c.Curve[0].Lost {
			t.Errorf("%+v", c)
		}
	}
	kept := made()
	kept[0].Questions[0].Signals = nil // nothing was found
	for i := range kept[1].Questions {
		kept[1].Questions[i].Signals = kept[1].Questions[i].Signals[:3]
	}
	for i := range kept[0].Questions {
		kept[0].Questions[i].Signals = nil
	}
	if _, err := newCalibration(kept, 4, .02); err == nil {
		t.Error("signals of another version are taken")
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
	r := newAbstentionReport("tiny", all, .3)
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
	if err := r.write(&out); err != nil || !strings.Contains(out.String(), "tiny: 3 questions with an answer, 3 without.") {
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
	var r abstentionReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Set != "tiny" || r.Answerable != 3 || r.Unanswerable != 3 || r.Chosen.Caught != 1 || r.Chosen.Lost != 0 {
		t.Errorf("%+v (%v)", r, err)
	}
	cmd.Source = "nobody"
	if err := cmd.report(t.Context(), &out); err == nil {
		t.Error("a set without questions is measured")
	}
}
