package learning

import (
	"hash/fnv"
	"math"
	"slices"
	"time"

	"footnote/knowledge/search"
)

// tally sums one passage's votes by who gave them.
type tally struct {
	search.Vote
	*target
	requesters, agents map[uint64]float64
}

// used is a memory in the way that a search uses it.
type used struct {
	*memory
	way way
}

// Recall lets earlier questions vote; nil when there are none.
func (u used) Recall(a search.Ask) *search.Recollection {
	m := u.memory
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.standing == 0 {
		return nil
	}
	r := &search.Recollection{Votes: map[string]*search.Vote{}, Docs: map[string]float64{}, Sources: map[string]bool{}, Mem: u, Strength: u.way.strength}
	thread := keyOf(a.Thread)
	tallies := map[string]*tally{}
	all := doubt
	found := m.nearest(a, u.way.trust)
	for _, l := range found {
		if l.alike < leastAlike {
			break
		}
		x := found[0].alike * math.Pow(l.alike/found[0].alike, sharpness) * aged(a.Now.Sub(l.at))
		all += x
		for _, c := range l.cites {
			t := tallies[c.hash]
			if t == nil {
				t = &tally{Vote: search.Vote{Alike: l.alike}, target: c.target, requesters: map[uint64]float64{}, agents: map[uint64]float64{}}
				tallies[c.hash] = t
			}
			t.requesters[l.requester] += x * c.weight
			t.agents[l.agent] += x * c.weight
		}
	}
	for h, t := range tallies {
		t.Share = t.capped(all)
		r.Votes[h] = &t.Vote
		for _, d := range t.docs {
			r.Docs[d] += t.Share
		}
		if t.Share > 0 {
			source(r, t.target)
		}
	}
	for _, t := range m.common {
		source(r, t)
	}
	if ls := m.threads[thread]; thread != 0 {
		for i := len(ls) - 1; i >= 0 && len(r.Last) < 4; i-- {
			for _, c := range m.lessons[ls[i]].cites {
				if c.weight > 0 {
					r.Last = append(r.Last, c.hash)
				}
			}
		}
	}
	return r
}

// source notes a passage that is worth scoring. The memory is held.
func source(r *search.Recollection, t *target) {
	r.Sources[t.hash] = true
	for _, d := range t.docs {
		if !slices.Contains(r.Places, d) {
			r.Places = append(r.Places, d)
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

// keyOf is the hash under which a name is remembered; 0 for none.
func keyOf(name string) uint64 {
	if name == "" {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64() | 1
}
