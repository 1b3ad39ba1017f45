package local

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

const (
	benchPassages = 100_000
	benchWords    = 120 // distinct terms a passage
	benchVocab    = 60_000
	benchStop     = 100 // the most frequent words are stop words: neither indexed nor asked
)

// zipfWords draws word ranks with P(rank) ∝ 1/(rank+2.7), stop words left out.
type zipfWords struct {
	cum []float64
	rnd *rand.Rand
}

func newZipfWords(seed uint64) *zipfWords {
	z := &zipfWords{rnd: rand.New(rand.NewPCG(seed, 1))}
	sum := 0.0
	for r := range benchVocab {
		sum += 1 / (float64(r+benchStop) + 2.7)
		z.cum = append(z.cum, sum)
	}
	return z
}

func (z *zipfWords) word() uint32 {
	i, _ := slices.BinarySearch(z.cum, z.rnd.Float64()*z.cum[len(z.cum)-1])
	return uint32(min(i, benchVocab-1))
}

// passage draws words until n are distinct; a word drawn again has tf 2, and so
// on. Weights are BM25's with k1 1.2, b 0.75, average length 256.
func (z *zipfWords) passage(n int) ([]uint32, []float32) {
	tf := map[uint32]int{}
	length := 0
	for len(tf) < n {
		w := z.word()
		// Text repeats its own words: bursts make tf above 1 common.
		for tf[w]++; z.rnd.IntN(4) == 0; tf[w]++ {
			length++
		}
		length++
	}
	dims := make([]uint32, 0, n)
	for w := range tf {
		dims = append(dims, hashWord(w))
	}
	byHash := make(map[uint32]int, n)
	for w, c := range tf {
		byHash[hashWord(w)] = c
	}
	slices.Sort(dims)
	weights := make([]float32, n)
	for i, d := range dims {
		f := float64(byHash[d])
		weights[i] = float32(f * 2.2 / (f + 1.2*(0.25+0.75*float64(length)/256)))
	}
	return dims, weights
}

// hashWord is a bijection, so that dimensions are as scattered as murmur ids.
func hashWord(w uint32) uint32 { return (w + 1) * 2654435761 }

func (z *zipfWords) question(n int) ([]uint32, []float32) {
	set := map[uint32]bool{}
	for len(set) < n {
		set[hashWord(z.word())] = true
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

var benchIndex = sync.OnceValue(func() *sparseIndex {
	z := newZipfWords(7)
	x := newSparseIndex(true)
	for ord := range uint32(benchPassages) {
		dims, weights := z.passage(benchWords)
		x.add(ord, dims, weights)
	}
	return x
})

// BenchmarkSparse reports, for the same questions in the same run, the median
// latency of the pruned and of the exhaustive search and their ratio.
func BenchmarkSparse(b *testing.B) {
	for _, words := range []int{10, 60} {
		for _, k := range []int{10, 100} {
			b.Run(fmt.Sprintf("words=%d/top=%d", words, k), func(b *testing.B) {
				x := benchIndex()
				z := newZipfWords(99)
				var questions [][]queryTerm
				postings := 0
				for range 256 {
					q := x.terms(z.question(words))
					for _, t := range q {
						postings += len(x.lists[t.slot].docs)
					}
					questions = append(questions, q)
				}
				// Round by round, not question by question: whichever search came
				// second would find the lists of its question in the cache.
				var pruned, full []time.Duration
				got := make([][]hit, len(questions))
				for b.Loop() {
					for i, q := range questions {
						start := time.Now()
						got[i] = x.search(q, k, nil, nil)
						pruned = append(pruned, time.Since(start))
					}
					for i, q := range questions {
						start := time.Now()
						want := x.searchExhaustive(q, k, nil, nil)
						full = append(full, time.Since(start))
						if !slices.Equal(got[i], want) {
							b.Fatalf("question %d: pruned differs from exhaustive\n%v\n%v", i, got[i], want)
						}
					}
				}
				p, f := median(pruned), median(full)
				b.ReportMetric(ms(p), "p50-ms")
				b.ReportMetric(ms(f), "exhaustive-p50-ms")
				b.ReportMetric(float64(f)/float64(p), "ratio")
				b.ReportMetric(float64(postings)/float64(len(questions)), "postings/q")
			})
		}
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }
