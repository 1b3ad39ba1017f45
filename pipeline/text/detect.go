package text

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/abadojack/whatlanggo"
)

// What the vote asks before it names a language: sureVotes for the best and
// sureMargin times as many as for the next; with likelyVotes and likelyMargin the
// trigrams must name the same. Set on testdata/languages.txt and languages_more.txt;
// TestDetect measures on languages_apart.txt too, which nothing was set on.
const (
	sureVotes, sureMargin     = 1.2, 1.5
	loneVotes, loneMargin     = 1., 6. // "How do I track file downloads?": a word of its own, and hardly any for another
	likelyVotes, likelyMargin = .4, 1.1
	leadVotes, leadMargin     = .9, 1.5 // enough to choose stems by
	nearShare                 = .3      // of the best: whom the trigrams choose among
	sureShare                 = .12     // votes a word
)

// Detect names the language of a text as a two-letter code, or "" when it has none
// or shows it too little: numbers, codes, names, links, one word. First the script
// decides; among languages of one script their frequent words and letters vote;
// where the vote is near, the trigrams of whatlanggo must agree with it. It never
// guesses: silence is not English.
func Detect(text string) string {
	if lang, sure := lead(text); sure {
		return lang
	}
	return ""
}

// lead names the language that most of a text speaks for, "" when nothing does, and
// whether that is enough to say so.
func lead(text string) (lang string, sure bool) {
	text = spoken(text)
	script, lang, n := scriptOf(text)
	switch {
	case lang != "": // fewer signs are a name or a unit
		return lang, n >= 4 || lang != "zh" && n >= 3
	case script == nil || n < 3:
		return "", false
	}
	return ballots[script].elect(text)
}

var notSpoken = regexp.MustCompile("(?s)```.*?(?:```|$)|`[^`\n]*`|(?i:https?://|www\\.)\\S+|<[a-zA-Z/!][^>]{0,300}>|\\S+@\\S+")

// maxDetect is how many bytes of a text are looked at.
const maxDetect = 4000

// spoken is a text without code, links and what else no language has.
func spoken(text string) string {
	if len(text) > maxDetect {
		text = strings.ToValidUTF8(text[:maxDetect], "")
	}
	var b strings.Builder
	for _, w := range strings.Fields(notSpoken.ReplaceAllString(text, " ")) {
		if !strings.HasPrefix(w, "-") && !strings.ContainsAny(w, "0123456789_=\\{}$") && !strings.ContainsAny(strings.TrimRight(strings.Trim(w, `"'()[]«»„“”`), ".:!?,;)"), "/:.|<>") {
			b.WriteString(w + " ")
		} else if strings.IndexFunc(w, unspaced) >= 0 {
			b.WriteString(w + " ")
		}
	}
	return b.String()
}

// scriptOf finds the script of most letters: the language when it names one, and
// how many of its letters there are. A sign that is a syllable or a word counts for
// three letters.
func scriptOf(text string) (script *unicode.RangeTable, lang string, n int) {
	counts := map[*unicode.RangeTable]int{}
	all, kana := 0, 0
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		s, weight := scriptOfRune(r)
		if s != nil {
			counts[s] += weight
		}
		if s == unicode.Hiragana || s == unicode.Katakana {
			kana += weight
		}
		all += weight
	}
	if han := counts[unicode.Han]; kana > 0 && kana*8 >= han { // Japanese writes Han signs too
		if kana+han >= 6 && (kana+han)*2 > all {
			return nil, "ja", kana + han
		}
	}
	for s, c := range counts {
		if c*2 <= all {
			continue
		}
		for _, a := range alone {
			if a.script == s {
				if s == unicode.Han {
					c /= 3
				}
				return nil, a.lang, c
			}
		}
		return s, "", c
	}
	return nil, "", 0
}

