package knowledge

import (
	"context"
	"hash/fnv"
	"math"
	"slices"
	"time"
)

// recollection is what earlier approvals say about one question.
type recollection struct {
	strength float64            // what votes and prior weigh
	votes    map[string]*vote   // by passage hash
	docs     map[string]float64 // by document: share of the votes
	sources  map[string]bool    // hashes of the passages worth scoring: voted for, or cited most of all
	places   []string           // current documents that have them
	last     []string           // hashes cited last in this very ticket, newest first
	mem      *memory            // for the prior
}

// vote is what earlier questions say about one passage.
type vote struct {
	share float64 // of all votes, capped, 0..1; negative: it was rejected for such questions
	alike float64 // likeness of the nearest of them
}

// tally sums one passage's votes by who gave them.
type tally struct {
	vote
	*target
	requesters, agents map[uint64]float64
}

// recall asks the memory; nil when it has nothing to say.
func (m *memory) recall(n *question, thread uint64, by recalling) *recollection {
	if m == nil {
		return nil
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.lessons) == 0 {
		return nil
	}
	r := &recollection{votes: map[string]*vote{}, docs: map[string]float64{}, sources: map[string]bool{}, mem: m, strength: by.way.strength}
	tallies := map[string]*tally{}
	all := doubt
	found := m.nearest(n, by.way.trust)
	for _, l := range found {
		if l.alike < leastAlike {
			break
		}
		x := found[0].alike * math.Pow(l.alike/found[0].alike, sharpness) * aged(by.now.Sub(l.at))
		all += x
		for _, c := range l.cites {
			t := tallies[c.hash]
			if t == nil {
				t = &tally{vote: vote{alike: l.alike}, target: c.target, requesters: map[uint64]float64{}, agents: map[uint64]float64{}}
				tallies[c.hash] = t
			}
			t.requesters[l.requester] += x * c.weight
			t.agents[l.agent] += x * c.weight
		}
	}
	for h, t := range tallies {
		t.share = t.capped(all)
		r.votes[h] = &t.vote
		for _, d := range t.docs {
			r.docs[d] += t.share
		}
		if t.share > 0 {
			r.source(t.target)
		}
	}
	for _, t := range m.common {
		r.source(t)
	}
	if ls := m.threads[thread]; thread != 0 {
		for i := len(ls) - 1; i >= 0 && len(r.last) < 4; i-- {
			for _, c := range m.lessons[ls[i]].cites {
				if c.weight > 0 {
					r.last = append(r.last, c.hash)
				}
			}
		}
	}
	return r
}

// source notes a passage that is worth scoring. The memory is held.
func (r *recollection) source(t *target) {
	r.sources[t.hash] = true
	for _, d := range t.docs {
		if !slices.Contains(r.places, d) {
			r.places = append(r.places, d)
		}
	}
}

// capped is the share of all votes, with what one requester or one agent gave cut
// at their caps. Lessons without a name share one.
func (t *tally) capped(all float64) float64 {
	cut := func(by map[uint64]float64, most float64) float64 {
		sum := 0.0
		for _, x := range by {
			sum += max(-most, min(x/all, most))
		}
		return sum
	}
	return max(-1, min(cut(t.requesters, requesterCap), cut(t.agents, agentCap)))
}

// aged is how much a lesson still counts.
func aged(age time.Duration) float64 {
	return math.Exp2(-max(0, age.Hours()) / (askHalfLife.Hours()))
}

// asks is the question as lessons keep it: the customer's newest words, and
// those before them by how near they are.
func (n *question) asks() ([]Term, []float64) {
	var terms []Term
	var weights []float64
	for i, t := range n.terms {
		if w := n.weight[viewUser][i]; w > 0 {
			terms = append(terms, t)
			weights = append(weights, w)
		}
	}
	return terms, weights
}

// recalling is one search's use of a memory.
type recalling struct {
	mem      *memory // nil: nothing was learned, or it is not to be used
	now      time.Time
	way      way
	weighing *Weighing // nil: vectors say nothing of whether an answer is there
	// replay is how far terms and vectors agree in a replay; nil in the searches of
	// customers, whose agreement it must not change.
	replay   *agreement
	hidden   map[string]bool // documents that a replay leaves out
	evidence *Evidence       // where a replay wants it

	held learning  // what the memory held when the search began
	seen *learning // what learning_state said at its end
}

// recalling begins a search; a memory that is switched off says nothing.
func (k *Knowledge) recalling() recalling {
	m := k.memory.Load()
	r := recalling{now: time.Now(), held: m.state(), seen: &learning{}}
	if r.held.on {
		r.mem, r.way = m, r.held.way
	}
	if w := r.held.weighing; w != nil && w.Model == k.Model() {
		r.weighing = w
	}
	return r
}

func (r recalling) recall(n *question, thread string) *recollection {
	return r.mem.recall(n, keyOf(thread), r)
}

// see notes what learning_state says now.
func (r recalling) see(now learning) {
	if r.seen != nil {
		*r.seen = now
	}
}

// moved tells whether something was learned, taken back or switched meanwhile.
func (r recalling) moved() bool {
	return r.seen != nil && (r.seen.generation != r.held.generation || r.seen.seq != r.held.seq)
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
func (r *recollection) lift(c *candidate) float64 {
	if r == nil {
		return 0
	}
	x := weightPrior*r.mem.prior(c.p.hash) + weightVoted*math.Min(1, r.docs[c.doc.id])
	if v := r.votes[c.p.hash]; v != nil {
		x += weightVote * v.share
	}
	return r.strength*x + min(1, r.strength)*r.carried(c)
}

// nearReach is over how many passages nearness falls to 1/e.
const nearReach = 2.0

// carried is for what earlier replies in the ticket cited: the conversation
// mostly stays where it is, or moves on a little.
func (r *recollection) carried(c *candidate) float64 {
	x, fade := 0.0, 1.0
	for _, h := range r.last {
		for i := range c.doc.passages {
			if p := &c.doc.passages[i]; p.hash == h {
				d := math.Abs(float64(p.Ordinal - c.p.Ordinal))
				x = max(x, fade*(weightStay+weightCarry*math.Exp(-d/nearReach)))
			}
		}
		fade *= .7
	}
	return x
}

// support is how surely earlier approvals say that a passage answers.
func (r *recollection) support(c *candidate) float64 {
	if r == nil || r.votes[c.p.hash] == nil {
		return 0
	}
	v := r.votes[c.p.hash]
	return min(v.alike, max(0, v.share)*2)
}

// keyOf is the hash under which a name is remembered; 0 for none.
func keyOf(name string) uint64 {
	if name == "" {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64() | 1
}

// recalled adds the passages that similar questions were answered from.
func (g *gathering) recalled(ctx context.Context, f Find, r *recollection) error {
	if r == nil {
		return nil
	}
	docs, err := g.s.k.documents(ctx, r.places)
	if err != nil {
		return err
	}
	for _, id := range r.places {
		d := docs[id]
		if d == nil {
			continue
		}
		for i := range d.passages {
			if p := &d.passages[i]; r.sources[p.hash] && f.allows(p) {
				g.candidate(d, p)
			}
		}
	}
	return nil
}

// allows repeats the filter of the index for passages that did not come from it.
func (f Find) allows(p *cachedPassage) bool {
	l := baseLanguage(p.Locale)
	return slices.Contains(f.Audiences, p.Audience) && (len(f.Languages) == 0 || l == "" || slices.Contains(f.Languages, l))
}
