package report

import (
	"cmp"
	"fmt"
	"io"

	"footnote/knowledge/eval"
)

// Learning is what a replay says.
type Learning struct {
	Set         string      `json:"set"`
	Gains       []eval.Gain `json:"gains"`
	HostileRate float64     `json:"hostile_share,omitempty"`
	Hostile     []eval.Gain `json:"hostile,omitempty"`
}

// Write writes it as text with Markdown tables.
func (r Learning) Write(w io.Writer) error {
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
