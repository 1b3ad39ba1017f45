package report

import (
	"fmt"
	"io"

	"footnote/knowledge/eval"
)

// Abstention is what a run over labelled questions says, also as JSON.
type Abstention struct {
	Set          string            `json:"set"`
	Answerable   int               `json:"answerable"`
	Unanswerable int               `json:"unanswerable"`
	AUC          eval.Interval     `json:"auc"`
	Support      eval.Interval     `json:"auc_support"` // of the best passage's support alone
	Chosen       eval.CurvePoint   `json:"chosen"`
	Curve        []eval.CurvePoint `json:"curve"`
	Calibration  []eval.Bin        `json:"calibration"`
	Taught       *Taught           `json:"taught,omitempty"` // what half of the answered questions teach about vectors
}

// Taught is about the questions that did not teach.
type Taught struct {
	eval.Weighed
	ByWords eval.CurvePoint `json:"by_words"`
	ByBoth  eval.CurvePoint `json:"by_both"`
}

// NewAbstention reads labelled questions of a set; threshold is the one chosen.
func NewAbstention(name string, all []eval.Labelled, threshold float64) Abstention {
	r := Abstention{Set: name, AUC: eval.Answerability(all, eval.Probability), Support: eval.Answerability(all, eval.Support),
		Chosen: eval.At(threshold, all), Curve: eval.Curve(all), Calibration: eval.Bins(all)}
	for _, l := range all {
		if l.Answerable {
			r.Answerable++
		} else {
			r.Unanswerable++
		}
	}
	return r
}

// Teach adds what half of the answered questions teach about the vectors of a model.
func (r *Abstention) Teach(all []eval.Labelled, model string) {
	r.Taught = &Taught{}
	r.Taught.Weighed, r.Taught.ByWords, r.Taught.ByBoth = eval.WeighHalf(all, model, r.Chosen.Threshold)
}

// Write writes it as text with Markdown tables.
func (r Abstention) Write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %d questions with an answer, %d without.\nAUC %s; of support alone %s.\n", r.Set, r.Answerable, r.Unanswerable, r.AUC, r.Support)
	if t := r.Taught; t != nil {
		fmt.Fprintf(w, "With vectors, as %d approved questions teach to believe them, on the others: AUC %.3f instead of %.3f, difference %s.\n", t.Questions, t.Both, t.Words, t.Gain)
		fmt.Fprintf(w, "There %.2f loses %.1f %% instead of %.1f %% of questions with an answer and keeps quiet on %.1f %% instead of %.1f %% of the others.\n",
			t.ByBoth.Threshold, 100*t.ByBoth.Lost, 100*t.ByWords.Lost, 100*t.ByBoth.Caught, 100*t.ByWords.Caught)
	}
	c := r.Chosen
	fmt.Fprintf(w, "Below %.2f nothing is drafted: that loses %.1f %% of questions with an answer and keeps quiet on %.1f %% of the others.\n\n", c.Threshold, 100*c.Lost, 100*c.Caught)
	if err := WriteCurve(w, r.Curve, c.Threshold); err != nil {
		return err
	}
	fmt.Fprintln(w)
	rows := [][]string{{"probability from", "questions", "said", "seen"}}
	for _, b := range r.Calibration {
		rows = append(rows, []string{fmt.Sprintf("%.1f", b.From), fmt.Sprint(b.Questions), eval.Short(b.Said), eval.Short(b.Seen)})
	}
	return eval.WriteRows(w, rows)
}

// WriteCurve writes a coverage–error curve as a Markdown table and marks the threshold
// chosen; 0 marks none.
func WriteCurve(w io.Writer, curve []eval.CurvePoint, chosen float64) error {
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
