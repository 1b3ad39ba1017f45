package local

import "slices"

// hit is a scored ordinal. Larger scores are better; distances are negated
// while they are ranked.
type hit struct {
	ord   uint32
	score float32
}

// topK keeps the best k hits: higher score first, then smaller id.
// ids maps an ordinal to its id; nil orders ties by ordinal.
type topK struct {
	k    int
	ids  []pointID
	heap []hit // the worst kept hit at the root
}

// worse reports whether a ranks after b. Total: equal ids do not occur.
func (t *topK) worse(a, b hit) bool {
	if a.score != b.score {
		return a.score < b.score
	}
	if t.ids == nil {
		return a.ord > b.ord
	}
	return t.ids[a.ord].compare(t.ids[b.ord]) > 0
}

func (t *topK) full() bool { return len(t.heap) >= t.k }

// push offers a hit.
func (t *topK) push(h hit) {
	if t.k <= 0 {
		return
	}
	if len(t.heap) < t.k {
		t.heap = append(t.heap, h)
		i := len(t.heap) - 1
		for i > 0 {
			p := (i - 1) / 2
			if !t.worse(t.heap[i], t.heap[p]) {
				break
			}
			t.heap[i], t.heap[p] = t.heap[p], t.heap[i]
			i = p
		}
		return
	}
	if !t.worse(t.heap[0], h) {
		return
	}
	t.heap[0] = h
	i := 0
	for {
		c := 2*i + 1
		if c >= len(t.heap) {
			return
		}
		if c+1 < len(t.heap) && t.worse(t.heap[c+1], t.heap[c]) {
			c++
		}
		if !t.worse(t.heap[c], t.heap[i]) {
			return
		}
		t.heap[i], t.heap[c] = t.heap[c], t.heap[i]
		i = c
	}
}

// sorted gives the kept hits best first and empties t.
func (t *topK) sorted() []hit {
	out := t.heap
	t.heap = nil
	slices.SortFunc(out, func(a, b hit) int {
		if t.worse(a, b) {
			return 1
		}
		return -1
	})
	return out
}
