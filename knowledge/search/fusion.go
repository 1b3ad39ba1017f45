package search

import (
	"sync"
)

const (
	// weightDense is for a similarity scaled to 0..1 among the candidates, times
	// how far terms and vectors agree beyond what chance and common words give.
	// Measured with three models, see docs/retrieval.md: a weight that gains where
	// a model knows the words loses as much where it does not.
	weightDense = 8.0
	agreedLeast = 0.1

	agreedAtFirst = 0.3   // taken for granted of vectors before the first question
	judgedAtFirst = 0.6   // of a reranker, which reads question and passage together
	agreedMass    = 20.0  // questions that this counts for
	agreedMemory  = 500.0 // questions that are remembered: older ones fade
)

// fuse adds to each score what vectors say.
func (s *search) fuse(cands []*candidate) {
	first := bestOf(cands)
	if first == nil {
		return
	}
	key := agreementKey{language: s.n.lang, conversation: s.n.history}
	agreement, notes := s.agreement()
	if rank := first.ranks[listDense]; first.covered > 0 && notes {
		agreement.note(key, rank)
	}
	weight := weightDense * max(0, agreement.of(key)-agreedLeast)
	for _, c := range cands {
		c.add(s.x != nil, "dense similarity", c.dense, weight)
	}
}

// agreement is that of the searches like this one, and whether this one counts: a
// replay asks each question in many ways.
func (s *search) agreement() (a *Agreement, notes bool) {
	if s.past.Replay != nil {
		return s.past.Replay, s.past.Memory == nil
	}
	return &s.k.agreement, s.x == nil
}

// bestOf is the candidate that terms put first, whatever approvals say of it; nil
// when vectors brought none.
func bestOf(cands []*candidate) *candidate {
	var first *candidate
	dense := false
	byTerms := func(c *candidate) float64 { return c.score - c.learned }
	for _, c := range cands {
		dense = dense || c.ranks[listDense] > 0
		if first == nil || byTerms(c) > byTerms(first) || byTerms(c) == byTerms(first) && c.p.ID < first.p.ID {
			first = c
		}
	}
	if !dense {
		return nil
	}
	return first
}

// Agreement is how far vectors can be believed: the mean reciprocal rank at which
// they have the passage that terms put first. It says whether a model knows the
// language and the matter of this installation, without anybody judging: where
// an English model is asked in Chinese, or for one of a thousand hotels' opening
// hours, it falls to nothing. One question says little: vectors that disagree are
// often right. It is kept by language and by whether there is a conversation, in
// this process alone, and may be used by any number of goroutines.
type Agreement struct {
	mu   sync.Mutex
	seen map[agreementKey]agreed
}

type agreementKey struct {
	language     string
	conversation bool
	reranker     bool // with the order that it is given, instead of vectors with terms
}

type agreed struct{ mean, questions float64 }

// of returns the agreement, 0 to 1.
func (a *Agreement) of(key agreementKey) float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.get(key).mean
}

// note takes in one question: the rank among vectors of what terms put first, 0
// when it is not among them.
func (a *Agreement) note(key agreementKey, rank int16) {
	x := 0.0
	if rank > 0 {
		x = 1 / float64(rank)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.get(key)
	g.questions = min(g.questions+1, agreedMemory)
	g.mean += (x - g.mean) / g.questions
	if a.seen == nil {
		a.seen = map[agreementKey]agreed{}
	}
	a.seen[key] = g
}

func (a *Agreement) get(key agreementKey) agreed {
	if g, ok := a.seen[key]; ok {
		return g
	}
	if key.reranker {
		return agreed{judgedAtFirst, agreedMass}
	}
	return agreed{agreedAtFirst, agreedMass}
}
