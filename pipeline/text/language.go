package text

import (
	"strings"
	"unicode/utf8"
)

// Language returns the two-letter language to analyse text in: the locale's
// (BCP 47) when it is one we know, else what a vote of stop words says, else
// "en". Chinese, Japanese and Korean need no language: their characters become
// bigrams in any text.
func Language(locale, text string) string {
	if l := BaseLanguage(locale); l != "" {
		if _, ok := tongues[l]; ok || l == "zh" || l == "ja" || l == "ko" {
			return l
		}
	}
	return guessLanguage(text)
}

// BaseLanguage returns the language of a locale: "de" of "de-AT" and "DE_at".
func BaseLanguage(locale string) string {
	l, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(locale)), "-")
	l, _, _ = strings.Cut(l, "_")
	switch l {
	case "nb", "nn":
		return "no"
	}
	return l
}

// guessWords is how many words of a text the vote reads.
const guessWords = 400

// guessLanguage returns the language with the most stop words in the text.
// English wins ties and silence.
func guessLanguage(text string) string {
	best, _ := ClearLanguage(text)
	return best
}

// ClearLanguage is guessLanguage that also tells whether the vote is clear: at
// least four stop words and twice as many as for the next language.
func ClearLanguage(text string) (string, bool) {
	votes := map[string]int{}
	n := 0
	for word := range words(text) {
		if n++; n > guessWords {
			break
		}
		if r, _ := utf8.DecodeRuneInString(word); Ideographic(r) {
			votes["zh"] += 2
			continue
		}
		if len(word) == 1 {
			continue // "E-1234" is not Italian
		}
		for lang, t := range tongues {
			if t.stop[word] {
				votes[lang]++
			}
		}
	}
	best, next := "en", 0
	for lang, v := range votes {
		if v > votes[best] || v == votes[best] && best != "en" && lang < best {
			best = lang
		}
	}
	for lang, v := range votes {
		if lang != best {
			next = max(next, v)
		}
	}
	return best, votes[best] >= 4 && votes[best] >= 2*next
}
