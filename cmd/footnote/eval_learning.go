package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"footnote/knowledge/eval"
)

type evalLearningCmd struct {
	Corpus  string  `type:"path" help:"Rows {id,title,text}; empty: the documents that qrels name, by the words of their names."`
	Tickets string  `type:"path" help:"Rows {id,author,replies[{created,author,kb}]}: when a reply cited, and who wrote it."`
	Queries string  `required:"" type:"path" help:"Rows {id,text,history,created}: the stream, by created or as the file has it."`
	Qrels   string  `type:"path" help:"Rows {qid,docid,rel}: what the approved reply cites."`
	Spans   string  `type:"path" help:"Rows {qid,docid,start,end} instead of qrels."`
	Hostile float64 `help:"Also with this share of approvals that cite something wrong, e.g. 0.1."`
	JSON    bool    `help:"Print JSON."`

	evalDense
}

// learningReport is what a replay says.
type learningReport struct {
	Set         string      `json:"set"`
	Gains       []eval.Gain `json:"gains"`
	HostileRate float64     `json:"hostile_share,omitempty"`
	Hostile     []eval.Gain `json:"hostile,omitempty"`
}

// Run replays the stream on a throw-away database and index.
func (cmd *evalLearningCmd) Run(ctx context.Context) error {
	s, err := eval.LoadStream(eval.LearningFiles{Files: eval.Files{Corpus: cmd.Corpus, Queries: cmd.Queries, Qrels: cmd.Qrels, Spans: cmd.Spans}, Tickets: cmd.Tickets})
	if err != nil {
		return err
	}
	b, err := openEvalBench(ctx, cmd.evalDense)
	if err != nil {
		return err
	}
	defer b.close()
	rep := learningReport{Set: filepath.Base(filepath.Dir(filepath.Dir(cmd.Queries))), HostileRate: cmd.Hostile}
	if rep.Gains, err = b.replay(ctx, s, 0); err != nil {
		return err
	}
	if cmd.Hostile > 0 {
		if rep.Hostile, err = b.replay(ctx, s, cmd.Hostile); err != nil {
			return err
		}
	}
	if cmd.JSON {
		return writeJSON(os.Stdout, rep)
	}
	return rep.write(os.Stdout)
}

func (b *evalBench) replay(ctx context.Context, s *eval.Stream, hostile float64) ([]eval.Gain, error) {
	k, _, done, err := b.fresh(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	steps, err := s.Replay(ctx, k, hostile)
	if err != nil {
		return nil, err
	}
	return eval.Gains(steps), nil
}

func (r learningReport) write(w io.Writer) error {
	for _, part := range []struct {
		title string
		gains []eval.Gain
	}{{"Every question asked before its own approval was learned", r.Gains}, {fmt.Sprintf("With %.0f %% hostile approvals", 100*r.HostileRate), r.Hostile}} {
		if part.gains == nil {
			continue
		}
		fmt.Fprintf(w, "%s, %s:\n\n", cmp.Or(r.Set, "stream"), part.title)
		rows := [][]string{{"slice", "n", "R@5 without", "R@5 with", "relative", "R@5 difference", "nDCG@5 without", "nDCG@5 with", "nDCG@5 difference"}}
		for _, g := range part.gains {
			rows = append(rows, []string{g.Name, fmt.Sprint(g.Queries), eval.Short(g.Recall[0]), eval.Short(g.Recall[1]), fmt.Sprintf("%+.1f %%", 100*g.Relative), g.Recalled.String(),
				eval.Short(g.NDCG[0]), eval.Short(g.NDCG[1]), g.Ranked.String()})
		}
		if err := eval.WriteRows(w, rows); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	return nil
}
