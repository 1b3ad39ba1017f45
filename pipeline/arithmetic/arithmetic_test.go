package arithmetic

import (
	"math"
	"testing"
)

func TestSolve(t *testing.T) {
	x := Solve([][]float64{{4, 1}, {1, 3}}, []float64{1, 2})
	if math.Abs(x[0]-1./11) > 1e-12 || math.Abs(x[1]-7./11) > 1e-12 {
		t.Errorf("solution %v", x)
	}
}

func TestSoftmax(t *testing.T) {
	p := Softmax([]float64{1000, 1000 + math.Log(3)})
	if math.Abs(p[0]-.25) > 1e-9 || math.Abs(p[1]-.75) > 1e-9 {
		t.Errorf("chances %v", p)
	}
	if len(Softmax(nil)) != 0 {
		t.Error("chances of nothing")
	}
}

func TestTokenF1(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"The plan ends.", "a plan ends", 1}, {"one two", "two three", .5}, {"", "x", 0}, {"the", "a", 0}} {
		if got := TokenF1(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%q and %q: %v, not %v", c.a, c.b, got, c.want)
		}
	}
}
