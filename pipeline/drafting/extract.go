package drafting

import (
	"slices"
	"strings"
	"sync"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
)

// minSupport is the least share of the question's information that the best
// passage must cover; below it nothing is proposed. It is set low, for a person
// reads every draft: on the sets of TestAbstention it loses 1 to 3 % of answerable
// questions and catches a quarter of those about something else altogether.
const minSupport = 0.3

// minQuoted is the least that the passages quoted must cover themselves. It is
// lower, for an answer need not repeat its question; below it the search meant
// another passage, of which nothing could be quoted. On doc2dial it costs one draft
// of 2,046, where minSupport costs 41.
const minQuoted = minSupport / 2

const maxRounds = 4 // of leaving out what the guards block

// Extract writes the answer without a model: the sentences, steps or list items
// of the passages that most probably answer each ask, word for word, each with
// its receipt. It returns no sentences when nothing supports an answer, and says
// why. The hits must be public and best first.
func Extract(q Question, hits []pipeline.Hit, in guard.Input) (answer []pipeline.Sentence, why string) {
	if len(hits) == 0 {
		return nil, "No source was found for this question."
	}
	hits, foreign := native(q, hits)
	uncovered := "The nearest sources do not cover the question well enough."
	if foreign != "" {
		uncovered += " Some are in another language (" + foreign + ") than the ticket."
	}
	if support(q, hits) < minSupport {
		return nil, uncovered
	}
	var ps []piece
	for _, i := range readingOrder(hits) {
		ps = append(ps, pieces(i, hits[i].Passage, q.rules())...)
	}
	for range maxRounds {
		picked := pick(q, ps, hits)
		if len(picked) == 0 {
			break
		}
		answer = sentences(ps, picked, hits)
		bad := blocked(q, answer, in)
		if len(bad) == 0 && support(q, citedBy(ps, picked, hits)) < minQuoted {
			return nil, uncovered // what covers it could not be quoted
		}
		if len(bad) == 0 {
			return answer, ""
		}
		var left []piece
		for i, p := range ps {
			if !slices.ContainsFunc(bad, func(b int) bool { return picked[b].piece == i }) {
				left = append(left, p)
			}
		}
		ps = left
	}
	return nil, "What was found may not be sent to a customer as it stands."
}

// citedBy returns the hits that the picked pieces stand in.
func citedBy(ps []piece, picks []picked, hits []pipeline.Hit) []pipeline.Hit {
	var out []pipeline.Hit
	for _, k := range picks {
		out = append(out, hits[ps[k.piece].hit])
	}
	return out
}

// support says in [0,1] how well the best passage covers what is asked. A
// short follow-up ("Yes, and then?") tells little by itself: the fewer words of
// its own it has, the more the thread before it counts.
func support(q Question, hits []pipeline.Hit) float64 {
	if len(q.Turns) == 0 {
		return 0
	}
	last := len(q.Turns) - 1
	own := len(setOf(text.Words(q.Turns[last].Text, q.rules())))
	past := map[string]bool{}
	for _, t := range q.Turns[:last] {
		for w := range setOf(text.Words(t.Text, q.rules())) {
			past[w] = true
		}
	}
	best := 0.0
	for _, h := range hits {
		s := h.Support
		if s >= best && s > .8 || len(past) == 0 {
			best = max(best, s)
			continue
		}
		if len(past) > 0 {
			held := 0.0
			for w := range setOf(text.Words(h.Passage.Section()+"\n"+h.Passage.Text, q.rules())) {
				held += b2f(past[w])
			}
			share := min(1, 1.5*held/float64(len(past)))
			weight := float64(own) / (float64(own) + followUp)
			s = weight*s + (1-weight)*max(s, share)
		}
		best = max(best, s)
	}
	return best
}

// followUp is the number of own words at which ask and thread count the same.
const followUp = 3

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

// picked is one piece of the answer.
type picked struct {
	piece int
	ask   int // which question it answers
}

// pick chooses the pieces that answer each ask, in reading order, each once.
// What only stands beside a hit is not compared: it completes what was chosen.
func pick(q Question, ps []piece, hits []pipeline.Hit) []picked {
	found := foundOnly(hits)
	var own []piece
	var at []int // index in ps of each piece of own
	for i, p := range ps {
		if !hits[p.hit].Beside {
			own, at = append(own, p), append(at, i)
		}
	}
	if len(own) == 0 {
		return nil
	}
	idf, rows := idfs(own), slices.ContainsFunc(own, func(p piece) bool { return p.kind == row })
	context := sync.OnceValue(func() []map[string]bool { return contexts(ps) })
	var out []picked
	taken := map[int]bool{}
	for n, ask := range q.Asks {
		s := subjectOf(q, ask, idf)
		chance := chances(featuresOf(s, own, found))
		for i, p := range own {
			if p.kind == row && covered(s.terms, p.own) == 0 {
				chance[i] = 0 // nothing tells this row from the others of its table
			}
		}
		preferNamed(ask, own, chance)
		s.preferAsked(own, func(i int) map[string]bool { return context()[at[i]] }, hits, chance)
		if slices.Max(chance) == 0 {
			continue // everything found is about something else
		}
		i, alone := surely(s, own, chance)
		if !alone && rows {
			i, alone = labelled(s, own, chance)
		}
		chosen := []int{i}
		if !alone {
			chosen = current(own, hits, s.onlyAmounts(own, bestRows(s, own, choose(own, chance).pieces)))
			if k, ok := s.straight(own, chance); ok && !slices.Contains(chosen, k) {
				chosen = []int{k}
			}
		}
		best := chosen[0]
		for i, k := range chosen {
			if chance[k] > chance[best] {
				best = k
			}
			chosen[i] = at[k]
		}
		l := lists{ps: ps, hits: hits, subject: s, context: context}
		for _, i := range bestFirst(ps, l.whole(chosen, at[best])) {
			if !taken[i] {
				taken[i] = true
				out = append(out, picked{i, n})
			}
		}
	}
	return out
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

// sentences writes the picked pieces down, with receipts. A new ask or another
// passage begins a paragraph; steps and items stand on lines of their own.
func sentences(ps []piece, picks []picked, hits []pipeline.Hit) []pipeline.Sentence {
	out := make([]pipeline.Sentence, 0, len(picks))
	all := passages(hits)
	for n, k := range picks {
		p := ps[k.piece]
		s := pipeline.Sentence{Text: p.text, Receipts: proven(nil, hits[p.hit].Passage, guard.Span{Start: p.start, End: p.end}, all)}
		if p.kind == item && !alone(ps, picks, n) {
			s.Text = "- " + p.text
		}
		if n > 0 {
			q := ps[picks[n-1].piece]
			own := func(k pieceKind) bool { return k.listed() || k == row }
			together := q.hit == p.hit || continues(hits, q.hit, p.hit)
			s.Break = picks[n-1].ask != k.ask || !together || q.hit == p.hit && q.block != p.block && !p.kind.listed()
			s.Line = !s.Break && (own(p.kind) || own(q.kind))
		}
		out = append(out, s)
	}
	number(out)
	return out
}

// alone tells an item that no other of its list stands beside: it reads as a
// sentence, without a dash.
func alone(ps []piece, picks []picked, n int) bool {
	p := ps[picks[n].piece]
	for _, m := range []int{n - 1, n + 1} {
		if m < 0 || m >= len(picks) {
			continue
		}
		if q := ps[picks[m].piece]; q.kind.listed() && q.hit == p.hit && q.block == p.block || strings.HasSuffix(q.text, ":") && m < n {
			return false
		}
	}
	return true
}
