package drafting

import (
	"math"
	"testing"
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
		if why := unlikely(job{hint: c.hint}, c.probability, AnswerThreshold); (why != "") != c.quiet {
			t.Errorf("%s: %q", c.name, why)
		}
	}
}

// What people see as a draft's confidence speaks of the draft, not of the sources; nothing
// proposed has none.
func TestConfidenceSpeaksOfTheDraft(t *testing.T) {
	for sources, proposed := range map[float64]bool{.9: true, .5: true, .05: false} {
		d := newDesk(t, nil)
		d.shelf.probability = sources
		draft := d.handle(t, requested(refundAsk))
		if (draft.Abstained == "") != proposed || (draft.Confidence > 0) != proposed || proposed && draft.Confidence != draft.Probability {
			t.Errorf("sources %v: confidence %v, probability %v, abstained %q", sources, draft.Confidence, draft.Probability, draft.Abstained)
		}
		if draft.Probability == sources {
			t.Errorf("sources %v: the draft says what search says", sources)
		}
	}
}

// TestOneOfSeveral: what was picked out of a message must be the better supported, the
// more it was picked from.
func TestOneOfSeveral(t *testing.T) {
	if got := ofSeveral(1, .2); math.Abs(got-.2) > 1e-9 {
		t.Errorf("of one: %v", got)
	}
	last := 0.0
	for n := 1; n < 9; n++ {
		got := ofSeveral(n, .2)
		if got <= last || got >= 1 {
			t.Errorf("of %d: %v after %v", n, got, last)
		}
		last = got
	}
	if got := ofSeveral(5, .2); math.Abs(got-1.25/2.25) > 1e-9 {
		t.Errorf("of five: %v", got)
	}
}
