package drafting

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

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

// features of a section, all roughly in [0,1]. Shares are of information: what search
// knows of the ask's words.
const (
	sNamed      = iota // share of the heading's words that the ask has
	sAlike             // letters that heading and ask share
	sTitle             // share of the ask in the title
	sTitleNamed        // share of the title's words that the ask has
	sTitleAlike        // letters that title and ask share
	sWhole             // share of the ask in text, heading and title
	sBeyond            // share of the ask that the section has and the title has not
	sOnly              // share of the ask in the section, the more the fewer sections have a word
	sBestAsk           // largest share of the ask that one piece has
	sBest              // how far its best piece is behind the best of all
	sMass              // chance of all its pieces
	sHit               // rank of its passage
	sDoc               // share of the ranks that its document has
	sOpening           // opens its page
	sHeaded            // has a heading that is not the title again
	sSteps             // has steps, where steps are asked for
	sNumber            // has an amount or a time, where one is asked for
	sReason            // has a reason, where one is asked for
	sLength            // words, as a logarithm
	sPast              // largest share of earlier turns that one piece has
	sAction            // has the action that the ask names
	sThin              // fewer than eight words
	sFresh             // words that neither ask nor title have, as a logarithm
	sDense             // share of its words that ask or title have
	sNumbers
)

// SectionFeatures by number, as a fit names them.
var SectionFeatures = [sNumbers]string{"named", "alike", "title", "title named", "title alike", "whole", "beyond the title", "only here", "best ask", "best", "mass", "hit", "document", "opening",
	"headed", "steps asked", "number", "reason", "length", "past", "action", "thin", "fresh", "dense"}

// sectionFeatures describes every section for one ask; chance is that of each piece.
func (a asked) sectionFeatures(ss []section, ps []piece, hits []pipeline.Hit, s subject, chance []float64) [][sNumbers]float64 {
	weight := s.terms
	if len(a.found.Information) > 0 {
		weight = a.information(s.lang)
		normalise(weight)
	}
	found := foundOnly(hits)
	doc := documentShares(found)
	have := map[string]float64{} // sections by word
	for _, c := range ss {
		for w := range c.words(ps) {
			have[w]++
		}
	}
	top, letters := slices.Max(chance), trigrams(a.ask)
	named := func(words map[string]bool) float64 {
		n := 0.0
		for w := range words {
			n += b2f(weight[w] > 0)
		}
		return n / float64(max(len(words), 1))
	}
	out := make([][sNumbers]float64, len(ss))
	for k, c := range ss {
		f, first := &out[k], ps[c.from]
		page := hits[first.hit].Passage
		title, titleLetters := setOf(text.Words(page.Title, s.lang)), trigrams(page.Title)
		f[sTitle], f[sTitleNamed], f[sTitleAlike] = coveredSet(weight, title), named(title), alike(letters, titleLetters)
		if h := trigrams(first.heading); len(first.above) > 0 && alike(h, titleLetters) <= sameHeading {
			f[sHeaded], f[sNamed], f[sAlike] = 1, named(setOf(first.above)), alike(letters, h)
		}
		best := chance[c.likeliest(chance)]
		f[sBest] = max(-2, math.Log(best/top)/sharpness/3)
		words, steps := 0, 0
		for i, p := range ps[c.from:c.to] {
			words += len(p.words)
			steps += int(b2f(p.kind == step))
			f[sMass] += chance[c.from+i]
			f[sBestAsk] = max(f[sBestAsk], covered(weight, p.words))
			f[sPast] = max(f[sPast], covered(s.past, p.words))
			f[sNumber] = max(f[sNumber], b2f((s.amount || s.cues.number || s.cues.date) && s.amountIn(p)))
			f[sReason] = max(f[sReason], b2f(s.cues.reason && hasReason.MatchString(p.text)))
		}
		own, fresh := c.words(ps), 0.0
		for w := range own {
			fresh += b2f(weight[w] == 0 && !title[w])
			f[sBeyond] += weight[w] * b2f(!title[w])
			f[sOnly] += weight[w] / have[w]
		}
		f[sWhole] = f[sBeyond] + f[sTitle]
		f[sHit] = 1 / (1 + float64(min(first.hit, len(found)))/2)
		f[sDoc], f[sOpening] = doc[page.Document], b2f(page.Ordinal == 0 && first.order == 0)
		f[sSteps] = b2f(s.cues.steps && steps > 1)
		f[sLength], f[sThin] = math.Log1p(float64(words))/5, b2f(words < 8)
		for w := range s.action {
			f[sAction] = max(f[sAction], b2f(own[w]))
		}
		f[sFresh], f[sDense] = math.Log1p(fresh)/4, (float64(len(own))-fresh)/(float64(len(own))+3)
	}
	return out
}

// sameHeading is how alike a heading and a title are that say the same.
const sameHeading = .6

// words of a section with its heading, by stem.
func (c section) words(ps []piece) map[string]bool {
	out := setOf(ps[c.from].above)
	for _, p := range ps[c.from:c.to] {
		for w := range setOf(p.words) {
			out[w] = true
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

// trigrams of a text's letters and digits.
func trigrams(s string) map[string]bool {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
	r, out := []rune(" "+strings.Join(words, " ")+" "), map[string]bool{}
	for i := 0; i+3 <= len(r); i++ {
		out[string(r[i:i+3])] = true
	}
	return out
}

// alike is the cosine of two sets.
func alike(a, b map[string]bool) float64 {
	n := 0.0
	for k := range a {
		n += b2f(b[k])
	}
	return n / math.Sqrt(float64(max(len(a), 1)*max(len(b), 1)))
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
