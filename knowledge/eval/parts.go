package eval

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"

	"footnote/knowledge"
	"footnote/knowledge/search"
	"footnote/pipeline"
)

// Parted is an Index with dense vectors that can be asked by terms alone, too.
type Parted interface {
	Index
	ByTerms(ctx context.Context, q pipeline.Query) (pipeline.Answer, error)
}

// Parts are the rankings that a hybrid one is made of.
type Parts struct {
	Terms Ranking
	Dense Ranking // by likeness of vectors alone
}

// parts asks a Parted index the question by each of its parts.
func (r *run) parts(ctx context.Context, q Query, asked pipeline.Query) (*Parts, error) {
	ix, ok := r.ix.(Parted)
	if !ok {
		return nil, pipeline.Errorf(pipeline.Invalid, "this index has no parts to measure: name an embeddings endpoint")
	}
	terms, err := ix.ByTerms(ctx, asked)
	if err != nil {
		return nil, err
	}
	x, err := ix.Explain(ctx, asked)
	if err != nil {
		return nil, err
	}
	near := slices.DeleteFunc(x.Passages, func(p search.ExplainedScore) bool { return p.Ranks[knowledge.VectorDense] == 0 })
	slices.SortFunc(near, func(a, b search.ExplainedScore) int {
		return cmp.Compare(a.Ranks[knowledge.VectorDense], b.Ranks[knowledge.VectorDense])
	})
	var dense []pipeline.Hit
	for _, p := range near {
		dense = append(dense, pipeline.Hit{Passage: p.Passage})
	}
	return &Parts{Terms: r.ranking(q, terms.Hits), Dense: r.ranking(q, dense)}, nil
}

// Fused compares a hybrid with its parts on some of the questions.
type Fused struct {
	Set     string                 `json:"set"`
	Name    string                 `json:"slice"`
	Queries int                    `json:"queries"` // judged
	Figures map[string]FusedFigure `json:"figures"` // by metric
}

// FusedFigure is one metric of a hybrid and its parts. Differences are paired by
// question.
type FusedFigure struct {
	Terms     Interval `json:"terms"`
	Dense     Interval `json:"dense"`
	Hybrid    Interval `json:"hybrid"`
	OverTerms Interval `json:"over_terms"`
	OverDense Interval `json:"over_dense"`
}

// Fused summarises a run with Options.Parts, in the slices of Slices.
func (m *Measured) Fused(set string) []Fused {
	var out []Fused
	for _, g := range m.groups() {
		f := Fused{Set: set, Name: g.name, Queries: len(g.outcomes), Figures: map[string]FusedFigure{}}
		for _, metric := range metrics {
			terms := values(g.outcomes, func(o Outcome) float64 { return metric.of(o.Parts.Terms) })
			dense := values(g.outcomes, func(o Outcome) float64 { return metric.of(o.Parts.Dense) })
			hybrid := values(g.outcomes, func(o Outcome) float64 { return metric.of(o.Ranking) })
			f.Figures[metric.name] = FusedFigure{Terms: Mean(terms), Dense: Mean(dense), Hybrid: Mean(hybrid),
				OverTerms: Difference(terms, hybrid), OverDense: Difference(dense, hybrid)}
		}
		out = append(out, f)
	}
	return out
}

// WriteFused writes comparisons as a Markdown table.
func WriteFused(w io.Writer, all []Fused) error {
	rows := [][]string{{"set", "slice", "n", "R@5 terms", "dense", "hybrid", "nDCG@10 terms", "dense", "hybrid", "nDCG@10 over terms", "over dense"}}
	for _, f := range all {
		r, n := f.Figures["recall@5"], f.Figures["ndcg@10"]
		row := []string{f.Set, f.Name, strconv.Itoa(f.Queries), Short(r.Terms.Value), Short(r.Dense.Value), Short(r.Hybrid.Value),
			Short(n.Terms.Value), Short(n.Dense.Value), Short(n.Hybrid.Value), n.OverTerms.String(), n.OverDense.String()}
		if n.Dense.Value == 0 { // a reranker alone
			row[4], row[7], row[10] = "–", "–", "–"
		}
		rows = append(rows, row)
	}
	return WriteRows(w, rows)
}
