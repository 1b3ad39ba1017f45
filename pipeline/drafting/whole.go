package drafting

import (
	"slices"
	"strconv"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/guard"
)

// maxSteps of one list are quoted; the link line leads to the rest.
const maxSteps = 20

// lists completes answers from the pieces around them.
type lists struct {
	ps      []piece
	hits    []pipeline.Hit
	subject subject
}

// whole completes what was chosen: a step brings its list, a line that
// introduces a list brings the list, and a list brings the line above it. Only one
// list comes whole: the second would be another page's telling of the same.
func (l lists) whole(chosen []int, best int) []int {
	if l.subject.cues.steps && !l.ps[best].kind.listed() {
		if i, ok := l.named(best); ok { // how to do something needs a section about doing it
			chosen, best = []int{i}, i
		}
	}
	set := map[int]bool{}
	first := -1                                        // of the list that came whole
	slices.SortStableFunc(chosen, func(a, b int) int { // the best one's list first
		return int(b2f(b == best)) - int(b2f(a == best))
	})
	for _, i := range chosen {
		from, to := l.around(i)
		if from < to && l.ps[to].kind.listed() {
			start, _ := l.list(to)
			if first >= 0 && first != start {
				continue
			}
			first = start
		}
		if l.dangles(i) {
			set[i-1] = true
		}
		set[i] = true
		for j := from; j <= to && j-from <= maxSteps; j++ {
			set[j] = true
		}
	}
	l.introduced(set)
	out := make([]int, 0, len(set))
	for i := range set {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}

// around returns the pieces that are read with piece i.
func (l lists) around(i int) (from, to int) {
	p := l.ps[i]
	from, to = i, i
	switch {
	case p.kind == item && guard.Forbids(l.hits[p.hit].Passage, guard.Span{Start: p.start, End: p.end}, passages(l.hits), l.subject.lang):
		if from, to = l.list(i); l.adjacent(from) && !l.ps[from-1].kind.listed() {
			from--
		}
		return from, to
	case l.subject.amount && p.kind.listed(): // one line of it has the amount
	case p.kind == step, p.kind == more, p.kind == item && l.subject.cues.steps:
		from, to = l.list(i)
	case p.kind == prose && len(l.subject.said) == 0:
		from, to = l.paragraph(i)
	}
	to = l.announced(to)
	if from < to && l.adjacent(from) && !l.ps[from-1].kind.listed() && strings.HasSuffix(l.ps[from-1].text, ":") {
		from--
	}
	return from, to
}

// announced is the last piece that belongs to what piece i announces with a colon: the
// list, the code or the sentence behind it.
func (l lists) announced(i int) int {
	if !strings.HasSuffix(l.ps[i].text, ":") || !l.adjacent(i+1) {
		return i
	}
	if l.ps[i+1].kind.listed() {
		_, to := l.list(i + 1)
		return to
	}
	if l.ps[i+1].kind == row { // see introduced
		return i
	}
	return l.announced(i + 1)
}

// maxParagraph is how many words a paragraph has that is said as a whole.
const maxParagraph = 70

// paragraph of piece i: a rule is said with its conditions. Of a long one the sentence
// stands alone.
func (l lists) paragraph(i int) (from, to int) {
	words := len(l.ps[i].words)
	same := func(j int) bool {
		return l.ps[j].hit == l.ps[i].hit && l.ps[j].block == l.ps[i].block && l.ps[j].kind == prose
	}
	for from = i; l.adjacent(from) && same(from-1); from-- {
		words += len(l.ps[from-1].words)
	}
	for to = i; l.adjacent(to+1) && same(to+1); to++ {
		words += len(l.ps[to+1].words)
	}
	if words > maxParagraph {
		return i, i
	}
	return from, to
}

// named finds the numbered list whose heading says what is asked, where the
// heading above piece i says less of it: "Reset a forgotten password" over an
// introduction that only has the words.
func (l lists) named(i int) (found int, ok bool) {
	most := max(minNamed, l.asked(l.ps[i]))
	for j, p := range l.ps {
		if p.kind != step || p.hit > lastNamed || l.hits[p.hit].Beside {
			continue
		}
		if a := l.asked(p); a > most {
			found, most, ok = j, a, true
		}
	}
	return found, ok
}

// lastNamed is the rank, from 0, of the last hit whose headings are read for it.
const lastNamed = 2

// minNamed is the least share of a heading's words that the customer used.
const minNamed = .5

// asked is the share of the words of a piece's heading that the customer used in
// this ask and the turns before it.
func (l lists) asked(p piece) float64 {
	n, used := 0, 0.0
	for _, w := range p.above {
		if w.Stem == "" {
			continue
		}
		n++
		if l.subject.terms[w.Stem] > 0 || l.subject.past[w.Stem] > 0 {
			used++
		}
	}
	return used / float64(max(n, 1))
}

// adjacent tells whether piece i follows piece i-1 in one text.
func (l lists) adjacent(i int) bool {
	if i <= 0 || i >= len(l.ps) {
		return false
	}
	a, b := l.ps[i-1], l.ps[i]
	return a.hit == b.hit || b.order == 0 && continues(l.hits, a.hit, b.hit)
}

// list returns the first and last piece of the list that i stands in, also
// where it goes on in the next passage.
func (l lists) list(i int) (int, int) {
	joined := func(j int) bool { // piece j goes on with the list of j-1
		if !l.adjacent(j) || !l.ps[j-1].kind.listed() || !l.ps[j].kind.listed() {
			return false
		}
		a, b := l.ps[j-1], l.ps[j]
		if a.hit == b.hit {
			return a.block == b.block
		}
		return a.kind == b.kind && (a.kind != step || stepNumber(b.text) != 1)
	}
	from, to := i, i
	for joined(from) {
		from--
	}
	for joined(to + 1) {
		to++
	}
	return from, to
}

// stepNumber reads the number a step begins with; 0 without.
func stepNumber(s string) int {
	end := strings.IndexAny(s, ".)")
	n, err := strconv.Atoi(strings.TrimSpace(s[:max(end, 0)]))
	if err != nil {
		return 0
	}
	return n
}

// dangles says whether a sentence begins with a word that points at the sentence
// before it ("This costs…"), which must then be read with it.
func (l lists) dangles(i int) bool {
	if !l.adjacent(i) || l.ps[i].kind != prose || l.ps[i-1].kind != prose || !pointing[l.ps[i].words[0].Text] {
		return false
	}
	return l.ps[i].hit != l.ps[i-1].hit || l.ps[i].block == l.ps[i-1].block
}

var pointing = map[string]bool{"this": true, "these": true, "it": true, "they": true, "those": true, "otherwise": true, "however": true, "dies": true, "diese": true, "dabei": true,
	"danach": true, "sonst": true, "esto": true, "estos": true, "cela": true, "ceci": true, "ceux-ci": true}
