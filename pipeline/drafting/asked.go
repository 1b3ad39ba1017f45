package drafting

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// What somebody wants to do, or to know the amount of, decides between sentences
// that share the other words of an ask. Chosen on cmd/footnote/testdata/direct.jsonl;
// on doc2dial, where few ask so directly, they cost .002 of token F1.
const (
	notDone      = .05 // for what does not have the action, where something has it
	noAmount     = .1  // for what has no amount, where one is asked for
	headed       = 2.0 // log of the gain of what stands under the ask as a heading
	noAnswer     = .1  // for what speaks of its page
	noWay        = .7  // for what does not say what to do, where that is asked for
	leastDone    = .6  // share of the ask that something with the action must have
	leastSaid    = .8  // share of what can be known of the ask that answers straight
	elseCovered  = .6  // share of the ask that a list of another section must have
	lackOfAsk    = .25 // share of the ask whose lack says that a list is about something else
	fewRows      = 4   // of a table are quoted when the ask tells none from the others
	straightWord = 2   // words of an ask from which a sentence may answer it straight
)

var (
	// actionRE finds the word after "how do I".
	actionRE = regexp.MustCompile(`(?i)\b(?:how (?:do|can|could|should|would|must) (?:i|we|you|one|my \w+|our \w+)|how to|cómo (?:puedo|podemos|debo)|comment (?:puis-je|peut-on|pouvons-nous|dois-je|faire pour))` +
		`\s+(?:(?:please|also|then|just|\w+ly)\s+)?(\p{L}+)`)
	// amountRE finds what asks for an amount or a time. Its words are not those of
	// an answer: "how long" is not about what is long.
	amountRE = regexp.MustCompile(`(?i)\b(how (?:long|soon|late|early|old|far|fast|quickly|much|many|often|high|low|large|big|small)|(?:until|till|by) when|` +
		`wie ?(?:lange|schnell|spät|früh|alt|weit|viele?|oft|hoch|niedrig|groß|klein)|bis wann|cuánt[oa]s?|combien)(?:[^\p{L}]|$)`)
	// helpRE finds what asks for a way out, and names nothing either.
	helpRE = regexp.MustCompile(`(?i)\b(what (?:can|should|do|must|could) (?:i|we) do|what now|was (?:kann|soll|muss) ich (?:tun|machen)|qué (?:puedo|debo) hacer|que (?:puis|dois)-je faire)(?:[^\p{L}]|$)`)
	// amountsRE finds what may be one.
	amountsRE = regexp.MustCompile(`(?i)\d|\b(free|one|two|three|four|five|six|seven|eight|nine|ten|once|twice|daily|weekly|monthly|yearly|annually|every|immediately|at once|unlimited|no limit|forever|any time|` +
		`kostenlos|zwei|drei|sofort|täglich|monatlich|unbegrenzt|gratis|inmediat\w+|dos|tres|gratuit\w*|immédiat\w+|deux|trois)\b`)
	// pageRE finds what speaks of the page itself.
	pageRE = regexp.MustCompile(`(?i)^(?:this (?:page|article|section|guide) |(?:see also|read more)\b|diese (?:seite|anleitung) |esta (?:página|guía) |cette page )`)
	// pathRE finds a menu path or a name on the screen.
	pathRE = regexp.MustCompile(` > |\*\*`)
)

// light verbs do not say what is done.
var light = map[string]bool{"give": true, "get": true, "make": true, "do": true, "use": true, "have": true, "see": true, "find": true, "take": true, "put": true, "go": true, "know": true, "tell": true,
	"be": true, "let": true, "stop": true, "start": true, "hacer": true, "ver": true, "usar": true, "tener": true, "faire": true, "voir": true, "avoir": true, "utiliser": true}

// actionOf returns the stems of what somebody asks how to do.
func actionOf(ask, lang string) map[string]bool {
	out := map[string]bool{}
	for _, m := range actionRE.FindAllStringSubmatch(ask, -1) {
		if !light[strings.ToLower(m[1])] {
			for w := range setOf(text.Words(m[1], lang)) {
				out[w] = true
			}
		}
	}
	return out
}

// contexts are the words that each piece is read with: its own, those of its list
// and of the heading above it.
func contexts(ps []piece) []map[string]bool {
	type place struct{ hit, block int }
	lists := map[place][]text.Word{}
	for _, p := range ps {
		if at := (place{p.hit, p.block}); p.kind.listed() {
			lists[at] = append(lists[at], p.words...)
		}
	}
	out := make([]map[string]bool, len(ps))
	for i, p := range ps {
		all := slices.Concat(p.above, p.words)
		if p.kind.listed() {
			all = append(all, lists[place{p.hit, p.block}]...)
		}
		out[i] = setOf(all)
	}
	return out
}

