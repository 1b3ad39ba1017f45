package guard

import (
	"fmt"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// senses are words that turn what stands behind them into its opposite when they
// are exchanged, by language; each line has the words of one sense and of the other.
var senses = func() map[string]map[string]int {
	out := map[string]map[string]int{}
	for lang, pairs := range map[string][][2]string{
		"en": {{"before", "after"}, {"more over above exceeds", "fewer less under below"}, {"least minimum min", "most maximum max up"}},
		"de": {{"vor bevor", "nach nachdem"}, {"mehr über", "weniger unter"}, {"mindestens minimal", "höchstens maximal"}},
		"es": {{"antes", "después tras"}, {"más", "menos"}, {"mínimo", "máximo"}},
		"fr": {{"avant", "après"}, {"plus", "moins"}, {"minimum", "maximum"}},
		"it": {{"prima", "dopo"}, {"più oltre", "meno"}, {"almeno minimo", "massimo"}},
		"pt": {{"antes", "depois após"}, {"mais", "menos"}, {"mínimo", "máximo"}},
		"nl": {{"voor voordat", "na nadat"}, {"meer boven", "minder onder"}, {"minstens minimaal", "hoogstens maximaal"}},
	} {
		m := map[string]int{}
		for i, p := range pairs {
			for w := range text.WordSet(p[0]) {
				m[w] = i + 1
			}
			for w := range text.WordSet(p[1]) {
				m[w] = -i - 1
			}
		}
		out[lang] = m
	}
	return out
}()

// turn is a word of a sense and the first content word or number behind it.
type turn struct {
	sense int
	about string
	word  string
}

func turnsOf(said, lang string) []turn {
	m := senses[lang]
	if m == nil {
		m = senses["en"]
	}
	var out []turn
	ws := text.Words(said, lang)
	for i, w := range ws {
		k, ok := m[w.Text]
		if !ok {
			continue
		}
		for j := i + 1; j < len(ws) && j <= i+4; j++ {
			about := ws[j].Stem
			if n := numberWords[ws[j].Text]; n != "" {
				about = n
			}
			if about != "" {
				out = append(out, turn{k, about, said[w.Start:ws[j].End]})
				break
			}
		}
	}
	return out
}

// checkSenses blocks a sentence that turns a bound or an order of its source
// round: "at least 20 minutes" for "up to 20 minutes", "after" for "before".
func checkSenses(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 {
			continue
		}
		var there []turn
		for _, p := range c.proofs[i] {
			if p.kind != inTable {
				there = append(there, turnsOf(p.plain, c.lang)...)
			}
		}
		for _, t := range turnsOf(text.Plain(s.Text), c.lang) {
			same, other := false, ""
			for _, u := range there {
				same = same || u.about == t.about && u.sense == t.sense
				if u.about == t.about && u.sense == -t.sense {
					other = u.word
				}
			}
			if other != "" && !same {
				out = append(out, at("negation", pipeline.Block, i, fmt.Sprintf("The source says “%s”; the sentence says “%s”.", named(other), named(t.word))))
				break
			}
		}
	}
	return out
}
