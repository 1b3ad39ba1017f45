package eval

import (
	"math/rand/v2"
	"testing"
)

// synthetic has one signal that tells, one that does not, and one that this set
// alone turns the wrong way.
func synthetic(seed uint64, n int) []Labelled {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]Labelled, n)
	for i := range out {
		yes := rng.IntN(2) == 0
		x, wrong := rng.Float64()*.6, rng.Float64()
		if yes {
			x, wrong = x+.4, wrong*.5
		}
		out[i] = Labelled{Group: string(rune('a' + i%26)), Signals: []float64{x, rng.Float64(), wrong}, Answerable: yes, Probability: x}
	}
	return out
}

func TestCalibrateFindsWhatTells(t *testing.T) {
	sets := [][]Labelled{synthetic(1, 400), synthetic(2, 400)}
	r := Calibrate(sets, 1, func(i int) int { return 1 })
	if r.Weights[0] < 3 || r.Weights[1] > 1 || r.Weights[2] != 0 {
		t.Errorf("weights %v: want the first high, the last left out for its sign", r.Weights)
	}
	for _, scored := range [][][]Labelled{Validated(sets, 1, func(int) int { return 1 }), Unseen(sets, 1, func(int) int { return 1 })} {
		for i, s := range scored {
			if len(s) != len(sets[i]) {
				t.Fatalf("%d of %d questions scored", len(s), len(sets[i]))
			}
			if a := Answerability(s, Probability); a.Value < .85 || a.Low >= a.Value || a.High <= a.Value {
				t.Errorf("AUC %v", a)
			}
		}
	}
}

func TestCurveCountsBothErrors(t *testing.T) {
	all := []Labelled{{Probability: .9, Answerable: true}, {Probability: .4, Answerable: true}, {Probability: .6}, {Probability: .1}}
	p := At(.5, all)
	if p.Coverage != .5 || p.Error != .5 || p.Lost != .5 || p.Caught != .5 {
		t.Errorf("%+v", p)
	}
	if got := Choose([][]Labelled{all}, 0); got != .4 {
		t.Errorf("chose %v: the highest that loses nothing is .4", got)
	}
	if b := Bins(all); b[4].Questions != 1 || b[4].Seen != 1 || b[0].Seen != 0 {
		t.Errorf("%+v", b)
	}
}
