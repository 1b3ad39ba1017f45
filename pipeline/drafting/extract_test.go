package drafting

import (
	"slices"

	"footnote/pipeline"
	"footnote/pipeline/guard"
)

// extracted is the extractive answer to a question from passages that a search found
// in this order for all its asks.
func extracted(q Question, hits []pipeline.Hit, in guard.Input) (answer []pipeline.Sentence, why string) {
	for _, ask := range q.Asks {
		a := asked{question: q, ask: ask, found: pipeline.Answer{Hits: hits}, fit: shipped}
		r := a.planned().answer(in)
		if r.why != "" && why == "" {
			why = r.why
		}
		answer = append(answer, unsaid(r.sentences, answer)...)
	}
	number(answer)
	if len(answer) > 0 {
		return slices.Clip(answer), ""
	}
	return nil, why
}
