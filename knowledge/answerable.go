package knowledge

import (
	"math"
	"math/bits"
	"slices"
)

// Signals of a whole search, from which the probability comes that its first
// passages answer. All lie in [0,1] or near, and none is a raw score: masses
// are shares of the question's own, so that they mean the same in every corpus.
const (
	sCover    = iota // share of the question's IDF mass in the best passage
	sCoverTop        // in the best of the first five
	sUnion           // in the first five together
	sLast            // of the newest turn's mass in the best passage
	sLastTop         // in the best of the first five
	sLastAll         // in the first five together
	sClose           // most of the question within 24 terms of one of the first five
	sTight           // within 8 terms
	sPairs           // phrases of the newest turn in one of the first five
	sRare            // share of the newest turn's squared IDF in the first five: its telling words
	sMissing         // how telling the most telling word is that the first five lack
	sUnknown         // share of the newest turn's mass in words that no passage has
	sSpecial         // mean IDF of the newest turn's words
	sLength          // words of the newest turn, as a logarithm
	sTitle           // share of the question in the title of the best passage
	sNamed           // share of the best passage's title that the conversation names
	sHeading         // of the newest turn in a heading of the first five
	sGap             // how far the best is ahead of the second
	sFall            // and of the fifth
	sAgree           // share of the first five that are of the best one's document
	sScore           // score of the best passage: its features are shares too
	sSupport         // support of the best passage, without what approvals say
	sNear            // most of the question within 24 terms of the best passage
	sHistory         // there are earlier turns
	sTurn            // the first of the cues of the newest turn; see turn.go
	signals   = sTurn + cues
)

// signalNames by signal, as an explanation says them.
var signalNames = append([]string{
	"question in the best passage", "question in the best of five", "question in five together", "newest turn in the best passage", "newest turn in the best of five",
	"newest turn in five together", "question within 24 words", "question within 8 words", "phrases of the newest turn", "telling words found", "most telling word missing",
	"unknown words", "how telling the words are", "length of the newest turn", "question in the title", "title named in the conversation", "newest turn in a heading",
	"lead over the second", "lead over the fifth", "five agree on a document", "score of the best passage", "support of the best passage", "question within 24 words of the best passage", "a conversation",
}, cueNames[:]...)

// lookedAt is how many passages the signals are read from.
const lookedAt = 5

// signalsOf reads the signals of a search from its best passages, best first.
// It looks at five passages once, so it costs nothing beside the search.
func (n *question) signalsOf(best []*candidate, turn string) (f [signals]float64) {
	has := n.have(best)
	var total, found, squares, rare float64
	var mass [lookedAt]float64
	missing, unknown, words := 0.0, 0.0, 0.0
	for i, seen := range has {
		w := n.weight[viewLast][i] * n.idf[i]
		if w == 0 {
			continue
		}
		words++
		total += w
		squares += w * n.idf[i]
		if n.lex.passageDF[n.terms[i]] == 0 {
			unknown += w
		}
		if seen == 0 {
			missing = max(missing, n.idf[i])
			continue
		}
		found += w
		rare += w * n.idf[i]
		for ; seen != 0; seen &= seen - 1 {
			mass[bits.TrailingZeros8(seen)] += w
		}
	}
	most := math.Log(float64(n.lex.passages + 2))
	f[sLast], f[sLastTop], f[sLastAll] = share(mass[0], total), share(slices.Max(mass[:]), total), share(found, total)
	f[sRare], f[sMissing], f[sUnknown] = share(rare, squares), min(1, missing/most), share(unknown, total)
	f[sSpecial], f[sLength] = min(1, share(total, words*most)), math.Log1p(words)/3
	f[sUnion] = n.union(has)
	for i, c := range best {
		f[sCoverTop] = max(f[sCoverTop], share(c.covered, n.mass[viewDecay]))
		f[sClose] = max(f[sClose], share(c.close, n.mass[viewDecay]))
		f[sTight], f[sPairs], f[sHeading] = max(f[sTight], c.f[fTight]), max(f[sPairs], c.f[fPairLast]), max(f[sHeading], c.f[fHeadLast])
		if c.doc == best[0].doc && i > 0 {
			f[sAgree] += 1.0 / (lookedAt - 1)
		}
	}
	if len(best) > 0 {
		f[sCover], f[sTitle], f[sNamed], f[sScore] = share(best[0].covered, n.mass[viewDecay]), best[0].f[fTitle], best[0].f[fNamed], (best[0].score-best[0].learned)/20
		f[sNear] = share(best[0].close, n.mass[viewDecay])
		f[sSupport] = share(best[0].covered+best[0].close, 2*n.mass[viewDecay])
		f[sGap] = lead(best, 1)
		f[sFall] = lead(best, lookedAt-1)
	}
	if !n.history { // who writes first asks, however it is put
		return f
	}
	f[sHistory] = 1
	for i, x := range cuesOf(turn) {
		f[sTurn+i] = x
	}
	return f
}

// have tells for each term of the question which of the passages have it, as bits.
func (n *question) have(best []*candidate) []uint8 {
	has := make([]uint8, len(n.terms))
	for at, c := range best {
		for _, field := range [][]Term{c.p.body, c.p.heading, c.doc.title} {
			for _, t := range field {
				if i, ok := n.number[t]; ok {
					has[i] |= 1 << at
				}
			}
		}
	}
	return has
}

// union is the share of the question that the passages have together.
func (n *question) union(has []uint8) float64 {
	x := 0.0
	for i, seen := range has {
		if seen != 0 {
			x += n.weight[viewDecay][i] * n.idf[i]
		}
	}
	return share(x, n.mass[viewDecay])
}

// lead of the best passage over another one; 1 without one.
func lead(best []*candidate, over int) float64 {
	if over >= len(best) {
		return 1
	}
	return min(1, max(0, best[0].score-best[over].score)/10)
}

// probability that the first passages answer: a logistic regression over the
// signals; what approvals say about the best passage counts on top. 0 without
// passages. Fills the explanation when somebody asks why.
func (s *search) probability(best []*candidate) float64 {
	if len(best) == 0 {
		return 0
	}
	f := s.n.signalsOf(best, s.q.Turns[len(s.q.Turns)-1].Text)
	x := answerBias
	for i, v := range f {
		x += answerWeights[i] * v
		if s.x != nil {
			s.x.Answerable = append(s.x.Answerable, ExplainedPart{Feature: signalNames[i], Value: v, Weight: answerWeights[i], Points: v * answerWeights[i]})
		}
	}
	p := 1 / (1 + math.Exp(-x))
	return 1 - (1-p)*(1-s.n.past.support(best[0]))
}

// SignalSign says how a signal may bear on the probability: 1 only for, -1 only
// against, 0 either way. It is for calibration.
func SignalSign(signal int) int {
	switch signal {
	case sMissing, sUnknown:
		return -1
	case sSpecial, sLength, sHistory:
		return 0
	}
	if signal < sTurn {
		return 1
	}
	return 0
}
