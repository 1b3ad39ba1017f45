package search

import (
	"strings"
	"testing"
)

// TestWeightsKeepTheirSigns: more of the question found never speaks against an
// answer.
func TestWeightsKeepTheirSigns(t *testing.T) {
	for i, w := range answers.weights {
		if s := SignalSign(i); w*float64(s) < 0 {
			t.Errorf("%s has weight %v against its sign", signalNames[i], w)
		}
	}
}

// TestCalibrationIsOfTheseSignals: weights of other signals, or in another order,
// are refused.
func TestCalibrationIsOfTheseSignals(t *testing.T) {
	if _, err := readAnswering(CalibrationFile); err != nil {
		t.Fatal(err)
	}
	swapped := strings.Replace(string(CalibrationFile), signalNames[0], "something else", 1)
	for _, file := range []string{"", "{}", swapped} {
		if _, err := readAnswering([]byte(file)); err == nil {
			t.Errorf("taken: %.40q", file)
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
