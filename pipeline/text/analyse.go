package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord is the longest word that becomes a term, in bytes. Longer runs are
// keys, hashes and encoded data: nobody asks for them by parts.
const maxWord = 64

// Analyse turns text into its terms, in order, without stop words. Words are
// runs of letters, digits and marks in lower case, stemmed for the language;
// runs of Han, Kana and Hangul become overlapping character bigrams. A word of
// one Latin letter is no term. Identifiers ("E-1234", "2.14.1", "web.config",
// "Set-MailboxPlan") are terms as a whole too, behind their parts.
func Analyse(lang, text string) []Term {
	out := make([]Term, 0, len(text)/9+4)
	for _, t := range Tokens(lang, text) {
		out = append(out, t.ID)
	}
	return out
}

// Token is a term of a text with what it was read from.
type Token struct {
	ID    Term
	Word  string // lower case, not stemmed; only the query side looks at it
	Whole bool   // an identifier as a whole, after its parts
}

// Tokens is Analyse that keeps what the terms were read from.
func Tokens(lang, text string) []Token {
	t := TongueOf(lang)
	stem, done := t.Stemmer()
	defer done()
	out := make([]Token, 0, len(text)/9+4)
	for w := range lexemes(text) {
		word := w.lower
		if r, size := utf8.DecodeRuneInString(word); Ideographic(r) {
			out = appendBigrams(out, word)
			continue
		} else if size == len(word) && unicode.IsLetter(r) || t.stop[word] && !w.whole || len(word) > maxWord {
			continue
		}
		if w.whole {
			out = append(out, Token{ID: TermOf(word), Whole: true})
			continue
		}
		out = append(out, Token{ID: TermOf(stem(word)), Word: word})
	}
	return out
}

func appendBigrams(out []Token, word string) []Token {
	var prev rune
	n := 0
	for _, r := range word {
		if n > 0 {
			pair := string([]rune{prev, r})
			out = append(out, Token{ID: TermOf(pair), Word: pair})
		}
		prev = r
		n++
	}
	if n == 1 {
		out = append(out, Token{ID: TermOf(word), Word: word})
	}
	return out
}

// Ideographic tells characters of scripts that are written without spaces.
func Ideographic(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func letterFollows(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// lower lowers a word and settles its apostrophe: English endings go, French
// and Italian elisions lose the article ("l'accès" is "accès").
func lower(w string) string {
	w = strings.ToLower(w)
	i := strings.IndexAny(w, "'’")
	if i < 0 {
		return w
	}
	head := w[:i]
	_, size := utf8.DecodeRuneInString(w[i:])
	tail := w[i+size:]
	switch tail {
	case "s", "t", "d", "m", "re", "ve", "ll":
		if tail == "t" {
			return head + "t" // "dont" is a stop word, "cant" too
		}
		return head
	}
	if len(head) <= 2 || head == "qu" {
		return tail
	}
	return head + tail
}
