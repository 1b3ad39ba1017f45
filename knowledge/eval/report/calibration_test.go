package report_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"footnote/knowledge/eval"
	"footnote/knowledge/eval/report"
	"footnote/knowledge/search"
)

// TestCalibrationIsWhatShips: the file is as the command writes it, and
// docs/retrieval.md shows its table and curve.
func TestCalibrationIsWhatShips(t *testing.T) {
	c, err := report.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.Encode()
	if err != nil || !bytes.Equal(raw, search.CalibrationFile) {
		t.Errorf("knowledge/search/answerable.json is not as footnote eval calibration --write writes it (%v)", err)
	}
	names := []string{}
	for _, s := range c.Sets {
		names = append(names, s.Set)
	}
	for i, s := range report.CalibrationSets {
		if i >= len(names) || names[i] != s.Name {
			t.Fatalf("fitted on %q, but the command fits on %s and others", names, s.Name)
		}
	}
	var table, curve bytes.Buffer
	if err := c.WriteSets(&table); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteCurve(&curve, c.Curve, 0); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../../docs/retrieval.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(doc, table.Bytes()) || !bytes.Contains(doc, curve.Bytes()) {
		t.Errorf("docs/retrieval.md has another table or curve; it should have\n%s\n%s", &table, &curve)
	}
}

// TestCalibrationIsTheSameTwice fits questions that are made up, twice.
func TestCalibrationIsTheSameTwice(t *testing.T) {
	made := func() []report.Kept {
		rng := rand.New(rand.NewPCG(7, 7))
		var out []report.Kept
		for s := range 2 {
			set := report.Kept{Name: fmt.Sprint(s)}
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
		c, err := report.NewCalibration(made(), 4, .02)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := c.Encode()
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
	if _, err := report.NewCalibration(kept, 4, .02); err == nil {
		t.Error("signals of another version are taken")
	}
}
