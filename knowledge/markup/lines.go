package markup

import (
	"html"
	"strings"
	"unicode/utf8"

	"footnote/pipeline/text"
)

// What the readers of reStructuredText, AsciiDoc and Textile share: lines and how far
// they are indented, and marks within a line.

// maxDepth is how deep their blocks are read in one another; what is deeper is read as
// paragraphs.
const maxDepth = 24

func indentOf(line string) int {
	n := 0
	for _, c := range line {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 8 - n%8
		default:
			return n
		}
	}
	return n
}

func empty(line string) bool { return strings.TrimSpace(line) == "" }

// dedent takes the least indentation off lines.
func dedent(lines []string) []string {
	least := -1
	for _, l := range lines {
		if !empty(l) && (least < 0 || indentOf(l) < least) {
			least = indentOf(l)
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l
		for n := 0; n < least && out[i] != "" && (out[i][0] == ' ' || out[i][0] == '\t'); n++ {
			if out[i][0] == '\t' {
				n += 7
			}
			out[i] = out[i][1:]
		}
	}
	return out
}

// indentedFrom returns where the lines end that belong to what stands at i, being
// indented deeper than at.
func indentedFrom(lines []string, i, at int) int {
	end := i
	for j := i; j < len(lines); j++ {
		if empty(lines[j]) {
			continue
		}
		if indentOf(lines[j]) <= at {
			break
		}
		end = j + 1
	}
	return end
}

// span is a mark that stands on both sides of words.
type span struct {
	open, shut string
	element    string // "" drops the words, "-" only the marks
	verbatim   bool   // nothing in it is read
	loose      bool   // also within words
}

// spanAt reads one of some spans at i of s. Inner reads what it holds.
func spanAt(s string, i int, all []span, inner func(string) string) (shown string, size int) {
	for _, m := range all {
		if !strings.HasPrefix(s[i:], m.open) {
			continue
		}
		rest := s[i+len(m.open):]
		if rest == "" || rest[0] == ' ' || rest[0] == '\n' || !m.loose && i > 0 && wordByte(s, i) {
			continue
		}
		end := closingOf(rest, m)
		if end <= 0 {
			continue
		}
		body := rest[:end]
		size = len(m.open) + end + len(m.shut)
		switch {
		case m.element == "":
		case m.verbatim:
			shown = "<" + m.element + ">" + html.EscapeString(body) + "</" + m.element + ">"
		case m.element == "-":
			shown = inner(body)
		default:
			shown = "<" + m.element + ">" + inner(body) + "</" + m.element + ">"
		}
		return shown, size
	}
	return "", 0
}

// farthest is how far the other side of a mark is looked for, in bytes.
const farthest = 1000

func closingOf(rest string, m span) int {
	limit := rest[:min(len(rest), farthest)]
	for at := 1; at < len(limit); {
		j := strings.Index(limit[at:], m.shut)
		if j < 0 {
			return -1
		}
		at += j
		after := rest[at+len(m.shut):]
		before := rest[at-1]
		if before != ' ' && before != '\n' && (m.loose || after == "" || !text.WordRune(firstRune(after))) {
			return at
		}
		at++
	}
	return -1
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// wordByte tells whether a letter or digit stands before i.
func wordByte(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return text.WordRune(r)
}

// anchor is a link as HTML; without an address only its words.
func anchor(words, href string) string {
	if href == "" {
		return words
	}
	return `<a href="` + html.EscapeString(href) + `">` + words + "</a>"
}

// boxed is an element for a component of that name.
func boxed(name, title, inner string) string {
	t := tag{name: name}
	if title != "" {
		t.attrs = append(t.attrs, attribute("title", title))
	}
	return t.opening("div") + inner + "</div>\n"
}
