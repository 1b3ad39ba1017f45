package knowledge

import "testing"

// TestWeightsKeepTheirSigns: more of the question found never speaks against an
// answer, and a word that nobody has never for one.
func TestWeightsKeepTheirSigns(t *testing.T) {
	if len(signalNames) != signals {
		t.Fatalf("%d names for %d signals", len(signalNames), signals)
	}
	for i, w := range answerWeights {
		if s := SignalSign(i); w*float64(s) < 0 {
			t.Errorf("%s has weight %v against its sign", signalNames[i], w)
		}
	}
}

func TestCuesOfTurns(t *testing.T) {
	for _, c := range []struct {
		text string
		want []int
	}{
		{"Do they have a pool?", []int{cMark, cThird}},
		{"I’d like to book a table for 4 people at 7", []int{cFirst, cNumber, cTask}},
		{"thanks, bye", []int{cThanks}},
		{"could you check?", []int{cMark, cYou}},
		{"¿Cuándo abre", []int{cMark, cWh}},
		{"", nil},
	} {
		f := cuesOf(c.text)
		for i, x := range f {
			wanted := false
			for _, w := range c.want {
				wanted = wanted || w == i
			}
			if wanted != (x > 0) {
				t.Errorf("%q: %s is %v", c.text, cueNames[i], x)
			}
		}
	}
}
