package eval

import (
	"cmp"
	"context"
	"hash/fnv"
	"math"
	"slices"
	"strings"

	"footnote/pipeline"
)

// Labelled is a question of which it is known whether the corpus answers it.
type Labelled struct {
	Group       string // its conversation: of one kind in a fold
	Probability float64
	Support     float64   // of the best hit
	Signals     []float64 // when Options.Signals asked for them
	Thread      bool      // there are earlier turns
	Answerable  bool
	Taught      []Taught // with Options.Taught, and vectors
}

// LoadAsked reads a set of which the questions themselves say whether they can be
// answered; f.Qrels and f.Spans may be empty.
func LoadAsked(f Files) (*Set, error) {
	if f.Qrels != "" || f.Spans != "" {
		return Load(f)
	}
	s := &Set{Gains: map[string]map[string]float64{}}
	var err error
	if s.Documents, err = ReadDocuments(f.Corpus); err != nil {
		return nil, err
	}
	s.Queries, err = ReadQueries(f.Queries)
	return s, err
}

// Outside adds questions that the corpus does not answer; at most as many as
// there are questions already, evenly spread.
func (s *Set) Outside(file string) error {
	all, err := ReadQueries(file)
	if err != nil {
		return err
	}
	for _, q := range spread(all, min(len(all), len(s.Queries))) {
		q.Answerability = "UNANSWERABLE"
		s.Queries = append(s.Queries, q)
	}
	return nil
}

// half hides every other document, by the hash of its name, and says for each
// question whether what is left answers it: "" when a part of it was hidden.
// Questions whose only sources are gone are the hardest of those without answer:
// everything around them is still there.
func (s *Set) half() *Set {
	doc := map[string]string{}
	out := *s
	out.Documents, out.Queries = nil, nil
	for _, d := range s.Documents {
		name := cmp.Or(d.Field("doc"), d.ID)
		doc[d.ID] = name
		if !hidden(name) {
			out.Documents = append(out.Documents, d)
		}
	}
	for _, q := range s.Queries {
		kept, gone := 0, 0
		for id := range s.Gains[q.ID] {
			if hidden(cmp.Or(doc[id], id)) {
				gone++
			} else {
				kept++
			}
		}
		switch {
		case kept > 0 && gone == 0:
			q.Answerability = "ANSWERABLE"
		case gone > 0 && kept == 0:
			q.Answerability = "UNANSWERABLE"
		default:
			if q.Answerability == "" {
				continue
			}
		}
		out.Queries = append(out.Queries, q)
	}
	return &out
}

func hidden(name string) bool {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()>>7&1 == 1
}

// answerable is a question's label: what it says itself, else whether anything
// is relevant. Partly answerable and underspecified questions have none.
func (s *Set) answerable(q Query, judged bool) (yes, known bool) {
	switch {
	case strings.EqualFold(q.Answerability, "ANSWERABLE"):
		return true, true
	case strings.EqualFold(q.Answerability, "UNANSWERABLE"):
		return false, true
	case q.Answerability != "":
		return false, false
	case q.NeedsKnowledge != nil:
		return *q.NeedsKnowledge, true
	}
	return judged, s.Spans != nil || len(s.Gains) > 0
}

// Label asks every question of a set and keeps those with a label.
func Label(ctx context.Context, open Open, s *Set, o Options) ([]Labelled, error) {
	m, err := Run(ctx, open, s, o)
	if err != nil {
		return nil, err
	}
	var out []Labelled
	for _, x := range m.Outcomes {
		yes, known := s.answerable(x.Query, x.Ranking.Judged())
		if !known {
			continue
		}
		l := Labelled{Group: conversation(x.Query.ID), Probability: x.Probability, Signals: x.Signals, Thread: len(x.Query.History) > 0, Answerable: yes, Taught: x.Taught}
		if len(x.Support) > 0 {
			l.Support = x.Support[0]
		}
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, "no question says whether it can be answered, and there are no qrels")
	}
	return out, nil
}

