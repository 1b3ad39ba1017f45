package eval

import (
	"strings"
	"testing"
)

// steps makes n questions whose first relevant passage stands at a rank without
// and with learning, every third of them unchanged.
func steps(n, without, with int) []Step {
	out := make([]Step, n)
	at := func(rank int) Ranking {
		g := make([]float64, 10)
		g[rank-1] = 1
		return Ranking{Gains: g, Relevant: []float64{1}}
	}
	for i := range out {
		out[i] = Step{Without: at(without), With: at(with)}
		if i%3 == 0 {
			out[i].With = out[i].Without
		}
	}
	return out
}

// TestOnlyProofSwitchesOn walks through every reason to stay off.
func TestOnlyProofSwitchesOn(t *testing.T) {
	same := func(n int, name string) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = name
		}
		return out
	}
	for _, x := range []struct {
		name  string
		steps []Step
		parts []string
		on    bool
		say   string
	}{
		{"nothing yet", nil, nil, false, "so far: 0; needed: 60"},
		{"too few", steps(LeastProof-1, 3, 1), same(LeastProof-1, "a"), false, "so far: 59; needed: 60"},
		{"better", steps(90, 3, 1), same(90, "a"), true, "Proven"},
		{"worse", steps(90, 1, 3), same(90, "a"), false, "worse"},
		{"the same", steps(90, 2, 2), same(90, "a"), false, "No proof"},
		{"better over all, one part worse", append(steps(300, 3, 1), steps(30, 1, 3)...), append(same(300, "a"), same(30, "b")...), false, "“b”"},
		{"a tiny part worse", append(steps(300, 3, 1), steps(5, 1, 3)...), append(same(300, "a"), same(5, "b")...), true, "Proven"},
	} {
		on, why := newProofReport(x.steps, x.parts, len(x.steps)).decide()
		if on != x.on || !strings.Contains(why, x.say) {
			t.Errorf("%s: on %v, %q", x.name, on, why)
		}
	}
}

// TestNewestApprovalsAreAskedAgain: of few all, of many as many as a proof has
// time for; the first three tenths of these only warm up.
func TestNewestApprovalsAreAskedAgain(t *testing.T) {
	for n, want := range map[int][2]int{0: {0, 0}, 10: {10, 7}, mostTried: {mostTried, mostTried * 7 / 10}, 50_000: {mostTried, mostTried * 7 / 10}} {
		var got [2]int
		last := false
		for i := range n {
			tried, judged := askedAgain(i, n)
			if tried {
				got[0]++
			}
			if judged && tried {
				got[1]++
			}
			last = tried && judged
		}
		if got != want || n > 0 && !last {
			t.Errorf("of %d approvals %d are asked again and %d judged, the newest %v", n, got[0], got[1], last)
		}
	}
}
