package learning

import (
	"cmp"
	"maps"
	"slices"
)

// What the memory does when documents change: lessons about passages that moved,
// changed or are gone are moved with them, go, or come back. Whatever happened, it is
// then as if all lessons had been read anew (TestMemoryMovesOn).

// stand makes a lesson count. The memory is held.
func (m *memory) stand(at int32) {
	l := &m.lessons[at]
	for i, t := range l.terms {
		list := m.postings[t]
		n, _ := slices.BinarySearchFunc(list, at, func(a asked, at int32) int { return cmp.Compare(a.lesson, at) })
		m.postings[t] = slices.Insert(list, n, asked{at, l.weights[i]})
	}
	if l.thread != 0 {
		m.threads[l.thread] = insert(m.threads[l.thread], at)
	}
	m.length += l.length
	m.standing++
	l.out = false
}

// fall makes a lesson count no more. The memory is held.
func (m *memory) fall(at int32) {
	l := &m.lessons[at]
	for _, t := range l.terms {
		if m.postings[t] = slices.DeleteFunc(m.postings[t], func(a asked) bool { return a.lesson == at }); len(m.postings[t]) == 0 {
			delete(m.postings, t)
		}
	}
	if l.thread != 0 {
		if m.threads[l.thread] = remove(m.threads[l.thread], at); len(m.threads[l.thread]) == 0 {
			delete(m.threads, l.thread)
		}
	}
	m.length -= l.length
	m.standing--
	l.out = true
}

// know keeps where hashes are that lessons are taught with; one that is not in at is
// nowhere.
func (m *memory) know(hashes []string, at map[string]place) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range hashes {
		m.taught[h] = &taughtAbout{hash: h, now: at[h]}
	}
}

// touched returns the taught hashes whose place may be another one now that these
// passages, by their hashes, came, went or changed.
func (m *memory) touched(hashes []string) []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := map[string]bool{}
	for _, h := range hashes {
		if m.taught[h] != nil {
			out[h] = true
		}
		if t := m.targets[h]; t != nil {
			for _, at := range t.lessons {
				for _, a := range m.lessons[at].about {
					out[a.hash] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(out))
}

// move gives taught hashes the places they have now; one that is not in at has none.
func (m *memory) move(hashes []string, at map[string]place) {
	m.mu.Lock()
	defer m.mu.Unlock()
	affected := map[int32]bool{}
	for _, h := range hashes {
		a := m.taught[h]
		now := at[h]
		if now.hash != "" && m.targets[now.hash] != nil {
			m.targets[now.hash].docs = now.docs
		}
		if a.now.hash == now.hash && a.now.like == now.like {
			a.now = now
			continue
		}
		a.now = now
		for _, l := range a.lessons {
			affected[l] = true
		}
	}
	anew := map[*target]bool{}
	for l := range affected {
		m.cite(l, anew)
	}
	if len(anew) > 0 {
		m.recount(anew)
	}
}

// cite makes a lesson be about what its passages are now, and notes the targets that
// have to be counted anew.
func (m *memory) cite(at int32, anew map[*target]bool) {
	l := &m.lessons[at]
	for _, c := range l.cites {
		c.target.lessons = remove(c.target.lessons, at)
		anew[c.target] = true
	}
	l.cites = nil // searches may hold the old ones
	for _, a := range l.about {
		if a.now.hash == "" {
			continue
		}
		c := cite{m.targetOf(a.now.hash, a.now.docs), float64(a.weight) * a.now.like}
		c.target.lessons = insert(c.target.lessons, at)
		anew[c.target] = true
		l.cites = append(l.cites, c)
	}
	switch {
	case l.out && len(l.cites) > 0:
		m.stand(at)
	case !l.out && len(l.cites) == 0:
		m.fall(at)
	}
}

// recount counts the citations of targets from the first lesson on.
func (m *memory) recount(targets map[*target]bool) {
	for t := range targets {
		t.counts, t.asked, t.cited = map[uint64]float64{}, map[uint64]bool{}, 0
		if len(t.lessons) == 0 {
			delete(m.targets, t.hash)
		}
		for _, at := range t.lessons {
			for _, c := range m.lessons[at].cites {
				if c.target == t {
					m.count(c, &m.lessons[at])
				}
			}
		}
	}
	m.total = 0 // in one order, so that no rounding gathers
	var common []*target
	for _, h := range slices.Sorted(maps.Keys(m.targets)) {
		t := m.targets[h]
		m.total += t.cited
		if t.cited > 0 {
			common = append(common, t)
		}
	}
	slices.SortFunc(common, mostCited)
	m.common = common[:min(len(common), mostCommon)]
}

// insert puts a number into an ascending list, once.
func insert(list []int32, x int32) []int32 {
	at, there := slices.BinarySearch(list, x)
	if there {
		return list
	}
	return slices.Insert(list, at, x)
}

// remove takes it out.
func remove(list []int32, x int32) []int32 {
	if at, there := slices.BinarySearch(list, x); there {
		return slices.Delete(list, at, at+1)
	}
	return list
}

// difference says what two memories do not have in common; "" when they say the same
// of any question. Whole numbers are compared as they are, sums to a millionth.
func (m *memory) difference(o *memory) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	o.mu.RLock()
	defer o.mu.RUnlock()
	near := func(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 }
	switch {
	case m.standing != o.standing || !near(m.length, o.length):
		return "standing lessons"
	case !near(m.total, o.total):
		return "citations"
	case !slices.EqualFunc(m.common, o.common, func(a, b *target) bool { return a.hash == b.hash && near(a.cited, b.cited) }):
		return "what is cited most"
	case !maps.EqualFunc(m.targets, o.targets, func(a, b *target) bool {
		return near(a.cited, b.cited) && slices.Equal(a.docs, b.docs) && len(a.lessons) == len(b.lessons)
	}):
		return "targets"
	case !maps.EqualFunc(m.postings, o.postings, func(a, b []asked) bool {
		return slices.EqualFunc(a, b, func(x, y asked) bool {
			return m.lessons[x.lesson].decision == o.lessons[y.lesson].decision && x.weight == y.weight
		})
	}):
		return "words"
	case !maps.EqualFunc(m.threads, o.threads, func(a, b []int32) bool {
		return slices.EqualFunc(a, b, func(x, y int32) bool { return m.lessons[x].decision == o.lessons[y].decision })
	}):
		return "threads"
	}
	return m.citedOtherwise(o)
}

func (m *memory) citedOtherwise(o *memory) string {
	cites := func(m *memory) map[string]map[string]float64 {
		out := map[string]map[string]float64{}
		for i := range m.lessons {
			l := &m.lessons[i]
			if l.out {
				continue
			}
			of := map[string]float64{}
			for _, c := range l.cites {
				of[c.hash] += c.weight
			}
			out[l.decision] = of
		}
		return out
	}
	if !maps.EqualFunc(cites(m), cites(o), func(a, b map[string]float64) bool { return maps.Equal(a, b) }) {
		return "what lessons are about"
	}
	return ""
}
