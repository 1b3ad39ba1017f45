package drafting

import (
	"regexp"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// What somebody wants to do decides between sentences that share the other words of an
// ask. The rule was made on cmd/footnote/testdata/direct.jsonl, where it is worth six
// questions in a hundred; it costs nothing on kb_logingov, kb_office and ClapNQ.
const (
	notDone   = .01 // for what does not have the action, where something has it
	leastDone = .6  // share of the ask that something with the action must have
	shortAsk  = 8   // words up to which an ask that names an amount asks for the rule
	fewRows   = 4   // of a table are quoted when the ask tells none from the others
)

var (
	// actionRE finds the word after "how do I".
	actionRE = regexp.MustCompile(`(?i)\b(?:how (?:do|can|could|should|would|must) (?:i|we|you|one|my \w+|our \w+)|how to|cómo (?:puedo|podemos|debo)|comment (?:puis-je|peut-on|pouvons-nous|dois-je|faire pour))` +
		`\s+(?:(?:please|also|then|just|\w+ly)\s+)?(\p{L}+)`)
	// amountRE finds what asks for an amount or a time. Its words are not those of
	// an answer: "how long" is not about what is long.
	amountRE = regexp.MustCompile(`(?i)\b(how (?:long|soon|late|early|old|far|fast|quickly|much|many|often|high|low|large|big|small)|(?:until|till|by) when|` +
		`wie ?(?:lange|schnell|spät|früh|alt|weit|viele?|oft|hoch|niedrig|groß|klein)|bis wann|cuánt[oa]s?|combien)(?:[^\p{L}]|$)`)
	// numberRE finds an amount that the ask names ("30-day refund?"): what is wanted is the rule.
	numberRE = regexp.MustCompile(`(?:^|\P{L})\d+(?:[.,]\d+)?[\s-]?(?:\p{L}{3,}|[%€$£])`)
	// helpRE finds what asks for a way out, and names nothing either.
	helpRE = regexp.MustCompile(`(?i)\b((?:can|could|would) (?:you|anyone|anybody|somebody|someone) (?:please )?help(?: me| us)?|können sie (?:mir|uns) (?:bitte )?helfen|(?:puede|podría)n? ayudarme|pouvez-vous m.aider|what (?:can|should|do|must|could) (?:i|we) do|what now|was (?:kann|soll|muss) ich (?:tun|machen)|qué (?:puedo|debo) hacer|que (?:puis|dois)-je faire)(?:[^\p{L}]|$)`)
	// amountsRE finds what may be one.
	amountsRE = regexp.MustCompile(`(?i)\d|\b(free|one|two|three|four|five|six|seven|eight|nine|ten|once|twice|daily|weekly|monthly|yearly|annually|every|immediately|at once|unlimited|no limit|forever|any time|` +
		`kostenlos|zwei|drei|sofort|täglich|monatlich|unbegrenzt|gratis|inmediat\w+|dos|tres|gratuit\w*|immédiat\w+|deux|trois)\b`)
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

// preferDone lowers the chance of pieces without the action that the ask names, where
// others have it.
func (s subject) preferDone(ps []piece, context func(int) map[string]bool, hits []pipeline.Hit, chance []float64) {
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
