package eval

import (
	"fmt"
	"math"
	"slices"

	"footnote/knowledge"
)

// Taught is what one approved question tells of words and vectors: how much of
// an answer was seen with its sources there, and with them left out.
type Taught struct{ Whole, Left knowledge.Evidence }

// Weighed is whether vectors may count in telling whether an answer is there.
type Weighed struct {
	Questions int                 `json:"questions"` // of the test: the newer half
	Needed    int                 `json:"needed"`
	Words     float64             `json:"words"`      // area under the ROC curve, by words
	Both      float64             `json:"both"`       // … by words and vectors
	Gain      Interval            `json:"difference"` // of the two
	On        bool                `json:"on"`
	Reason    string              `json:"reason"`
	Weighing  *knowledge.Weighing `json:"weighing,omitempty"` // of all questions; nil when off
}

// Weigh learns from approvals, oldest first, how far the vectors of a model are to
// be believed beside words: from the older half, judged by the newer one. They
// count when the area under the ROC curve rises with its interval above zero; then
// all questions teach.
func Weigh(all []Taught, model string) Weighed {
	old, fresh := all[:len(all)/2], all[len(all)/2:]
	w := Weighed{Questions: len(fresh), Needed: LeastProof}
	if len(fresh) < w.Needed {
		w.Reason = fmt.Sprintf("Not enough evidence: %d approvals can be judged so far, %d are needed.", w.Questions, w.Needed)
		return w
	}
	by := weigh(old, model)
	tell := func(t []Taught, score func(knowledge.Evidence) float64) float64 {
		yes, no := make([]float64, len(t)), make([]float64, len(t))
		for i, x := range t {
			yes[i], no[i] = score(x.Whole), score(x.Left)
		}
		return AUC(yes, no)
	}
	words := func(e knowledge.Evidence) float64 { return e.Words }
	w.Words, w.Both = tell(fresh, words), tell(fresh, by.LogOdds)
	w.Gain = Bootstrap(len(fresh), func(pick func(int) int) float64 {
		sample := make([]Taught, len(fresh))
		for i := range sample {
			sample[i] = fresh[pick(i)]
		}
		return tell(sample, by.LogOdds) - tell(sample, words)
	})
	switch g := w.Gain; {
	case g.High < 0:
		w.Reason = fmt.Sprintf("Vectors tell worse whether an answer is there: AUC %+.3f, interval %+.3f to %+.3f.", g.Value, g.Low, g.High)
	case g.Low <= 0:
		w.Reason = fmt.Sprintf("No proof that vectors tell better whether an answer is there: AUC %+.3f, but its interval reaches from %+.3f to %+.3f.", g.Value, g.Low, g.High)
	default:
		w.On, w.Reason = true, fmt.Sprintf("Proven: vectors tell better whether an answer is there, AUC %.3f instead of %.3f, by %+.3f to %+.3f over %d questions.", w.Both, w.Words, g.Low, g.High, w.Questions)
		by = weigh(all, model)
		w.Weighing = &by
	}
	return w
}

// weigh fits how much a passage that stands out is worth in words, by logistic
// regression, and scales the sum so that questions with an answer have the mean
// and spread that they have by words: a threshold on the probability keeps as many
// of them as before. Words never count against an answer, nor do vectors.
func weigh(t []Taught, model string) knowledge.Weighing {
	same := knowledge.Weighing{Model: model, Words: 1}
	var all []Labelled
	for _, x := range t {
		all = append(all, Labelled{Signals: []float64{x.Whole.Words, x.Whole.Apart}, Answerable: true},
			Labelled{Signals: []float64{x.Left.Words, x.Left.Apart}})
	}
	r := Calibrate([][]Labelled{all}, 1, func(int) int { return 1 })
	if len(r.Weights) < 2 || r.Weights[0] <= 0 || r.Weights[1] <= 0 {
		return same
	}
	sum := knowledge.Weighing{Words: 1, Apart: r.Weights[1] / r.Weights[0]}
	moments := func(w knowledge.Weighing) (mean, sd float64) {
		for _, x := range t {
			mean += w.LogOdds(x.Whole) / float64(len(t))
		}
		for _, x := range t {
			sd += math.Pow(w.LogOdds(x.Whole)-mean, 2) / float64(len(t))
		}
		return mean, math.Sqrt(sd)
	}
	mean, sd := moments(same)
	m, s := moments(sum)
	if s == 0 || sd == 0 {
		return same
	}
	by := knowledge.Weighing{Model: model, Words: sd / s, Apart: sum.Apart * sd / s}
	by.Bias = mean - m*sd/s
	return by
}

// WeighHalf is Weigh on a labelled set: half of its conversations, by the hash of
// their names, approve what answers them; judged are the other half, and all
// questions that truly have no answer. On and Reason say nothing here; byWords and
// byBoth are what a threshold does to the judged ones.
func WeighHalf(all []Labelled, model string, threshold float64) (w Weighed, byWords, byBoth CurvePoint) {
	var lessons []Taught
	var test []Labelled
	for _, l := range all {
		switch {
		case len(l.Taught) == 0:
		case l.Answerable && foldOf(l)%2 == 0:
			lessons = append(lessons, l.Taught...)
		default:
			test = append(test, l)
		}
	}
	w = Weighed{Questions: len(lessons), Needed: leastClass}
	by := weigh(lessons, model)
	words := func(l Labelled) float64 { return l.Taught[0].Whole.Words }
	both := func(l Labelled) float64 { return by.LogOdds(l.Taught[0].Whole) }
	w.Words, w.Both, w.Weighing = areaOf(test, words), areaOf(test, both), &by
	w.Gain = Bootstrap(len(test), func(pick func(int) int) float64 {
		sample := make([]Labelled, len(test))
		for i := range sample {
			sample[i] = test[pick(i)]
		}
		return areaOf(sample, both) - areaOf(sample, words)
	})
	at := func(score func(Labelled) float64) CurvePoint {
		scored := slices.Clone(test)
		for i := range scored {
			scored[i].Probability = 1 / (1 + math.Exp(-score(scored[i])))
		}
		return At(threshold, scored)
	}
	return w, at(words), at(both)
}
