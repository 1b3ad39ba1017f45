package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"footnote/knowledge/eval"
	"footnote/pipeline/drafting"
)

type evalAbstentionCmd struct {
	Corpus    string  `required:"" type:"path" help:"Rows {id,title,text,url,meta}; rows with meta.doc are passages of that document."`
	Queries   string  `required:"" type:"path" help:"Rows {id,text,history,answerability,needs_knowledge}."`
	Qrels     string  `type:"path" help:"Rows {qid,docid,rel}: questions that do not say themselves are answerable when something is relevant."`
	Outside   string  `type:"path" help:"Rows {id,text}: further questions, which the corpus does not answer."`
	ByDomain  bool    `help:"One index for each meta.domain; questions go to that of their domain."`
	Half      bool    `help:"Hide every other document: questions that only it answers have no answer. Needs qrels."`
	Source    string  `help:"Only questions of this source."`
	Limit     int     `help:"Ask so many questions, evenly spread; 0: all."`
	Threshold float64 `help:"Show what this threshold does; 0: the one that drafting uses."`
	Name      string  `help:"Name in the report; empty: the corpus' folder."`
	JSON      bool    `help:"Print JSON."`

	evalDense
}

// abstentionReport is what a run says, also as JSON.
type abstentionReport struct {
	Set          string            `json:"set"`
	Answerable   int               `json:"answerable"`
	Unanswerable int               `json:"unanswerable"`
	AUC          eval.Interval     `json:"auc"`
	Support      eval.Interval     `json:"auc_support"` // of the best passage's support alone
	Chosen       eval.CurvePoint   `json:"chosen"`
	Curve        []eval.CurvePoint `json:"curve"`
	Calibration  []eval.Bin        `json:"calibration"`
	Taught       *taughtReport     `json:"taught,omitempty"` // what half of the answered questions teach about vectors
}

// taughtReport is about the questions that did not teach.
type taughtReport struct {
	eval.Weighed
	ByWords eval.CurvePoint `json:"by_words"`
	ByBoth  eval.CurvePoint `json:"by_both"`
}

// Run asks every question on a throw-away database and index.
func (cmd *evalAbstentionCmd) Run(ctx context.Context) error { return cmd.report(ctx, os.Stdout) }

func (cmd *evalAbstentionCmd) report(ctx context.Context, w io.Writer) error {
	s, err := eval.LoadAsked(eval.Files{Corpus: cmd.Corpus, Queries: cmd.Queries, Qrels: cmd.Qrels})
	if err != nil {
		return err
	}
	if cmd.Source != "" {
		s.Only(cmd.Source)
	}
	if cmd.Outside != "" {
		if err := s.Outside(cmd.Outside); err != nil {
			return err
		}
	}
	b, err := openEvalBench(ctx, cmd.evalDense)
	if err != nil {
		return err
	}
	defer b.close()
	all, err := eval.Label(ctx, b.open, s, eval.Options{ByDomain: cmd.ByDomain, Half: cmd.Half, Limit: cmd.Limit, Taught: b.knowledge.Embedder != nil})
	if err != nil {
		return err
	}
	r := newAbstentionReport(cmp.Or(cmd.Name, filepath.Base(filepath.Dir(cmd.Corpus))), all, cmp.Or(cmd.Threshold, drafting.AnswerThreshold))
	if b.knowledge.Embedder != nil {
		var t taughtReport
		t.Weighed, t.ByWords, t.ByBoth = eval.WeighHalf(all, cmd.EmbeddingModel, r.Chosen.Threshold)
		r.Taught = &t
	}
	if cmd.JSON {
		return writeJSON(w, r)
	}
	return r.write(w)
}

func newAbstentionReport(name string, all []eval.Labelled, threshold float64) abstentionReport {
	r := abstentionReport{Set: name, AUC: eval.Answerability(all, eval.Probability), Support: eval.Answerability(all, eval.Support),
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

func (r abstentionReport) write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %d questions with an answer, %d without.\nAUC %s; of support alone %s.\n", r.Set, r.Answerable, r.Unanswerable, r.AUC, r.Support)
	if t := r.Taught; t != nil {
		fmt.Fprintf(w, "With vectors, as %d approved questions teach to believe them, on the others: AUC %.3f instead of %.3f, difference %s.\n", t.Questions, t.Both, t.Words, t.Gain)
		fmt.Fprintf(w, "There %.2f loses %.1f %% instead of %.1f %% of questions with an answer and keeps quiet on %.1f %% instead of %.1f %% of the others.\n",
			t.ByBoth.Threshold, 100*t.ByBoth.Lost, 100*t.ByWords.Lost, 100*t.ByBoth.Caught, 100*t.ByWords.Caught)
	}
	c := r.Chosen
	fmt.Fprintf(w, "Below %.2f nothing is drafted: that loses %.1f %% of questions with an answer and keeps quiet on %.1f %% of the others.\n\n", c.Threshold, 100*c.Lost, 100*c.Caught)
	if err := writeCurve(w, r.Curve, c.Threshold); err != nil {
		return err
	}
	fmt.Fprintln(w)
	rows := [][]string{{"probability from", "questions", "said", "seen"}}
	for _, b := range r.Calibration {
		rows = append(rows, []string{fmt.Sprintf("%.1f", b.From), fmt.Sprint(b.Questions), eval.Short(b.Said), eval.Short(b.Seen)})
	}
	return eval.WriteRows(w, rows)
}
