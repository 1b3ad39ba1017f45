package eval

import (
	"hash/fnv"
	"math"

	"footnote/pipeline/arithmetic"
)

// Regression is a logistic regression over signals.
type Regression struct {
	Bias    float64
	Weights []float64
}

func (r Regression) score(l Labelled) float64 {
	if len(l.Signals) != len(r.Weights) {
		return 0 // nothing was found
	}
	x := r.Bias
	for i, v := range l.Signals {
		x += r.Weights[i] * v
	}
	return 1 / (1 + math.Exp(-x))
}

// Calibrate fits with signs: one says of a signal that its weight may not be
// negative (1), not positive (-1), or anything (0). A signal whose weight comes
// out on the wrong side is left out: more of the question in a passage must
// never make an answer less probable, whatever one set happens to hold.
func Calibrate(sets [][]Labelled, penalty float64, sign func(signal int) int) Regression {
	out := map[int]bool{}
	for {
		r := fit(sets, penalty, out)
		again := false
		for i, w := range r.Weights {
			if s := sign(i); s != 0 && w*float64(s) < -1e-9 && !out[i] {
				out[i], again = true, true
			}
		}
		if !again {
			return r
		}
	}
}

// fit is logistic regression by Newton's method with an L2 penalty, each
// set and within it each class weighing the same, so that the probability is that
// at even odds.
func fit(sets [][]Labelled, penalty float64, out map[int]bool) Regression {
	n := 0
	for _, s := range sets {
		for _, l := range s {
			n = max(n, len(l.Signals))
		}
	}
	w := make([]float64, n+1) // the bias last
	for range 12 {
		gradient := make([]float64, n+1)
		hessian := make([][]float64, n+1)
		for i := range hessian {
			hessian[i] = make([]float64, n+1)
			hessian[i][i] = penalty
			if i == n {
				hessian[i][i] = 1e-6
			}
			gradient[i] = -hessian[i][i] * w[i]
		}
		for _, s := range sets {
			step(s, w, gradient, hessian)
		}
		for i := range out { // pinned at 0
			for j := range hessian {
				hessian[i][j], hessian[j][i] = 0, 0
			}
			hessian[i][i], gradient[i] = 1, 0
		}
		for i, d := range arithmetic.Solve(hessian, gradient) {
			w[i] += d
		}
	}
	return Regression{Bias: w[n], Weights: w[:n]}
}

// setMass is what one set counts for against the penalty.
const setMass = 500

// leastClass is how many questions of a kind a set must have to teach anything.
const leastClass = 10

// step adds a set's gradient and Hessian of the log-likelihood.
func step(s []Labelled, w, gradient []float64, hessian [][]float64) {
	n := len(w) - 1
	yes := 0
	for _, l := range s {
		if l.Answerable {
			yes++
		}
	}
	if yes < leastClass || len(s)-yes < leastClass {
		return
	}
	r := Regression{Bias: w[n], Weights: w[:n]}
	x := make([]float64, n+1)
	for _, l := range s {
		if len(l.Signals) != n {
			continue
		}
		mass, y := setMass/2/float64(len(s)-yes), 0.0
		if l.Answerable {
			mass, y = setMass/2/float64(yes), 1
		}
		p := r.score(l)
		copy(x, l.Signals)
		x[n] = 1
		for i, v := range x {
			if v == 0 {
				continue
			}
			gradient[i] += mass * (y - p) * v
			for j, u := range x {
				hessian[i][j] += mass * p * (1 - p) * v * u
			}
		}
	}
}

// folds of a cross-validation.
const folds = 5

// Validated scores every question by a regression that has not seen its
// conversation (five folds over all sets), and Unseen by one that has not seen
// its set.
func Validated(sets [][]Labelled, penalty float64, sign func(int) int) [][]Labelled {
	out := make([][]Labelled, len(sets))
	for fold := range uint32(folds) {
		train := make([][]Labelled, len(sets))
		for i, s := range sets {
			for _, l := range s {
				if foldOf(l) != fold {
					train[i] = append(train[i], l)
				}
			}
		}
		r := Calibrate(train, penalty, sign)
		for i, s := range sets {
			for _, l := range s {
				if foldOf(l) == fold {
					l.Probability = r.score(l)
					out[i] = append(out[i], l)
				}
			}
		}
	}
	return out
}

// Unseen scores each set by a regression over the other sets.
func Unseen(sets [][]Labelled, penalty float64, sign func(int) int) [][]Labelled {
	out := make([][]Labelled, len(sets))
	for i, s := range sets {
		var train [][]Labelled
		for j, o := range sets {
			if j != i {
				train = append(train, o)
			}
		}
		r := Calibrate(train, penalty, sign)
		for _, l := range s {
			l.Probability = r.score(l)
			out[i] = append(out[i], l)
		}
	}
	return out
}

func foldOf(l Labelled) uint32 {
	h := fnv.New32a()
	h.Write([]byte(l.Group))
	return h.Sum32() >> 5 % folds
}
