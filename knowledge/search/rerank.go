package search

import (
	"slices"
	"strings"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/pipeline/text"
)

// Features of a candidate. BM25 scores and document scores are divided by the
// best among the candidates, the others by the question's IDF mass, so that
// weights mean the same for every question.
const (
	fDecay     = iota // BM25, newest turn strongest
	fLast             // BM25 of the newest turn
	fUser             // BM25 of the customer's turns
	fDocHist          // BM25 of the whole document for the whole history
	fDocHist3         // its cube: a clear winner among documents counts for more
	fDocDecay         // BM25 of the document, newest turn strongest
	fDocLast          // BM25 of the document for the newest turn
	fTitle            // share of the question's IDF mass in the title
	fHeading          // in the headings
	fHeadLast         // of the newest turn's mass in the headings
	fPairLast         // bigrams shared with the newest turn, by IDF
	fPairAll          // bigrams shared with any turn, newest strongest
	fFirst            // 1 / (1 + ordinal): documents say first what they are about
	fAfter            // decay score of the passage before: answers follow what was asked about
	fCover            // share of the question's mass in the passage
	fTightLast        // most of the newest turn's mass within 24 terms
	fTight            // most of the question's mass within 8 terms
	fNamed            // share of the title's IDF mass that the conversation names
	fNamedLast        // that the newest turn names
	fTopic            // BM25 of the newest turn with names carried over
	fStay             // fDocHist3 in a document of several passages: one stays in it
	fStayDecay        // fDocDecay in a document of several passages
	fInside           // fStay × fDecay
	features
)

// featureNames by feature, as an explanation says them.
var featureNames = [features]string{
	"BM25, newest turn strongest", "BM25 of the newest turn", "BM25 of the customer's turns", "document for the whole conversation", "the same, cubed",
	"document, newest turn strongest", "document for the newest turn", "title", "headings", "headings for the newest turn", "phrases of the newest turn",
	"phrases of any turn", "near the document's beginning", "follows a passage that fits", "share of the question covered",
	"newest turn within 24 words", "question within 8 words", "title named in the conversation", "title named in the newest turn", "names carried over",
	"stays in a document of several passages", "document of several passages, newest turn strongest", "fits inside the document one stays in",
}

// Outside the trained features.
const (
	weightLocale  = 1.0 // the preferred locale to the letter
	weightOther   = 6.0 // against another language
	weightExact   = 4.0 // the newest turn is the title, to the word
	weightProduct = 1.5 // for the preferred product, against another one

	weightOutdated = 3.0 // against a page last vouched for long before another candidate
)

const (
	wideWindow   = 24
	narrowWindow = 8
)

// candidate is a passage that some list brought up.
type candidate struct {
	doc     *corpus.Document
	p       *corpus.Passage
	dense   float64 // 0..1 among the candidates
	learned float64 // what approvals add to the score; negative when they take away
	f       [features]float64
	raw     [views]float64 // BM25 by view
	exact   bool           // the title has all of the newest turn
	covered float64        // mass of viewDecay in body, headings and title
	close   float64        // the most of it within wideWindow terms of the body
	score   float64
	support float64
	ranks   [lists]int16    // by list, from 1; 0: not in it
	parts   []ExplainedPart // of the score, when somebody asks why
}

// rerank fills the features, score and support of candidates; what vectors say
// comes on top (see fuse).
func (n *question) rerank(cands []*candidate, explain bool) {
	s := scratch{tf: make([]float64, len(n.terms)), count: make([]int32, len(n.terms))}
	for _, c := range cands {
		n.measure(c, &s)
	}
	n.spread(cands)
	n.documentScores(cands)
	w := &weightsSingle
	if n.history {
		w = &weightsHistory
	}
	newest := newestReview(cands)
	for _, c := range cands {
		for i, x := range c.f {
			c.add(explain, featureNames[i], x, w[i])
		}
		c.add(explain, "earlier approvals", c.learned, 1)
		if c.f[fNamedLast] > .999 && c.exact {
			c.add(explain, "the title is the question", 1, weightExact)
		}
		n.preference(c, explain)
		if c.p.Outdated(newest) {
			c.add(explain, "a newer review exists", 1, -weightOutdated)
		}
		c.support = max(share(c.covered+c.close, 2*n.mass[viewDecay]), n.past.support(c))
	}
}

