package guard

import (
	"slices"
	"strconv"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/guard/quantity"
	"footnote/pipeline/text"
)

// kept is the share of a condition's words that a draft must have to hold it.
const kept = .5

// checkConditions warns of a sentence that says what its source says only under
// a condition, for some, or within a limit, where the draft says nothing of it.
func checkConditions(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 {
			continue
		}
		said := sideOf(clausesOf(text.Plain(s.Text), c.lang))
		own := contents(text.Plain(s.Text), c.lang)
		var lost []string
		for _, p := range c.proofs[i] {
			if p.kind == inTable || p.verbatim(s.Text) {
				continue
			}
			lead := ""
			if !c.carried(i, p) {
				lead = p.lead(c.lang)
			}
			have := c.beside(i, p)
			for _, line := range strings.Split(p.plain, "\n") {
				line = lead + line
				clauses := clausesOf(line, c.lang)
				if !about(own, clauses) {
					continue
				}
				for _, l := range append(conditions(clauses, said, have), limits(line, c.lang, have)...) {
					if l = "“" + named(l) + "”"; !slices.Contains(lost, l) {
						lost = append(lost, l)
					}
				}
			}
		}
		if len(lost) > 0 {
			out = append(out, at("condition", pipeline.Warn, i, "The source says more: "+strings.Join(lost[:min(len(lost), 3)], ", ")+"."))
		}
	}
	return out
}

// shared is the share of a's words that b has.
func shared(a, b map[string]bool) float64 {
	n := 0.0
	for w := range a {
		if b[w] {
			n++
		}
	}
	return n / float64(max(len(a), 1))
}

// about tells that a sentence speaks of what a source's sentence says: one of
// them has half of the other's words, conditions aside.
func about(own map[string]bool, source []clause) bool {
	all, main := map[string]bool{}, map[string]bool{}
	for _, c := range source {
		for _, w := range c.stems {
			all[w] = true
			if !c.cond {
				main[w] = true
			}
		}
	}
	return shared(own, all) >= kept || len(main) > 0 && shared(main, own) >= kept
}

// beside returns the words of sentence i and of those that stand on the same
// place of the source, where a condition may have a sentence of its own, and of
// the customer, who may have said that it is met.
func (c *checked) beside(i int, p proof) map[string]bool {
	have := contents(text.Plain(c.Draft.Sentences[i].Text), c.lang)
	for w := range contents(c.Asked, c.lang) {
		have[w] = true
	}
	for j, s := range c.Draft.Sentences {
		if j == i || !slices.ContainsFunc(c.proofs[j], func(q proof) bool { return q.passage.ID == p.passage.ID && q.Span == p.Span }) {
			continue
		}
		for w := range contents(text.Plain(s.Text), c.lang) {
			have[w] = true
		}
	}
	return have
}

// conditions returns the conditions, restrictions and exceptions of a source that
// a sentence leaves out.
func conditions(source []clause, said side, have map[string]bool) (lost []string) {
	main := slices.ContainsFunc(source, func(c clause) bool { return !c.cond && len(c.stems) > 0 })
	for _, c := range source {
		words := map[string]bool{}
		for _, w := range c.stems {
			words[w] = true
		}
		switch {
		case c.cond && main && len(words) > 0:
			if shared(words, have) < kept {
				lost = append(lost, c.text)
			}
		case said.limited || said.negated:
		case c.save && main && len(words) > 0:
			if shared(words, have) < kept {
				lost = append(lost, c.text)
			}
		case c.unless && slices.ContainsFunc(c.but, func(w string) bool { return have[w] }): // what it needs is named
		case c.only != "" || c.unless:
			if shared(words, have) >= kept {
				lost = append(lost, c.text)
			}
		}
	}
	return lost
}

// reachOfLimit is how many words may stand between a bound and its number: "dans un
// délai de 14 jours".
const reachOfLimit = 4

// limits returns the bounds of a source that a draft leaves out, where it has
// what they bound: "refunded" without "within 14 days".
func limits(said, lang string, have map[string]bool) (lost []string) {
	s := signsOf(lang)
	ws := text.Words(said, lang)
	bound := ""
	for i, w := range ws {
		if !s.limit[w.Text] {
			if w.Stem != "" {
				bound = w.Stem
			}
			continue
		}
		for j := i + 1; j < len(ws) && j <= i+reachOfLimit && !strings.ContainsAny(said[ws[j-1].End:ws[j].Start], ".;:!?\n"); j++ {
			n := ws[j].Text
			v, word := quantity.Of(n, lang)
			if !word && (n[0] < '0' || n[0] > '9') {
				continue
			}
			if have[bound] && !have[ws[j].Stem] && !have[n] && !(word && have[strconv.Itoa(v)]) {
				from := i
				if i > 0 && (w.Text == "than" || ws[i-1].Stem == "") { // "fewer than", "at least"
					from--
				}
				lost = append(lost, said[ws[from].Start:ws[min(j+1, len(ws)-1)].End])
			}
			break
		}
	}
	return lost
}
