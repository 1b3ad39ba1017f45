package drafting

import (
	"fmt"

	"footnote/pipeline"
)

// AnswerThreshold is the least probability that the sources answer at which
// something is proposed, chosen from the coverage–error curve (`footnote eval
// calibration`): the highest hundredth that costs at most 2 % of the questions that
// have an answer. It is low, for a person reads every draft.
const AnswerThreshold = 0.14

// modelShare of the threshold holds before a model is asked: it reads the sources
// itself and may abstain.
const modelShare = .25

// unlikely says why nothing should be proposed when the sources hardly answer;
// empty when they may, when nobody can tell, and when an agent asked again.
func unlikely(j job, found pipeline.Answer, threshold float64) string {
	if found.Probability == 0 || found.Probability >= threshold || j.hint != "" {
		return ""
	}
	return fmt.Sprintf("The nearest sources probably do not answer this (%.0f %%; drafts begin at %.0f %%).", 100*found.Probability, 100*threshold)
}
