package guard

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/spanish"
)

// Word is one word or number of a text.
type Word struct {
	// Start and End are its byte offsets.
	Start, End int
	// Text is the word in lower case with straight apostrophes.
	Text string
	// Stem is what words are compared by; empty for a stop word.
	Stem string
}

// Words splits a text into words and numbers and stems them by the rules of the
// language (en, de, es, fr; any other language keeps words as they are). Stop
// words keep their place with an empty Stem. Han, kana and Thai text, which has
// no spaces, gives one word a character.
func Words(text, lang string) []Word {
	out := make([]Word, 0, len(text)/6+1)
	var last rune
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !wordRune(r) {
			last, i = r, i+n
			continue
		}
		start := i
		if unspaced(r) {
			out = append(out, Word{Start: i, End: i + n, Text: string(r), Stem: string(r)})
			last, i = r, i+n
			continue
		}
		for i < len(text) {
			r, n = utf8.DecodeRuneInString(text[i:])
			if unspaced(r) || !wordRune(r) && !joins(text, i, n, r, last) {
				break
			}
			last, i = r, i+n
		}
		w := strings.ReplaceAll(strings.ToLower(text[start:i]), "’", "'")
		out = append(out, Word{Start: start, End: i, Text: w, Stem: stem(w, lang)})
	}
	return out
}

// joins says whether the rune at i holds a word or number together: an
// apostrophe between letters, a point or comma between digits.
func joins(text string, i, n int, r, last rune) bool {
	next, _ := utf8.DecodeRuneInString(text[i+n:])
	switch r {
	case '\'', '’':
		return unicode.IsLetter(last) && unicode.IsLetter(next)
	case '.', ',':
		return unicode.IsDigit(last) && unicode.IsDigit(next)
	}
	return false
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func unspaced(r rune) bool {
	return r >= 0x0e00 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai))
}

var envs = sync.Pool{New: func() any { return snowballstem.NewEnv("") }}

// stems remembers stems; it is emptied when it grows beyond any vocabulary.
var stems = struct {
	sync.RWMutex
	m map[string]string
}{m: map[string]string{}}

const maxStems = 50_000

func stem(w, lang string) string {
	lang = Base(lang)
	if stops[lang][w] {
		return ""
	}
	key := lang + "\x00" + w
	stems.RLock()
	s, ok := stems.m[key]
	stems.RUnlock()
	if ok {
		return s
	}
	s = stemWord(w, lang)
	stems.Lock()
	if len(stems.m) >= maxStems {
		clear(stems.m)
	}
	stems.m[key] = s
	stems.Unlock()
	return s
}

func stemWord(w, lang string) string {
	if i := strings.IndexByte(w, '\''); i > 0 {
		switch lang {
		case "fr": // l'eau, d'un
			if i <= 2 {
				w = w[i+1:]
			}
		default: // it's, don't
			if w[i:] == "'s" {
				w = w[:i]
			}
		}
		if stops[lang][w] {
			return ""
		}
	}
	if len(w) > 64 {
		return w
	}
	env := envs.Get().(*snowballstem.Env)
	defer envs.Put(env)
	env.SetCurrent(w)
	switch lang {
	case "en":
		english.Stem(env)
	case "de":
		german.Stem(env)
	case "es":
		spanish.Stem(env)
	case "fr":
		french.Stem(env)
	default:
		return w
	}
	return env.Current()
}

// contents returns the set of stems of a text, without stop words.
func contents(text, lang string) map[string]bool {
	out := map[string]bool{}
	for _, w := range Words(text, lang) {
		if w.Stem != "" {
			out[w.Stem] = true
		}
	}
	return out
}

// Base returns the language of a BCP 47 tag in lower case: "de" of "de-AT".
func Base(locale string) string {
	if i := strings.IndexAny(locale, "-_"); i >= 0 {
		locale = locale[:i]
	}
	return strings.ToLower(locale)
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// stops holds the words that say nothing about a subject. Negations are among
// them: the negation check looks at those itself.
var stops = map[string]map[string]bool{
	"en": set(`a about above after again against all also am an and any are aren't as at be because been before being below between both but by
		can can't cannot could couldn't did didn't do does doesn't doing don't down during each few for from further get got had hadn't has hasn't have
		haven't having he her here hers him his how i i'd i'll i'm i've if in into is isn't it it's its itself just let let's may me might more most must my
		no nor not now of off on once only or other our out over own please s same shall she should so some such t than that that's the their them
		then there there's these they they're this those through to too under until up upon us very was wasn't we we'll we're were what what's
		when where which while who whom whose why will with within without won't would wouldn't yes you you'd you'll you're you've your yours d ll m re ve`),
	"de": set(`aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist da damit dann das dass dein deine dem den denn der des
		dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer für gegen habe haben hat
		hatte hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes jetzt kann kein keine keinen können
		könnte man mehr mein meine meinem meinen meiner mich mir mit muss müssen nach nicht nichts noch nun nur ob oder ohne sehr sein seine sich sie sind so
		soll sollte sollten um und uns unser unsere unter vom von vor war waren was weil welche welcher wenn wer werde werden wie wieder will wir wird wo
		worden wurde wurden zu zum zur zwischen über bitte sowie bzw`),
	"es": set(`a al algo alguna alguno ante antes aquí así aún bajo bien cada como con contra cual cuando cuándo cómo de del desde donde dónde dos el él
		ella ellas ellos en entre era es esa ese eso esta está están este esto estos estas estoy fue ha hace hacia han hasta hay he la las le les lo los más me mi mis
		muy nada ni no nos nosotros nuestra nuestro o os otra otro para pero poco por porque puede pueden puedo que qué quien quién se sea según ser si sí
		sin sobre son soy su sus también tan te tengo tiene tienen todo todos tu tus un una uno unos unas usted ustedes y ya yo favor`),
	"fr": set(`a à afin ai alors après au aucun aussi autre aux avant avec avez avoir avons c c'est ce cela ces cet cette ceux chaque chez ci comme comment d
		dans de depuis des donc dont du elle elles en encore entre est et être eu fait faire il ils j je l la là le les leur leurs lors lui m ma mais me
		même mes moi mon n ne ni nos notre nous on ont ou où par pas peu peut peuvent peux plus pour pourquoi puis qu quand que quel quelle quelles quels qui
		quoi s sa sans se sera ses si soit son sont sous suis sur t ta te tes toi ton tous tout toute toutes tu un une vers vos votre vous y été était`),
}
