package guard

import (
	"fmt"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// side is what a text affirms and denies.
type side struct {
	clauses []clause
	affirms map[string]bool // by clauses that are no condition
	assumes map[string]bool // affirmed in conditions
	denies  map[string]bool
	negated bool
	limited bool // restricts or excepts
}

func sideOf(clauses []clause) side {
	s := side{clauses: clauses, affirms: map[string]bool{}, assumes: map[string]bool{}, denies: map[string]bool{}}
	for _, c := range clauses {
		for _, w := range c.denies {
			s.denies[w] = true
		}
		s.negated = s.negated || c.whole || len(c.denies) > 0
		s.limited = s.limited || c.only != "" || c.unless
		if c.whole {
			continue
		}
		into := s.affirms
		if c.cond {
			into = s.assumes
		}
		for _, w := range c.stems {
			if !slices.Contains(c.denies, w) {
				into[w] = true
			}
		}
	}
	return s
}

// enough is the share of what is denied that must be affirmed to be the opposite.
const enough = .6

// uniquely leaves in what a text denies only what it does not affirm as well.
func (s side) uniquely() side {
	own := map[string]bool{}
	for w := range s.denies {
		if !s.affirms[w] {
			own[w] = true
		}
	}
	s.denies = own
	return s
}

// opposite finds a clause of a that denies what b affirms: the word denied first,
// or most of the clause. Words that a affirms as well tell nothing.
func opposite(a, b side) (clause, bool) {
	for _, c := range a.clauses {
		if len(c.denies) == 0 || c.unless || c.head != "" && b.denies[c.head] {
			continue
		}
		said := b.affirms
		if c.cond {
			said = b.assumes
		}
		var own []string
		for _, w := range c.denies {
			if !a.affirms[w] && !a.assumes[w] {
				own = append(own, w)
			}
		}
		if len(own) == 0 || agrees(own, b) {
			continue
		}
		held := 0
		for _, w := range own {
			if said[w] && !b.denies[w] {
				held++
			}
		}
		if said[own[0]] && own[0] == c.denies[0] || float64(held) >= enough*float64(len(own)) {
			return c, true
		}
	}
	return clause{}, false
}

// agrees tells that the other side denies what is denied first, or anything of it
// that it never affirms: "not on night buses" is "isn't valid on night buses".
func agrees(denied []string, b side) bool {
	return b.denies[denied[0]] || slices.ContainsFunc(denied, func(w string) bool { return b.denies[w] && !b.affirms[w] })
}

// lead is what introduces the list that a proof stands in, such that the item
// goes on with it as one sentence. It is empty for all others.
func (p proof) lead(lang string) string {
	if p.kind == inTable || p.kind == inHeading {
		return ""
	}
	s := signsOf(lang)
	out := ""
	for _, a := range p.above {
		a = strings.TrimRight(a, ":： ")
		ws := text.Words(a, lang)
		switch {
		case len(ws) == 0 || !introduces(a):
		case s.when[ws[0].Text]: // a condition of what follows
			out += a + ", "
		case p.kind == inSteps: // what steps are for, or the trouble that they mend
		default:
			out += a + " "
		}
	}
	return out
}

// Forbids tells that a quote is an item of a list whose introduction denies it
// ("Do not:"): without the introduction it says the opposite.
func Forbids(p pipeline.Passage, quote Span, given []pipeline.Passage, lang string) bool {
	byID := map[string]pipeline.Passage{}
	for _, g := range given {
		byID[g.ID] = g
	}
	lead := proofAt(statements(p.Text), p, quote, byID).lead(lang)
	return slices.ContainsFunc(clausesOf(lead, lang), func(c clause) bool { return c.whole && !c.cond })
}

// checkNegation compares what each sentence affirms and denies with what its
// receipts deny and affirm, clause by clause: the opposite is blocked.
func checkNegation(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 || c.verbatim(i) {
			continue
		}
		var there []clause
		for _, p := range c.proofs[i] {
			lead := ""
			if !c.carried(i, p) {
				lead = p.lead(c.lang)
			}
			for _, line := range strings.Split(p.plain, "\n") {
				there = append(there, clausesOf(lead+line, c.lang)...)
			}
		}
		said, source := sideOf(clausesOf(text.Plain(s.Text), c.lang)), sideOf(there)
		if cl, ok := opposite(source, said); ok && !said.limited {
			out = append(out, at("negation", pipeline.Block, i, fmt.Sprintf("The source says “%s”; the sentence does not.", named(cl.text))))
			continue
		}
		if !said.negated {
			continue
		}
		cl, ok := opposite(said, source.uniquely())
		if !ok && !source.negated {
			k := slices.IndexFunc(said.clauses, func(c clause) bool {
				return len(c.denies) > 0 && !c.unless && !(c.cond && source.limited) // "if not in English" of "except English"
			})
			if ok = k >= 0; ok {
				cl = said.clauses[k]
			}
		}
		if ok {
			out = append(out, at("negation", pipeline.Block, i, fmt.Sprintf("The sentence says “%s”; its source does not.", named(cl.text))))
		}
	}
	return out
}

// carried tells that the draft itself says, in a sentence above the list that
// sentence i belongs to, what the source's list is introduced with.
func (c *checked) carried(i int, p proof) bool {
	if len(p.above) == 0 {
		return false
	}
	lead := p.above[len(p.above)-1]
	for j := i - 1; j >= 0; j-- {
		same := false
		for _, q := range c.proofs[j] {
			if q.passage.Document == p.passage.Document && q.plain == lead {
				return true
			}
			same = same || slices.Contains(q.above, lead)
		}
		if !same {
			return false
		}
	}
	return false
}

// named quotes the words that a finding is about.
func named(s string) string { return clip(strings.Join(strings.Fields(s), " "), 90) }
