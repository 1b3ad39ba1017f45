package drafting

import (
	"slices"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/guard"
)

const maxRounds = 4 // of leaving out what the guards block

// minQuoted is the least share of the question's information that the passages quoted
// cover: below it the search meant another passage, of which nothing could be quoted.
// On doc2dial it costs one draft of 2,046.
const minQuoted = .15

// minSupport is the least share of the information of an ask that the best passage must
// cover, where nobody has answered before it.
const minSupport = .3

// secondChance is the least chance of a second sentence, as a share of the first one's.
const secondChance = .4

// asked is one ask with what was found for it. The turns of its question end with the
// ask; what is told beside it stands before.
type asked struct {
	question Question
	ask      string
	readings int // that the ask was picked from; 1 when nothing was picked
	found    pipeline.Answer
	fit      *Fit
	plan     plan // what is to be said, before the guards
}

// plan is the answer to an ask before the guards see it.
type plan struct {
	hits        []pipeline.Hit // in the ticket's language
	foreign     string         // language of those that are not
	pieces      []piece
	picks       []int // none: nothing answers
	signals     []float64
	probability float64 // that the picks say what was asked
}

// planned is the ask with its plan.
func (a asked) planned() asked {
	p := plan{}
	p.hits, p.foreign = native(a.question, a.found.Hits)
	p.pieces = a.pieces(p.hits)
	var chance float64
	if p.picks, chance = a.pick(p.pieces, p.hits); len(p.picks) > 0 {
		p.signals = a.signals(p.pieces, p.picks, chance, p.hits)
		p.probability = a.fit.probability(p.signals)
	}
	a.plan = p
	return a
}

// reply is what is said to one ask, and the probability that this answers it.
type reply struct {
	ask         string
	sentences   []pipeline.Sentence // none: why says why
	why         string
	probability float64
	signals     []float64 // of the probability; nil without an answer
}

// answer writes the answer to one ask without a model: the sentences, steps or list
// items of the passages that most probably answer it, word for word, each with its
// receipt. It has no sentences when nothing supports an answer, and says why. The ask
// must be planned, its hits be of the asker's audience and best first.
func (a asked) answer(in guard.Input) reply {
	out := reply{ask: a.ask}
	if len(a.found.Hits) == 0 {
		out.why = "No source was found for this question."
		return out
	}
	hits, foreign, ps, picks := a.plan.hits, a.plan.foreign, a.plan.pieces, a.plan.picks
	out.why = "The nearest sources do not cover the question well enough."
	if foreign != "" {
		out.why += " Some are in another language (" + foreign + ") than the ticket."
	}
	if len(foundOnly(hits)) == 0 || !a.question.answered() && !slices.ContainsFunc(hits, func(h pipeline.Hit) bool { return h.Support >= minSupport }) {
		return out
	}
	out.probability, out.signals = a.plan.probability, a.plan.signals
	for round := range maxRounds {
		if round > 0 {
			picks, _ = a.pick(ps, hits)
		}
		if len(picks) == 0 {
			break
		}
		out.sentences = sentences(ps, picks, hits)
		if !a.question.answered() && !slices.ContainsFunc(picks, func(i int) bool { return hits[ps[i].hit].Support >= minQuoted }) {
			return reply{ask: a.ask, why: out.why, probability: out.probability, signals: out.signals}
		}
		bad := blocked(a.question, out.sentences, in)
		if len(bad) == 0 {
			out.why = ""
			return out
		}
		var left []piece
		for i, p := range ps {
			if !slices.ContainsFunc(bad, func(b int) bool { return picks[b] == i }) {
				left = append(left, p)
			}
		}
		ps = left
	}
	if out.sentences != nil {
		out.why = "What was found may not be sent to a customer as it stands."
	}
	return reply{ask: a.ask, why: out.why, probability: out.probability, signals: out.signals}
}

// blocked runs the guards on the answer alone and returns the sentences to
// leave out; all of them when a finding is about the whole.
func blocked(q Question, answer []pipeline.Sentence, in guard.Input) []int {
	in.Draft = pipeline.Draft{Sentences: answer, Locale: q.Locale}
	var out []int
	for _, f := range guard.Check(in) {
		if f.Severity != pipeline.Block {
			continue
		}
		if f.Sentence < 0 {
			out = out[:0]
			for i := range answer {
				out = append(out, i)
			}
			return out
		}
		out = append(out, f.Sentence)
	}
	return out
}

