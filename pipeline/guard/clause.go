package guard

import (
	"slices"
	"strings"

	"footnote/pipeline/text"
)

// clause is a stretch of a sentence with one verdict.
type clause struct {
	text   string
	stems  []string
	denies []string // stems that it denies, the one denied first in front
	// whole denies the clause itself; false with denies: words in it only.
	whole bool
	// unless says that it denies and excepts, as in "not without": what it says
	// is an exception and no plain no.
	unless bool
	cond   bool
	only   string   // the words that restrict; empty without
	list   bool     // goes on with "or"
	joined bool     // a comma stands before it
	ends   bool     // its last word says no
	that   bool     // is what the clause before it says
	save   bool     // is an exception
	but    []string // what "without" excepts in an exception
	head   string   // what the clause denies first whose no reaches over this one
}

// clausesOf cuts a text into clauses and says what each denies. A negation
// reaches over its own clause, and over those joined to it with "or".
func clausesOf(said, lang string) []clause {
	s := signsOf(lang)
	ws := text.Words(said, lang)
	var out []clause
	from := 0
	comma := false
	emit := func(to int, next bool) {
		if from < to {
			c := clauseAt(said, ws[from:to], s, from > 0 && asking[ws[from-1].Text])
			c.joined = comma
			out = append(out, c)
		}
		from, comma = to, next
	}
	for i := 1; i < len(ws); i++ {
		gap := said[ws[i-1].End:ws[i].Start]
		switch w := ws[i].Text; {
		case strings.ContainsAny(gap, ";()–—!?。\n…") || strings.Contains(gap, ". "):
			emit(i, false)
		case strings.Contains(gap, ":") && !onlyNo(said, ws[i:], s): // "Phone: no" is one clause
			emit(i, false)
		case strings.Contains(gap, ","):
			emit(i, true)
		case s.but[w], s.when[w] && !s.limit[w] && i > from:
			emit(i, false)
		case s.and[w] && !denied(said, ws[from:i], s) && denied(said, until(said, ws[i:]), s):
			emit(i, false)
		}
	}
	emit(len(ws), false)
	for i := range out { // "do not copy, sell, or share it"
		if !out[i].whole || out[i].cond {
			continue
		}
		to := i
		if len(out[i].stems) <= 1 && i+1 < len(out) && out[i+1].that { // "it is not allowed that…"
			to = i + 1
		}
		if out[i].ends && i+2 < len(out) && out[i+1].joined && out[i+2].joined { // "you cannot, however, delete it"
			to = i + 2
		}
		for j := i + 1; j < len(out) && out[j].joined && !out[j].whole && !out[j].cond; j++ {
			if out[j].list {
				to = j
			}
		}
		for j := i + 1; j <= to; j++ {
			out[j].whole, out[j].denies = true, slices.Clone(out[j].stems)
			if len(out[i].denies) > 0 {
				out[j].head = out[i].denies[0]
			}
		}
	}
	return out
}

// until returns the words up to the next mark.
func until(said string, ws []text.Word) []text.Word {
	for i := 1; i < len(ws); i++ {
		if strings.ContainsAny(said[ws[i-1].End:ws[i].Start], ",;:()–—.!?\n") {
			return ws[:i]
		}
	}
	return ws
}

// onlyNo tells words up to the next mark of which the first is a no.
func onlyNo(said string, ws []text.Word, s signs) bool {
	ws = until(said, ws)
	return len(ws) == 1 && (s.clause[ws[0].Text] || s.phrase[ws[0].Text])
}

func denied(said string, ws []text.Word, s signs) bool {
	for _, w := range ws {
		if (s.clause[w.Text] || s.phrase[w.Text]) && !idiom(said, w) {
			return true
		}
	}
	return false
}

// scope is how many content words on either side of a negation it may deny.
const scope = 6

// broken are the beginnings of "don t" and the like, as text is left by programs
// that lose apostrophes.
var broken = text.WordSet("don doesn didn can couldn won wouldn shouldn isn aren wasn weren haven hasn hadn mustn needn")

