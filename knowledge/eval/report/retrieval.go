package report

import (
	"context"
	"fmt"
	"io"
	"time"

	"footnote/knowledge/eval"
)

// Retrieval is what a run over a set says, also as JSON.
type Retrieval struct {
	Set       string       `json:"set"`
	Documents int          `json:"documents"`
	Passages  int          `json:"passages"`
	Queries   int          `json:"queries"` // asked
	Slices    []eval.Slice `json:"slices"`
	Fused     []eval.Fused `json:"fused,omitempty"` // with an embeddings endpoint
	Typos     []TypoLoss   `json:"typos,omitempty"`
	IndexS    float64      `json:"index_s"`
	AskS      float64      `json:"ask_s"`
	P50MS     float64      `json:"query_p50_ms"`
	P99MS     float64      `json:"query_p99_ms"`
	Notes     []string     `json:"notes,omitempty"`
}

// TypoLoss is what misspelt questions lose, relative to the same spelt right.
type TypoLoss struct {
	Set    string  `json:"set"`
	Metric string  `json:"metric"`
	Clean  float64 `json:"clean"`
	Typos  float64 `json:"typos"`
	Loss   float64 `json:"loss"` // 0.05: five per cent
	Plain  float64 `json:"plain_bm25_loss"`
}

// Measure runs a set. With typos it runs it again with misspelt questions, by terms
// and vectors together, and compares.
func Measure(ctx context.Context, open eval.Open, name string, set *eval.Set, o eval.Options, typos bool) (*Retrieval, error) {
	m, err := eval.Run(ctx, open, set, o)
	if err != nil {
		return nil, err
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	r := &Retrieval{Set: name, Documents: m.Documents, Passages: m.Passages, Queries: len(m.Outcomes), Slices: m.Slices(name), IndexS: m.Indexed.Seconds(),
		AskS: m.Asked.Seconds(), P50MS: ms(m.Quantile(.5)), P99MS: ms(m.Quantile(.99)), Notes: m.Notes}
	if o.Parts {
		r.Fused = m.Fused(name)
	}
	if !typos {
		return r, nil
	}
	o.Typos, o.Parts = true, false
	wrong, err := eval.Run(ctx, open, set, o)
	if err != nil {
		return nil, err
	}
	clean, bad := r.Slices[0], wrong.Slices(name)[0]
	for _, metric := range []string{"recall@5", "ndcg@10"} {
		l := TypoLoss{Set: name, Metric: metric, Clean: clean.Figures[metric].Value, Typos: bad.Figures[metric].Value}
		l.Loss = 1 - l.Typos/l.Clean
		if clean.Plain != nil {
			l.Plain = 1 - bad.Plain[metric]/clean.Plain[metric]
		}
		r.Typos = append(r.Typos, l)
	}
	return r, nil
}

// Write writes it as text with Markdown tables.
func (r *Retrieval) Write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %d documents, %d passages indexed in %.1f s; %d questions in %.1f s, p50 %.1f ms, p99 %.1f ms.\n", r.Set, r.Documents, r.Passages, r.IndexS,
		r.Queries, r.AskS, r.P50MS, r.P99MS)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	fmt.Fprintln(w)
	if err := eval.WriteTable(w, r.Slices); err != nil {
		return err
	}
	if err := writeFused(w, r.Fused); err != nil {
		return err
	}
	return writeTypos(w, r.Typos)
}

func writeFused(w io.Writer, all []eval.Fused) error {
	if len(all) == 0 {
		return nil
	}
	fmt.Fprint(w, "\nTerms, dense vectors, and both:\n\n")
	return eval.WriteFused(w, all)
}

func writeTypos(w io.Writer, losses []TypoLoss) error {
	if len(losses) == 0 {
		return nil
	}
	fmt.Fprint(w, "\nOne in six words misspelt:\n\n")
	rows := [][]string{{"set", "metric", "clean", "misspelt", "loss", "plain BM25's loss"}}
	for _, l := range losses {
		rows = append(rows, []string{l.Set, l.Metric, eval.Short(l.Clean), eval.Short(l.Typos), fmt.Sprintf("%.1f %%", 100*l.Loss), fmt.Sprintf("%.1f %%", 100*l.Plain)})
	}
	return eval.WriteRows(w, rows)
}
