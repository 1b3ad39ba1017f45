package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexeme is a word of a text, or an identifier that some words make together.
type lexeme struct {
	lower string
	whole bool // an identifier
}

// lexemes yields the words of text, the parts of CamelCase behind the word they
// are in, and behind its last word each identifier as a whole: words joined by
// one of . - _ : / # when one of them has a digit or is CamelCase, or when the
// joint is a dot or an underscore.
func lexemes(text string) iter.Seq[lexeme] {
	return func(yield func(lexeme) bool) {
		start, end, telling := 0, -1, false // of the joined words so far
		joined := 0
		flush := func() bool {
			if joined < 2 || !telling || end-start > maxWord {
				return true
			}
			return yield(lexeme{lower: strings.ToLower(text[start:end]), whole: true})
		}
		for r := range runs(text) {
			if end >= 0 && r[0] == end+1 && strings.IndexByte(joints, text[end]) >= 0 {
				telling = telling || text[end] == '.' || text[end] == '_'
				joined++
			} else {
				if !flush() {
					return
				}
				start, joined, telling = r[0], 1, false
			}
			end = r[1]
			word := text[r[0]:r[1]]
			if !yield(lexeme{lower: lower(word)}) {
				return
			}
			digit, camel := shape(word)
			telling = telling || digit || camel
			if camel && !camelParts(word, yield) {
				return
			}
		}
		flush()
	}
}

const joints = ".-_:/#"

// shape tells whether a word has a digit, and whether an upper-case letter
// follows a lower-case one in it.
func shape(word string) (digit, camel bool) {
	var prev rune
	for _, r := range word {
		digit = digit || r >= '0' && r <= '9'
		camel = camel || unicode.IsUpper(r) && unicode.IsLower(prev)
		prev = r
	}
	return digit, camel
}

// camelParts yields "mailbox" and "plan" of "MailboxPlan".
func camelParts(word string, yield func(lexeme) bool) bool {
	start := 0
	var prev rune
	for i, r := range word {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(prev) {
			if !yield(lexeme{lower: strings.ToLower(word[start:i])}) {
				return false
			}
			start = i
		}
		prev = r
	}
	return yield(lexeme{lower: strings.ToLower(word[start:])})
}

// runs yields the byte offsets of words.
func runs(text string) iter.Seq[[2]int] {
	return func(yield func([2]int) bool) {
		start := -1
		wide := false
		flush := func(end int) bool {
			if start < 0 {
				return true
			}
			r := [2]int{start, end}
			start = -1
			return yield(r)
		}
		for i, r := range text {
			in := WordRune(r)
			switch {
			case !in && start >= 0 && (r == '\'' || r == '’') && letterFollows(text[i+utf8.RuneLen(r):]):
				continue // part of the word; lower cuts it
			case !in:
				if !flush(i) {
					return
				}
			case start < 0:
				start, wide = i, Ideographic(r)
			case Ideographic(r) != wide:
				if !flush(i) {
					return
				}
				start, wide = i, Ideographic(r)
			}
		}
		flush(len(text))
	}
}

// WordRune tells what words are made of: letters, digits and combining marks.
func WordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
