package learning

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"footnote/knowledge"
)

// meant adds n lessons in words that no two share: those of even number mean one
// thing and cite "even", the others another.
func meantMemory(n, size int) (m *memory, even []float32) {
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(v []float32) []float32 {
		out := make([]float32, size)
		for i := range out {
			out[i] = v[i] + float32(rng.NormFloat64())/10 + 1 // + 1: all of them close together
		}
		return out
	}
	even, odd := make([]float32, size), make([]float32, size)
	for i := range even {
		even[i], odd[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
	}
	m = newMemory(lexOf())
	for i := range n {
		what, hash := even, "even"
		if i%2 == 1 {
			what, hash = odd, "odd"
		}
		m.lesson(fmt.Sprint("d", i), fmt.Sprintf("quux%04d", i), hash, fmt.Sprint("r", i), fmt.Sprint("a", i%5), 1)
		m.lessons[i].meaning = knowledge.NewMeaning(noise(what))
	}
	return m, noise(even)
}

func TestMeaningKnowsOtherWords(t *testing.T) {
	share := func(m *memory, asked []float32, trust float64) float64 {
		q := asking("nothing anybody said", time.Unix(0, 0))
		q.Meaning = knowledge.NewMeaning(asked)
		r := used{m, way{strength: 1, trust: trust}}.Recall(q)
		if r == nil || r.Votes["even"] == nil {
			return 0
		}
		if r.Votes["odd"] != nil && r.Votes["odd"].Share > r.Votes["even"].Share/10 {
			t.Errorf("what means something else has %v of the votes, what means the same %v", r.Votes["odd"].Share, r.Votes["even"].Share)
		}
		return r.Votes["even"].Share
	}
	m, asked := meantMemory(60, 64)
	if x := share(m, asked, meant); x < .5 {
		t.Errorf("the same meaning has %v of the votes", x)
	}
	if x := share(m, asked, 0); x != 0 {
		t.Errorf("without trust it has %v", x)
	}
	if x := share(m, nil, meant); x != 0 {
		t.Errorf("a question that no model has read has %v", x)
	}
	if x := share(m, asked[:32], meant); x != 0 {
		t.Errorf("a question of another model has %v", x)
	}
	few, asked := meantMemory(leastRead-1, 64)
	if x := share(few, asked, meant); x != 0 {
		t.Errorf("too few lessons to know what is alike have %v", x)
	}
}

// TestMeaningDoesNotDrownWords: where both say something both count, and a lesson
// that the model has not read still counts by its words.
func TestMeaningDoesNotDrownWords(t *testing.T) {
	m, asked := meantMemory(60, 64)
	m.lesson("worded", "dosh overdue", "worded", "r", "a", 1)
	q := asking("dosh overdue", time.Unix(0, 0))
	q.Meaning = knowledge.NewMeaning(asked)
	words := m.byWords(q)[60]
	for _, n := range m.nearest(q, meant) {
		if n.decision == "worded" {
			if want := words / (1 + meant); words < .5 || math.Abs(n.alike-want) > 1e-9 {
				t.Errorf("the very words are alike by %v, want %v", n.alike, want)
			}
			return
		}
	}
	t.Error("the very words are not near")
}

func BenchmarkRecall(b *testing.B) {
	for _, n := range []int{1_000, 10_000, mostLessons} {
		m, asked := meantMemory(0, 384)
		rng := rand.New(rand.NewPCG(3, 4))
		for i := range n {
			text := ""
			for range 40 {
				text += fmt.Sprintf("w%04d ", int(5000*math.Pow(rng.Float64(), 3)))
			}
			v := make([]float32, 384)
			for j := range v {
				v[j] = float32(rng.NormFloat64())
			}
			m.lesson(fmt.Sprint(i), text, fmt.Sprint("p", i%500), fmt.Sprint("r", i), fmt.Sprint("a", i%9), 1)
			m.lessons[i].meaning = knowledge.NewMeaning(v)
		}
		text := ""
		for range 40 {
			text += fmt.Sprintf("w%04d ", int(5000*math.Pow(rng.Float64(), 3)))
		}
		q := asking(text, time.Unix(0, 0))
		q.Meaning = knowledge.NewMeaning(asked)
		for _, trust := range []float64{0, meant} {
			b.Run(fmt.Sprintf("lessons=%d/trust=%v", n, trust), func(b *testing.B) {
				for b.Loop() {
					used{m, way{strength: 1, trust: trust}}.Recall(q)
				}
			})
		}
	}
}
