package drafting

import (
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// native returns the hits in the ticket's language and, when there are none, the
// language of the others. Words that two languages share find a page and prove
// nothing about it; a model may translate, quoting it word for word helps nobody.
func native(q Question, hits []pipeline.Hit) (own []pipeline.Hit, foreign string) {
	want := text.BaseLanguage(q.Locale)
	for _, h := range hits {
		have := text.BaseLanguage(h.Passage.Locale)
		if want == "" || have == "" || have == want {
			own = append(own, h)
		} else if foreign == "" {
			foreign = have
		}
	}
	return own, foreign
}
