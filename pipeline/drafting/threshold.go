package drafting

import (
	"fmt"
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
func ofSeveral(n int, threshold float64) float64 {
	odds := float64(max(n, 1)) * threshold / (1 - min(threshold, .999))
	return odds / (1 + odds)
}