// preferAsked lowers the chance of what is not what the ask wants: pieces without
// the action, the amount, or anything to do.
func (s subject) preferAsked(ps []piece, context func(int) map[string]bool, hits []pipeline.Hit, chance []float64) {
	titles := map[int]map[string]bool{}
	about := func(i int) bool { // piece i, with its title, is about what is asked
		h, share := ps[i].hit, 0.0
		if titles[h] == nil {
			titles[h] = setOf(text.Words(hits[h].Passage.Title, s.lang))
		}
		for w, v := range s.terms {
			share += v * b2f(context(i)[w] || titles[h][w])
		}
		return share >= leastDone
	}
	for w := range s.action {
		found := false
		for i := range ps {
			found = found || context(i)[w] && about(i)
		}
		for i := range ps {
			if found && !context(i)[w] {
				chance[i] *= notDone
			}
		}
	}
	for i, p := range ps {
		chance[i] *= math.Exp(headed * s.headed(p))
		switch {
		case pageRE.MatchString(p.text):
			chance[i] *= noAnswer
		case s.amount && !s.amountIn(p):
			chance[i] *= noAmount
		case !s.amount && s.cues.steps && !p.kind.listed() && !imperative(p.words) && !pathRE.MatchString(p.text):
			chance[i] *= noWay
		}
	}
}

// headed is the share of the ask that a piece's heading has, times that of the
// heading that the ask has.
func (s subject) headed(p piece) float64 {
	words := setOf(p.above)
	used := 0.0
	for w := range words {
		used += b2f(s.terms[w] > 0)
	}
	return coveredSet(s.terms, words) * used / float64(max(len(words), 1))
}

// onlyAmounts leaves out what has no amount beside what has one.
func (s subject) onlyAmounts(ps []piece, chosen []int) []int {
	if !s.amount || !slices.ContainsFunc(chosen, func(i int) bool { return s.amountIn(ps[i]) }) {
		return chosen
	}
	return slices.DeleteFunc(chosen, func(i int) bool { return !s.amountIn(ps[i]) })
}

// amountIn tells whether a piece has an amount that the ask does not name.
func (s subject) amountIn(p piece) bool {
	number := 0
	if p.kind == step {
		number = strings.IndexAny(p.text, ".)") + 1
	}
	return slices.ContainsFunc(amountsRE.FindAllString(p.text[number:], -1), func(m string) bool {
		return digit(m) || !strings.Contains(s.ask, strings.ToLower(m))
	})
}

// straight finds the likeliest of the sentences that have an amount and nearly all
// that any piece knows of the ask.
func (s subject) straight(ps []piece, chance []float64) (best int, ok bool) {
	if !s.amount {
		return 0, false
	}
	var words []text.Word
	for _, p := range ps {
		words = append(words, p.words...)
	}
	known, all, n := setOf(words), 0.0, 0
	for w, v := range s.terms {
		if known[w] {
			all, n = all+v, n+1
		}
	}
	if n < straightWord {
		return 0, false
	}
	for i, p := range ps {
		if p.kind == step || p.kind == more || p.kind == lead || !s.amountIn(p) || strings.HasSuffix(p.text, "?") {
			continue
		}
		if covered(s.terms, p.words) >= leastSaid*all && (!ok || chance[i] > chance[best]) {
			best, ok = i, true
		}
	}
	return best, ok
}

// lacks tells whether the list that piece i stands in lacks what piece best has of
// the ask: it tells how to do something else.
func (l lists) lacks(i, best int) bool {
	sum := 0.0
	for w, v := range l.subject.terms {
		if l.context()[best][w] && !l.context()[i][w] {
			sum += v
		}
	}
	return sum >= lackOfAsk
}

// elsewhere finds the numbered list of the same document that has most of the ask,
// and no less of it than piece i, whose section has none.
func (l lists) elsewhere(i int) (found int, ok bool) {
	most := max(elseCovered, coveredSet(l.subject.terms, l.context()[i])-1e-9)
	doc := l.hits[l.ps[i].hit].Passage.Document
	for j, p := range l.ps {
		if p.kind != step || l.hits[p.hit].Passage.Document != doc {
			continue
		}
		if a := coveredSet(l.subject.terms, l.context()[j]); a > most && !l.undone(i, j) {
			found, most, ok = j, a, true
		}
	}
	return found, ok
}

// undone tells whether piece i is read with an action of the ask that j lacks.
func (l lists) undone(i, j int) bool {
	for w := range l.subject.action {
		if l.context()[i][w] && !l.context()[j][w] {
			return true
		}
	}
	return false
}

// introduced completes lines that introduce a table with the rows that have most of
// the ask, their names counting double, or with all of a short one, and drops lines
// whose list was not chosen.
func (l lists) introduced(set map[int]bool) {
	for i, p := range l.ps {
		if !set[i] || !strings.HasSuffix(p.text, ":") || p.kind.listed() {
			continue
		}
		var rows []int
		most := 0.0
		has := func(j int) float64 {
			return covered(l.subject.terms, l.ps[j].own) + covered(l.subject.terms, l.ps[j].label)
		}
		for j := i + 1; l.adjacent(j) && l.ps[j].kind == row; j++ {
			rows = append(rows, j)
			most = max(most, has(j))
		}
		switch {
		case len(rows) == 0 && set[i+1] || most == 0 && slices.ContainsFunc(rows, func(j int) bool { return set[j] }):
		case len(rows) > 0 && (most > 0 || len(rows) <= fewRows):
			for _, j := range rows {
				if delete(set, j); has(j) >= most {
					set[j] = true
				}
			}
		case len(set) > 1:
			delete(set, i)
		}
	}
}
