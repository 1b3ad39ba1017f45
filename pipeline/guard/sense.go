package guard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/guard/quantity"
	"footnote/pipeline/text"
)

// senses are words that turn what stands behind them into its opposite when they
// are exchanged, by language; each line has the words of one sense and of the other.
var senses = func() map[string]map[string]int {
	out := map[string]map[string]int{}
	for lang, pairs := range map[string][][2]string{
		"en": {{"before within by", "after"}, {"more over above exceeds", "fewer less under below"}, {"least minimum min", "most maximum max up"}},
		"de": {{"vor bevor innerhalb binnen", "nach nachdem"}, {"mehr über", "weniger unter"}, {"mindestens minimal", "höchstens maximal"}},
		"es": {{"antes dentro", "después tras"}, {"más", "menos"}, {"mínimo", "máximo"}},
		"fr": {{"avant sous", "après"}, {"plus", "moins"}, {"minimum", "maximum"}},
		"it": {{"prima entro", "dopo"}, {"più oltre", "meno"}, {"almeno minimo", "massimo"}},
		"pt": {{"antes dentro", "depois após"}, {"mais", "menos"}, {"mínimo", "máximo"}},
		"nl": {{"voor voordat binnen", "na nadat"}, {"meer boven", "minder onder"}, {"minstens minimaal", "hoogstens maximaal"}},
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
			if n, ok := quantity.Of(ws[j].Text, lang); ok {
				about = strconv.Itoa(n)
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

// unlessWords begin an exception, by which what follows must not be.
var unlessWords = text.WordSet("unless except excluding außer ausgenommen salvo excepto sauf excepté tranne eccetto exceto tenzij behalve")

// exception tells a clause that begins with such a word, or with several that say so.
func exception(c clause) bool {
	low := strings.ToLower(c.text)
	first, _, _ := strings.Cut(low, " ")
	for _, s := range []string{"es sei denn", "a menos que", "à moins que", "à moins qu", "a meno che", "a não ser que", "a no ser que", "sauf si"} {
		if strings.HasPrefix(low, s) {
			return true
		}
	}
	return unlessWords[first]
}

// checkExceptions blocks a condition made of an exception, or the reverse: "if" for "unless".
func checkExceptions(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if s.Plain || len(s.Receipts) == 0 {
			continue
		}
		said := clausesOf(text.Plain(s.Text), c.lang)
		if slices.ContainsFunc(said, func(k clause) bool { return k.only != "" }) { // "only if" may say "not unless"
			continue
		}
		for _, p := range c.proofs[i] {
			for _, there := range clausesOf(p.plain, c.lang) {
				for _, k := range said {
					if len(k.stems) == 0 || !alike(k.stems, there.stems) || exception(k) == exception(there) || k.whole != there.whole ||
						!(k.cond && exception(there) || there.cond && exception(k)) {
						continue
					}
					out = append(out, at("negation", pipeline.Block, i, fmt.Sprintf("The source says “%s”; the sentence says “%s”.", named(there.text), named(k.text))))
				}
			}
		}
	}
	return out
}
