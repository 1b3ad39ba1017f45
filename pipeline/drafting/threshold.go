package drafting

import (
	"fmt"
	"math"
)

// AnswerThreshold is the least probability, by search, that sources answer an ask at
// which something is proposed: docs/drafts.md has what it costs and what it keeps out.
const AnswerThreshold = 0.20

// modelShare of the threshold holds before a model is asked: it reads the sources
// itself and may abstain.
const modelShare = .175

// unlikely says why nothing should be proposed when the sources hardly answer;
// empty when they may, when nobody can tell, and when an agent asked again.
func unlikely(j job, probability, threshold float64) string {
	if probability == 0 || probability >= threshold || j.hint != "" {
		return ""
	}
	return fmt.Sprintf("The nearest sources probably do not answer this (%.0f %%; drafts begin at %.0f %%).", 100*probability, 100*threshold)
}

// ofSeveral is the threshold of a reading that was the best of n: each was the ask with
// one chance in n only, so its odds must be n times as good.
func ofSeveral(n int, threshold float64) float64 { return atOdds(threshold, float64(max(n, 1))) }

// Words of a question meet by chance in some passage, the sooner the more there are: odds
// grow with the number of passages to the power of sizePower, between fewPassages and
// manyPassages. docs/drafts.md says what that is worth, and on which sets it was seen.
const (
	fewPassages  = 1000
	manyPassages = 20000
	sizePower    = .4
)

// threshold of an ask. In a conversation what was said before names the page, not chance.
func (a asked) threshold(least float64) float64 {
	if !a.question.answered() {
		least = among(a.found.Passages, least)
	}
	return ofSeveral(a.readings, least)
}

// among is the threshold where so many passages were searched; 0: nobody knows.
func among(passages int, threshold float64) float64 {
	return atOdds(threshold, math.Pow(float64(min(max(passages, fewPassages), manyPassages))/fewPassages, sizePower))
}

// atOdds is the probability whose odds are so many times those of p.
func atOdds(p, times float64) float64 {
	odds := times * p / (1 - min(p, .999))
	return odds / (1 + odds)
}
