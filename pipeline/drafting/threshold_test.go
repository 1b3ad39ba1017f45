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
