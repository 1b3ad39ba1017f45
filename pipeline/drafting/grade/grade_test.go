package grade

import (
	"context"
	"math"
	"testing"

	"footnote/pipeline"
)

// quoting is a drafter that says what a map has for the newest message.
type quoting map[string]string

func (q quoting) Try(_ context.Context, t pipeline.Ticket, _ []pipeline.Audience) (pipeline.Draft, []float64, error) {
	said, ok := q[t.Messages[len(t.Messages)-1].Text]
	if !ok {
		return pipeline.Draft{Abstained: "nothing", Probability: .1}, nil, nil
	}
	p := pipeline.Passage{ID: "p", Document: "d", Start: 100, Text: said}
	return pipeline.Draft{Confidence: .8, Probability: .8, Nearest: []pipeline.Hit{{Passage: p}}, Sentences: []pipeline.Sentence{
		{Text: "Hello,", Plain: true}, {Text: said, Receipts: []pipeline.Receipt{{Passage: "p", Document: "d", Start: 0, End: len(said)}}}}}, nil, nil
}

func asks(text string) pipeline.Ticket {
	return pipeline.Ticket{Messages: []pipeline.Message{{Text: text}}}
}

func TestRun(t *testing.T) {
	d := quoting{"a": "Wait ten\u00a0minutes, don’t hurry.", "b": "Choose Delete.", "c": "One sentence.", "d": "Something else."}
	all, err := Run(t.Context(), d, []Case{
		{ID: "1", Ticket: asks("a"), Says: []string{"Ten minutes", "don't"}, Reply: "wait ten minutes"},
		{ID: "2", Ticket: asks("b"), Says: []string{"delete"}, Omits: "choose"},
		{ID: "3", Ticket: asks("c"), Quotes: []string{"One sentence .", "Another one ."}},
		{ID: "4", Ticket: asks("c"), Gold: func(q []Quote) float64 {
			if len(q) == 1 && q[0] == (Quote{"d", 100, 113}) {
				return .5
			}
			return 0
		}, Cites: func(p pipeline.Passage) bool { return p.ID == "p" }},
		{ID: "5", Ticket: asks("d"), Unanswerable: true},
		{ID: "6", Ticket: asks("unknown"), Unanswerable: true},
		{ID: "7", Ticket: asks("unknown"), Says: []string{"x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, true, true, false, false, false} {
		if all[i].Right != want {
			t.Errorf("case %s: right %v", all[i].Case.ID, all[i].Right)
		}
	}
	f := Sum("set", all)
	// "wait ten minutes dont hurry" has all three words of the reply: 2·3/(5+3).
	if f.Answerable != 5 || f.Other != 2 || f.Drafted != .8 || f.Right != .6 || f.Cited != 1 || f.Declined != .5 || math.Abs(float64(f.F1)-.75) > 1e-9 {
		t.Errorf("%+v", f)
	}
	// Five drafts say .8 and three are right; AUC: .8 ties with .8, beats .1, and .1 ties with .1.
	if math.Abs(float64(f.Error)-.2) > 1e-9 || math.Abs(float64(f.AUC)-(4*1.5+.5)/10) > 1e-9 {
		t.Errorf("%+v", f)
	}
}

func TestCalibrationError(t *testing.T) {
	if e := CalibrationError([]float64{.95, .91, .05, 1}, []bool{true, true, false, true}); math.Abs(e-(.14+.05)/4) > 1e-9 {
		t.Errorf("%v", e)
	}
}
