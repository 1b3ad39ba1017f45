package search

import (
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
)

// besideBest is how many of the best hits may bring neighbours.
const besideBest = 3

// beside returns the neighbours of the chosen passages that q.Beside asks for:
// what goes on with the section a hit ends in, then what a hit itself goes on
// from, best hit first, as far as the token budget allows. They are of the
// version of the document that citable has just let pass, so of the same
// audience and as current.
func (s *search) beside(chosen []*candidate, tokens int) []pipeline.Hit {
	seen := map[string]bool{}
	for _, c := range chosen {
		seen[c.p.ID] = true
	}
	var out []pipeline.Hit
	add := func(c *candidate, ordinal int) {
		if len(out) >= s.q.Beside || ordinal < 0 || ordinal >= len(c.doc.Passages) {
			return
		}
		p := &c.doc.Passages[ordinal]
		cost := tokenCost(p.Text)
		if seen[p.ID] || s.q.Tokens > 0 && tokens+cost > s.q.Tokens {
			return
		}
		seen[p.ID] = true
		tokens += cost
		out = append(out, pipeline.Hit{Passage: p.Passage, Support: c.support, Beside: true})
	}
	for _, c := range chosen[:min(len(chosen), besideBest)] {
		if at := c.p.Ordinal; at+1 < len(c.doc.Passages) && goesOn(c.doc.Passages[at+1].Text) {
			add(c, at+1)
		}
		if goesOn(c.p.Text) {
			add(c, c.p.Ordinal-1)
		}
	}
	return out
}

// goesOn tells whether a passage begins within a section: not with a heading.
func goesOn(text string) bool { return !strings.HasPrefix(strings.TrimLeft(text, " "), "#") }

// tokenCost of a passage in a prompt, rather too high than too low.
func tokenCost(text string) int { return int(float64(knowledge.Tokens(text)) * tokenSafety) }
