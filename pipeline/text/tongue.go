package text

import (
	"strings"
	"sync"

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

// Tongue is what is known about one language.
type Tongue struct {
	stop     map[string]bool // words that no index has
	quiet    map[string]bool // more words that say nothing about a subject
	alphabet []rune          // small letters of its words
	stem     func(*snowballstem.Env) bool
	envs     sync.Pool // *snowballstem.Env; one per goroutine
	stems    memo      // of the words of texts that are read again and again
}

var tongues = map[string]*Tongue{
	"en": newTongue(english.Stem, stopEnglish, latin, quietEnglish),
	"de": newTongue(german.Stem, stopGerman, latin+"äöüß", quietGerman),
	"es": newTongue(spanish.Stem, stopSpanish, latin+"áéíóúüñ", quietSpanish),
	"fr": newTongue(french.Stem, stopFrench, latin+"àâçéèêëîïôûùœ", quietFrench),
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

func newTongue(stem func(*snowballstem.Env) bool, stop, alphabet string, quiet ...string) *Tongue {
	t := &Tongue{stem: stem, stop: WordSet(stop), quiet: WordSet(strings.Join(quiet, " ")), alphabet: []rune(alphabet)}
	t.envs.New = func() any { return snowballstem.NewEnv("") }
	return t
}

// TongueOf returns what is known about a language; English for those we do not
// know.
func TongueOf(lang string) *Tongue {
	if t := tongues[lang]; t != nil {
		return t
	}
	return tongues["en"]
}

// Alphabet is the small letters of a language's words. Callers do not change it.
func (t *Tongue) Alphabet() []rune { return t.alphabet }

// IsStop tells whether a word in lower case carries no term.
func (t *Tongue) IsStop(word string) bool { return t.stop[word] }

// Stemmer returns a function that stems words in lower case, for one goroutine, and
// one to be called when that is done.
func (t *Tongue) Stemmer() (stem func(word string) string, done func()) {
	env := t.envs.Get().(*snowballstem.Env)
	return func(word string) string {
		env.SetCurrent(word)
		t.stem(env)
		return env.Current()
	}, func() { t.envs.Put(env) }
}
