package ingest

import (
	"fmt"
	"strings"

	"footnote/knowledge"
	"footnote/knowledge/access"
	"footnote/pipeline"
	"footnote/pipeline/text"
	"footnote/pipeline/text/demand"
)

// demanded stops a page for customers that asks them for a secret, or speaks to a
// machine: somebody else may have written into it. Its owner decides sentence by
// sentence; one that may stay is still never quoted (guard).
func demanded(p prepared, decided []knowledge.Decision) error {
	if p.meta.Audience != pipeline.Public {
		return nil // "Tell the customer …" is what such pages are for
	}
	for _, d := range demand.Find(p.text) {
		sentence := strings.Join(strings.Fields(d.Sentence), " ")
		value := text.Clip(sentence, 100)
		switch decidedOn(decided, knowledge.DemandKey, value) {
		case "", knowledge.MeansInternal, knowledge.MeansPublic:
			return &access.ClosedError{Fate: knowledge.Unclear, Key: knowledge.DemandKey, Value: value, Reason: fmt.Sprintf("It %s: “%s”", asks[d.Kind], text.Clip(sentence, 300))}
		case knowledge.MeansLeaveOut:
			return &access.ClosedError{Fate: knowledge.LeftOut, Key: knowledge.DemandKey, Value: value, Reason: fmt.Sprintf("It %s: “%s”", asks[d.Kind], text.Clip(sentence, 300))}
		}
	}
	return nil
}

var asks = map[demand.Kind]string{
	demand.Secret:  "asks its readers to hand over a secret",
	demand.Machine: "tells a machine that reads it what to do",
}
