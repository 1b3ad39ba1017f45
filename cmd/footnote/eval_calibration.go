package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"footnote/knowledge/eval"
	"footnote/knowledge/search"
)

type evalCalibrationCmd struct {
	Data    string  `arg:"" default:"../shared/data" type:"path" help:"Folder of the sets."`
	Limit   int     `default:"900" help:"Ask so many questions of each set, evenly spread; 0: all."`
	Penalty float64 `default:"4" help:"L2 penalty; every set weighs 500."`
	Lose    float64 `default:"0.02" help:"Choose the highest threshold that loses at most this share of questions with an answer."`
	Keep    string  `type:"path" help:"Keep the signals in this file, and read them from it when it is there."`
	Write   string  `type:"path" help:"Write the calibration here: knowledge/search/answerable.json ships."`
}

// calibrationSet has questions with and without an answer.
type calibrationSet struct {
	name, corpus, queries, qrels string
	byDomain, half               bool
}

// calibrationSets: what labels its questions itself, and for others every other
// document hidden, so that half of the questions have lost their answer.
var calibrationSets = []calibrationSet{
	{name: "clapnq", corpus: "clapnq/corpus.jsonl", queries: "clapnq/dev/queries.jsonl"},
	{name: "mtrag", corpus: "mtrag/corpus.jsonl", queries: "mtrag/dev/queries.jsonl", byDomain: true},
	{name: "mtrag, half hidden", corpus: "mtrag/corpus.jsonl", queries: "mtrag/dev/queries.jsonl", qrels: "mtrag/dev/qrels.jsonl", byDomain: true, half: true},
	{name: "subj_dstc11", corpus: "subj_dstc11/corpus.jsonl", queries: "subj_dstc11/dev/queries.jsonl"},
	{name: "faq_dstc10", corpus: "faq_dstc10/corpus.jsonl", queries: "faq_dstc10/dev/queries.jsonl"},
	{name: "doc2dial, half hidden", corpus: "doc2dial/corpus_docs.jsonl", queries: "doc2dial/dev/queries.jsonl", qrels: "doc2dial/dev/qrels_doc.jsonl", half: true},
	{name: "kb_office, half hidden", corpus: "kb_office/corpus_masked_docs.jsonl", queries: "kb_office/dev/queries.jsonl", qrels: "kb_office/dev/qrels.jsonl", half: true},
}

// keptSet is a set's questions with their signals.
type keptSet struct {
	Name      string
	Questions []eval.Labelled
}

// calibration is what answerable.json holds: all rounded, so that what is written
// is what is used and shown.
type calibration struct {
	Bias      float64               `json:"bias"`
	Weights   []search.SignalWeight `json:"weights"`
	Threshold float64               `json:"threshold"` // the highest that loses at most Lose
	Lose      float64               `json:"lose"`
	Curve     []eval.CurvePoint     `json:"curve"` // conversations not seen, every set at the same weight
	Sets      []calibratedSet       `json:"sets"`
}

// calibratedSet says how well the probability tells a set's questions apart: by
// area under the ROC curve, of the support of the best passage alone, and with the
// question's conversation, or the whole set, not seen.
type calibratedSet struct {
	Set          string        `json:"set"`
	Questions    int           `json:"questions"`
	Answerable   int           `json:"answerable"`
	Support      float64       `json:"support"`
	Conversation eval.Interval `json:"conversation_not_seen"`
	Whole        eval.Interval `json:"set_not_seen"`
}

// Run fits, and says how well that carries over.
func (cmd *evalCalibrationCmd) Run(ctx context.Context) error {
	sets, err := cmd.questions(ctx)
	if err != nil {
		return err
	}
	c, err := newCalibration(sets, cmd.Penalty, cmd.Lose)
	if err != nil {
		return err
	}
	if cmd.Write != "" {
		raw, err := c.encode()
		if err != nil {
			return err
		}
		if err := os.WriteFile(cmd.Write, raw, 0o644); err != nil {
			return fmt.Errorf("write calibration: %w", err)
		}
	}
	return c.write(os.Stdout)
}

