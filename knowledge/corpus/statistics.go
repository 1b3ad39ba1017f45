package corpus

import (
	"maps"
	"math"
	"slices"

	"footnote/pipeline/text"
)

// Statistics holds the statistics of all live passages and documents: how many
// have a term. Once it is built it only adds corrections; it is safe for concurrent use.
type Statistics struct {
	Generation  int64 // of the tables
	total       totals
	base        map[text.Term]frequency // shared by the statistics that came of one another
	over        map[text.Term]frequency // what is otherwise than in base
	corrections corrected               // of words that nobody knows
}

// frequency is how many passages and documents have a term, and how many have it in
// their title.
type frequency struct{ passages, documents, titles int32 }

func (f frequency) plus(g frequency) frequency {
	return frequency{f.passages + g.passages, f.documents + g.documents, f.titles + g.titles}
}

// totals are sums; lengths are whole numbers of terms, so that sums are exact in
// whatever order they were made.
type totals struct {
	passages, documents         int
	passageTerms, documentTerms float64
}

// mostOver terms may differ from base until both become a new base: a change costs
// a copy of at most so many, and now and then one of all.
const mostOver = 8192

// NewStatistics returns those of no document.
func NewStatistics() *Statistics { return new(tally).statistics(0) }

// Sample returns made-up statistics for tests: so many documents of one passage with
// 100 terms, in which each of these terms stands once for each time it is named.
func Sample(documents int, terms ...text.Term) *Statistics {
	n := tally{total: totals{documents, documents, 100 * float64(documents), 100 * float64(documents)}}
	for _, t := range terms {
		n.count(t, frequency{passages: 1, documents: 1})
	}
	return n.statistics(0)
}

// Passages returns how many there are.
func (l *Statistics) Passages() int { return l.total.passages }

// Documents returns how many there are.
func (l *Statistics) Documents() int { return l.total.documents }

// PassageLength returns the mean of terms in a passage, with headings and title.
func (l *Statistics) PassageLength() float64 {
	return l.total.passageTerms / float64(max(l.total.passages, 1))
}

// DocumentLength returns the mean of terms in a document, with headings and title.
func (l *Statistics) DocumentLength() float64 {
	return l.total.documentTerms / float64(max(l.total.documents, 1))
}

func (l *Statistics) of(t text.Term) frequency {
	if f, ok := l.over[t]; ok {
		return f
	}
	return l.base[t]
}

// PassageDF returns how many passages have a term.
func (l *Statistics) PassageDF(t text.Term) int32 { return l.of(t).passages }

// DocDF returns how many documents have a term.
func (l *Statistics) DocDF(t text.Term) int32 { return l.of(t).documents }

// Name tells how much of a name a term is, 0…1: the share of the documents with
// it that have it in their title.
func (l *Statistics) Name(t text.Term) float64 {
	f := l.of(t)
	if f.documents == 0 {
		return 0
	}
	return min(1, float64(f.titles)/float64(f.documents))
}

// IDF is ln((N−df+½)/(df+½)+1), as the server has it.
func IDF(n int, df int32) float64 {
	return math.Log((float64(n)-float64(df)+.5)/(float64(df)+.5) + 1)
}

// after returns the statistics with what changed, as of a generation. It costs about
// as much as what changed, however large the statistics are.
func (l *Statistics) after(n tally, generation int64) *Statistics {
	next := &Statistics{Generation: generation, total: l.total.plus(n.total, 1), base: l.base, over: maps.Clone(l.over)}
	if next.over == nil {
		next.over = map[text.Term]frequency{}
	}
	for t, f := range n.terms {
		next.over[t] = l.of(t).plus(f)
	}
	if len(next.over) > mostOver {
		next.base, next.over = next.merged(), nil
	}
	return next
}

// merged returns all terms that anything has, in one map.
func (l *Statistics) merged() map[text.Term]frequency {
	all := make(map[text.Term]frequency, len(l.base)+len(l.over))
	maps.Copy(all, l.base)
	for t, f := range l.over {
		if f == (frequency{}) {
			delete(all, t)
		} else {
			all[t] = f
		}
	}
	return all
}

// equal tells whether two count the same.
func (l *Statistics) equal(m *Statistics) bool {
	return l.total == m.total && maps.Equal(l.merged(), m.merged())
}

// tally counts documents, or what changed of them.
type tally struct {
	total totals
	terms map[text.Term]frequency
}

func (n *tally) count(t text.Term, f frequency) {
	if n.terms == nil {
		n.terms = map[text.Term]frequency{}
	}
	n.terms[t] = n.terms[t].plus(f)
}

// statistics makes them of what was counted from nothing.
func (n *tally) statistics(generation int64) *Statistics {
	return &Statistics{Generation: generation, total: n.total, base: n.terms}
}

func (t totals) plus(u totals, sign int) totals {
	x := float64(sign)
	return totals{t.passages + sign*u.passages, t.documents + sign*u.documents, t.passageTerms + x*u.passageTerms, t.documentTerms + x*u.documentTerms}
}

// add counts one document once more; with sign -1, once less.
func (n *tally) add(d *Document, sign int) {
	one := totals{documents: 1, documentTerms: d.Length}
	s := int32(sign)
	for _, t := range d.terms {
		n.count(t, frequency{documents: s})
	}
	for at, t := range d.Title {
		if !slices.Contains(d.Title[:at], t) {
			n.count(t, frequency{titles: s})
		}
	}
	seen := map[text.Term]bool{}
	for i := range d.Passages {
		p := &d.Passages[i]
		one.passages++
		one.passageTerms += p.Length
		clear(seen)
		for _, part := range [][]text.Term{p.Body, p.HeadingTerms, d.Title} {
			for _, t := range part {
				if !seen[t] {
					seen[t] = true
					n.count(t, frequency{passages: s})
				}
			}
		}
	}
	n.total = n.total.plus(one, sign)
}
