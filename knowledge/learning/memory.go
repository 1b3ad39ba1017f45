package learning

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/knowledge/search"
	"footnote/pipeline/text"
)

// How approvals become votes. The figures were chosen on the streams of
// `footnote eval learning`.
const (
	neighbours   = 50                   // nearest earlier questions that vote
	sharpness    = 2.0                  // a vote is nearness, relative to the nearest, to this power
	doubt        = .35                  // votes that are against everything: few votes say little
	leastAlike   = .02                  // questions less alike do not vote
	askHalfLife  = 270 * 24 * time.Hour // after it a lesson counts half
	requesterCap = .34                  // of all votes, from one requester
	agentCap     = .67                  // of all votes, from one agent
	pseudoAsks   = 50                   // how many questions the corpus' statistics count as
	priorCap     = 50                   // citations of one passage by one agent that count for the prior
	mostCommon   = 10                   // passages that are candidates because they are cited often
)

// memory is what approvals have taught: earlier questions, as hashes of word
// stems, with the passages that answered them. Everybody's votes are capped when
// they are counted, not when they are kept, so that taking a lesson back makes
// room for others. It is safe for concurrent use.
type memory struct {
	mu       sync.RWMutex
	learning // as of learning_state when it was read last

	lessons  []remembered            // in their order
	standing int                     // of them that are about a current passage, or about none
	postings map[text.Term][]asked   // of those, ascending
	threads  map[uint64][]int32      // lessons of one ticket, oldest first
	targets  map[string]*target      // by passage hash
	taught   map[string]*taughtAbout // by the hash that lessons were taught with
	seen     string                  // snapshot of Postgres as of which documents are known
	lex      *corpus.Statistics      // the corpus' statistics behind those of the questions
	length   float64                 // of all standing lessons
	common   []*target               // cited most of all, most first
	total    float64                 // of all targets' citations, capped
}

// asked is a lesson that has a term.
type asked struct {
	lesson int32
	weight float32
}

// remembered is one lesson.
type remembered struct {
	terms            []text.Term // ascending
	weights          []float32
	about            []about // as it was taught
	cites            []cite  // what that is now; none: it does not count
	requester, agent uint64
	thread           uint64
	at               time.Time
	length           float64
	decision         string
	meaning          knowledge.Meaning // none when the model in use has not read it
	out              bool              // it is about nothing that is there now
}

// about is a passage that a lesson was taught with.
type about struct {
	*taughtAbout
	weight float32
}

// taughtAbout is a passage as it was when lessons were taught, and where it is now.
type taughtAbout struct {
	hash    string
	now     place
	lessons []int32
}

// cite is a passage that a lesson is about; a negative weight says that it does
// not answer the question.
type cite struct {
	*target
	weight float64
}

// target is a passage that lessons are about.
type target struct {
	hash    string
	docs    []string           // current documents with this passage
	lessons []int32            // about it, ascending
	counts  map[uint64]float64 // by agent: what is cited often is cited again
	asked   map[uint64]bool    // requesters that count already
	cited   float64            // the sum, capped
}

func newMemory(lex *corpus.Statistics) *memory {
	return &memory{postings: map[text.Term][]asked{}, threads: map[uint64][]int32{}, targets: map[string]*target{}, taught: map[string]*taughtAbout{}, lex: lex}
}

// add keeps one lesson. The caller holds no lock.
func (m *memory) add(l remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := int32(len(m.lessons))
	for _, w := range l.weights {
		l.length += float64(w)
	}
	l.out = true
	m.lessons = append(m.lessons, l)
	for _, a := range l.about {
		a.lessons = append(a.lessons, at)
	}
	if len(l.about) > 0 && len(l.cites) == 0 {
		return
	}
	m.stand(at)
	for _, c := range l.cites {
		c.lessons = insert(c.lessons, at)
		m.count(c, &l)
		m.rank(c.target)
	}
}

// count keeps the prior: one requester counts once, one agent up to a cap.
func (m *memory) count(c cite, l *remembered) {
	if c.weight <= 0 || l.requester != 0 && c.asked[l.requester] {
		return
	}
	if l.requester != 0 {
		c.asked[l.requester] = true
	}
	before := min(c.counts[l.agent], priorCap)
	c.counts[l.agent] += c.weight
	gain := min(c.counts[l.agent], priorCap) - before
	c.cited += gain
	m.total += gain
}

// rank puts a target that is cited more than before among the most cited.
func (m *memory) rank(t *target) {
	if t.cited <= 0 {
		return
	}
	common := slices.Clone(m.common) // searches may hold the old one
	if !slices.Contains(common, t) {
		common = append(common, t)
	}
	slices.SortFunc(common, mostCited)
	m.common = common[:min(len(common), mostCommon)]
}

