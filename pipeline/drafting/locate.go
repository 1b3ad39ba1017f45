package drafting

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline/guard"
)

// view is a passage as a model sees it: without addresses, Markdown decoration
// and hidden characters, white space collapsed. Each byte knows where it came
// from, so that a quote from the view becomes an exact quote of the source.
type view struct {
	text string
	from []int // source offset of each byte of text
	size []int // length in the source of the character that each byte belongs to
}

var (
	viewLink  = regexp.MustCompile(`!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+"[^"]*")?\)`)
	viewURL   = regexp.MustCompile(`(?i)<?\b(?:https?|ftp)://[^\s<>"')\]]+>?`)
	viewMarks = regexp.MustCompile("`+|\\*\\*|__|(?m:^[ \\t]*#{1,6}[ \\t]+)|</?[a-zA-Z][^<>\\n]*>")
)

// viewOf builds the view of a passage's text.
func viewOf(src string) view {
	drop := make([]bool, len(src))
	mark := func(from, to int) {
		for i := from; i < to; i++ {
			drop[i] = true
		}
	}
	for _, m := range viewLink.FindAllStringSubmatchIndex(src, -1) {
		mark(m[0], m[2])
		mark(m[3], m[1])
	}
	for _, m := range viewURL.FindAllStringIndex(src, -1) {
		mark(m[0], m[1])
	}
	for _, m := range viewMarks.FindAllStringIndex(src, -1) {
		mark(m[0], m[1])
	}
	var v view
	var b strings.Builder
	space := true // leading white space is dropped
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRuneInString(src[i:])
		switch {
		case drop[i], r == utf8.RuneError && n == 1, guard.Hidden(r):
		case r == '\n' && !space:
			b.WriteByte('\n')
			v.from, v.size = append(v.from, i), append(v.size, n)
			space = true
		case unicode.IsSpace(r):
			if !space {
				b.WriteByte(' ')
				v.from, v.size = append(v.from, i), append(v.size, n)
				space = true
			}
		default:
			b.WriteString(src[i : i+n])
			for range n {
				v.from, v.size = append(v.from, i), append(v.size, n)
			}
			space = false
		}
		i += n
	}
	v.text = b.String()
	return v
}

// fold makes spellings of one character equal that models exchange: quotation
// marks, hyphens, white space.
func fold(r rune) rune {
	switch r {
	case '‘', '’', '‚', '′', '`':
		return '\''
	case '“', '”', '„', '«', '»', '″':
		return '"'
	case '–', '—', '‐', '‑', '−':
		return '-'
	case '\n', '\t', '\r', '\u00a0', '\u202f':
		return ' '
	}
	return r
}

// folded returns s folded with single spaces, and for each byte of it the byte
// of s where its character begins.
func folded(s string) (string, []int) {
	var b strings.Builder
	var at []int
	space := true
	for i, r := range s {
		f := fold(r)
		if f == ' ' && space {
			continue
		}
		space = f == ' '
		n := b.Len()
		b.WriteRune(f)
		for range b.Len() - n {
			at = append(at, i)
		}
	}
	return b.String(), at
}

// minQuote is the least number of letters that prove anything.
const minQuote = 3

// locate finds a quote that a model took from a passage and returns its bytes
// in the source. White space and typographic marks may differ; words, case and
// digits may not. An ellipsis or quotation marks around the quote are ignored.
func locate(src, quote string) (start, end int, ok bool) {
	v := viewOf(src)
	hay, hayAt := folded(v.text)
	needle, _ := folded(viewOf(quote).text)
	needle = strings.Trim(needle, " ")
	for _, n := range []string{needle, strings.Trim(needle, ` "'…`), strings.Trim(needle, ` "'….`)} {
		if letters(n) < minQuote {
			continue
		}
		for off := 0; ; {
			i := strings.Index(hay[off:], n)
			if i < 0 {
				break
			}
			i += off
			if wholeWords(hay, i, i+len(n)) {
				first, last := hayAt[i], hayAt[i+len(n)-1]
				return v.from[first], v.from[last] + v.size[last], true
			}
			off = i + 1
		}
	}
	return 0, 0, false
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// wholeWords keeps a quote from beginning or ending within a word or a number.
func wholeWords(s string, from, to int) bool {
	inside := func(i int) bool {
		if i <= 0 || i >= len(s) {
			return false
		}
		a, _ := utf8.DecodeLastRuneInString(s[:i])
		b, _ := utf8.DecodeRuneInString(s[i:])
		word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
		if word(a) && word(b) && a < 0x2e80 && b < 0x2e80 {
			return true
		}
		at := func(j int) byte {
			if j < 0 || j >= len(s) {
				return ' '
			}
			return s[j]
		}
		num := func(c byte) bool { return c >= '0' && c <= '9' }
		sep := func(c byte) bool { return c == '.' || c == ',' }
		return num(at(i)) && sep(at(i-1)) && num(at(i-2)) || num(at(i-1)) && sep(at(i)) && num(at(i+1))
	}
	return !inside(from) && !inside(to)
}
