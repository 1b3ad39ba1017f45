package eval

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"footnote/knowledge"
)

// taughtBy makes n approvals; vectors(there) is how far the nearest passage stands out.
func taughtBy(n int, vectors func(rng *rand.Rand, there bool) float64) []Taught {
	rng := rand.New(rand.NewPCG(1, 2))
	see := func(there bool) knowledge.Evidence {
		x := rng.NormFloat64()
		if there {
			x++
		}
		return knowledge.Evidence{Words: x, Apart: vectors(rng, there), Vectors: true}
	}
	out := make([]Taught, n)
	for i := range out {
		out[i] = Taught{see(true), see(false)}
	}
	return out
}

// TestVectorsCountOnlyWhenProven: those that know are believed, and as many answered
// questions stay above a threshold as before; those that know nothing, or the wrong
// thing, are not.
func TestVectorsCountOnlyWhenProven(t *testing.T) {
	knows := func(rng *rand.Rand, there bool) float64 {
		x := .2 + .1*rng.NormFloat64()
		if there {
			x += .15
		}
		return x
	}
	nothing := func(rng *rand.Rand, _ bool) float64 { return rng.Float64() }
	wrong := func(rng *rand.Rand, there bool) float64 { return 1 - knows(rng, there) }
	for _, x := range []struct {
		name    string
		n       int
		vectors func(*rand.Rand, bool) float64
		on      bool
		say     string
	}{
		{"no approvals", 0, knows, false, "0 approvals can be judged so far, 60 are needed"},
		{"too few", 2*LeastProof - 2, knows, false, "59 approvals can be judged so far, 60 are needed"},
		{"vectors that know", 300, knows, true, "Proven"},
		{"vectors that know nothing", 300, nothing, false, "No proof"},
		{"vectors that are wrong", 300, wrong, false, "No proof"},
	} {
		all := taughtBy(x.n, x.vectors)
		w := Weigh(all, "m")
		if w.On != x.on || (w.Weighing != nil) != x.on || !strings.Contains(w.Reason, x.say) {
			t.Errorf("%s: %+v", x.name, w)
			continue
		}
		if !x.on {
			continue
		}
		var before, after, kept float64
		for _, t := range all {
			before += t.Whole.Words / float64(len(all))
			after += w.Weighing.LogOdds(t.Whole) / float64(len(all))
			if w.Weighing.LogOdds(t.Whole) >= 0 {
				kept++
			}
			if t.Whole.Words >= 0 {
				kept--
			}
		}
		if math.Abs(before-after) > 1e-9 || math.Abs(kept) > .05*float64(len(all)) || w.Weighing.Model != "m" {
			t.Errorf("answered questions: mean %v becomes %v, %v more are kept", before, after, kept)
		}
		if w.Both-w.Words < .05 || w.Gain.Low <= 0 {
			t.Errorf("%+v", w)
		}
	}
}

// TestWeighHalf: those that teach are not judged.
func TestWeighHalf(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var all []Labelled
	for i, x := range taughtBy(400, func(rng *rand.Rand, there bool) float64 {
		if there {
			return .5 + .1*rng.NormFloat64()
		}
		return .2 + .1*rng.NormFloat64()
	}) {
		l := Labelled{Group: strings.Repeat("x", i%7) + string(rune('a'+rng.IntN(26))) + string(rune('a'+i%26)), Answerable: i%2 == 0, Taught: []Taught{x}}
		if !l.Answerable {
			l.Taught[0].Whole = x.Left
		}
		all = append(all, l)
	}
	w, words, both := WeighHalf(all, "m", .4)
	if both.Caught < words.Caught+.1 || both.Lost > words.Lost+.05 {
		t.Errorf("a threshold of .4 by words %+v, by both %+v", words, both)
	}
	if w.Questions == 0 || w.Questions == 200 || w.Both < .9 || w.Words > .85 || w.Gain.Low <= 0 {
		t.Errorf("%+v", w)
	}
}
