package bench

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, .5: 3, .6: 3, .61: 4, .99: 5, 1: 5} {
		if got := Percentile(values, q); got != want {
			t.Errorf("%v: %v, want %v", q, got, want)
		}
	}
	if values[0] != 5 || Percentile(nil, .5) != 0 {
		t.Error("the values are sorted in place, or none have a percentile")
	}
}

// TestDocumentsAreTheSameTwice: figures of two runs are of the same knowledge.
func TestDocumentsAreTheSameTwice(t *testing.T) {
	var texts [2]string
	for i := range texts {
		dir := t.TempDir()
		if err := WriteDocuments(dir, 3); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "0002.md"))
		if err != nil || len(raw) < 1000 {
			t.Fatalf("%d bytes, %v", len(raw), err)
		}
		texts[i] = string(raw)
	}
	if texts[0] != texts[1] {
		t.Error("a second run has other documents")
	}
}