func mostCited(a, b *target) int {
	return cmp.Or(cmp.Compare(b.cited, a.cited), cmp.Compare(a.hash, b.hash))
}

// target returns the one of a hash.
func (m *memory) target(hash string, docs []string) *target {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.targetOf(hash, docs)
}

func (m *memory) targetOf(hash string, docs []string) *target {
	t := m.targets[hash]
	if t == nil {
		t = &target{hash: hash, counts: map[uint64]float64{}, asked: map[uint64]bool{}}
		m.targets[hash] = t
	}
	t.docs = docs
	return t
}

// idf of a term among questions; the corpus speaks for them while they are few.
func (m *memory) idf(t text.Term) float64 {
	corpus := (float64(m.lex.PassageDF(t)) + .5) / (float64(m.lex.Passages()) + 1)
	p := (float64(len(m.postings[t])) + pseudoAsks*corpus) / (float64(m.standing) + pseudoAsks)
	return max(0, -math.Log(min(p, 1)))
}

// Prior is how often a passage is cited at all, as a share of all citations.
func (m *memory) Prior(hash string) float64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if t := m.targets[hash]; t != nil && t.cited > 0 {
		return t.cited / m.total
	}
	return 0
}

// near is an earlier question and how like it is to a new one.
type near struct {
	*remembered
	alike float64 // 0..1
}

// nearest returns the earlier questions that are most like one, best first: by
// their words, and where a model has read them also by what they mean, which counts
// trust times as much.
func (m *memory) nearest(q search.Ask, trust float64) []near {
	alike := m.byWords(q)
	if trust > 0 && q.Meaning.Size > 0 {
		for i, x := range m.byMeaning(q.Meaning) {
			alike[i] = (alike[i] + trust*x) / (1 + trust)
		}
	}
	out := make([]near, 0, neighbours+1)
	for i, x := range alike {
		if x == 0 || len(out) == neighbours && x < out[neighbours-1].alike {
			continue
		}
		l := near{&m.lessons[i], x}
		at, _ := slices.BinarySearchFunc(out, l, func(a, b near) int {
			return cmp.Or(cmp.Compare(b.alike, a.alike), cmp.Compare(a.decision, b.decision))
		})
		out = slices.Insert(out, at, l)
		out = out[:min(len(out), neighbours)]
	}
	return out
}

// byWords is each lesson's BM25 as a share of the most that it could be: whoever
// writes at length is not nearer for it.
func (m *memory) byWords(q search.Ask) []float64 {
	terms, weights := q.Terms, q.Weights
	out := make([]float64, len(m.lessons))
	most := 0.0
	mean := m.length / float64(max(m.standing, 1))
	for i, t := range terms {
		x := weights[i] / (weights[i] + 1) * m.idf(t)
		most += x * knowledge.BM25(weights[i], 1)
		for _, p := range m.postings[t] {
			out[p.lesson] += x * knowledge.BM25(float64(p.weight), m.lessons[p.lesson].length/mean)
		}
	}
	for i, x := range out {
		if x > 0 {
			out[i] = min(1, x/most)
		}
	}
	return out
}

const (
	// leastRead lessons tell how alike any two questions are to a model: some
	// models have all of them close together …
	leastRead = 20
	// … up to this cosine; beyond it the codes cannot tell them apart.
	mostAlike = .98
)

// byMeaning is each lesson's cosine above the mean of all, as a share of what is
// left above it: 1 for the same question, 0 for one like any other. Nil while it
// cannot tell.
func (m *memory) byMeaning(asked knowledge.Meaning) []float64 {
	out := make([]float64, len(m.lessons))
	sum, read := 0.0, 0
	for i := range m.lessons {
		if l := m.lessons[i].meaning; !m.lessons[i].out && l.Comparable(asked) {
			out[i] = l.Cosine(asked)
			sum += out[i]
			read++
		}
	}
	mean := sum / float64(max(read, 1))
	if read < leastRead || mean > mostAlike {
		return nil
	}
	for i, x := range out {
		if !m.lessons[i].out {
			out[i] = max(0, (x-mean)/(1-mean))
		}
	}
	return out
}

// leastSaid lessons make a word that no document has one of the customers' own:
// one may hold a slip of the keyboard.
const leastSaid = 2

// Knows tells whether earlier questions have a term.
func (m *memory) Knows(t text.Term) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.postings[t]) >= leastSaid
}

// state returns what of learning_state the memory holds.
func (m *memory) state() learning {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.learning
}

// set says up to where the memory was read, beside which statistics.
func (m *memory) set(l learning, lex *corpus.Statistics, seen string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.learning, m.lex, m.seen = l, lex, seen
}

// beside tells whether the memory was read beside these statistics.
func (m *memory) beside(lex *corpus.Statistics) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.lex == lex
}
