package drafting

import (
	"cmp"
	"maps"
	"slices"
)

// A first answer is a section's core. The numbers were chosen on sets left out, among 60 to
// 120 words and shares of .05 to .3 (docs/drafts.md).
const (
	coreWords     = 90  // of a first answer; a list that is longer is said up to maxSteps
	leastBundle   = .07 // least chance of what is said along, as a share of the likeliest bundle's
	coreSections  = 2   // that may be said
	secondSection = .4  // least chance of the second section, as a share of the first one's
)

// cores says the likeliest section's core, and the next section's where it is nearly as
// likely and there is room for it.
func (l lists) cores(ss []section, chance []float64) []int {
	mass := make([]float64, len(ss))
	order := make([]int, len(ss))
	for k, c := range ss {
		order[k] = k
		for _, v := range chance[c.from:c.to] {
			mass[k] += v
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(mass[y], mass[x]) })
	first := ss[order[0]].likeliest(chance)
	if i, ok := l.named(first); ok && l.subject.cues.steps && !l.ps[first].kind.listed() { // how to do something needs a section about doing it
		at := slices.IndexFunc(order, func(k int) bool { return ss[k].from <= i && i < ss[k].to })
		mass[order[at]], first = mass[order[0]], i
		order[0], order[at] = order[at], order[0]
	}
	budget := coreWords
	var out []int
	for n, k := range order[:min(coreSections, len(order))] {
		best := ss[k].likeliest(chance)
		if n > 0 && (mass[k] < secondSection*mass[order[0]] || !slices.Contains(current(l.ps, l.hits, []int{first, best}), best)) {
			break
		}
		core := l.core(ss[k], chance, budget)
		core = slices.DeleteFunc(core, func(i int) bool { return slices.Contains(out, i) })
		words := l.words(core)
		if n > 0 && words > budget {
			break
		}
		out, budget = append(out, core...), budget-words
	}
	out = current(l.ps, l.hits, out)
	slices.Sort(out)
	return out
}

func (l lists) words(at []int) (n int) {
	for _, i := range at {
		n += len(l.ps[i].words)
	}
	return n
}

// bundle is what is said together or not at all: a list with the line that introduces it, a
// short paragraph, a sentence of a long one, a row.
type bundle struct {
	from, to int
	chance   float64
	words    int
}

func (l lists) bundles(c section, chance []float64) (out []bundle) {
	for i := c.from; i < c.to; i++ {
		from, to := l.around(i)
		u := bundle{from: from, to: to} // a list's first line may stand in the passage before
		if n := len(out); n > 0 && u.from <= out[n-1].to {
			u.from = out[n-1].to + 1
		}
		u.to = max(u.to, u.from)
		for k := u.from; k <= u.to; k++ {
			u.chance += chance[k]
			u.words += len(l.ps[k].words)
		}
		out, i = append(out, u), u.to
	}
	return out
}

// core of a section: its likeliest bundle, then the neighbours that are likely too, up to so
// many words.
func (l lists) core(c section, chance []float64, budget int) []int {
	us := l.bundles(c, chance)
	best := 0
	for k, u := range us {
		if u.chance > us[best].chance {
			best = k
		}
	}
	lo, hi, words := best, best, us[best].words
	told := l.told(us[best])
	take := func(k int) bool {
		if k < 0 || k >= len(us) || us[k].chance < leastBundle*us[best].chance || words+us[k].words > budget {
			return false
		}
		if l.ps[us[best].from].kind == row || l.ps[us[k].from].kind == row { // a row says enough
			return false
		}
		if more := l.told(us[k]); !l.goesOn(more, told) {
			return false
		} else {
			maps.Copy(told, more)
		}
		words += us[k].words
		lo, hi = min(lo, k), max(hi, k)
		return true
	}
	for more := true; more; {
		up := lo > 0 && (hi+1 >= len(us) || us[lo-1].chance > us[hi+1].chance)
		more = up && take(lo-1) || take(hi+1) || take(lo-1)
	}
	set := map[int]bool{}
	for i := us[lo].from; i <= us[hi].to; i++ {
		set[i] = true
	}
	if l.dangles(us[lo].from) {
		set[us[lo].from-1] = true
	}
	l.introduced(set)
	var out []int
	for i := range set {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}

// told are the stems of what a bundle says.
func (l lists) told(u bundle) map[string]bool {
	out := map[string]bool{}
	for _, p := range l.ps[u.from : u.to+1] {
		maps.Copy(out, setOf(p.words))
	}
	return out
}

// goesOn tells whether some words speak of the ask, or of what is said already: what has no
// word in common with either is about something else, or was put there.
func (l lists) goesOn(words, told map[string]bool) bool {
	for w := range words {
		if told[w] || l.subject.terms[w] > 0 {
			return true
		}
	}
	return false
}

// sentences of a section that most probably answer, one or two, and the best of them.
func (l lists) sentences(c section, chance []float64) (chosen []int, best int) {
	chosen = choose(l.ps[c.from:c.to], chance[c.from:c.to]).pieces
	for i := range chosen {
		chosen[i] += c.from
	}
	chosen = current(l.ps, l.hits, bestRows(l.subject, l.ps, chosen))
	best = chosen[0]
	for _, k := range chosen {
		if chance[k] > chance[best] {
			best = k
		}
	}
	return slices.DeleteFunc(chosen, func(k int) bool { // a single step beside an answer says nothing
		return chance[k] < secondChance*chance[best] || l.ps[k].kind == step && l.ps[best].kind != step
	}), best
}
