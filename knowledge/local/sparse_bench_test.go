package local

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"footnote/knowledge/local/localtest"
)

const benchPassages = 100_000

type bench struct {
	text  *localtest.Text
	index *sparseIndex
}

var benchIndex = sync.OnceValue(func() bench {
	b := bench{text: localtest.New(7), index: newSparseIndex(true)}
	for ord := range uint32(benchPassages) {
		dims, weights := b.text.Passage()
		b.index.add(ord, dims, weights)
	}
	return b
})

// BenchmarkSparse reports, for the same questions in the same run, the median
// latency of the search and, with identical results, of two exhaustive peers:
// every stored vector multiplied with the query's (what an exact search without
// inverted lists does, as Qdrant's plain scan), and every posting of the query's
// lists added to one sum a point. The text is localtest's, 100,000 passages. Times
// are the processor's, of the searching thread: on a machine with neighbours the
// clock would make long searches look longer than they are.
func BenchmarkSparse(b *testing.B) {
	for _, words := range []int{10, 60} {
		b.Run(fmt.Sprintf("words=%d", words), func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			x, text := benchIndex().index, benchIndex().text
			all := newBitmap(x.forward.len())
			all.fill(x.forward.len())
			var questions [][]queryTerm
			postings := 0
			for range 256 {
				q := x.terms(text.Question(words))
				for _, t := range q {
					postings += x.lists[t.slot].len()
				}
				questions = append(questions, q)
			}
			searches := []func([]queryTerm) []hit{
				func(q []queryTerm) []hit { return x.search(q, 10, nil, nil) },
				func(q []queryTerm) []hit { return x.searchExhaustive(q, 10, nil, nil) },
				func(q []queryTerm) []hit { return x.searchPoints(q, 10, all, nil) },
			}
			// Round by round, not question by question: whichever search came second
			// would find the lists of its question in the cache. The slowest gets
			// fewer questions.
			took := make([][]time.Duration, len(searches))
			for b.Loop() {
				want := make([][]hit, len(questions))
				for i, search := range searches {
					for j, q := range questions[:len(questions)>>(i/2*4)] {
						start := cpuTime(b)
						got := search(q)
						took[i] = append(took[i], cpuTime(b)-start)
						if i == 0 {
							want[j] = got
						} else if !slices.Equal(got, want[j]) {
							b.Fatalf("question %d: peer %d found\n%v\nnot\n%v", j, i, got, want[j])
						}
					}
				}
			}
			p, lists, vectors := median(took[0]), median(took[1]), median(took[2])
			b.ReportMetric(ms(p), "p50-ms")
			b.ReportMetric(ms(lists), "all-postings-ms")
			b.ReportMetric(ms(vectors), "all-vectors-ms")
			b.ReportMetric(float64(lists)/float64(p), "x-all-postings")
			b.ReportMetric(float64(vectors)/float64(p), "x-all-vectors")
			b.ReportMetric(float64(postings)/float64(len(questions)), "postings/q")
		})
	}
}

// cpuTime is what the calling thread has used of a processor.
func cpuTime(b *testing.B) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }
