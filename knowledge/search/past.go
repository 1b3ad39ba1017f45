package search

import (
	"context"
	"math"
	"slices"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/pipeline/text"
)

// Approvals is what the approvals of people taught; package learning fills it.
type Approvals interface {
	// Past returns what a search may use of it, beside the statistics in use; anew
	// after reading what was taught, taken back or switched meanwhile.
	Past(ctx context.Context, lex *corpus.Statistics, anew bool) (Past, error)
}

// Memory is what earlier questions say about new ones.
type Memory interface {
	// Knows tells whether earlier questions have a term.
	Knows(t text.Term) bool
	// Recall says which passages answered questions like this one; nil for nothing.
	Recall(a Ask) *Recollection
	// Prior is how often a passage, by its hash, is cited at all, as a share of all
	// citations.
	Prior(hash string) float64
}

// Ask is a question as a memory reads it.
type Ask struct {
	Terms   []text.Term
	Weights []float64
	Meaning knowledge.Meaning // none without an embedder
	Thread  string            // the ticket ("desk/id"); empty: none
	Now     time.Time
}

// Moment is up to where something was learned.
type Moment struct{ Generation, Seq int64 }

// Past is one search's use of what was learned.
type Past struct {
	Memory   Memory // nil: nothing was learned, or it is not to be used
	Now      time.Time
	Weighing *knowledge.Weighing // nil: vectors say nothing of whether an answer is there
	Held     Moment              // what the memory held when the search began
	// Replay is how far terms and vectors agree in a replay; nil in the searches of
	// customers, whose agreement it must not change.
	Replay   *Agreement
	Hidden   map[string]bool     // documents that a replay leaves out
	Evidence *knowledge.Evidence // where a replay wants it

	seen  *Moment // what there was at its end
	older *bool   // at its end, the statistics were found to be of before a change
}

// recall asks the memory; nil when it has nothing to say.
func (p Past) recall(n *question, thread string) *Recollection {
	if p.Memory == nil {
		return nil
	}
	terms, weights := n.asks()
	return p.Memory.Recall(Ask{Terms: terms, Weights: weights, Meaning: n.meaning, Thread: thread, Now: p.Now})
}

// see notes what was learned by now.
func (p Past) see(now Moment) {
	if p.seen != nil {
		*p.seen = now
	}
}

// moved tells whether something was learned, taken back or switched meanwhile.
func (p Past) moved() bool { return p.seen != nil && *p.seen != p.Held }

// note keeps that the statistics in use are older than the documents; it is false when
// nobody wants to know.
func (p Past) note(older bool) bool {
	if p.older != nil {
		*p.older = older
	}
	return p.older != nil
}

// behind tells whether the search used statistics of before a change.
func (p Past) behind() bool { return p.older != nil && *p.older }

// Recollection is what earlier approvals say about one question.
type Recollection struct {
	Strength float64            // what votes and prior weigh
	Votes    map[string]*Vote   // by passage hash
	Docs     map[string]float64 // by document: share of the votes
	Sources  map[string]bool    // hashes of the passages worth scoring: voted for, or cited most of all
	Places   []string           // current documents that have them
	Last     []string           // hashes cited last in this very ticket, newest first
	Mem      Memory             // for the prior
}

// Vote is what earlier questions say about one passage.
type Vote struct {
	Share float64 // of all votes, capped, 0..1; negative: it was rejected for such questions
	Alike float64 // likeness of the nearest of them
}

// Weights of what was learned, beside those of weights.go: in units of score.
const (
	weightVote  = 6.0 // all votes of similar questions are for this passage
	weightVoted = 2.0 // … for a passage of its document
	weightPrior = 1.2 // every citation so far was of it
	weightCarry = 2.0 // the last reply in this ticket cited it; its neighbours by distance
	weightStay  = 1.5 // … cited its document
)

// lift is what approvals add to a candidate's score.
func (r *Recollection) lift(c *candidate) float64 {
	if r == nil {
		return 0
	}
	x := weightPrior*r.Mem.Prior(c.p.Hash) + weightVoted*math.Min(1, r.Docs[c.doc.ID])
	if v := r.Votes[c.p.Hash]; v != nil {
		x += weightVote * v.Share
	}
	return r.Strength*x + min(1, r.Strength)*r.carried(c)
}

// nearReach is over how many passages nearness falls to 1/e.
const nearReach = 2.0

// carried is for what earlier replies in the ticket cited: the conversation
// mostly stays where it is, or moves on a little.
func (r *Recollection) carried(c *candidate) float64 {
	x, fade := 0.0, 1.0
	for _, h := range r.Last {
		for i := range c.doc.Passages {
			if p := &c.doc.Passages[i]; p.Hash == h {
				d := math.Abs(float64(p.Ordinal - c.p.Ordinal))
				x = max(x, fade*(weightStay+weightCarry*math.Exp(-d/nearReach)))
			}
		}
		fade *= .7
	}
	return x
}

// support is how surely earlier approvals say that a passage answers.
func (r *Recollection) support(c *candidate) float64 {
	if r == nil || r.Votes[c.p.Hash] == nil {
		return 0
	}
	v := r.Votes[c.p.Hash]
	return min(v.Alike, max(0, v.Share)*2)
}

// recalled adds the passages that similar questions were answered from.
func (g *gathering) recalled(ctx context.Context, f knowledge.Find, r *Recollection) error {
	if r == nil {
		return nil
	}
	docs, err := g.s.k.corpus.Documents(ctx, r.Places)
	if err != nil {
		return err
	}
	for _, id := range r.Places {
		d := docs[id]
		if d == nil {
			continue
		}
		for i := range d.Passages {
			if p := &d.Passages[i]; r.Sources[p.Hash] && allows(f, p) {
				g.candidate(d, p)
			}
		}
	}
	return nil
}

// allows repeats the filter of the index for passages that did not come from it.
func allows(f knowledge.Find, p *corpus.Passage) bool {
	l := text.BaseLanguage(p.Locale)
	return slices.Contains(f.Audiences, p.Audience) && (len(f.Languages) == 0 || l == "" || slices.Contains(f.Languages, l))
}
