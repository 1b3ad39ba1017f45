package console

import (
	"fmt"
	"math"

	"footnote/review/measure"
)

// Abstention is what the report says about keeping quiet: the threshold in use,
// and what others would do on development data.
type Abstention struct {
	Threshold float64
	Points    []AbstentionPoint // by threshold
}

// AbstentionPoint is what one threshold does; all but Threshold are shares.
type AbstentionPoint struct {
	Threshold float64
	Drafted   float64 // of all questions
	Wrong     float64 // of drafts, that no source answers
	Lost      float64 // of questions with an answer, that get no draft
}

// abstentionView is the chart with its words.
type abstentionView struct {
	X      float64 // of the threshold
	Points []abstentionDot
	Now    string
	Own    []ownBand
	Few    bool // too few own decisions to show
}

type abstentionDot struct {
	AbstentionPoint
	X, Drafted1000, Wrong1000 float64
	Label                     string
	Chosen                    bool
}

type ownBand struct {
	Name, Share string
	Decided     int
}

// leastOwn is the fewest own decisions that are shown by probability.
const leastOwn = 30

func newAbstentionView(a Abstention, own []measure.Band) *abstentionView {
	if len(a.Points) == 0 {
		return nil
	}
	v := &abstentionView{X: 1000 * a.Threshold, Now: percent(a.Threshold)}
	nearest := 0
	for i, p := range a.Points {
		if math.Abs(p.Threshold-a.Threshold) < math.Abs(a.Points[nearest].Threshold-a.Threshold) {
			nearest = i
		}
		v.Points = append(v.Points, abstentionDot{AbstentionPoint: p, X: 1000 * p.Threshold, Drafted1000: 1000 * p.Drafted, Wrong1000: 1000 * p.Wrong,
			Label: fmt.Sprintf("from %s: %s get a draft, %s of drafts have no answer in the sources", percent(p.Threshold), percent(p.Drafted), percent(p.Wrong))})
	}
	v.Points[nearest].Chosen = true
	fifths, total := [5]measure.Band{}, 0
	for _, b := range own {
		fifths[min(4, int(math.Round(b.From*5)))] = b
		total += b.Decided
	}
	for i, b := range fifths {
		band := ownBand{Name: fmt.Sprintf("%d to %d %%", i*20, i*20+20), Share: "too few to say", Decided: b.Decided}
		if b.Decided >= minToSay {
			band.Share = percent(float64(b.Approved) / float64(b.Decided))
		}
		v.Own = append(v.Own, band)
	}
	v.Few = total < leastOwn
	return v
}
