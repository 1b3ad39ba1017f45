package console

import (
	"testing"

	"footnote/review/measure"
)

func TestAbstentionView(t *testing.T) {
	a := Abstention{Threshold: .12, Points: []AbstentionPoint{{Threshold: 0, Drafted: 1}, {Threshold: .1, Drafted: .9}, {Threshold: .2, Drafted: .8}}}
	v := newAbstentionView(a, []measure.Band{{From: .2, Decided: 3, Approved: 3}, {From: .8, Decided: 40, Approved: 30}})
	if !v.Points[1].Chosen || v.Points[0].Chosen || v.X != 120 {
		t.Errorf("the point nearest the threshold is not marked: %+v", v)
	}
	if v.Few || len(v.Own) != 1 || v.Own[0].Decided != 40 {
		t.Errorf("own drafts: %+v", v.Own) // three decisions are too few for a share
	}
	if v := newAbstentionView(a, nil); !v.Few {
		t.Error("no decisions are enough to compare")
	}
	if newAbstentionView(Abstention{}, nil) != nil {
		t.Error("a curve without points is drawn")
	}
}
