package grade

import (
	"math"

	"footnote/pipeline/arithmetic"
)

// Choice is one question with the pieces that may answer it and how good each is: the
// targets sum to 1.
type Choice struct {
	Features [][]float64
	Target   []float64
}

// FitChoice fits weights such that softmax over the pieces comes near the targets, each
// set weighing the same, by Adam (Kingma and Ba 2015) with an L2 penalty. It is
// deterministic.
func FitChoice(sets [][]Choice, penalty float64, rounds int) []float64 {
	n := 0
	for _, s := range sets {
		for _, c := range s {
			if len(c.Features) > 0 {
				n = len(c.Features[0])
			}
		}
	}
	w, m, v := make([]float64, n), make([]float64, n), make([]float64, n)
	for round := 1; round <= rounds; round++ {
		g := make([]float64, n)
		for i := range g {
			g[i] = penalty * w[i]
		}
		for _, s := range sets {
			mass := 1 / float64(len(s)*len(sets))
			for _, c := range s {
				p := chances(c.Features, w)
				for i, f := range c.Features {
					d := mass * (p[i] - c.Target[i])
					for j, x := range f {
						g[j] += d * x
					}
				}
			}
		}
		rate := .05
		if round > rounds/2 {
			rate = .01
		}
		for i := range w {
			m[i], v[i] = .9*m[i]+.1*g[i], .999*v[i]+.001*g[i]*g[i]
			w[i] -= rate * (m[i] / (1 - math.Pow(.9, float64(round)))) / (math.Sqrt(v[i]/(1-math.Pow(.999, float64(round)))) + 1e-8)
		}
	}
	return w
}

// chances of pieces by their features.
func chances(fs [][]float64, w []float64) []float64 {
	out := make([]float64, len(fs))
	for i, f := range fs {
		for j, x := range f {
			out[i] += w[j] * x
		}
	}
	return arithmetic.Softmax(out)
}

// Best is the mean target of the piece that the weights put first, over the best there
// is: 1 is as good as choosing can be.
func Best(set []Choice, w []float64) float64 {
	got, most := 0.0, 0.0
	for _, c := range set {
		p, best, top := chances(c.Features, w), 0, 0.0
		for i := range p {
			if p[i] > p[best] {
				best = i
			}
			top = max(top, c.Target[i])
		}
		got, most = got+c.Target[best], most+top
	}
	return got / most
}
