package bots

import (
	"html"
	"regexp"
	"strings"
)

// HTML turns a text that a person approved into the HTML that desks take:
// paragraphs, line breaks, every character escaped, web addresses as links to
// themselves. Nothing in the text becomes markup. Text(HTML(s)) is s but for
// white space: line ends become "\n", spaces at line ends go, several empty
// lines become one, tabs and no-break spaces become spaces (SameText).
func HTML(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(text)
	var b strings.Builder
	for _, para := range blankLine.Split(strings.Trim(text, "\n"), -1) {
		if strings.TrimSpace(para) == "" {
			continue
		}
		b.WriteString("<p>")
		for i, line := range strings.Split(strings.Trim(para, "\n"), "\n") {
			if i > 0 {
				b.WriteString("<br>")
			}
			htmlLine(&b, strings.TrimRight(line, " \t"))
		}
		b.WriteString("</p>")
	}
	return b.String()
}

var (
	blankLine = regexp.MustCompile(`\n[ \t]*\n\s*`)
	webLink   = regexp.MustCompile(`https?://[^\s<>"'` + "`" + `]+[^\s<>"'` + "`" + `.,;:!?)\]}]`)
)

func htmlLine(b *strings.Builder, line string) {
	at := 0
	for _, m := range webLink.FindAllStringIndex(line, -1) {
		htmlText(b, line[at:m[0]])
		url := html.EscapeString(line[m[0]:m[1]])
		b.WriteString(`<a href="` + url + `" rel="noreferrer">` + url + `</a>`)
		at = m[1]
	}
	htmlText(b, line[at:])
}

// htmlText escapes, and keeps runs of spaces, which HTML would make one.
func htmlText(b *strings.Builder, s string) {
	s = strings.ReplaceAll(s, "\t", "    ")
	run := b.Len() == 0 || strings.HasSuffix(b.String()[max(0, b.Len()-4):], ">") // a line begins
	for _, r := range s {
		if r != ' ' {
			run = false
			b.WriteString(html.EscapeString(string(r)))
			continue
		}
		if run {
			b.WriteString("&nbsp;")
		} else {
			b.WriteByte(' ')
		}
		run = true
	}
}

// SameText tells whether two texts are equal but for white space: what HTML and
// desks may change about an approved reply.
func SameText(a, b string) bool { return normal(a) == normal(b) }
