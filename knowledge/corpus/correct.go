package corpus

import (
	"math"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline/text"
)

// Correction of a word that neither the documents nor earlier questions have:
// of the words one keyboard error away from it those that the documents have.
// Nothing is kept for it: the errors are made, stemmed and looked up, some
// hundred for a word. The same idea the other way round is SymSpell (Garbe 2012).
const (
	leastTypo   = 4   // letters; shorter words are one error from anything
	longestTypo = 24  // letters
	typoTrust   = 0.9 // a corrected word counts so much of a word that was read
	moreTypos   = 2   // corrections kept at most
	rivalTypo   = 0.5 // of the best one's likelihood that a second must have
)

// Correction is a term that a word may have been meant as.
type Correction struct {
	Term   text.Term
	Word   string
	Weight float64 // 0..1; all of a word add up to typoTrust
}

// Knows tells whether documents have a term.
func (l *Statistics) Knows(t text.Term) bool {
	return l.of(t) != (frequency{})
}

// Correct returns what a word may have been meant as, likeliest first; nothing
// for words with digits, of scripts without small alphabets, and too short ones.
// The likelihood of a slip (how often people make it) counts, and how common
// the word is among documents.
func (l *Statistics) Correct(lang, word string) []Correction {
	runes := []rune(word)
	if len(runes) < leastTypo || len(runes) > longestTypo || text.Ideographic(runes[0]) {
		return nil
	}
	for _, r := range runes {
		if !unicode.IsLetter(r) {
			return nil
		}
	}
	return l.corrections.of(lang+" "+word, func() []Correction { return l.meant(lang, runes) })
}

// corrected keeps what words may have been meant as: names and greetings that no
// document has come with every question. It lives as long as the statistics.
type corrected struct {
	mu   sync.Mutex
	kept map[string][]Correction
}

const mostCorrected = 4096 // words; then it begins anew

// of returns what is kept under a key, or what find says. Callers do not change it.
func (c *corrected) of(key string, find func() []Correction) []Correction {
	c.mu.Lock()
	kept, ok := c.kept[key]
	c.mu.Unlock()
	if ok {
		return kept
	}
	found := slices.Clip(find())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= mostCorrected {
		c.kept = map[string][]Correction{}
	}
	c.kept[key] = found
	return found
}

// meant makes every slip of the keyboard that leads to the word.
func (l *Statistics) meant(lang string, runes []rune) []Correction {
	t := text.TongueOf(lang)
	stem, done := t.Stemmer()
	defer done()
	best := map[text.Term]Correction{}
	slips(runes, t.Alphabet(), func(w []byte, likely float64) {
		if t.IsStop(string(w)) {
			return // a function word carries no term
		}
		id := text.TermOf(stem(string(w)))
		df := l.PassageDF(id)
		if df == 0 {
			return
		}
		score := likely * math.Log(1+float64(df))
		if score > best[id].Weight {
			best[id] = Correction{Term: id, Word: string(w), Weight: score}
		}
	})
	var out []Correction
	for _, c := range best {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Correction) int {
		if a.Weight != b.Weight {
			if a.Weight > b.Weight {
				return -1
			}
			return 1
		}
		return int(int64(a.Term) - int64(b.Term))
	})
	n, sum := 0, 0.0
	for n < len(out) && n < moreTypos && out[n].Weight >= rivalTypo*out[0].Weight {
		sum += out[n].Weight
		n++
	}
	for i := range out[:n] {
		out[i].Weight *= typoTrust / sum
	}
	return out[:n]
}

// Likelihoods of slips, relative to each other.
const (
	likelySwap   = 1.0 // two neighbours swapped
	likelyDouble = 1.0 // a letter twice, or once instead of twice
	likelyKey    = 0.8 // the key beside
	likelyAccent = 1.0 // an accent left out
	likelyDrop   = 0.8 // a letter left out
	likelyOther  = 0.25
	firstLetter  = 0.3 // the first letter is rarely wrong
)

// slips calls f with every word from which one slip makes the given one.
func slips(word []rune, alphabet []rune, f func(w []byte, likely float64)) {
	var buf []byte
	emit := func(at int, likely float64, parts ...[]rune) {
		buf = buf[:0]
		for _, p := range parts {
			for _, r := range p {
				buf = utf8.AppendRune(buf, r)
			}
		}
		if at == 0 {
			likely *= firstLetter
		}
		f(buf, likely)
	}
	one := make([]rune, 1)
	for i := range word {
		// One letter too many.
		likely := likelyOther
		if i > 0 && word[i] == word[i-1] {
			likely = likelyDouble
		} else if i > 0 && nextTo(word[i], word[i-1]) || i+1 < len(word) && nextTo(word[i], word[i+1]) {
			likely = likelyKey / 2
		}
		emit(i, likely, word[:i], word[i+1:])
		if i+1 < len(word) && word[i] != word[i+1] {
			emit(i, likelySwap, word[:i], word[i+1:i+2], word[i:i+1], word[i+2:])
		}
	}
	for i := range len(word) + 1 {
		for _, r := range alphabet {
			one[0] = r
			likely := likelyDrop
			if i > 0 && word[i-1] == r {
				likely = likelyDouble
			}
			emit(i, likely, word[:i], one, word[i:])
			if i == len(word) || word[i] == r {
				continue
			}
			likely = likelyOther
			if fold(r) == word[i] {
				likely = likelyAccent
			} else if nextTo(word[i], r) {
				likely = likelyKey
			}
			emit(i, likely, word[:i], one, word[i+1:])
		}
	}
}

// rowsOfKeys of the usual Latin keyboards; a letter's neighbours stand beside it
// or in the row above or below it.
var keyAt = func() map[rune][2]int {
	at := map[rune][2]int{}
	for y, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		for x, r := range row {
			at[r] = [2]int{2*x + y, y}
		}
	}
	return at
}()

func nextTo(a, b rune) bool {
	p, ok := keyAt[a]
	q, also := keyAt[b]
	if !ok || !also {
		return false
	}
	dx, dy := p[0]-q[0], p[1]-q[1]
	return dy == 0 && (dx == 2 || dx == -2) || (dy == 1 || dy == -1) && dx >= -1 && dx <= 1
}

// fold returns a Latin letter without its accent.
func fold(r rune) rune {
	if i := slices.Index(accented, r); i >= 0 {
		return plain[i]
	}
	return r
}

var (
	accented = []rune("áàâäãåāąçćčďéèêëęěíìîïłñńňóòôöõøřśšşťúùûüůýÿźżžğı")
	plain    = []rune("aaaaaaaacccdeeeeeeiiiilnnnoooooorssstuuuuuyyzzzgi")
)
