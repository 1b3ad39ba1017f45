package knowledge

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestMeaningKeepsTheAngle of any two embeddings, also through what is stored.
func TestMeaningKeepsTheAngle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 70).Draw(rt, "numbers")
		vector := rapid.SliceOfN(rapid.Float32Range(-1e6, 1e6), n, n)
		a, b := vector.Draw(rt, "a"), vector.Draw(rt, "b")
		x, y := NewMeaning(a), NewMeaning(b)
		dot, sizes := 0.0, [2]float64{}
		for i := range a {
			dot += float64(a[i]) * float64(b[i])
			sizes[0] += float64(a[i]) * float64(a[i])
			sizes[1] += float64(b[i]) * float64(b[i])
		}
		if sizes[0] == 0 || sizes[1] == 0 {
			if x.Comparable(y) {
				rt.Fatal("nothing is like something")
			}
			return
		}
		// Each number is off by at most 1/254 of the largest, so the angle by
		// about √n/254 for each of the two.
		most := 2 * math.Sqrt(float64(n)) / 254
		if got, want := x.Cosine(y), dot/math.Sqrt(sizes[0])/math.Sqrt(sizes[1]); math.Abs(got-want) > most+1e-9 {
			rt.Fatalf("cosine %v, exactly %v", got, want)
		}
		if again := MeaningFrom(x.Bytes()); !again.Comparable(y) || again.Cosine(y) != x.Cosine(y) {
			rt.Fatal("stored, it is another")
		}
	})
	if MeaningFrom(nil).Comparable(NewMeaning([]float32{1})) || NewMeaning([]float32{1, 2}).Comparable(NewMeaning([]float32{1})) {
		t.Error("what cannot be compared is")
	}
}
