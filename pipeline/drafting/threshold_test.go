package drafting

import (
	"testing"

	"footnote/pipeline"
)

func TestUnlikelyAbstains(t *testing.T) {
	for _, c := range []struct {
		name        string
		probability float64
		hint        string
		quiet       bool
	}{
		{"below", .05, "", true},
		{"at the threshold", AnswerThreshold, "", false},
		{"nobody can tell", 0, "", false},
		{"an agent asked again", .05, "look at refunds", false},
	} {
		if why := unlikely(job{hint: c.hint}, pipeline.Answer{Probability: c.probability}, AnswerThreshold); (why != "") != c.quiet {
			t.Errorf("%s: %q", c.name, why)
		}
	}
}

// What people see as a draft's confidence is the probability that search gave;
// nothing proposed has none.
func TestConfidenceIsTheProbability(t *testing.T) {
	for probability, want := range map[float64]float64{.7: .7, .05: 0} {
		d := newDesk(t, nil)
		d.shelf.probability = probability
		draft := d.handle(t, requested(refundAsk))
		if draft.Confidence != want || draft.Probability != probability || (draft.Abstained == "") != (want > 0) {
			t.Errorf("%v: confidence %v, abstained %q", probability, draft.Confidence, draft.Abstained)
		}
	}
}