// pick chooses what answers an ask, in reading order, and the chance of the section that
// it stands in. What only stands beside a hit is not compared: it completes what was chosen.
func (a asked) pick(ps []piece, hits []pipeline.Hit) (picks []int, likeliest float64) {
	s, chance := a.pieceChances(ps, hits)
	if chance == nil {
		return nil, 0
	}
	ss := sectionsOf(ps)
	likeliest = a.bySection(ss, ps, hits, s, chance)
	for i, p := range ps {
		if p.kind == row && covered(s.terms, p.own) == 0 {
			chance[i] = 0 // nothing tells this row from the others of its table
		}
	}
	preferNamed(a.ask, ps, chance)
	context := contexts(ps)
	s.preferDone(ps, func(i int) map[string]bool { return context[i] }, hits, chance)
	if slices.Max(chance) == 0 {
		return nil, 0 // everything found is about something else
	}
	l := lists{ps: ps, hits: hits, subject: s}
	if len(s.said) == 0 {
		return bestFirst(ps, l.cores(ss, chance)), likeliest
	}
	chosen, best := l.sentences(section{0, len(ps)}, chance)
	return bestFirst(ps, l.whole(chosen, best)), likeliest
}

// pieces of all hits, adjacent passages together.
func (a asked) pieces(hits []pipeline.Hit) (out []piece) {
	for _, i := range readingOrder(hits) {
		out = append(out, pieces(i, hits[i].Passage, a.question.rules())...)
	}
	return out
}

// compared are the pieces that may answer, and where they stand in ps.
func compared(ps []piece, hits []pipeline.Hit) (own []piece, at []int) {
	for i, p := range ps {
		if !hits[p.hit].Beside && p.kind != code {
			own, at = append(own, p), append(at, i)
		}
	}
	return own, at
}

// pieceChances are the chances of all pieces; 0 for one that is not compared, nil where
// none is.
func (a asked) pieceChances(ps []piece, hits []pipeline.Hit) (subject, []float64) {
	own, at := compared(ps, hits)
	if len(own) == 0 {
		return subject{}, nil
	}
	s := subjectOf(a.question, a.ask, idfs(own))
	out := make([]float64, len(ps))
	for i, c := range chances(featuresOf(s, own, foundOnly(hits)), a.fit.Choice) {
		out[at[i]] = c
	}
	return s, out
}

// bestFirst orders what reads as one text by the rank of its best passage;
// within it, and within a passage, reading order stays.
func bestFirst(ps []piece, picks []int) []int {
	var runs [][]int
	for n, i := range picks {
		if n == 0 || i != picks[n-1]+1 {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], i)
	}
	rank := func(run []int) int {
		best := ps[run[0]].hit
		for _, i := range run {
			best = min(best, ps[i].hit)
		}
		return best
	}
	slices.SortStableFunc(runs, func(a, b []int) int { return rank(a) - rank(b) })
	return slices.Concat(runs...)
}

// current leaves out what stands in a page that its owner vouched for long before
// another one that answers too.
func current(ps []piece, hits []pipeline.Hit, chosen []int) []int {
	var newest time.Time
	for _, i := range chosen {
		if at := hits[ps[i].hit].Passage.ReviewedAt; at.After(newest) {
			newest = at
		}
	}
	return slices.DeleteFunc(chosen, func(i int) bool { return hits[ps[i].hit].Passage.Outdated(newest) })
}

// bestRows leaves out a row of a table beside one that has more of the ask.
func bestRows(s subject, ps []piece, chosen []int) []int {
	most := 0.0
	for _, i := range chosen {
		if ps[i].kind == row {
			most = max(most, covered(s.terms, ps[i].own))
		}
	}
	return slices.DeleteFunc(chosen, func(i int) bool { return ps[i].kind == row && covered(s.terms, ps[i].own) < most })
}

// sentences writes the picked pieces down, with receipts. Another passage begins a paragraph; steps and items stand on lines of their own.
func sentences(ps []piece, picks []int, hits []pipeline.Hit) []pipeline.Sentence {
	out := make([]pipeline.Sentence, 0, len(picks))
	all := passages(hits)
	for n, k := range picks {
		p := ps[k]
		s := pipeline.Sentence{Text: p.text, Receipts: proven(nil, hits[p.hit].Passage, guard.Span{Start: p.start, End: p.end}, all)}
		if p.kind == item && !alone(ps, picks, n) {
			s.Text = "- " + p.text
		}
		if n > 0 {
			q := ps[picks[n-1]]
			own := func(k pieceKind) bool { return k.listed() || k == row || k == code }
			together := q.hit == p.hit || continues(hits, q.hit, p.hit)
			s.Break = !together || q.hit == p.hit && q.block != p.block && !p.kind.listed()
			s.Line = !s.Break && (own(p.kind) || own(q.kind))
		}
		out = append(out, s)
	}
	number(out)
	return out
}

// alone tells an item that no other of its list stands beside: it reads as a
// sentence, without a dash.
func alone(ps []piece, picks []int, n int) bool {
	p := ps[picks[n]]
	for _, m := range []int{n - 1, n + 1} {
		if m < 0 || m >= len(picks) {
			continue
		}
		if q := ps[picks[m]]; q.kind.listed() && q.hit == p.hit && q.block == p.block || strings.HasSuffix(q.text, ":") && m < n {
			return false
		}
	}
	return true
}
