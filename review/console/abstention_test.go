package console

import (
	"slices"
	"testing"

	"footnote/review/measure"
)

func TestAbstentionView(t *testing.T) {
	a := Abstention{Threshold: .12, Points: []AbstentionPoint{{Threshold: 0, Drafted: 1}, {Threshold: .1, Drafted: .9}, {Threshold: .2, Drafted: .8}}}
	v := newAbstentionView(a, []measure.Band{{From: .2, Decided: 3, Approved: 3}, {From: .8, Decided: 40, Approved: 30}})
	if !v.Points[1].Chosen || v.Points[0].Chosen || v.X != 120 {
		t.Errorf("the point nearest the threshold is not marked: %+v", v)
	}
	want := []ownBand{{"0 to 20 %", "too few to say", 0}, {"20 to 40 %", "too few to say", 3}, {"40 to 60 %", "too few to say", 0}, {"60 to 80 %", "too few to say", 0}, {"80 to 100 %", "75 %", 40}}
	if v.Few || !slices.Equal(v.Own, want) {
		t.Errorf("own drafts: %+v", v.Own)
	}
	if v := newAbstentionView(a, nil); !v.Few {
		t.Error("no decisions are enough to compare")
	}
	if newAbstentionView(Abstention{}, nil) != nil {
		t.Error("a curve without points is drawn")
	}
}
