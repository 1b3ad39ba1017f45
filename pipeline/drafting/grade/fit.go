package grade

import (
	"math"

	"footnote/pipeline/arithmetic"
)

// Regression is a logistic regression over signals.
type Regression struct {
	Bias    float64   `json:"bias"`
	Weights []float64 `json:"weights"`
}

// Probability that a draft with these signals says what was asked.
func (r Regression) Probability(signals []float64) float64 {
	if len(signals) != len(r.Weights) {
		return 0 // nothing was found
	}
	x := r.Bias
	for i, v := range signals {
		x += r.Weights[i] * v
	}
	return 1 / (1 + math.Exp(-x))
}

// setMass is what one set counts for against the penalty, however many questions it has.
const setMass = 500

// leastPenalty keeps a signal solvable that is the same in every draft.
const leastPenalty = 1e-6

// Fit fits to whether drafts are right, by Newton's method with an L2 penalty; every
// set weighs the same, and questions at the odds of their set.
func Fit(sets [][]Drafted, penalty float64) Regression {
	n := 0
	for _, s := range sets {
		for _, d := range s {
			n = max(n, len(d.Signals))
		}
	}
	w := make([]float64, n+1) // the bias last
	x := make([]float64, n+1)
	for range 15 {
		gradient, hessian := make([]float64, n+1), make([][]float64, n+1)
		for i := range hessian {
			hessian[i] = make([]float64, n+1)
			hessian[i][i] = max(penalty, leastPenalty)
			if i == n {
				hessian[i][i] = leastPenalty
			}
			gradient[i] = -hessian[i][i] * w[i]
		}
		for _, s := range sets {
			mass := setMass / float64(len(s))
			for _, d := range s {
				if len(d.Signals) != n {
					continue
				}
				p := Regression{w[n], w[:n]}.Probability(d.Signals)
				copy(x, d.Signals)
				x[n] = 1
				for i, v := range x {
					gradient[i] += mass * (one(d.Right) - p) * v
					for j, u := range x {
						hessian[i][j] += mass * p * (1 - p) * v * u
					}
				}
			}
		}
		for i, d := range arithmetic.Solve(hessian, gradient) {
			w[i] += d
		}
	}
	return Regression{w[n], w[:n]}
}

// Unseen gives every set's drafts the probability of a fit to the other sets.
func Unseen(sets [][]Drafted, penalty float64) [][]Drafted {
	out := make([][]Drafted, len(sets))
	for i, s := range sets {
		var train [][]Drafted
		for j, o := range sets {
			if j != i {
				train = append(train, o)
			}
		}
		r := Fit(train, penalty)
		for _, d := range s {
			d.Draft.Probability = r.Probability(d.Signals)
			d.Draft.Confidence = d.Draft.Probability
			out[i] = append(out[i], d)
		}
	}
	return out
}

// Decline takes back the drafts below a threshold.
func Decline(all []Drafted, threshold float64) []Drafted {
	out := make([]Drafted, len(all))
	for i, d := range all {
		if d.Draft.Abstained == "" && d.Draft.Probability < threshold {
			d.Draft.Abstained, d.Draft.Confidence = "below the threshold", 0
			d.Right, d.Cited, d.F1, d.Words = false, false, 0, 0
		}
		out[i] = d
	}
	return out
}