// add adds a feature to the score, and writes it down when somebody asks why.
func (c *candidate) add(explain bool, name string, value, weight float64) {
	c.score += value * weight
	if explain {
		c.parts = append(c.parts, ExplainedPart{Feature: name, Value: value, Weight: weight, Points: value * weight})
	}
}

// newestReview is the latest date at which an owner vouched for a candidate.
func newestReview(cands []*candidate) (newest time.Time) {
	for _, c := range cands {
		if c.p.ReviewedAt.After(newest) {
			newest = c.p.ReviewedAt
		}
	}
	return newest
}

// preference is for locale and product.
func (n *question) preference(c *candidate, explain bool) {
	if n.locale != "" && c.p.Locale != "" {
		switch {
		case strings.EqualFold(n.locale, c.p.Locale):
			c.add(explain, "the preferred locale", 1, weightLocale)
		case text.BaseLanguage(n.locale) != text.BaseLanguage(c.p.Locale):
			c.add(explain, "another language", 1, -weightOther)
		}
	}
	if n.product != "" && c.p.Product != "" {
		if strings.EqualFold(n.product, c.p.Product) {
			c.add(explain, "the preferred product", 1, weightProduct)
		} else {
			c.add(explain, "another product", 1, -weightProduct)
		}
	}
}

// scratch is reused from candidate to candidate.
type scratch struct {
	tf    []float64 // by term number
	seen  []int32   // term numbers with tf > 0
	body  []int32   // the body as term numbers, -1 for others
	count []int32   // in the window
}

// measure fills what depends on the candidate's passage alone.
func (n *question) measure(c *candidate, s *scratch) {
	s.body, s.seen = s.body[:0], s.seen[:0]
	bump := func(t text.Term) int32 {
		i, ok := n.number[t]
		if !ok {
			return -1
		}
		if s.tf[i] == 0 {
			s.seen = append(s.seen, i)
		}
		s.tf[i]++
		return i
	}
	for _, t := range c.p.Body {
		s.body = append(s.body, bump(t))
	}
	for _, i := range s.seen {
		c.f[fCover] += n.weight[viewDecay][i] * n.idf[i]
	}
	for _, t := range c.p.HeadingTerms {
		bump(t)
	}
	for _, t := range c.doc.Title {
		bump(t)
	}
	long := c.p.Length / n.lex.PassageLength()
	for _, i := range s.seen {
		x := knowledge.BM25(s.tf[i], long) * n.idf[i]
		for v := range c.raw {
			c.raw[v] += n.weight[v][i] * x
		}
		c.covered += n.weight[viewDecay][i] * n.idf[i]
		s.tf[i] = 0
	}
	c.f[fCover] = share(c.f[fCover], n.mass[viewDecay])
	c.f[fTitle] = share(n.massOf(viewDecay, c.doc.Title), n.mass[viewDecay])
	c.f[fNamed], c.f[fNamedLast] = n.named(c.doc.Title)
	c.exact = n.mass[viewLast] > 0 && n.massOf(viewLast, c.doc.Title) > .999*n.mass[viewLast]
	c.f[fHeading] = share(n.massOf(viewDecay, c.p.HeadingTerms), n.mass[viewDecay])
	c.f[fHeadLast] = share(n.massOf(viewLast, c.p.HeadingTerms), n.mass[viewLast])
	c.f[fPairLast], c.f[fPairAll] = n.pairMass(s.body)
	c.f[fFirst] = 1 / float64(1+c.p.Ordinal)
	c.f[fTightLast] = share(tightest(n.masses[viewLast], s, wideWindow), n.mass[viewLast])
	c.close = tightest(n.masses[viewDecay], s, wideWindow)
	c.f[fTight] = share(tightest(n.masses[viewDecay], s, narrowWindow), n.mass[viewDecay])
	c.learned = n.past.lift(c)
}

// massOf is the mass of a view in a few terms, each counted once.
func (n *question) massOf(view int, terms []text.Term) float64 {
	m := 0.0
	for at, t := range terms {
		i, ok := n.number[t]
		if !ok || n.weight[view][i] == 0 {
			continue
		}
		dup := false
		for _, e := range terms[:at] {
			dup = dup || e == t
		}
		if !dup {
			m += n.weight[view][i] * n.idf[i]
		}
	}
	return m
}

