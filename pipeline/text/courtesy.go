package text

import (
	"sort"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Courtesy is what a message does that neither asks nor tells anything. The zero
// value is a message that does: somebody must read it.
type Courtesy uint8

const (
	Thanks   Courtesy = 1 << iota // "Thanks!", "Danke für die schnelle Hilfe", 🙏
	Greets                        // "Hello?", "Guten Tag"
	Agrees                        // "Ok", "that worked", 👍
	Nudges                        // "???", "Any news?", "please hurry"
	Wordless                      // nothing that can be read: no words, or only signs
)

// Is tells whether any of what is asked for is among it.
func (c Courtesy) Is(any Courtesy) bool { return c&any != 0 }

// maxCourtesy is how many words somebody makes to say nothing.
const maxCourtesy = 24

// CourtesyOf reads what a person wrote (without quoted history and signature). A
// message is only courteous when every word of it is: a closed list of words by
// language (courtesy_words.go), the names given, one name that is not, and signs. One
// other word, a number, or a question mark behind more than a greeting, and it is not.
func CourtesyOf(text string, names ...string) Courtesy {
	happy, cross, question := signs(text)
	words := spelled(text)
	switch {
	case len(words) > maxCourtesy || cross:
		return 0
	case len(words) == 0 && question:
		return Nudges
	case len(words) == 0 && happy != 0:
		return happy
	case len(words) == 0:
		return Wordless
	}
	known := map[string]bool{}
	for _, n := range names {
		for _, w := range spelled(n) {
			known[w.folded] = true
		}
	}
	best := Courtesy(0)
	for i := range vocabularies() {
		if c := vocabularies()[i].read(words, known); c > 0 && (best == 0 || c.Is(Thanks|Nudges)) {
			if best = c; c.Is(Thanks) {
				break
			}
		}
	}
	if best == 0 {
		best = unspacedCourtesy(text)
	}
	if best == 0 || question && !best.Is(Greets|Nudges) {
		return 0
	}
	return best | happy
}

// spelt is one word of a text.
type spelt struct {
	folded  string
	capital bool
	last    bool // of its line or sentence
}

func spelled(text string) []spelt {
	var out []spelt
	end := 0
	for r := range runs(text) {
		if len(out) > maxCourtesy {
			return out
		}
		if n := len(out); n > 0 && strings.ContainsAny(text[end:r[0]], ".!?,;:\n()–—") {
			out[n-1].last = true
		}
		raw := text[r[0]:r[1]]
		folded := fold(raw)
		if end = r[1]; folded == "" {
			continue
		}
		first := []rune(raw)[0]
		out = append(out, spelt{folded: folded, capital: unicode.IsUpper(first) || unicode.IsTitle(first)})
	}
	if n := len(out); n > 0 {
		out[n-1].last = true
	}
	return out
}

// fold writes a word without case, marks and apostrophes, as it is often typed.
func fold(w string) string {
	w = strings.NewReplacer("ß", "ss", "ø", "o", "æ", "ae", "ł", "l", "đ", "d", "ı", "i").Replace(strings.ToLower(w))
	var b strings.Builder
	for _, r := range norm.NFKD.String(w) {
		if unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == '-' || unicode.Is(unicode.Cf, r) {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// vocabulary is a politeness as it is looked up: what each word does, 0 for those
// that stand between.
type vocabulary map[string]Courtesy

var vocabularies = sync.OnceValue(func() []vocabulary {
	var out []vocabulary
	for _, p := range polite {
		v := vocabulary{}
		add := func(list string, c Courtesy) {
			for _, w := range strings.Fields(list) {
				if w = fold(w); v[w] == 0 { // the first list counts
					v[w] = c
				}
			}
		}
		add(p.thanks, Thanks)
		add(p.nudges, Nudges)
		add(p.greets, Greets)
		add(p.agrees, Agrees)
		add("thx thanks tks merci", Thanks) // said in any language
		add("ok okay", Agrees)
		add(p.between, 0)
		out = append(out, v)
	}
	return out
})

// read tells what words do, 0 when one of them is none of the language's.
func (v vocabulary) read(words []spelt, names map[string]bool) Courtesy {
	c, strangers, head := Courtesy(0), 0, false
	for _, w := range words {
		does, ok := v[w.folded]
		switch {
		case ok:
			c |= does
			head = head || does != 0
		case names[w.folded]:
		case w.capital && w.last && head && strangers == 0: // "Thanks, Ana"
			strangers++
		default:
			return 0
		}
	}
	return c
}

// unspacedCourtesy reads text of a script without spaces by taking courtesies away
// until nothing is left.
func unspacedCourtesy(text string) Courtesy {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	left := b.String()
	for _, list := range unspacedLists() {
		c, rest := Courtesy(0), left
		for rest != "" {
			cut := 0
			for _, p := range list {
				if strings.HasPrefix(rest, p.phrase) {
					c, cut = c|p.does, len(p.phrase)
					break
				}
			}
			if cut == 0 {
				break
			}
			rest = rest[cut:]
		}
		if rest == "" && c != 0 {
			return c
		}
	}
	return 0
}

type phrase struct {
	phrase string
	does   Courtesy
}

var unspacedLists = sync.OnceValue(func() [][]phrase {
	var out [][]phrase
	for _, p := range spaceless {
		var list []phrase
		for _, x := range []struct {
			words string
			does  Courtesy
		}{{p.thanks, Thanks}, {p.greets, Greets}, {p.agrees, Agrees}, {p.nudges, Nudges}, {p.between, 0}} {
			for _, w := range strings.Fields(x.words) {
				list = append(list, phrase{strings.ToLower(w), x.does})
			}
		}
		sort.SliceStable(list, func(i, j int) bool { return len(list[i].phrase) > len(list[j].phrase) })
		out = append(out, list)
	}
	return out
})

// signs reads what is no word: what kind signs say, whether one is cross, and whether
// the text asks.
func signs(text string) (happy Courtesy, cross, question bool) {
	for _, r := range text {
		switch {
		case strings.ContainsRune("👍👌✅✔☑🆗🤝", r):
			happy |= Agrees
		case strings.ContainsRune("🙏❤💙💚💛💜🧡😊🙂😀😃😄😁☺🎉💯👏💪😍🥰🤗😘🌟⭐🥳🙌😇😉♥", r):
			happy |= Thanks
		case strings.ContainsRune("👎😡🤬😠😤😞😢😭💔🙄😒😩😫☹🙁😖❌🤦", r):
			cross = true
		case strings.ContainsRune("?？؟⁇¿❓\u037e", r):
			question = true
		}
	}
	for _, s := range []string{":(", ":-(", ":'("} {
		cross = cross || strings.Contains(text, s)
	}
	return happy, cross, question
}