func scriptOfRune(r rune) (*unicode.RangeTable, int) {
	if r < 0x370 {
		return unicode.Latin, 1
	}
	for s := range ballots {
		if unicode.Is(s, r) {
			return s, 1
		}
	}
	for _, a := range alone {
		if unicode.Is(a.script, r) {
			if a.script == unicode.Han || a.lang == "ja" || a.lang == "ko" {
				return a.script, 3
			}
			return a.script, 1
		}
	}
	return nil, 1
}

// elect lets the words of a text vote: each gives one vote in all to the languages
// that have it among their frequent words, and one to those whose letters it needs.
func (b *ballot) elect(text string) (lang string, sure bool) {
	votes := make([]float64, len(b.langs))
	words, n, small, loud := map[string]bool{}, 0, 0, 0
	for r := range runs(text) {
		raw := strings.ReplaceAll(text[r[0]:r[1]], "’", "'")
		word := strings.ToLower(raw)
		if words[word] {
			continue // "per … per" is one witness
		}
		words[word] = true
		n++
		switch raw {
		case word:
			small++
		case strings.ToUpper(word):
			loud++
		default:
			if len(b.words[word]) > 0 { // the first of a sentence, or a noun
				small++
			}
		}
		b.vote(votes, word, raw != word)
	}
	best, next := 0, 0.0
	for i, v := range votes {
		if v > votes[best] {
			best = i
		}
	}
	for i, v := range votes {
		if i != best {
			next = max(next, v)
		}
	}
	if loud == n { // SOMEBODY SHOUTS
		small = n
	}
	top := votes[best]
	lang = b.langs[best]
	switch {
	case n < 2 || small < 2 || top < sureShare*float64(min(n, 100)):
	case top >= sureVotes && top >= sureMargin*next, top >= loneVotes && top >= loneMargin*next && n >= 4:
		return lang, true
	case top >= likelyVotes && top >= likelyMargin*next && b.trigrams(text, votes, top) == lang:
		return lang, true
	}
	if small == 0 || top < leadVotes || top < leadMargin*next {
		return "", false
	}
	return lang, false
}

func (b *ballot) vote(votes []float64, word string, capital bool) {
	bare := lower(word)
	if len(bare) > 1 || word[0] >= 0x80 {
		for _, w := range []string{word, bare} {
			if in := b.words[w]; len(in) > 0 {
				for _, i := range in {
					votes[i] += 1 / float64(len(in))
				}
				break
			}
		}
	}
	var special []rune
	for _, r := range word {
		if b.special[r] {
			special = append(special, r)
		}
	}
	if len(special) == 0 {
		return
	}
	var fit []int
	for i := range b.langs {
		ok := true
		for _, r := range special {
			ok = ok && b.letters[i][r]
		}
		if ok {
			fit = append(fit, i)
		}
	}
	weight := 1.0
	if capital { // a name travels
		weight = .3
	}
	for _, i := range fit {
		votes[i] += weight / float64(len(fit))
	}
}

// trigrams is the language that whatlanggo finds among those with votes near the
// best.
func (b *ballot) trigrams(text string, votes []float64, top float64) string {
	near := map[whatlanggo.Lang]bool{}
	for i, v := range votes {
		if lang, ok := trigramsOf[b.langs[i]]; ok && v >= nearShare*top {
			near[lang] = true
		}
	}
	if len(near) < 2 { // it would only echo
		near = nil
	}
	return codeOf(whatlanggo.DetectWithOptions(text, whatlanggo.Options{Whitelist: near}).Lang)
}

// trigramsOf is whatlanggo's name of each language that it knows.
var trigramsOf = func() map[string]whatlanggo.Lang {
	out := map[string]whatlanggo.Lang{}
	for lang := range whatlanggo.Langs {
		if code := codeOf(lang); code != "" && (code != "no" || lang == whatlanggo.Nob) {
			out[code] = lang
		}
	}
	return out
}()

func codeOf(lang whatlanggo.Lang) string { return BaseLanguage(lang.Iso6391()) }