// named is the share of a title's IDF mass that the conversation has, and that
// the newest turn has: a page whose whole title came up is the one meant.
func (n *question) named(title []text.Term) (any, last float64) {
	mass := 0.0
	for at, t := range title {
		if slices.Contains(title[:at], t) {
			continue
		}
		x := corpus.IDF(n.lex.Documents(), n.lex.DocDF(t))
		mass += x
		if i, ok := n.number[t]; ok {
			any += x * min(n.weight[viewTopic][i], 1)
			last += x * min(n.weight[viewLast][i], 1)
		}
	}
	return share(any, mass), share(last, mass)
}

// pairMass is the IDF of the bigrams that a passage shares with the newest turn
// and with all turns, over twice the mass of the view.
func (n *question) pairMass(body []int32) (last, all float64) {
	var seen [][2]int32
next:
	for i := 1; i < len(body); i++ {
		key := [2]int32{body[i-1], body[i]}
		if key[0] < 0 || key[1] < 0 {
			continue
		}
		w, ok := n.pairs[key]
		if !ok {
			continue
		}
		for _, s := range seen {
			if s == key {
				continue next
			}
		}
		seen = append(seen, key)
		x := n.idf[key[0]] + n.idf[key[1]]
		all += w * x
		if n.lastPair[key] {
			last += x
		}
	}
	ratio := func(x, mass float64) float64 {
		if mass <= 0 {
			return 0
		}
		return x / (2 * mass)
	}
	return ratio(last, n.mass[viewLast]), ratio(all, n.mass[viewDecay])
}

// tightest is the largest mass within any window of the body; mass is by term.
func tightest(mass []float64, s *scratch, window int) float64 {
	cur, best := 0.0, 0.0
	for at, i := range s.body {
		if i >= 0 {
			if s.count[i] == 0 {
				cur += mass[i]
			}
			s.count[i]++
		}
		if at >= window {
			if o := s.body[at-window]; o >= 0 {
				if s.count[o]--; s.count[o] == 0 {
					cur -= mass[o]
				}
			}
		}
		best = max(best, cur)
	}
	for _, i := range s.body {
		if i >= 0 {
			s.count[i] = 0
		}
	}
	return best
}

// spread fills what depends on the other candidates: scores over the best, and
// the neighbours in a document.
func (n *question) spread(cands []*candidate) {
	var best [views]float64
	at := map[*corpus.Passage]*candidate{}
	for _, c := range cands {
		at[c.p] = c
		for v, x := range c.raw {
			best[v] = max(best[v], x)
		}
	}
	over := func(c *candidate, v int) float64 { return share(c.raw[v], best[v]) }
	for _, c := range cands {
		c.f[fDecay], c.f[fLast], c.f[fUser] = over(c, viewDecay), over(c, viewLast), over(c, viewUser)
		c.f[fTopic] = over(c, viewTopic)
		if i := c.p.Ordinal; i > 0 && i <= len(c.doc.Passages) {
			if b := at[&c.doc.Passages[i-1]]; b != nil {
				c.f[fAfter] = over(b, viewDecay)
			}
		}
	}
}

// documentScores fills the scores of whole documents.
func (n *question) documentScores(cands []*candidate) {
	var best [views]float64
	for _, c := range cands {
		for v, x := range n.documentScore(c.doc) {
			best[v] = max(best[v], x)
		}
	}
	for _, c := range cands {
		s := n.documentScore(c.doc)
		several := 1 - 1/float64(max(len(c.doc.Passages), 1))
		h := share(s[viewHist], best[viewHist])
		c.f[fDocHist], c.f[fDocHist3] = h, h*h*h
		c.f[fDocDecay], c.f[fDocLast] = share(s[viewDecay], best[viewDecay]), share(s[viewLast], best[viewLast])
		c.f[fStay], c.f[fStayDecay] = several*c.f[fDocHist3], several*c.f[fDocDecay]
		c.f[fInside] = c.f[fStay] * c.f[fDecay]
	}
}

// documentScore is BM25 of a whole document by view, worked out once.
func (n *question) documentScore(d *corpus.Document) *[views]float64 {
	if s := n.scored[d]; s != nil {
		return s
	}
	s := new([views]float64)
	n.scored[d] = s
	long := d.Length / n.lex.DocumentLength()
	for i, t := range n.terms {
		if tf := d.Count(t); tf > 0 {
			x := knowledge.BM25(tf, long) * n.docIDF[i]
			for v := range s {
				s[v] += n.weight[v][i] * x
			}
		}
	}
	return s
}
