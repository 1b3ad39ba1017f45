package guard

import (
	"regexp"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/guard/quantity"
	"footnote/pipeline/text"
)

// asksAmount are the words that ask for a number or a time, by what may answer.
var asksAmount = regexp.MustCompile(`(?i)\b(?:how (?:much|many|long|often|soon|big|large|old|far|late|early)|what (?:is|are) the (?:price|cost|fee|limit|maximum|minimum)|what does .{1,40} cost|at what time|` +
	`wie ?(?:viele?|lange?|oft|groß|teuer|hoch|schnell)|was kostet|cuánt[oa]s?|combien|quant[oi]|quant[ae]|quanto|hoeveel|hoe (?:lang|vaak|groot))\b`)

// goesOn is where a message goes on with another question.
var goesOn = regexp.MustCompile(`(?i)[?？]|,?\s(?:and|und|y|et|e|en)\s+(?:also\s+|auch\s+)?(?:(?:how|what|when|where|who|which|why|can|do|does|is|are|wie|was|wann|wo|wer|welche[rsn]?|warum|kann|cómo|cuánt[oa]s?|cuándo|dónde|qué|comment|combien|quand|où|quel(?:le)?s?|quanto|quando|dove|come|hoe|wat|wanneer|waar)\s)`)

// littleSaid is the share of a question's words up to which nothing speaks of it.
const littleSaid = .25

// checkAnswers warns of a question that the draft does not speak of: sentences and
// headings have a quarter of its words or less, or it asks for a number and there is none.
func checkAnswers(c *checked) []pipeline.Finding {
	if strings.TrimSpace(c.Asked) == "" {
		return nil
	}
	have := map[string]bool{}
	var titles []map[string]bool
	claims, figure := 0, false
	for i, s := range c.Draft.Sentences {
		if s.Plain {
			continue
		}
		claims++
		figure = figure || len(quantity.Read(Reveal(s.Text), c.lang)) > 0
		for w := range contents(text.Plain(s.Text), c.lang) {
			have[w] = true
		}
		for _, p := range c.proofs[i] {
			for w := range contents(strings.Join(p.passage.Heading, "\n")+"\n"+strings.Join(p.above, "\n"), c.lang) {
				have[w] = true
			}
			titles = append(titles, contents(p.passage.Title, c.lang))
		}
	}
	if claims == 0 {
		return nil
	}
	var out []pipeline.Finding
	for _, ask := range questionsIn(c.Asked) {
		words := contents(ask, c.lang)
		if len(words) == 0 {
			continue
		}
		// A page's title speaks of the question if it has half of its words.
		titled := slices.ContainsFunc(titles, func(t map[string]bool) bool { return shared(words, t) >= .5 })
		held := 0
		for w := range words {
			if have[w] || kin(w, have) {
				held++
			}
		}
		if !titled && float64(held) <= littleSaid*float64(len(words)) {
			out = append(out, pipeline.Finding{Check: "answer", Severity: pipeline.Warn, Sentence: -1, Detail: "Nothing here speaks of “" + named(ask) + "”."})
		} else if asksAmount.MatchString(ask) && !figure {
			out = append(out, pipeline.Finding{Check: "answer", Severity: pipeline.Warn, Sentence: -1, Detail: "“" + named(ask) + "” asks for a number; there is none here."})
		}
	}
	return out
}

// questionsIn cuts what was asked into questions; sentences without a question mark
// are none, if any has one.
func questionsIn(asked string) []string {
	var out []string
	from := 0
	for _, s := range SplitSpans(asked) {
		one := asked[s.Start:s.End]
		if !strings.ContainsAny(one, "?？") {
			continue
		}
		from = 0
		for _, m := range goesOn.FindAllStringIndex(one, -1) {
			if q := strings.Trim(one[from:m[0]], " ,?？"); len(strings.Fields(q)) >= 3 {
				out = append(out, q)
				from = m[0]
			}
		}
		if q := strings.Trim(one[from:], " ,?？"); len(strings.Fields(q)) >= 3 {
			out = append(out, q)
		}
	}
	return out
}

func kin(w string, have map[string]bool) bool {
	if len(w) < longStem {
		return false
	}
	for h := range have {
		if strings.HasPrefix(h, w[:longStem]) {
			return true
		}
	}
	return false
}
