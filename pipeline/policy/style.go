package policy

import (
	"strings"
	"unicode"

	"footnote/pipeline/text"
)

// capital are languages whose formal words are others in lower case: "Sie", "Lei".
var capital = map[string]bool{"de": true, "it": true}

// addresses counts the words that speak to a customer in one person.
func addresses(ws []word, lang, person string) int {
	n := 0
	for i, w := range ws {
		for _, p := range table[person][lang] {
			if p[0].any[0].text != w.text {
				continue
			}
			first := []rune(w.raw)[0]
			if person == "formal" && capital[lang] && (!unicode.IsUpper(first) || i == 0) {
				continue
			}
			n++
			break
		}
	}
	return n
}

// otherPerson tells that a reply speaks to the customer in another person than wanted,
// and returns the first word that does.
func otherPerson(said, lang, want string) string {
	other := map[string]string{"formal": "informal", "informal": "formal"}[want]
	for _, s := range sentences(said) {
		ws := wordsOf(s, lang)
		if addresses(ws, lang, other) == 0 {
			continue
		}
		for i := range ws {
			if addresses(ws[max(i-1, 0):i+1], lang, other)-addresses(ws[max(i-1, 0):i], lang, other) > 0 {
				return ws[i].raw
			}
		}
	}
	return ""
}

// sameShare is the share of two sentences' words that both have, from which on the
// second says what the first said.
const sameShare, sameLeast = .8, 5

// repeatedIn returns the index of a sentence that says what one before it said, -1 for none.
// Sentences that differ in a number or in a name say two things.
func repeatedIn(said []Said, lang string) int {
	type bag struct{ stems, exact map[string]bool }
	var before []bag
	for i, s := range said {
		if s.Plain {
			continue
		}
		for _, one := range sentences(s.Text) {
			b := bag{map[string]bool{}, map[string]bool{}}
			for _, w := range text.Words(one, lang) {
				raw := one[w.Start:w.End]
				if first := []rune(raw)[0]; unicode.IsDigit(first) || unicode.IsUpper(first) && w.Start > 0 && lang != "de" {
					b.exact[strings.ToLower(raw)] = true
				}
				if w.Stem != "" {
					b.stems[w.Stem] = true
				}
			}
			if len(b.stems) < sameLeast {
				continue
			}
			for _, o := range before {
				if both := common(b.stems, o.stems); float64(both) >= sameShare*float64(len(b.stems)+len(o.stems)-both) &&
					common(b.exact, o.exact) == len(b.exact) && len(b.exact) == len(o.exact) {
					return i
				}
			}
			before = append(before, b)
		}
	}
	return -1
}

func common(a, b map[string]bool) (n int) {
	for w := range a {
		if b[w] {
			n++
		}
	}
	return n
}
