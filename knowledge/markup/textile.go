package markup

import (
	"html"
	"regexp"
	"strings"
)

var (
	textileBlock = regexp.MustCompile(`^(h[1-6]|p|bq|bc|pre|notextile|fn\d{1,3}|div|###)((?:\([^()]*\)|\{[^{}]*\}|\[[^\[\]]*\]|[<>=()])*)\.(\.?)(?::\S+)?\s+(.*)$`)
	textileItem  = regexp.MustCompile(`^\s*([*#]{1,6})((?:\([^()]*\)|\{[^{}]*\})?_?\d*)\s+(.*)$`)
	textileTerm  = regexp.MustCompile(`^-\s+(.+?)\s*:=\s*(.*)$`)
	textileCell  = regexp.MustCompile(`^(_?)(?:[\\/]\d+|[<>=^~-]|\([^()]*\)|\{[^{}]*\})*\.?\s*(.*)$`)
	textileTable = regexp.MustCompile(`^table(?:\([^()]*\)|\{[^{}]*\})*\.\s*(.*)$`)
)

// longestRow is how many lines a row of a table may have.
const longestRow = 40

// textile reads Textile.
type textile struct{ notes map[string]string }

func textileToHTML(body string) string {
	body = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body)
	t := textile{notes: map[string]string{}}
	for line := range strings.Lines(body) {
		if m := textileBlock.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && strings.HasPrefix(m[1], "fn") {
			t.notes[m[1][2:]] = m[4]
		}
	}
	var b strings.Builder
	going := "" // a block that lasts over empty lines
	for _, par := range strings.Split(body, "\n\n") {
		par = strings.Trim(par, "\n")
		if strings.TrimSpace(par) == "" {
			continue
		}
		going = t.block(&b, par, going)
	}
	return b.String()
}

func (t *textile) block(b *strings.Builder, par, going string) string {
	if m := textileBlock.FindStringSubmatch(firstLineOf(par)); m != nil {
		body := m[4]
		if i := strings.IndexByte(par, '\n'); i >= 0 {
			body += par[i:]
		}
		t.write(b, m[1], body)
		if m[3] == "." {
			return m[1]
		}
		return ""
	}
	if going != "" {
		t.write(b, going, par)
		return going
	}
	lines := strings.Split(par, "\n")
	for i := 0; i < len(lines); {
		switch line := lines[i]; {
		case textileItem.MatchString(line):
			i += t.list(b, lines[i:], 1)
		case strings.HasPrefix(line, "|") || textileTable.MatchString(line):
			i += t.table(b, lines[i:])
		case textileTerm.MatchString(line):
			m := textileTerm.FindStringSubmatch(line)
			b.WriteString("<dl><dt>" + t.inline(m[1]) + "</dt><dd>" + t.inline(m[2]) + "</dd></dl>\n")
			i++
		case strings.HasPrefix(strings.TrimSpace(line), "<"):
			b.WriteString(strings.Join(lines[i:], "\n") + "\n")
			return ""
		default:
			j := i + 1
			for j < len(lines) && !textileItem.MatchString(lines[j]) && !strings.HasPrefix(lines[j], "|") && !textileBlock.MatchString(lines[j]) {
				j++
			}
			b.WriteString("<p>" + strings.ReplaceAll(t.inline(strings.Join(lines[i:j], "\n")), "\n", "<br>") + "</p>\n")
			if i = j; i < len(lines) && textileBlock.MatchString(lines[i]) {
				return t.block(b, strings.Join(lines[i:], "\n"), "")
			}
		}
	}
	return ""
}

