package eval

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

// The figures are worked out by hand from the definitions in doc.go.
func TestMetrics(t *testing.T) {
	r := Ranking{Gains: []float64{0, 1, 0, 2, 0, 0}, Relevant: []float64{1, 2, 1}}
	near(t, "recall@1", r.Recall(1), 0)
	near(t, "recall@5", r.Recall(5), 2./3)
	near(t, "recall@100", r.Recall(100), 2./3)
	near(t, "mrr@10", r.MRR(10), .5)
	near(t, "best@1", r.Best(), 0)
	ideal := 2 + 1/math.Log2(3) + 1./2
	near(t, "ndcg@5", r.NDCG(5), (1/math.Log2(3)+2/math.Log2(5))/ideal)
	near(t, "ndcg@2", r.NDCG(2), (1/math.Log2(3))/(2+1/math.Log2(3)))
	first := Ranking{Gains: []float64{2}, Relevant: []float64{1, 2}}
	near(t, "best@1 of the best", first.Best(), 1)
	near(t, "recall of one of two", first.Recall(5), .5)
	near(t, "nothing found", Ranking{Relevant: []float64{1}}.NDCG(10), 0)
	if (Ranking{Gains: []float64{0}}).Judged() {
		t.Error("a question without anything relevant counts")
	}
}

func TestAUC(t *testing.T) {
	near(t, "apart", AUC([]float64{3, 4}, []float64{1, 2}), 1)
	near(t, "turned round", AUC([]float64{1, 2}, []float64{3, 4}), 0)
	near(t, "ties", AUC([]float64{1, 1}, []float64{1, 1}), .5)
	near(t, "mixed", AUC([]float64{1, 3, 5}, []float64{2, 3}), (0+1+1+0+.5+1)/6)
	if !math.IsNaN(AUC(nil, []float64{1})) {
		t.Error("an AUC of one side")
	}
}

func TestIntervals(t *testing.T) {
	var some, more []float64
	for i := range 400 {
		x := float64(i%5) / 4
		some, more = append(some, x), append(more, x+.1)
	}
	m := Mean(some)
	near(t, "mean", m.Value, .5)
	// The standard error is sqrt(.125/400) = .0177: 1.96 of it on either side.
	if w := m.High - m.Low; w < .055 || w > .085 || m.Low > .5 || m.High < .5 {
		t.Errorf("interval %+v", m)
	}
	if again := Mean(some); again != m {
		t.Errorf("%+v, then %+v", m, again)
	}
	d := Difference(some, more)
	near(t, "difference", d.Value, .1)
	if d.High-d.Low > 1e-9 {
		t.Errorf("the same difference everywhere has the interval %+v", d)
	}
	if !math.IsNaN(Mean(nil).Value) {
		t.Error("a mean of nothing")
	}
	if s := (Interval{.5, .25, 1}).String(); s != ".500 [.250 1.000]" {
		t.Error(s)
	}
}
