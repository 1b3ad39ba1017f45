package search

import (
	"math"
	"math/bits"
	"slices"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// Signals of a whole search, from which the probability comes that its first
// passages answer. All lie in [0,1] or near, and none is a raw score: masses
// are shares of the question's own, so that they mean the same in every corpus.
const (
	sLastTop   = iota // share of the newest turn's IDF mass in the best of the first five
	sPairs            // phrases of the newest turn in one of the first five
	sTightLast        // most of the newest turn within 24 terms of the best passage
	sSpecial          // mean IDF of the newest turn's words
	sLength           // words of the newest turn, as a logarithm
	sNamed            // share of the best passage's title that the conversation names
	sFall             // how far the best is ahead of the fifth
	sAgree            // share of the first five that are of the best one's document
	sScore            // score of the best passage: its features are shares too
	sSupport          // support of the best passage, without what approvals say
	sNear             // most of the question within 24 terms of the best passage
	sRest             // share of the question in the best passage's body, but not in its title
	sRestNear         // of what its title does not have, within 24 terms of its body
	sFirst            // nearness to the document's beginning
	sLong             // terms of the best passage over the mean, as a logarithm
	sHistory          // there are earlier turns
	sTurn             // the first of the cues of the newest turn; see turn.go
	signals    = sTurn + cues
)

// signalNames by signal, as an explanation and the calibration say them.
var signalNames = append([]string{
	"newest turn in the best of five", "phrases of the newest turn", "newest turn within 24 words", "how telling the words are",
	"length of the newest turn", "title named in the conversation", "lead over the fifth", "five agree on a document",
	"score of the best passage", "support of the best passage", "question within 24 words", "question in the text beyond the title",
	"what the title lacks within 24 words", "near the document's beginning", "length of the best passage", "a conversation",
}, cueNames[:]...)

// lookedAt is how many passages the signals are read from.
const lookedAt = 5

// signalsOf reads the signals of a search from its best passages, best first.
// It looks at five passages once, so it costs nothing beside the search.
func (n *question) signalsOf(best []*candidate, turn string) (f [signals]float64) {
	if len(best) == 0 {
		return f
	}
	n.newestTurn(&f, best)
	b, whole := best[0], n.mass[viewDecay]
	for i, c := range best {
		f[sPairs] = max(f[sPairs], c.f[fPairLast])
		if c.doc == b.doc && i > 0 {
			f[sAgree] += 1.0 / (lookedAt - 1)
		}
	}
	f[sTightLast], f[sNamed], f[sScore], f[sFirst] = b.f[fTightLast], b.f[fNamed], (b.score-b.learned)/20, b.f[fFirst]
	f[sNear], f[sSupport] = share(b.close, whole), share(b.covered+b.close, 2*whole)
	f[sFall] = lead(best, lookedAt-1)
	f[sRest], f[sRestNear] = n.beyondTitle(b)
	f[sLong] = math.Log1p(b.p.Length/n.lex.PassageLength()) / 2
	if !n.history { // who writes first asks, however it is put
		return f
	}
	f[sHistory] = 1
	for i, x := range cuesOf(turn) {
		f[sTurn+i] = x
	}
	return f
}

// newestTurn fills what the newest turn's own words say.
func (n *question) newestTurn(f *[signals]float64, best []*candidate) {
	var total, words float64
	var mass [lookedAt]float64
	for i, seen := range n.have(best) {
		w := n.weight[viewLast][i] * n.idf[i]
		if w == 0 {
			continue
		}
		words++
		total += w
		for ; seen != 0; seen &= seen - 1 {
			mass[bits.TrailingZeros8(seen)] += w
		}
	}
	f[sLastTop] = share(slices.Max(mass[:]), total)
	f[sSpecial], f[sLength] = min(1, share(total, words*math.Log(float64(n.lex.Passages()+2)))), math.Log1p(words)/3
}

// have tells for each term of the question which of the passages have it, as bits.
func (n *question) have(best []*candidate) []uint8 {
	has := make([]uint8, len(n.terms))
	for at, c := range best {
		for _, field := range [][]text.Term{c.p.Body, c.p.HeadingTerms, c.doc.Title} {
			for _, t := range field {
				if i, ok := n.number[t]; ok {
					has[i] |= 1 << at
				}
			}
		}
	}
	return has
}

// beyondTitle looks at what of the question is not in a passage's title: every
// passage of a page has the title, but only one the answer. found is what its body
// has, as a share of the whole question; near the most of it within wideWindow
// terms, as a share of what the title lacks, 1 when it lacks nothing.
func (n *question) beyondTitle(c *candidate) (found, near float64) {
	rest, lacks := make([]float64, len(n.terms)), 0.0
	for i, t := range n.terms {
		if !slices.Contains(c.doc.Title, t) {
			rest[i] = n.masses[viewDecay][i]
			lacks += rest[i]
		}
	}
	if lacks < 1e-9 {
		return 0, 1
	}
	s, ever, has := scratch{count: make([]int32, len(n.terms))}, make([]bool, len(n.terms)), 0.0
	for _, t := range c.p.Body {
		i, ok := n.number[t]
		if !ok {
			i = -1
		} else if !ever[i] {
			ever[i] = true
			has += rest[i]
		}
		s.body = append(s.body, i)
	}
	return share(has, n.mass[viewDecay]), share(tightest(rest, &s, wideWindow), lacks)
}

// lead of the best passage over another one; 1 without one.
func lead(best []*candidate, over int) float64 {
	if over >= len(best) {
		return 1
	}
	return min(1, max(0, best[0].score-best[over].score)/10)
}

// probability that the first passages answer: a logistic regression over the
// signals, and where approvals have proven how far to believe them, of vectors;
// what approvals say about the best passage counts on top. 0 without passages. Fills the explanation when somebody asks why.
func (s *search) probability(best []*candidate) float64 {
	if len(best) == 0 {
		return 0
	}
	f := s.n.signalsOf(best, s.q.Turns[len(s.q.Turns)-1].Text)
	x := answers.bias
	for i, v := range f {
		x += answers.weights[i] * v
		if s.x != nil {
			s.x.Answerable = append(s.x.Answerable, ExplainedPart{Feature: signalNames[i], Value: v, Weight: answers.weights[i], Points: v * answers.weights[i]})
		}
	}
	s.found.Words = x
	if s.past.Evidence != nil {
		*s.past.Evidence = s.found
	}
	if w := s.past.Weighing; w != nil && s.found.Vectors {
		x = w.LogOdds(s.found)
		if s.x != nil {
			s.x.Weighed = &knowledge.Weighed{Evidence: s.found, By: *w}
		}
	}
	p := 1 / (1 + math.Exp(-x))
	return 1 - (1-p)*(1-s.n.past.support(best[0]))
}

// SignalSign says how a signal may bear on the probability: 1 only for, 0 either
// way. It is for calibration: more of the question found never speaks against an
// answer.
func SignalSign(signal int) int {
	switch {
	case signal == sSpecial, signal == sLength, signal == sFirst, signal == sLong, signal >= sHistory:
		return 0
	}
	return 1
}
