package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Word is one word or number of a text, with its place.
type Word struct {
	// Start and End are its byte offsets.
	Start, End int
	// Text is the word in lower case with straight apostrophes.
	Text string
	// Stem is what words are compared by; empty for a stop word.
	Stem string
}

// Words splits a text into words and numbers and stems them by the rules of the
// language; of a language that we do not know words stay as they are. Stop words,
// more of them than an index leaves out, keep their place with an empty Stem. Han,
// kana and Thai text, which has no spaces, gives one word a character; a number
// keeps its points and commas.
func Words(text, lang string) []Word {
	out := make([]Word, 0, len(text)/6+1)
	t := tongues[BaseLanguage(lang)]
	add := func(start, end int) {
		if n := len(out); n > 0 && joinsNumber(text, out[n-1].End, start) {
			start, out = out[n-1].Start, out[:n-1]
		}
		out = append(out, Word{Start: start, End: end})
	}
	for r := range runs(text) {
		apart(text, r[0], r[1], add)
	}
	for i := range out {
		w := &out[i]
		w.Text = strings.ReplaceAll(strings.ToLower(text[w.Start:w.End]), "’", "'")
		w.Stem = w.Text
	}
	if t != nil {
		t.stemAll(out)
	}
	return out
}

// stemAll settles the stems of words.
func (t *Tongue) stemAll(words []Word) {
	stem, done := t.Stemmer()
	defer done()
	for i := range words {
		w := &words[i]
		w.Stem = t.stems.of(w.Text, func() string {
			switch bare := lower(w.Text); {
			case t.stop[bare] || t.quiet[bare]:
				return ""
			case len(bare) > maxWord:
				return bare
			default:
				return stem(bare)
			}
		})
	}
}

// memo remembers the stems of words; it is emptied when it grows beyond any
// vocabulary.
type memo struct {
	mu   sync.RWMutex
	kept map[string]string
}

const mostKept = 50_000

// of returns what is kept of a word, or what find says.
func (m *memo) of(word string, find func() string) string {
	m.mu.RLock()
	kept, ok := m.kept[word]
	m.mu.RUnlock()
	if ok {
		return kept
	}
	found := find()
	if len(word) > maxWord {
		return found
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= mostKept {
		m.kept = map[string]string{}
	}
	m.kept[strings.Clone(word)] = found
	return found
}

// joinsNumber tells whether a point or comma between two digits is all that stands
// between two words.
func joinsNumber(text string, end, start int) bool {
	if start != end+1 || text[end] != '.' && text[end] != ',' {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	next, _ := utf8.DecodeRuneInString(text[start:])
	return unicode.IsDigit(last) && unicode.IsDigit(next)
}

// apart calls add with the parts of a run: characters of scripts without spaces one
// by one, and what is on either side of an apostrophe that follows no letter.
func apart(text string, start, end int, add func(start, end int)) {
	from := start
	flush := func(to int) {
		if to > from {
			add(from, to)
		}
	}
	var last rune
	for i, r := range text[start:end] {
		at, size := start+i, utf8.RuneLen(r)
		switch {
		case unspaced(r):
			flush(at)
			add(at, at+size)
			from = at + size
		case (r == '\'' || r == '’') && !unicode.IsLetter(last):
			flush(at)
			from = at + size
		}
		last = r
	}
	flush(end)
}

// unspaced tells characters that are words by themselves.
func unspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}