// conversation is a question's id without the number of its turn.
func conversation(id string) string {
	if i := strings.LastIndexAny(id, "_-"); i > 0 {
		if len(id)-i <= 3 {
			return id[:i]
		}
	}
	return id
}

// Answerability is how well a score tells questions with an answer from others.
func Answerability(all []Labelled, score func(Labelled) float64) Interval {
	return Bootstrap(len(all), func(pick func(int) int) float64 {
		sample := make([]Labelled, len(all))
		for i := range sample {
			sample[i] = all[pick(i)]
		}
		return areaOf(sample, score)
	})
}

// areaOf a score under its ROC curve.
func areaOf(all []Labelled, score func(Labelled) float64) float64 {
	var yes, no []float64
	for _, l := range all {
		if l.Answerable {
			yes = append(yes, score(l))
		} else {
			no = append(no, score(l))
		}
	}
	return AUC(yes, no)
}

// Probability and Support are scores of Answerability.
func Probability(l Labelled) float64 { return l.Probability }

// Support of the best hit.
func Support(l Labelled) float64 { return l.Support }

// CurvePoint is what a threshold does: drafts below it are not proposed.
type CurvePoint struct {
	Threshold float64 `json:"threshold"`
	Coverage  float64 `json:"coverage"` // share of all questions that get a draft
	Error     float64 `json:"error"`    // share of those drafts that no source answers
	Lost      float64 `json:"lost"`     // share of answerable questions that get none
	Caught    float64 `json:"caught"`   // share of the others that get none
}

// Curve is the coverage–error curve in steps of five hundredths, every set at the
// same weight, classes at the odds of the set. (El-Yaniv and Wiener 2010: risk
// over coverage.)
func Curve(sets ...[]Labelled) []CurvePoint {
	var out []CurvePoint
	for i := range 20 {
		out = append(out, At(float64(i)/20, sets...))
	}
	return out
}

// At is one point of the curve.
func At(threshold float64, sets ...[]Labelled) CurvePoint {
	var yes, no, yesKept, noKept float64
	for _, all := range sets {
		one := 1 / float64(max(1, len(all)))
		for _, l := range all {
			kept := l.Probability >= threshold
			switch {
			case l.Answerable && kept:
				yes, yesKept = yes+one, yesKept+one
			case l.Answerable:
				yes += one
			case kept:
				no, noKept = no+one, noKept+one
			default:
				no += one
			}
		}
	}
	over := func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		return a / b
	}
	return CurvePoint{Threshold: threshold, Coverage: over(yesKept+noKept, yes+no), Error: over(noKept, yesKept+noKept), Lost: over(yes-yesKept, yes), Caught: over(no-noKept, no)}
}

// Choose returns the highest threshold (in hundredths) that loses at most so
// large a share of answerable questions, every set at the same weight: a person
// reads each draft, so a missing one costs more than a wrong one.
func Choose(sets [][]Labelled, lost float64) float64 {
	best := 0.0
	for i := range 100 {
		t := float64(i) / 100
		if At(t, sets...).Lost > lost {
			break
		}
		best = t
	}
	return best
}

// Bin compares what was said with what was so.
type Bin struct {
	From      float64 `json:"from"`
	Questions int     `json:"questions"`
	Said      float64 `json:"said"` // mean probability
	Seen      float64 `json:"seen"` // share answerable
}

// Bins groups by probability in fifths.
func Bins(all []Labelled) []Bin {
	out := make([]Bin, 5)
	for _, l := range all {
		b := &out[min(4, int(math.Floor(l.Probability*5)))]
		b.Questions++
		b.Said += l.Probability
		if l.Answerable {
			b.Seen++
		}
	}
	for i := range out {
		out[i].From = float64(i) / 5
		if n := float64(out[i].Questions); n > 0 {
			out[i].Said /= n
			out[i].Seen /= n
		}
	}
	return out
}

// Only leaves the questions of one source.
func (s *Set) Only(source string) {
	s.Queries = slices.DeleteFunc(s.Queries, func(q Query) bool { return q.Source != source })
}