func newCalibration(sets []keptSet, penalty, lose float64) (*calibration, error) {
	all := make([][]eval.Labelled, len(sets))
	for i, s := range sets {
		all[i] = s.Questions
	}
	seen, unseen := eval.Validated(all, penalty, search.SignalSign), eval.Unseen(all, penalty, search.SignalSign)
	r := eval.Calibrate(all, penalty, search.SignalSign)
	names := search.SignalNames()
	if len(r.Weights) != len(names) {
		return nil, fmt.Errorf("fit calibration: the questions have %d signals, search has %d: do not reuse what was kept", len(r.Weights), len(names))
	}
	c := &calibration{Bias: thousandth(r.Bias), Threshold: eval.Choose(seen, lose), Lose: lose, Curve: eval.Curve(seen...)}
	for i, x := range r.Weights {
		c.Weights = append(c.Weights, search.SignalWeight{Signal: names[i], Weight: thousandth(x)})
	}
	for i, p := range c.Curve {
		c.Curve[i] = eval.CurvePoint{Threshold: p.Threshold, Coverage: thousandth(p.Coverage), Error: thousandth(p.Error), Lost: thousandth(p.Lost), Caught: thousandth(p.Caught)}
	}
	for i, s := range sets {
		row := calibratedSet{Set: s.Name, Questions: len(s.Questions), Support: thousandth(eval.Answerability(s.Questions, eval.Support).Value),
			Conversation: rounded(eval.Answerability(seen[i], eval.Probability)), Whole: rounded(eval.Answerability(unseen[i], eval.Probability))}
		for _, l := range s.Questions {
			if l.Answerable {
				row.Answerable++
			}
		}
		c.Sets = append(c.Sets, row)
	}
	return c, nil
}

func thousandth(x float64) float64 {
	if x = math.Round(x*1000) / 1000; x == 0 {
		return 0 // never -0
	}
	return x
}

func rounded(i eval.Interval) eval.Interval {
	return eval.Interval{Value: thousandth(i.Value), Low: thousandth(i.Low), High: thousandth(i.High)}
}

// shippedCalibration is that of the weights in use.
func shippedCalibration() (*calibration, error) {
	var c calibration
	if err := json.Unmarshal(search.CalibrationFile, &c); err != nil {
		return nil, fmt.Errorf("read calibration: %w", err)
	}
	return &c, nil
}

func (c *calibration) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	err := e.Encode(c)
	return b.Bytes(), err
}

func (c *calibration) write(w io.Writer) error {
	if err := c.writeSets(w); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nCoverage and error with every set at the same weight, own conversation not seen:")
	if err := writeCurve(w, c.Curve, 0); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nAt %.2f no more than %.0f %% of the questions with an answer are lost.\n\nbias %.3f\n", c.Threshold, 100*c.Lose, c.Bias)
	for _, x := range c.Weights {
		fmt.Fprintf(w, "%7.3f %s\n", x.Weight, x.Signal)
	}
	return nil
}

// writeSets writes the table that stands in docs/retrieval.md.
func (c *calibration) writeSets(w io.Writer) error {
	rows := [][]string{{"set", "n", "answerable", "support alone", "conversation not seen", "set not seen"}}
	for _, s := range c.Sets {
		rows = append(rows, []string{s.Set, fmt.Sprint(s.Questions), fmt.Sprint(s.Answerable), eval.Short(s.Support), s.Conversation.String(), s.Whole.String()})
	}
	return eval.WriteRows(w, rows)
}

func (cmd *evalCalibrationCmd) questions(ctx context.Context) ([]keptSet, error) {
	var kept []keptSet
	if raw, err := os.ReadFile(cmd.Keep); cmd.Keep != "" && err == nil {
		return kept, json.Unmarshal(raw, &kept)
	}
	b, err := openEvalBench(ctx, evalDense{})
	if err != nil {
		return nil, err
	}
	defer b.close()
	for _, c := range calibrationSets {
		s, err := c.load(cmd.Data)
		if err != nil {
			return nil, err
		}
		l, err := eval.Label(ctx, b.open, s, eval.Options{ByDomain: c.byDomain, Half: c.half, Limit: cmd.Limit, Signals: true})
		if err != nil {
			return nil, fmt.Errorf("ask %s: %w", c.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %d questions\n", c.name, len(l))
		kept = append(kept, keptSet{c.name, l})
	}
	if cmd.Keep == "" {
		return kept, nil
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	return kept, os.WriteFile(cmd.Keep, raw, 0o600)
}

func (c calibrationSet) load(dir string) (*eval.Set, error) {
	return eval.LoadAsked(eval.Files{Corpus: c.corpus, Queries: c.queries, Qrels: c.qrels}.In(dir))
}

func writeCurve(w io.Writer, curve []eval.CurvePoint, chosen float64) error {
	rows := [][]string{{"threshold", "drafted", "of drafts without answer", "answerable lost", "others caught", ""}}
	for _, p := range curve {
		mark := ""
		if p.Threshold == chosen && chosen > 0 {
			mark = "chosen"
		}
		rows = append(rows, []string{fmt.Sprintf("%.2f", p.Threshold), eval.Short(p.Coverage), eval.Short(p.Error), eval.Short(p.Lost), eval.Short(p.Caught), mark})
	}
	return eval.WriteRows(w, rows)
}
