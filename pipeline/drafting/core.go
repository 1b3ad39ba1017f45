package drafting

import (
	"cmp"
	"slices"
	"strings"
)

const (
	coreWords     = 100 // of a first answer; somebody who was answered before gets a sentence or two
	coreSections  = 2   // that may be said
	secondSection = .25 // least chance of the second section, as a share of the first one's
)

// cores says the likeliest section, and the next one where it is nearly as likely and
// there is room for its core.
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
	budget, first := coreWords, ss[order[0]].likeliest(chance)
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

// core of a section: what is read with its best sentences, then its neighbours, the likelier
// first, up to so many words. A list comes whole or not at all, steps only where the best
// piece is one.
func (l lists) core(c section, chance []float64, budget int) []int {
	seeds, best := l.sentences(c, chance)
	out := l.whole(seeds, best)
	lo, hi := slices.Min(out), slices.Max(out)
	words := l.words(out)
	take := func(i int) bool {
		if i < c.from || i >= c.to || l.ps[i].kind == row || l.ps[best].kind == row { // a row says enough
			return false
		}
		from, to := i, i
		if l.ps[i].kind.listed() {
			from, to = l.list(i)
		}
		var more []int
		for k := from; k <= to; k++ {
			if l.ps[k].kind == step {
				return false // a procedure is the answer, or another one's
			}
			if k < lo || k > hi {
				more = append(more, k)
			}
		}
		if words+l.words(more) > budget {
			return false
		}
		out, words = append(out, more...), words+l.words(more)
		lo, hi = min(lo, from), max(hi, to)
		return true
	}
	for more := true; more; {
		up := lo > c.from && (hi+1 >= c.to || chance[lo-1] > chance[hi+1])
		more = up && take(lo-1) || take(hi+1) || take(lo-1)
	}
	slices.Sort(out)
	if last := len(out) - 1; last > 0 && out[last] != best && strings.HasSuffix(l.ps[out[last]].text, ":") {
		out = out[:last] // what it announces is not there
	}
	return out
}
