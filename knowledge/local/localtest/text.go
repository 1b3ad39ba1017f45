// Package localtest makes text with the statistics of real help pages, for the
// tests and benchmarks of the search index.
package localtest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	textVocab     = 80_000
	textTopics    = 3_000
	textTopicSize = 120 // words a topic has of its own
)

// Text makes passages and questions with the statistics of two real sets of
// help pages as Footnote cuts and analyses them (stop words out, stemmed):
//
//	                              here   2,394 pages of an office help centre   273 government pages
//	passages a document           5      4.5                                    7
//	distinct terms a passage      48     46                                     43
//	share of passages with a term that a question has
//	                              .12    .12                                    .10
//	share of a question's terms in the passage that answers it
//	                              .55    .50                                    .65
//
// (TestTextIsLikeRealText in knowledge/local holds the first column.) Words follow a
// Zipf-Mandelbrot law over 80,000 words. Documents have a topic whose words they
// prefer, passages of a document follow each other and share its title. A
// question is about one passage: it takes a good half of its terms from there
// and the rest from words at large, as people do who greet, explain and thank.
type Text struct {
	rnd    *rand.Rand
	cum    []float64
	topics [][]uint32
	topic  []uint32 // of the current document
	title  []uint32
	left   int        // passages of the current document
	kept   [][]uint32 // dimensions of some passages, for questions
	seen   int
}

// New gives a Text; the same seed gives the same text.
func New(seed uint64) *Text {
	t := &Text{rnd: rand.New(rand.NewPCG(seed, 1)), topics: make([][]uint32, textTopics)}
	sum := 0.0
	for r := range textVocab {
		sum += math.Pow(float64(r)+28, -1.45)
		t.cum = append(t.cum, sum)
	}
	for i := range t.topics {
		for range textTopicSize {
			// Evenly over the orders of magnitude from the 60th word to the last.
			word := 60 * math.Pow(textVocab/60, t.rnd.Float64())
			t.topics[i] = append(t.topics[i], min(uint32(word), textVocab-1))
		}
	}
	return t
}

func (t *Text) common() uint32 {
	i, _ := slices.BinarySearch(t.cum, t.rnd.Float64()*t.cum[len(t.cum)-1])
	return uint32(min(i, textVocab-1))
}

// own draws one of the topic's words, the first ones most often.
func (t *Text) own() uint32 {
	f := t.rnd.Float64()
	return t.topic[int(f*f*float64(len(t.topic)))]
}

// Passage gives the next passage: dimensions, ascending, and BM25 weights as
// package knowledge computes them.
func (t *Text) Passage() ([]uint32, []float32) {
	if t.left == 0 {
		t.left = 1 + t.rnd.IntN(9)
		t.topic = t.topics[t.rnd.IntN(textTopics)]
		t.title = t.title[:0]
		for range 5 {
			t.title = append(t.title, t.own())
		}
	}
	t.left--
	tf := map[uint32]float64{}
	var about [8]uint32 // a passage repeats the words it is about
	for i := range about {
		about[i] = t.own()
	}
	length := max(15, int(55*math.Exp(t.rnd.NormFloat64()*0.4)))
	for range length {
		if t.rnd.Float64() < 0.3 {
			tf[about[t.rnd.IntN(len(about))]]++
		} else {
			tf[t.common()]++
		}
	}
	for _, w := range t.title {
		tf[w]++
	}
	words := make([]uint32, 0, len(tf))
	for w := range tf {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b uint32) int { return cmp.Compare(hashWord(a), hashWord(b)) })
	dims, weights := make([]uint32, len(words)), make([]float32, len(words))
	long := float64(length+len(t.title)) / 128
	for i, w := range words {
		dims[i], weights[i] = hashWord(w), float32(tf[w]*2.2/(tf[w]+1.2*(0.25+0.75*long)))
	}
	t.keep(dims)
	return dims, weights
}

// keep holds an even sample of all passages.
func (t *Text) keep(dims []uint32) {
	t.seen++
	if len(t.kept) < 512 {
		t.kept = append(t.kept, dims)
	} else if i := t.rnd.IntN(t.seen); i < len(t.kept) {
		t.kept[i] = dims
	}
}

// Sample gives the dimensions of an even sample of the passages so far.
func (t *Text) Sample() [][]uint32 { return t.kept }

// hashWord is a bijection, so that dimensions are as scattered as murmur ids.
func hashWord(w uint32) uint32 { return (w + 1) * 2654435761 }

// Question gives n terms, weight 1 each, about one of the passages so far.
func (t *Text) Question(n int) ([]uint32, []float32) {
	about := slices.Clone(t.kept[t.rnd.IntN(len(t.kept))])
	t.rnd.Shuffle(len(about), func(i, j int) { about[i], about[j] = about[j], about[i] })
	set := map[uint32]bool{}
	for len(set) < n {
		if len(about) > 0 && t.rnd.Float64() < 0.5 {
			set[about[0]] = true
			about = about[1:]
		} else {
			set[hashWord(t.common())] = true
		}
	}
	dims := make([]uint32, 0, n)
	for d := range set {
		dims = append(dims, d)
	}
	slices.Sort(dims)
	weights := make([]float32, n)
	for i := range weights {
		weights[i] = 1
	}
	return dims, weights
}
