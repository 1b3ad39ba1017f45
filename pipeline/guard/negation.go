package guard

import (
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

var negations = map[string]map[string]bool{
	"en": text.WordSet(`not no never none nobody nothing nor cannot neither without unable impossible don't doesn't didn't can't couldn't won't wouldn't shouldn't isn't aren't wasn't
		weren't haven't hasn't hadn't mustn't needn't ain't unavailable`),
	"de": text.WordSet(`nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder unmöglich`),
	"es": text.WordSet(`no nunca jamás ningún ninguna ninguno nadie nada sin tampoco imposible`),
	"fr": text.WordSet(`pas jamais aucun aucune rien personne sans ni impossible`),
}

// clause is a sentence of a quote with what it denies.
type clause struct {
	stems   map[string]bool
	denied  map[string]bool // stems within reach of a negation
	negated bool
}

// reach is how many content words behind a negation it denies.
const reach = 2

func clauseOf(said, lang string) clause {
	c := clause{stems: map[string]bool{}, denied: map[string]bool{}}
	neg := negations[lang]
	if neg == nil {
		neg = negations["en"]
	}
	left := 0
	for _, w := range text.Words(said, lang) {
		if neg[w.Text] && !onlyIdiom(said, w) {
			c.negated, left = true, reach
			continue
		}
		if w.Stem == "" {
			continue
		}
		c.stems[w.Stem] = true
		if left > 0 {
			c.denied[w.Stem] = true
			left--
		}
	}
	return c
}

// onlyIdiom excepts "no later than", "not only", "no matter", "No." of numbers.
func onlyIdiom(text string, w text.Word) bool {
	rest := strings.ToLower(strings.TrimSpace(text[w.End:]))
	for _, tail := range []string{"later than", "more than", "less than", "only", "matter", "longer than", "earlier than", "nur", "solo", "seulement", "sólo", ", "} {
		if strings.HasPrefix(rest, tail) {
			return true
		}
	}
	return false
}

// checkNegation compares each sentence with the sentence of its quotes that it
// resembles most: one that denies what the other states is blocked.
func checkNegation(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 {
			continue
		}
		evidence := quotes(s)
		if text.Plain(evidence) == text.Plain(s.Text) {
			continue
		}
		said := clauseOf(s.Text, c.lang)
		all := clauseOf(evidence, c.lang)
		best, most := clause{}, -1
		for _, part := range Split(evidence) {
			q := clauseOf(part, c.lang)
			n := 0
			for w := range said.stems {
				if q.stems[w] {
					n++
				}
			}
			if n > most {
				best, most = q, n
			}
		}
		switch {
		case said.negated && !all.negated:
			out = append(out, at("negation", pipeline.Block, i, "The sentence says no where its quote does not."))
		case !said.negated && best.negated && overlaps(best.denied, said.stems):
			out = append(out, at("negation", pipeline.Block, i, "The quote says no where the sentence does not."))
		}
	}
	return out
}

func overlaps(a, b map[string]bool) bool {
	for w := range a {
		if b[w] {
			return true
		}
	}
	return false
}
