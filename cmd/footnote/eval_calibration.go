package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"footnote/knowledge"
	"footnote/knowledge/eval"
)

type evalCalibrationCmd struct {
	Data    string  `arg:"" default:"../shared/data" type:"path" help:"Folder of the sets."`
	Limit   int     `default:"900" help:"Ask so many questions of each set, evenly spread; 0: all."`
	Penalty float64 `default:"4" help:"L2 penalty; every set weighs 500."`
	Keep    string  `type:"path" help:"Keep the signals in this file, and read them from it when it is there."`
}

// calibrationSet has questions with and without an answer.
type calibrationSet struct {
	name, corpus, queries, qrels, outside string
	byDomain, half                        bool
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
	{name: "doc2dial, chat of others", corpus: "doc2dial/corpus_docs.jsonl", queries: "doc2dial/dev/queries.jsonl", qrels: "doc2dial/dev/qrels_doc.jsonl", outside: "oos/clinc150/dev/val.jsonl"},
	{name: "kb_office, half hidden", corpus: "kb_office/corpus_masked_docs.jsonl", queries: "kb_office/dev/queries.jsonl", qrels: "kb_office/dev/qrels.jsonl", half: true},
}

// keptSet is a set's questions with their signals.
type keptSet struct {
	Name      string
	Questions []eval.Labelled
}

// Run fits, and says how well that carries over.
func (cmd *evalCalibrationCmd) Run(ctx context.Context) error {
	sets, err := cmd.questions(ctx)
	if err != nil {
		return err
	}
	all := make([][]eval.Labelled, len(sets))
	for i, s := range sets {
		all[i] = s.Questions
	}
	return cmd.write(os.Stdout, sets, all)
}

func (cmd *evalCalibrationCmd) write(w io.Writer, sets []keptSet, all [][]eval.Labelled) error {
	seen, unseen := eval.Validated(all, cmd.Penalty, knowledge.SignalSign), eval.Unseen(all, cmd.Penalty, knowledge.SignalSign)
	rows := [][]string{{"set", "n", "answerable", "AUC of support alone", "AUC, own conversation not seen", "AUC, whole set not seen"}}
	for i, s := range sets {
		yes := 0
		for _, l := range s.Questions {
			if l.Answerable {
				yes++
			}
		}
		rows = append(rows, []string{s.Name, fmt.Sprint(len(s.Questions)), fmt.Sprint(yes), eval.Short(eval.Answerability(s.Questions, eval.Support).Value),
			eval.Answerability(seen[i], eval.Probability).String(), eval.Answerability(unseen[i], eval.Probability).String()})
	}
	if err := eval.WriteRows(w, rows); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nCoverage and error with every set at the same weight, own conversation not seen:")
	even := evenly(seen)
	if err := writeCurve(w, eval.Curve(even), 0); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nAt %.2f no more than 1 %% of the questions with an answer are lost.\n", eval.Choose([][]eval.Labelled{even}, .01))
	r := eval.Calibrate(all, cmd.Penalty, knowledge.SignalSign)
	fmt.Fprintf(w, "\nbias %.2f, weights", r.Bias)
	for _, x := range r.Weights {
		fmt.Fprintf(w, " %.2f,", x)
	}
	fmt.Fprintln(w)
	return nil
}

func (cmd *evalCalibrationCmd) questions(ctx context.Context) ([]keptSet, error) {
	var kept []keptSet
	if raw, err := os.ReadFile(cmd.Keep); cmd.Keep != "" && err == nil {
		return kept, json.Unmarshal(raw, &kept)
	}
	b, err := openEvalBench(ctx)
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
	at := func(name string) string {
		if name == "" {
			return ""
		}
		return filepath.Join(dir, name)
	}
	s, err := eval.LoadAsked(eval.Files{Corpus: at(c.corpus), Queries: at(c.queries), Qrels: at(c.qrels)})
	if err == nil && c.outside != "" {
		err = s.Outside(at(c.outside))
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// evenly repeats nothing and drops nothing: it takes the same number of
// questions from each set, evenly spread.
func evenly(sets [][]eval.Labelled) []eval.Labelled {
	least := len(sets[0])
	for _, s := range sets {
		least = min(least, len(s))
	}
	var out []eval.Labelled
	for _, s := range sets {
		for i := range least {
			out = append(out, s[i*len(s)/least])
		}
	}
	return out
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
