package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"footnote/knowledge/eval"
	"footnote/knowledge/search"
)

// AskedSet is a set of which it is known what its corpus answers.
type AskedSet struct {
	Name           string
	Files          eval.Files // relative to the folder of the sets
	ByDomain, Half bool       // as in eval.Options
}

// CalibrationSets are what the shipped calibration is fitted on: what labels its
// questions itself, and for others every other document hidden, so that half of the
// questions have lost their answer.
var CalibrationSets = []AskedSet{
	{Name: "clapnq", Files: eval.Files{Corpus: "clapnq/corpus.jsonl", Queries: "clapnq/dev/queries.jsonl"}},
	{Name: "mtrag", Files: eval.Files{Corpus: "mtrag/corpus.jsonl", Queries: "mtrag/dev/queries.jsonl"}, ByDomain: true},
	{Name: "mtrag, half hidden", Files: eval.Files{Corpus: "mtrag/corpus.jsonl", Queries: "mtrag/dev/queries.jsonl", Qrels: "mtrag/dev/qrels.jsonl"}, ByDomain: true, Half: true},
	{Name: "subj_dstc11", Files: eval.Files{Corpus: "subj_dstc11/corpus.jsonl", Queries: "subj_dstc11/dev/queries.jsonl"}},
	{Name: "faq_dstc10", Files: eval.Files{Corpus: "faq_dstc10/corpus.jsonl", Queries: "faq_dstc10/dev/queries.jsonl"}},
	{Name: "doc2dial, half hidden", Files: eval.Files{Corpus: "doc2dial/corpus_docs.jsonl", Queries: "doc2dial/dev/queries.jsonl", Qrels: "doc2dial/dev/qrels_doc.jsonl"}, Half: true},
	{Name: "kb_office, half hidden", Files: eval.Files{Corpus: "kb_office/corpus_masked_docs.jsonl", Queries: "kb_office/dev/queries.jsonl", Qrels: "kb_office/dev/qrels.jsonl"}, Half: true},
}

// Kept is a set's questions with their signals.
type Kept struct {
	Name      string
	Questions []eval.Labelled
}

// Calibration is what answerable.json holds: all rounded, so that what is written
// is what is used and shown.
type Calibration struct {
	Bias      float64               `json:"bias"`
	Weights   []search.SignalWeight `json:"weights"`
	Threshold float64               `json:"threshold"` // the highest that loses at most Lose
	Lose      float64               `json:"lose"`
	Curve     []eval.CurvePoint     `json:"curve"` // conversations not seen, every set at the same weight
	Sets      []CalibratedSet       `json:"sets"`
}

// CalibratedSet says how well the probability tells a set's questions apart: by
// area under the ROC curve, of the support of the best passage alone, and with the
// question's conversation, or the whole set, not seen.
type CalibratedSet struct {
	Set          string        `json:"set"`
	Questions    int           `json:"questions"`
	Answerable   int           `json:"answerable"`
	Support      float64       `json:"support"`
	Conversation eval.Interval `json:"conversation_not_seen"`
	Whole        eval.Interval `json:"set_not_seen"`
}

// NewCalibration fits, and says how well that carries over. penalty is the L2 penalty
// (every set weighs 500); the threshold is the highest that loses at most the share
// lose of questions with an answer.
func NewCalibration(sets []Kept, penalty, lose float64) (*Calibration, error) {
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
	c := &Calibration{Bias: thousandth(r.Bias), Threshold: eval.Choose(seen, lose), Lose: lose, Curve: eval.Curve(seen...)}
	for i, x := range r.Weights {
		c.Weights = append(c.Weights, search.SignalWeight{Signal: names[i], Weight: thousandth(x)})
	}
	for i, p := range c.Curve {
		c.Curve[i] = eval.CurvePoint{Threshold: p.Threshold, Coverage: thousandth(p.Coverage), Error: thousandth(p.Error), Lost: thousandth(p.Lost), Caught: thousandth(p.Caught)}
	}
	for i, s := range sets {
		row := CalibratedSet{Set: s.Name, Questions: len(s.Questions), Support: thousandth(eval.Answerability(s.Questions, eval.Support).Value),
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

// Shipped is the calibration of the weights in use.
func Shipped() (*Calibration, error) {
	var c Calibration
	if err := json.Unmarshal(search.CalibrationFile, &c); err != nil {
		return nil, fmt.Errorf("read calibration: %w", err)
	}
	return &c, nil
}

// Encode writes what knowledge/search/answerable.json holds.
func (c *Calibration) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	err := e.Encode(c)
	return b.Bytes(), err
}

// Write writes tables, curve and weights as text.
func (c *Calibration) Write(w io.Writer) error {
	if err := c.WriteSets(w); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nCoverage and error with every set at the same weight, own conversation not seen:")
	if err := WriteCurve(w, c.Curve, 0); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nAt %.2f no more than %.0f %% of the questions with an answer are lost.\n\nbias %.3f\n", c.Threshold, 100*c.Lose, c.Bias)
	for _, x := range c.Weights {
		fmt.Fprintf(w, "%7.3f %s\n", x.Weight, x.Signal)
	}
	return nil
}

// WriteSets writes the table that stands in docs/retrieval.md.
func (c *Calibration) WriteSets(w io.Writer) error {
	rows := [][]string{{"set", "n", "answerable", "support alone", "conversation not seen", "set not seen"}}
	for _, s := range c.Sets {
		rows = append(rows, []string{s.Set, fmt.Sprint(s.Questions), fmt.Sprint(s.Answerable), eval.Short(s.Support), s.Conversation.String(), s.Whole.String()})
	}
	return eval.WriteRows(w, rows)
}

// Ask asks the questions of every set of CalibrationSets in a folder, limit of each at
// most (0: all), and keeps their signals. done is called after each set.
func Ask(ctx context.Context, open eval.Open, dir string, limit int, done func(Kept)) ([]Kept, error) {
	var out []Kept
	for _, c := range CalibrationSets {
		s, err := eval.LoadAsked(c.Files.In(dir))
		if err != nil {
			return nil, err
		}
		l, err := eval.Label(ctx, open, s, eval.Options{ByDomain: c.ByDomain, Half: c.Half, Limit: limit, Signals: true})
		if err != nil {
			return nil, fmt.Errorf("ask %s: %w", c.Name, err)
		}
		k := Kept{c.Name, l}
		done(k)
		out = append(out, k)
	}
	return out, nil
}
