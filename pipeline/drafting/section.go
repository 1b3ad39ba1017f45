package drafting

import (
	"math"
	"regexp"
	"slices"

	"footnote/pipeline"
	"footnote/pipeline/arithmetic"
	"footnote/pipeline/text"
)

// section is what one passage has under one heading: pieces [from, to).
type section struct{ from, to int }

// sectionsOf cuts pieces at headings and at the ends of passages.
func sectionsOf(ps []piece) []section {
	var out []section
	for i, p := range ps {
		if i > 0 && ps[i-1].hit == p.hit && ps[i-1].heading == p.heading {
			out[len(out)-1].to++
			continue
		}
		out = append(out, section{i, i + 1})
	}
	return out
}

// likeliest is the piece of the section with the best chance.
func (c section) likeliest(chance []float64) int {
	best := c.from
	for i := c.from; i < c.to; i++ {
		if chance[i] > chance[best] {
			best = i
		}
	}
	return best
}

// features of a section, all roughly in [0,1]. They hold in any language and trade:
// evidence of its pieces, words of the ask that stand together, names and places.
const (
	sMass   = iota // chance of all its pieces, as a logarithm
	sPairs         // share of the ask's neighbouring words that stand near one another in it
	sNamed         // how heading and title, and the ask, name one another
	sHit           // rank of its passage
	sLength        // words, as a logarithm
	sAction        // has the action that the ask names
	sNumbers
)

// SectionFeatures by number, as a fit names them.
var SectionFeatures = [sNumbers]string{"mass", "pairs", "named", "hit", "length", "action"}

// sectionFeatures describes every section for one ask; chance is that of each piece.
func (a asked) sectionFeatures(ss []section, ps []piece, hits []pipeline.Hit, s subject, chance []float64) [][sNumbers]float64 {
	out := make([][sNumbers]float64, len(ss))
	pairs := pairsOf(text.Words(helpRE.ReplaceAllString(a.ask, " "), s.lang))
	found := len(foundOnly(hits))
	for k, c := range ss {
		f, first := &out[k], ps[c.from]
		title := text.Words(hits[first.hit].Passage.Title, s.lang)
		mass, words, near := 0.0, 0, map[pair]bool{}
		pairs.near(title, near)
		pairs.near(first.above, near)
		own := setOf(first.above)
		for i := c.from; i < c.to; i++ {
			mass += chance[i]
			words += len(ps[i].words)
			pairs.near(ps[i].words, near)
			for w := range setOf(ps[i].words) {
				own[w] = true
			}
		}
		f[sMass] = max(leastMass, math.Log(mass+1e-4)) / 5
		f[sPairs] = float64(len(near)) / float64(max(len(pairs), 1))
		f[sNamed] = s.names(setOf(slices.Concat(title, first.above)))
		f[sHit] = 1 / (1 + float64(min(first.hit, found))/2)
		f[sLength] = math.Log1p(float64(words)) / 5
		for w := range s.action {
			f[sAction] = max(f[sAction], b2f(own[w]))
		}
	}
	return out
}

const leastMass = -6 // log of a section's chance, below which it does not matter how little it is

// names is how words and ask name one another: the harmonic mean of the share of the ask
// that the words have and of the share of the words that the ask has.
func (s subject) names(words map[string]bool) float64 {
	has, most, n := 0.0, 0.0, 0.0
	for w, v := range s.terms {
		has += v * b2f(words[w])
		most = max(most, v)
	}
	for w := range words {
		if s.terms[w] > 0 {
			n += s.terms[w]
		} else {
			n += most / 2
		}
	}
	return 2 * has / (1 + n)
}

// pair is two words of an ask, one after the other or with one between them.
type pair struct{ a, b string }

type pairSet map[pair]bool

// nearby is how far apart, in words with a meaning, a pair may stand.
const nearby = 3

func pairsOf(words []text.Word) pairSet {
	out, stems := pairSet{}, stemsOf(words)
	for i, a := range stems {
		for _, b := range stems[i+1 : min(i+3, len(stems))] {
			if a != b {
				out[pair{a, b}] = true
			}
		}
	}
	return out
}

