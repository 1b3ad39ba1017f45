package access

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// What a page of HTML shows of itself: its labels ("internal-only"), and a banner at its
// top ("INTERNAL USE ONLY").

var labelClass = regexp.MustCompile(`(?:^|[^a-z])(?:labels?|tags?|badge|chip|lozenge|pill|status(?:-macro)?|banner|ribbon|sensitivity|classification|restriction)(?:$|[^a-z])`)

// markReader collects short texts while a page's tokens pass.
type markReader struct {
	label int // elements that are open since one that is a label
	line  int
	words strings.Builder
	shown int // blocks of text so far
	skip  int // elements that are open since one whose text is none of the page's
}

// topBlocks is how many blocks of text are the top of a page.
const topBlocks = 12

// voids have no end tag.
var voids = vocabulary("area base br col embed hr img input link meta source track wbr")

var inlineTags = vocabulary("b strong em i u span a font small mark code kbd sup sub svg path use img abbr")

func (m *markReader) read(z *html.Tokenizer, kind html.TokenType, line int) (out []field) {
	switch kind {
	case html.TextToken:
		if t := strings.Join(strings.Fields(string(z.Raw())), " "); t != "" && m.skip == 0 {
			if m.words.Len() == 0 {
				m.line = line
			}
			if m.words.Len() < 200 {
				m.words.WriteString(" " + html.UnescapeString(t))
			}
		}
	case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		raw := string(z.Raw()) // the token itself is the caller's
		name := strings.ToLower(strings.TrimLeft(raw, "</"))
		if i := strings.IndexAny(name, " \t\n/>"); i >= 0 {
			name = name[:i]
		}
		if voids[name] {
			return nil
		}
		begins := kind == html.StartTagToken
		isLabel := begins && (labelClass.MatchString(strings.ToLower(classIn(raw))) || strings.Contains(raw, `rel="tag"`))
		if !inlineTags[name] || isLabel || m.label > 0 {
			out = m.flush()
		}
		switch {
		case kind == html.SelfClosingTagToken:
		case begins && (m.label > 0 || isLabel):
			m.label++
		case !begins && m.label > 0:
			m.label--
		}
		switch {
		case m.skip > 0 && begins, begins && (name == "script" || name == "style" || name == "pre" || name == "title" || name == "nav"):
			m.skip++
		case m.skip > 0 && kind == html.EndTagToken:
			m.skip--
		}
	case html.ErrorToken:
		return m.flush()
	}
	return out
}

var classValue = regexp.MustCompile(`(?i)\sclass\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))`)

func classIn(tag string) string {
	m := classValue.FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return m[1] + m[2] + m[3]
}

// flush judges the text that has been read.
func (m *markReader) flush() []field {
	t := strings.TrimSpace(m.words.String())
	m.words.Reset()
	if t == "" {
		return nil
	}
	m.shown++
	switch {
	case len(t) > 90:
		return nil
	case m.label > 0 && closedPhrase(t):
		return []field{{key: "labels", value: t, line: m.line, from: inLabel}}
	case m.shown <= topBlocks && closedPhrase(t) && (t == strings.ToUpper(t) || banner.MatchString(t)):
		return []field{{value: t, line: m.line, from: inBare}}
	}
	return nil
}
