package eval

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// metric is one figure of a ranking.
type metric struct {
	name string
	of   func(Ranking) float64
}

// metrics in the order of the table.
var metrics = []metric{
	{"recall@1", func(r Ranking) float64 { return r.Recall(1) }},
	{"recall@5", func(r Ranking) float64 { return r.Recall(5) }},
	{"recall@10", func(r Ranking) float64 { return r.Recall(10) }},
	{"ndcg@5", func(r Ranking) float64 { return r.NDCG(5) }},
	{"ndcg@10", func(r Ranking) float64 { return r.NDCG(10) }},
	{"mrr@10", func(r Ranking) float64 { return r.MRR(10) }},
	{"best@1", Ranking.Best},
}

// Slice is the figures of some of the questions.
type Slice struct {
	Set     string              `json:"set"`
	Name    string              `json:"slice"`
	Queries int                 `json:"queries"` // judged
	Figures map[string]Interval `json:"figures"` // by metric
	Plain   map[string]float64  `json:"plain_bm25,omitempty"`
}

// leastSlice is the smallest slice worth a line.
const leastSlice = 20

// longQuestion is how many words a question has that is told like a story.
const longQuestion = 25

// Slices summarises a run: all judged questions first, then by domain, language,
// source, place in the conversation, and length, where that tells them apart.
func (m *Measured) Slices(set string) []Slice {
	var out []Slice
	for _, g := range m.groups() {
		out = append(out, slice(set, g.name, g.outcomes))
	}
	return out
}

// group is a slice's questions.
type group struct {
	name     string
	outcomes []Outcome
}

func (m *Measured) groups() []group {
	judged := slices.DeleteFunc(slices.Clone(m.Outcomes), func(o Outcome) bool { return !o.Ranking.Judged() })
	out := []group{{"all", judged}}
	by := func(name func(Outcome) string) {
		groups := map[string][]Outcome{}
		var order []string
		for _, o := range judged {
			n := name(o)
			if groups[n] == nil {
				order = append(order, n)
			}
			groups[n] = append(groups[n], o)
		}
		if len(order) < 2 {
			return
		}
		slices.Sort(order)
		for _, n := range order {
			if g := groups[n]; n != "" && len(g) >= leastSlice {
				out = append(out, group{n, g})
			}
		}
	}
	by(func(o Outcome) string { return o.Query.Domain })
	by(func(o Outcome) string { return o.Query.Lang })
	by(func(o Outcome) string { return o.Query.Source })
	by(func(o Outcome) string {
		if len(o.Query.History) == 0 {
			return "first turn"
		}
		return "later turns"
	})
	by(func(o Outcome) string {
		if len(strings.Fields(o.Query.Text)) > longQuestion {
			return fmt.Sprintf("over %d words", longQuestion)
		}
		return fmt.Sprintf("%d words or fewer", longQuestion)
	})
	return out
}

func slice(set, name string, outcomes []Outcome) Slice {
	s := Slice{Set: set, Name: name, Queries: len(outcomes), Figures: map[string]Interval{}}
	for _, m := range metrics {
		s.Figures[m.name] = Mean(values(outcomes, func(o Outcome) float64 { return m.of(o.Ranking) }))
		if len(outcomes) > 0 && outcomes[0].Plain.Judged() {
			if s.Plain == nil {
				s.Plain = map[string]float64{}
			}
			sum := 0.0
			for _, o := range outcomes {
				sum += m.of(o.Plain)
			}
			s.Plain[m.name] = sum / float64(len(outcomes))
		}
	}
	return s
}

func values(outcomes []Outcome, f func(Outcome) float64) []float64 {
	out := make([]float64, len(outcomes))
	for i, o := range outcomes {
		out[i] = f(o)
	}
	return out
}

// Quantile of how long a question took.
func (m *Measured) Quantile(q float64) time.Duration {
	if len(m.Outcomes) == 0 {
		return 0
	}
	took := make([]time.Duration, len(m.Outcomes))
	for i, o := range m.Outcomes {
		took[i] = o.Took
	}
	slices.Sort(took)
	return took[int(q*float64(len(took)-1))]
}

// WriteTable writes slices as a Markdown table that is readable as text too.
func WriteTable(w io.Writer, slices []Slice) error {
	rows := [][]string{{"set", "slice", "n", "R@1", "R@5", "R@10", "nDCG@5", "nDCG@10", "MRR@10", "best@1", "BM25 R@5", "BM25 nDCG@10"}}
	for _, s := range slices {
		row := []string{s.Set, s.Name, fmt.Sprint(s.Queries)}
		for _, m := range metrics {
			i := s.Figures[m.name]
			switch m.name {
			case "recall@5", "ndcg@5", "ndcg@10":
				row = append(row, i.String())
			default:
				row = append(row, Short(i.Value))
			}
		}
		if s.Plain == nil {
			row = append(row, "–", "–")
		} else {
			row = append(row, Short(s.Plain["recall@5"]), Short(s.Plain["ndcg@10"]))
		}
		rows = append(rows, row)
	}
	return WriteRows(w, rows)
}

// WriteRows writes rows, the first of them the header, as a Markdown table with
// aligned columns.
func WriteRows(w io.Writer, rows [][]string) error {
	var rule []string
	for i := range rows[0] {
		width := 0
		for _, r := range rows {
			width = max(width, utf8.RuneCountInString(r[i]))
		}
		rule = append(rule, strings.Repeat("-", width))
	}
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	for i, r := range rows {
		if i == 1 {
			fmt.Fprintf(t, "| %s |\n", strings.Join(rule, "\t| "))
		}
		fmt.Fprintf(t, "| %s |\n", strings.Join(r, "\t| "))
	}
	return t.Flush()
}