// near adds those pairs to found that stand near one another among the words, in any order.
func (p pairSet) near(words []text.Word, found map[pair]bool) {
	stems := stemsOf(words)
	for i, a := range stems {
		for _, b := range stems[i+1 : min(i+1+nearby, len(stems))] {
			for _, k := range []pair{{a, b}, {b, a}} {
				if p[k] {
					found[k] = true
				}
			}
		}
	}
}

func stemsOf(words []text.Word) (out []string) {
	for _, w := range words {
		if w.Stem != "" {
			out = append(out, w.Stem)
		}
	}
	return out
}

// documentShares are each document's share of the ranks.
func documentShares(hits []pipeline.Hit) map[string]float64 {
	out, sum := map[string]float64{}, 0.0
	for i := range hits {
		sum += 1 / (1 + float64(i)/2)
	}
	for i, h := range hits {
		out[h.Passage.Document] += 1 / (1 + float64(i)/2) / sum
	}
	return out
}

// The parts of a support article as knowledge bases have them (KCS: issue, cause,
// resolution): the issue is what the customer tells, so it never answers; "why" wants the
// cause, everything else the resolution. Nothing is fitted: only one of our sets has such
// pages, and on it the rule was made.
var (
	issueRE      = regexp.MustCompile(`(?i)^\P{L}*(?:symptoms?|problems?|issues?|summary|description|environment|applies to|introduction|background|error(?: message)?|symptome?|fehlerbild|síntomas?|problema|symptômes?|problème)\P{L}*$`)
	causeRE      = regexp.MustCompile(`(?i)^\P{L}*(?:(?:root )?causes?|reasons?|ursachen?|causas?)\P{L}*$`)
	resolutionRE = regexp.MustCompile(`(?i)^\P{L}*(?:(?:re)?solutions?|work-?arounds?|fix(?:es)?|how to fix|answer|lösung|soluci[óo]n|(?:method|step|option|methode|schritt|método|méthode) \d+)(?:\P{L}|$)`)
)

const (
	issueOdds      = -1.8 // log odds of a section with the issue
	causeOdds      = .6   // with the cause, where a reason is asked for
	resolutionOdds = 1.8  // with the resolution, where none is
	linksOdds      = -8   // of nothing but links
	mostLinks      = .6   // share of a section's bytes from which it is nothing but links
)

// part is the log odds that a section has for what it is in its page.
func (c section) part(ps []piece, hits []pipeline.Hit, why bool) float64 {
	links, size := 0, 0
	for _, p := range ps[c.from:c.to] {
		src := hits[p.hit].Passage.Text[p.start:p.end]
		size += len(src)
		for _, m := range viewLink.FindAllString(src, -1) {
			links += len(m)
		}
	}
	heading := ps[c.from].heading
	switch {
	case float64(links) > mostLinks*float64(size):
		return linksOdds
	case issueRE.MatchString(heading):
		return issueOdds
	case why && causeRE.MatchString(heading):
		return causeOdds
	case !why && resolutionRE.MatchString(heading):
		return resolutionOdds
	}
	return 0
}

// bySection makes chances of pieces those of their sections, shared out among the pieces
// of each, and returns the best section's: one linear model, softmax over all sections found.
func (a asked) bySection(ss []section, ps []piece, hits []pipeline.Hit, s subject, chance []float64) float64 {
	fs := a.sectionFeatures(ss, ps, hits, s, chance)
	score := make([]float64, len(ss))
	for k, c := range ss {
		score[k] = c.part(ps, hits, s.cues.reason)
		for j, v := range fs[k] {
			score[k] += a.fit.Section[j] * v
		}
	}
	most := 0.0
	for k, p := range arithmetic.Softmax(score) {
		c, mass := ss[k], 0.0
		for _, v := range chance[c.from:c.to] {
			mass += v
		}
		for i := c.from; i < c.to && mass > 0; i++ {
			chance[i] *= p / mass
		}
		most = max(most, p)
	}
	return most
}