// answered are words that begin the sentence behind a no that answers.
var answered = text.WordSet("you we they it he she i that this")

// asking are words behind which a condition's first word makes none.
var asking = text.WordSet("out see check know ask determine decide sure even auch selbst incluso aun même anche mesmo ook zelfs")

// reach is how many content words a negation of words denies.
const reach = 2

// clauseAt reads a clause. asks says that the word before it makes its "if" a
// question ("find out if") or no condition at all ("even if").
func clauseAt(said string, ws []text.Word, s signs, asks bool) clause {
	c := clause{text: said[ws[0].Start:ws[len(ws)-1].End]}
	first := 0
	if (s.and[ws[0].Text] || s.or[ws[0].Text]) && len(ws) > 1 {
		first = 1
	}
	c.cond, c.list = s.when[ws[first].Text] && !(first == 0 && asks), s.or[ws[0].Text]
	whole, part, left := -1, false, 0
	var phrase []string
	for i, w := range ws {
		switch {
		case idiom(said, w), i > 0 && s.or[ws[i-1].Text] && s.clause[w.Text] && !s.or[w.Text]: // "whether or not"
		case s.clause[w.Text] || i > 0 && w.Text == "t" && broken[ws[i-1].Text] || s.phrase[w.Text] && len(ws) > 1 && i == len(ws)-1: // "Phone: no"
			if whole >= 0 && s.clause[w.Text] {
				continue // "never … nothing" says no once
			}
			whole = len(c.stems)
			continue
		case s.phrase[w.Text] && i+1 < len(ws) && ws[i+1].Text == "longer", noMore(ws, i): // "no longer", "ne … plus"
			whole = len(c.stems)
			continue
		case i > 0 && w.Text == "longer" && s.phrase[ws[i-1].Text]:
			continue
		case s.phrase[w.Text]:
			part, left = true, reach
			continue
		case s.only[w.Text] && (ws[i].Start == 0 || said[ws[i].Start-1] != '-'):
			end := ws[min(i+3, len(ws)-1)].End
			c.only = said[w.Start:end]
		case s.or[w.Text]:
			c.list = true
		}
		if w.Stem == "" {
			continue
		}
		c.stems = append(c.stems, w.Stem)
		if left > 0 {
			phrase = append(phrase, w.Stem)
			left--
		}
	}
	c.that, c.save = s.that[ws[0].Text], s.save[ws[first].Text]
	c.ends = s.clause[ws[len(ws)-1].Text]
	switch {
	case whole >= 0:
		c.whole, c.unless, c.but = true, part || c.only != "", phrase
		if len(c.stems) > 0 {
			at := min(whole, len(c.stems)-1)
			c.denies = slices.Concat(c.stems[at:min(at+scope, len(c.stems))], c.stems[max(at-scope, 0):at])
		}
	case part:
		c.denies = phrase
	}
	return c
}

// noMore tells the word for "more" that with the no before it says "no longer".
func noMore(ws []text.Word, i int) bool {
	if ws[i].Text != "plus" {
		return false
	}
	for _, w := range ws[max(0, i-4):i] {
		if w.Text == "ne" || strings.HasPrefix(w.Text, "n'") {
			return true
		}
	}
	return false
}

// idiom excepts "no later than", "not only", "no matter", and the no that answers.
func idiom(said string, w text.Word) bool {
	rest := strings.ToLower(strings.TrimSpace(said[w.End:min(len(said), w.End+16)]))
	if w.Start == 0 && w.Text == "no" {
		next, _, _ := strings.Cut(rest, " ")
		return answered[next] || strings.HasPrefix(rest, ",") || strings.HasPrefix(rest, ".")
	}
	for _, tail := range []string{"later than", "more than", "less than", "only", "matter", "problem", "longer than", "earlier than", "nur", "solo", "seulement", "sólo", "solamente", "soltanto", "só ", "apenas", "alleen", "slechts"} {
		if strings.HasPrefix(rest, tail) {
			return true
		}
	}
	return false
}
