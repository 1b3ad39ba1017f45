package search

import (
	"cmp"
	"context"
	"slices"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// Explanation is why a search returned what it did: what Search itself used, not
// a second opinion.
type Explanation struct {
	Answer    pipeline.Answer `json:"answer"`
	Language  string          `json:"language"` // the question was analysed in
	Terms     []ExplainedTerm `json:"terms"`    // by what they can add, most first
	Typos     []ExplainedTypo `json:"typos,omitempty"`
	Lists     []ExplainedList `json:"lists"`
	Audiences []string        `json:"audiences"` // the filter inside every list
	Languages []string        `json:"languages"` // besides documents without one; empty: any
	Widened   bool            `json:"widened"`   // nothing was close in the preferred language
	Profile   string          `json:"profile"`   // which weights: "conversation" or "single question"
	// Answerable are the signals behind Answer.Probability: they add up, with the
	// bias, to its log odds by words.
	Answerable []ExplainedPart    `json:"answerable"`
	Weighed    *knowledge.Weighed `json:"weighed,omitempty"` // with vectors; nil: words alone
	Passages   []ExplainedScore   `json:"passages"`          // best first
}

// ExplainedTerm is a term of the question.
type ExplainedTerm struct {
	Word     string  `json:"word"` // as written; an identifier's parts and whole are apart
	Weight   float64 `json:"weight"`
	IDF      float64 `json:"idf"`
	Passages int     `json:"passages"` // that have it
}

// ExplainedTypo is a word that was read as others.
type ExplainedTypo struct {
	Word  string   `json:"word"`
	Meant []string `json:"meant"`
}

// ExplainedList is one ranked list that candidates came from.
type ExplainedList struct {
	Name  string `json:"name"`
	Limit int    `json:"limit"`
	Found int    `json:"found"`
}

// ExplainedScore is one candidate.
type ExplainedScore struct {
	Passage pipeline.Passage `json:"passage"`
	Fate    string           `json:"fate"` // "returned", or what kept it back
	Score   float64          `json:"score"`
	Support float64          `json:"support"`
	Ranks   map[string]int   `json:"ranks"` // by list, from 1; absent: not in it
	Body    []string         `json:"body,omitempty"`
	Heading []string         `json:"heading,omitempty"`
	Title   []string         `json:"title,omitempty"` // the question's words in each field
	Parts   []ExplainedPart  `json:"parts"`           // they add up to the score
}

// ExplainedPart is what one feature adds to a score: value × weight.
type ExplainedPart struct {
	Feature string  `json:"feature"`
	Value   float64 `json:"value"`
	Weight  float64 `json:"weight"`
	Points  float64 `json:"points"`
}

// Explain searches and says why. Kinds as Search.
func (k *Searcher) Explain(ctx context.Context, q pipeline.Query) (Explanation, error) {
	x := &Explanation{}
	answer, err := k.search(ctx, q, x)
	x.Answer = answer
	return *x, err
}

// lists that candidates come from.
const (
	listTerms = iota
	listHistory
	listTopic
	listDense
	lists
)

var listNames = [lists]string{"terms", "terms of the whole conversation", "terms with names carried over", knowledge.VectorDense}

func (x *Explanation) question(s *search) {
	n := s.n
	x.Language, x.Profile = n.lang, "single question"
	if n.history {
		x.Profile = "conversation"
	}
	for i, t := range n.terms {
		x.Terms = append(x.Terms, ExplainedTerm{Word: n.words[t], Weight: n.weight[viewDecay][i], IDF: n.idf[i], Passages: int(n.lex.PassageDF(t))})
	}
	slices.SortStableFunc(x.Terms, func(a, b ExplainedTerm) int { return cmp.Compare(b.Weight*b.IDF, a.Weight*a.IDF) })
	for word, meant := range n.typos {
		t := ExplainedTypo{Word: word}
		for _, m := range meant {
			t.Meant = append(t.Meant, m.Word)
		}
		if len(meant) > 0 {
			x.Typos = append(x.Typos, t)
		}
	}
	slices.SortFunc(x.Typos, func(a, b ExplainedTypo) int { return cmp.Compare(a.Word, b.Word) })
	for _, a := range s.q.Audiences {
		x.Audiences = append(x.Audiences, string(a))
	}
}

// candidates writes down all candidates in their order; fate may be missing.
func (x *Explanation) candidates(s *search, cands []*candidate, fate map[*candidate]string) {
	for _, c := range cands {
		e := ExplainedScore{Passage: c.p.Passage, Fate: cmp.Or(fate[c], "below the limit"), Score: c.score, Support: c.support, Ranks: map[string]int{},
			Body: s.n.said(c.p.Body), Heading: s.n.said(c.p.HeadingTerms), Title: s.n.said(c.doc.Title), Parts: c.parts}
		for l, r := range c.ranks {
			if r > 0 {
				e.Ranks[listNames[l]] = int(r)
			}
		}
		x.Passages = append(x.Passages, e)
	}
}

// said are the question's words among some terms, each once.
func (n *question) said(terms []text.Term) []string {
	var out []string
	for _, t := range terms {
		if _, ok := n.number[t]; ok && n.words[t] != "" && !slices.Contains(out, n.words[t]) {
			out = append(out, n.words[t])
		}
	}
	return out
}
