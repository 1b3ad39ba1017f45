package eval

import (
	"cmp"
	"math"
	"slices"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// plainBM25 is what others have: Okapi BM25 over title and text (k1 1.2,
// b 0.75), stemmed, stop words out. It stands beside our figures.
type plainBM25 struct {
	ids   []string
	long  []float64
	mean  float64
	posts map[text.Term][]posting
}

type posting struct {
	row int32
	tf  float32
}

// newPlainBM25 indexes rows, or with whole the documents that they belong to.
func newPlainBM25(all []Document, whole bool) *plainBM25 {
	b := &plainBM25{posts: map[text.Term][]posting{}}
	at := map[string]int{}
	var texts []string
	var langs []string
	for _, d := range all {
		id := d.ID
		if whole {
			id = cmp.Or(d.Field("doc"), id)
		}
		i, ok := at[id]
		if !ok {
			i = len(texts)
			at[id] = i
			b.ids, texts, langs = append(b.ids, id), append(texts, d.Title), append(langs, text.Language(d.Field("lang"), d.Text))
		}
		texts[i] += "\n" + d.Text
	}
	for i, body := range texts {
		tf := map[text.Term]float32{}
		n := 0.0
		for _, t := range text.Analyse(langs[i], body) {
			tf[t]++
			n++
		}
		b.long = append(b.long, n)
		b.mean += n / float64(len(texts))
		for t, x := range tf {
			b.posts[t] = append(b.posts[t], posting{int32(i), x})
		}
	}
	return b
}

// weights of turns for plain BM25: the newest 1, those before it .3·.5^k, the
// opening one .15 more.
func turnWeight(turns []pipeline.Turn, i int) float64 {
	back := len(turns) - 1 - i
	if back == 0 {
		return 1
	}
	w := .3 * math.Pow(.5, float64(back-1))
	if i == 0 {
		w += .15
	}
	return w
}

// search returns the ids of the best k rows.
func (b *plainBM25) search(turns []pipeline.Turn, k int) []string {
	query := map[text.Term]float64{}
	for i, turn := range turns {
		w := turnWeight(turns, i)
		for _, t := range text.Analyse(text.Language("", turn.Text), turn.Text) {
			query[t] += w
		}
	}
	terms := make([]text.Term, 0, len(query))
	for t := range query {
		terms = append(terms, t)
	}
	slices.Sort(terms) // sums of floats depend on their order
	scores := make([]float64, len(b.ids))
	n := float64(len(b.ids))
	for _, t := range terms {
		posts := b.posts[t]
		df := float64(len(posts))
		idf := math.Log((n-df+.5)/(df+.5) + 1)
		for _, p := range posts {
			tf := float64(p.tf)
			scores[p.row] += query[t] * idf * tf * 2.2 / (tf + 1.2*(.25+.75*b.long[p.row]/b.mean))
		}
	}
	order := make([]int, 0, len(scores))
	for i, s := range scores {
		if s > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(scores[y], scores[x]), cmp.Compare(x, y))
	})
	var out []string
	for _, i := range order[:min(k, len(order))] {
		out = append(out, b.ids[i])
	}
	return out
}
