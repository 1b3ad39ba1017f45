package knowledge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestMeaningKeepsTheAngle of any two embeddings, also through what is stored.
func TestMeaningKeepsTheAngle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 70).Draw(rt, "numbers")
		vector := rapid.SliceOfN(rapid.Float32Range(-1e6, 1e6), n, n)
		a, b := vector.Draw(rt, "a"), vector.Draw(rt, "b")
		x, y := newMeaning(a), newMeaning(b)
		dot := 0.0
		for i := range a {
			dot += float64(a[i]) * float64(b[i])
		}
		if length(a) == 0 || length(b) == 0 {
			if x.comparable(y) {
				rt.Fatal("nothing is like something")
			}
			return
		}
		// Each number is off by at most 1/254 of the largest, so the angle by
		// about √n/254 for each of the two.
		most := 2 * math.Sqrt(float64(n)) / 254
		if got, want := x.cosine(y), dot/length(a)/length(b); math.Abs(got-want) > most+1e-9 {
			rt.Fatalf("cosine %v, exactly %v", got, want)
		}
		if again := meaningFrom(x.bytes()); !again.comparable(y) || again.cosine(y) != x.cosine(y) {
			rt.Fatal("stored, it is another")
		}
	})
	if meaningFrom(nil).comparable(newMeaning([]float32{1})) || newMeaning([]float32{1, 2}).comparable(newMeaning([]float32{1})) {
		t.Error("what cannot be compared is")
	}
}

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
		m.lessons[i].meaning = newMeaning(noise(what))
	}
	return m, noise(even)
}

func TestMeaningKnowsOtherWords(t *testing.T) {
	share := func(m *memory, asked []float32, trust float64) float64 {
		q := questionOf(lexOf(), "nothing anybody said")
		q.meaning = newMeaning(asked)
		r := m.recall(q, 0, recalling{now: time.Unix(0, 0), way: way{strength: 1, trust: trust}})
		if r == nil || r.votes["even"] == nil {
			return 0
		}
		if r.votes["odd"] != nil && r.votes["odd"].share > r.votes["even"].share/10 {
			t.Errorf("what means something else has %v of the votes, what means the same %v", r.votes["odd"].share, r.votes["even"].share)
		}
		return r.votes["even"].share
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
	q := questionOf(lexOf(), "dosh overdue")
	q.meaning = newMeaning(asked)
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
			m.lessons[i].meaning = newMeaning(v)
		}
		text := ""
		for range 40 {
			text += fmt.Sprintf("w%04d ", int(5000*math.Pow(rng.Float64(), 3)))
		}
		q := questionOf(lexOf(), text)
		q.meaning = newMeaning(asked)
		for _, trust := range []float64{0, meant} {
			b.Run(fmt.Sprintf("lessons=%d/trust=%v", n, trust), func(b *testing.B) {
				for b.Loop() {
					m.recall(q, 0, recalling{now: time.Unix(0, 0), way: way{strength: 1, trust: trust}})
				}
			})
		}
	}
}
