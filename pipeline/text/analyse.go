package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
)

// maxWord is the longest word that becomes a term, in bytes. Longer runs are
// keys, hashes and encoded data: nobody asks for them by parts.
const maxWord = 64

// tongue is what analysis knows about one language.
type tongue struct {
	Stop     map[string]bool
	Alphabet []rune // small letters of its words, for corrections
	stem     func(*snowballstem.Env) bool
	envs     sync.Pool // *snowballstem.Env; one per goroutine
}

var tongues = map[string]*tongue{
	"en": newTongue(english.Stem, stopEnglish, latin),
	"de": newTongue(german.Stem, stopGerman, latin+"äöüß"),
	"es": newTongue(spanish.Stem, stopSpanish, latin+"áéíóúüñ"),
	"fr": newTongue(french.Stem, stopFrench, latin+"àâçéèêëîïôûùœ"),
	"it": newTongue(italian.Stem, stopItalian, latin+"àèéìòù"),
	"nl": newTongue(dutch.Stem, stopDutch, latin+"ëïé"),
	"pt": newTongue(portuguese.Stem, stopPortuguese, latin+"áâãàçéêíóôõú"),
	"sv": newTongue(swedish.Stem, stopSwedish, latin+"åäö"),
	"da": newTongue(danish.Stem, stopDanish, latin+"æøå"),
	"no": newTongue(norwegian.Stem, stopNorwegian, latin+"æøå"),
	"fi": newTongue(finnish.Stem, stopFinnish, latin+"äö"),
	"hu": newTongue(hungarian.Stem, "", latin+"áéíóöőúüű"),
	"ro": newTongue(romanian.Stem, "", latin+"ăâîșț"),
	"ru": newTongue(russian.Stem, stopRussian, "абвгдежзийклмнопрстуфхцчшщъыьэюяё"),
	"tr": newTongue(turkish.Stem, stopTurkish, latin+"çğıöşü"),
	"pl": newTongue(stemPolish, stopPolish, latin+"ąćęłńóśźż"),
}

// latin is the alphabet that most add some letters to.
const latin = "abcdefghijklmnopqrstuvwxyz"

func newTongue(stem func(*snowballstem.Env) bool, stop, alphabet string) *tongue {
	t := &tongue{stem: stem, Stop: WordSet(stop), Alphabet: []rune(alphabet)}
	t.envs.New = func() any { return snowballstem.NewEnv("") }
	return t
}

// TongueOf returns what is known about a language; English for those we do not
// know.
func TongueOf(lang string) *tongue {
	if t := tongues[lang]; t != nil {
		return t
	}
	return tongues["en"]
}

func (t *tongue) Stemmer() *snowballstem.Env    { return t.envs.Get().(*snowballstem.Env) }
func (t *tongue) Release(env *snowballstem.Env) { t.envs.Put(env) }

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
			if t.Stop[word] {
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

type Token struct {
	ID    Term
	Word  string // lower case, not stemmed; only the query side looks at it
	Whole bool   // an identifier as a whole, after its parts
}

func Tokens(lang, text string) []Token {
	t := TongueOf(lang)
	env := t.Stemmer()
	defer t.Release(env)
	out := make([]Token, 0, len(text)/9+4)
	for w := range lexemes(text) {
		word := w.lower
		if r, size := utf8.DecodeRuneInString(word); Ideographic(r) {
			out = appendBigrams(out, word)
			continue
		} else if size == len(word) && unicode.IsLetter(r) || t.Stop[word] && !w.whole || len(word) > maxWord {
			continue
		}
		if w.whole {
			out = append(out, Token{ID: termID([]byte(word)), Whole: true})
			continue
		}
		out = append(out, Token{ID: t.Term(env, word), Word: word})
	}
	return out
}

func (t *tongue) Term(env *snowballstem.Env, word string) Term {
	env.SetCurrent(word)
	t.stem(env)
	return termID([]byte(env.Current()))
}

func appendBigrams(out []Token, word string) []Token {
	var prev rune
	n := 0
	for _, r := range word {
		if n > 0 {
			pair := string([]rune{prev, r})
			out = append(out, Token{ID: termID([]byte(pair)), Word: pair})
		}
		prev = r
		n++
	}
	if n == 1 {
		out = append(out, Token{ID: termID([]byte(word)), Word: word})
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