func firstLineOf(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

func (t *textile) write(b *strings.Builder, kind, body string) {
	switch {
	case strings.HasPrefix(kind, "fn") || kind == "###":
	case kind == "bc" || kind == "pre":
		b.WriteString("<pre>" + html.EscapeString(body) + "</pre>\n")
	case kind == "notextile":
		b.WriteString(body + "\n")
	case kind == "bq":
		b.WriteString("<blockquote><p>" + t.inline(body) + "</p></blockquote>\n")
	default:
		lines := strings.Split(body, "\n")
		end := 1
		for end < len(lines) && !textileItem.MatchString(lines[end]) && !strings.HasPrefix(lines[end], "|") {
			end++
		}
		b.WriteString("<" + kind + ">" + strings.ReplaceAll(t.inline(strings.Join(lines[:end], "\n")), "\n", "<br>") + "</" + kind + ">\n")
		if end < len(lines) {
			t.block(b, strings.Join(lines[end:], "\n"), "")
		}
	}
}

// list reads items whose marks are at least so long, deeper ones in the item before.
func (t *textile) list(b *strings.Builder, lines []string, depth int) int {
	kind := "ul"
	first := textileItem.FindStringSubmatch(lines[0])
	if first[1][len(first[1])-1] == '#' {
		kind = "ol"
	}
	start := strings.Trim(first[2], "_")
	if kind == "ol" && start != "" && strings.Trim(start, "0123456789") == "" {
		b.WriteString(`<ol start="` + start + `">`)
	} else {
		b.WriteString("<" + kind + ">")
	}
	i, open := 0, false
	for i < len(lines) {
		m := textileItem.FindStringSubmatch(lines[i])
		if m == nil {
			if !open || strings.HasPrefix(lines[i], "|") || textileBlock.MatchString(lines[i]) {
				break
			}
			b.WriteString("<br>" + t.inline(lines[i])) // goes on
			i++
			continue
		}
		n := len(m[1])
		switch {
		case n < depth:
			n = 0
		case n > depth && open:
			i += t.list(b, lines[i:], min(n, depth+1))
			continue
		}
		if n == 0 || n == depth && (m[1][n-1] == '#') != (kind == "ol") {
			break
		}
		if open {
			b.WriteString("</li>")
		}
		b.WriteString("<li>" + t.inline(m[3]))
		open = true
		i++
	}
	if open {
		b.WriteString("</li>")
	}
	b.WriteString("</" + kind + ">\n")
	return max(i, 1)
}

func (t *textile) table(b *strings.Builder, lines []string) int {
	i := 0
	if textileTable.MatchString(lines[0]) {
		i++
	}
	b.WriteString("<table>")
	for i < len(lines) && strings.Contains(lines[i], "|") {
		row := strings.TrimSpace(lines[i])
		for n := 0; i+1 < len(lines) && !strings.HasSuffix(row, "|") && n < longestRow; n++ {
			i++
			row += "\n" + lines[i]
		}
		if j := strings.IndexByte(row, '|'); j > 0 { // attributes of the row
			row = row[j:]
		}
		b.WriteString("<tr>")
		for _, c := range strings.Split(strings.Trim(row, "|"), "|") {
			m := textileCell.FindStringSubmatch(c)
			el, said := "td", strings.TrimSpace(c)
			if m != nil && (m[1] == "_" || strings.HasPrefix(c, `\`) || strings.HasPrefix(c, "/") || strings.HasPrefix(c, "=.")) {
				said = m[2]
				if m[1] == "_" {
					el = "th"
				}
			}
			b.WriteString("<" + el + ">" + t.inline(said) + "</" + el + ">")
		}
		b.WriteString("</tr>")
		i++
	}
	b.WriteString("</table>\n")
	return max(i, 1)
}

var (
	textileSpans = []span{{open: "@", shut: "@", element: "code", verbatim: true}, {open: "**", shut: "**", element: "strong"}, {open: "*", shut: "*", element: "strong"}, {open: "__", shut: "__", element: "em"}, {open: "_", shut: "_", element: "em"}, {open: "??", shut: "??", element: "-"},
		{open: "-", shut: "-", element: ""}, {open: "+", shut: "+", element: "-"}, {open: "^", shut: "^", element: "sup", loose: true}, {open: "~", shut: "~", element: "sub", loose: true}, {open: "%", shut: "%", element: "-"}, {open: "==", shut: "==", element: "-"}}
	textileLink  = regexp.MustCompile(`^"([^"\n]+?)(?:\([^()"]*\))?":((?:https?://|mailto:|/|\.|#|[\w-]+\.)?[^\s<>"]*)`)
	textileImage = regexp.MustCompile(`^![<>=]?(?:\([^()]*\)|\{[^{}]*\})*([^\s!()][^!\n()]*?)(?:\(([^()]*)\))?!(?::\S+)?`)
	textileNote  = regexp.MustCompile(`^\[(\d{1,3})\]`)
	textileAttrs = regexp.MustCompile(`^(?:\([^()\s]*\)|\{[^{}]*:[^{}]*\}|\[[a-z-]{2,5}\])+`)
	textileAbbr  = regexp.MustCompile(`^([A-Z]{2,})\(([^()]+)\)`)
)

func (t *textile) inline(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		shown, n := t.mark(s, i)
		if n == 0 {
			shown, n = s[i:i+1], 1
		}
		b.WriteString(shown)
		i += n
	}
	return b.String()
}

func (t *textile) mark(s string, i int) (string, int) {
	rest := s[i:min(len(s), i+farthest)]
	switch c := s[i]; {
	case c == '"' && (i == 0 || !wordByte(s, i)):
		if m := textileLink.FindStringSubmatch(rest); m != nil {
			href := strings.TrimRight(m[2], ".,;:!?)")
			return anchor(t.inline(m[1]), outer(href)), len(m[0]) - (len(m[2]) - len(href))
		}
	case c == '!':
		if m := textileImage.FindStringSubmatch(rest); m != nil {
			return `<img alt="` + html.EscapeString(m[2]) + `">`, len(m[0])
		}
	case c == '[':
		if m := textileNote.FindStringSubmatch(rest); m != nil && i > 0 {
			if said, ok := t.notes[m[1]]; ok && len(said) <= longestNote {
				return `<span data-fn="footnote">` + html.EscapeString(said) + "</span>", len(m[0])
			}
		}
	case c >= 'A' && c <= 'Z' && (i == 0 || !wordByte(s, i)):
		if m := textileAbbr.FindStringSubmatch(rest); m != nil && strings.Contains(m[2], " ") {
			return html.EscapeString(m[1] + " (" + m[2] + ")"), len(m[0])
		}
	case strings.IndexByte("@*_?-+^~%=", c) >= 0:
		return spanAt(s, i, textileSpans, func(inner string) string {
			return t.inline(textileAttrs.ReplaceAllString(inner, ""))
		})
	}
	return "", 0
}
