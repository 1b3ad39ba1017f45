package drafting

import (
	"slices"
	"strconv"
)

// choice is one possible answer: pieces in reading order.
type choice struct {
	pieces []int
	gain   float64 // expected token F1
}

const maxCandidates = 24 // pieces that are compared with one another

// An agent's reply is shorter than the sentences it is taken from: about half of
// their words and five more. Fitted like the weights.
var (
	shrink = 0.5
	slack  = 5.0
)

// choose picks the piece, or two pieces, with the highest expected token F1
// against what the answer may be: each likely piece votes, weighted by its
// chance, for what shares its words. (Minimum Bayes risk; Kumar and Byrne 2004.)
func choose(ps []piece, chance []float64) choice {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case chance[a] > chance[b]:
			return -1
		case chance[a] < chance[b]:
			return 1
		}
		return a - b
	})
	if len(order) > maxCandidates {
		order = order[:maxCandidates]
	}
	bags := bagsOf(ps, order)
	best := choice{gain: -1}
	try := func(idx ...int) {
		gain := expected(bags, idx, order, chance)
		if gain > best.gain {
			best = choice{gain: gain, pieces: append([]int(nil), idx...)}
		}
	}
	for a := range order {
		try(a)
	}
	single := best
	for b := range order {
		if a := single.pieces[0]; b != a {
			try(a, b)
		}
	}
	for a := range order { // neighbours read well together
		for b := range order {
			if p, q := ps[order[a]], ps[order[b]]; p.hit == q.hit && q.order == p.order+1 {
				try(a, b)
			}
		}
	}
	for i, k := range best.pieces {
		best.pieces[i] = order[k]
	}
	slices.Sort(best.pieces)
	return best
}

// bag is a piece's words as sorted numbers.
type bag []int

func bagsOf(ps []piece, order []int) []bag {
	ids := map[string]int{}
	out := make([]bag, len(order))
	for k, i := range order {
		own := map[string]int{}
		for _, w := range ps[i].own {
			own[w.Text]++
		}
		for _, w := range ps[i].words {
			key := w.Text
			if key == "a" || key == "an" || key == "the" {
				continue
			}
			if ps[i].kind == row { // the header, which all rows of a table share, is no vote of one row for another
				if own[key]--; own[key] < 0 {
					key += " of " + strconv.Itoa(i)
				}
			}
			id, ok := ids[key]
			if !ok {
				id = len(ids)
				ids[key] = id
			}
			out[k] = append(out[k], id)
		}
		slices.Sort(out[k])
	}
	return out
}

// expected is the token F1 of the chosen pieces, weighted over what the answer
// may be.
func expected(bags []bag, idx, order []int, chance []float64) float64 {
	var joined bag
	for _, k := range idx {
		joined = append(joined, bags[k]...)
	}
	if len(idx) > 1 {
		slices.Sort(joined)
	}
	sum := 0.0
	for k, b := range bags {
		if n := common(joined, b); n > 0 {
			sum += chance[order[k]] * 2 * float64(n) / (float64(len(joined)) + shrink*float64(len(b)) + slack)
		}
	}
	return sum
}

func common(a, b bag) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n++
			i++
			j++
		}
	}
	return n
}
