package markup

import (
	"html"
	"regexp"
	"strings"

	"footnote/pipeline/text"
)

// asciidoc reads AsciiDoc as Asciidoctor and Antora have it.
type asciidoc struct {
	account *account
	values  map[string]string // attributes
}

var (
	adocEntry  = regexp.MustCompile(`^:(!?[\w-]+!?):(?:\s+(.*))?$`)
	adocTitle  = regexp.MustCompile(`^(={1,6}|#{1,6})\s+(.*?)(?:\s+=+)?$`)
	adocAttrs  = regexp.MustCompile(`^\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]$`)
	adocAnchor = regexp.MustCompile(`^\[\[[^\[\]]+\]\]$`)
	adocBullet = regexp.MustCompile(`^\s*(\*{1,5}|-|•)\s+(.*)$`)
	adocNumber = regexp.MustCompile(`^\s*(\.{1,5}|\d{1,3}\.|[a-z]\.)\s+(.*)$`)
	adocTerm   = regexp.MustCompile(`^\s*(:?[^\s:/|].*?)(:{2,4}|;;)(?:\s+(.*))?$`)
	adocLabel  = regexp.MustCompile(`^(NOTE|TIP|WARNING|CAUTION|IMPORTANT):\s+(.*)$`)
	adocMacro  = regexp.MustCompile(`^(image|video|audio|include|toc|ifdef|ifndef|ifeval|endif|xref|link|btn|icon|plantuml|partial)::([^\[\s]*)\[(.*)\]$`)
	adocDelim  = regexp.MustCompile("^(?:-{4,}|={4,}|\\*{4,}|_{4,}|\\.{4,}|\\+{4,}|/{4,}|--|\\|===|,===|!===|```\\w*)$")
	adocStart  = regexp.MustCompile(`start=(\d{1,9})`)
	adocCheck  = regexp.MustCompile(`^\[[ xX*]\]\s+`)
)

func asciidocToHTML(body string, values map[string]string, a *account) string {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body), "\n")
	d := asciidoc{account: a, values: map[string]string{"nbsp": "\u00a0", "amp": "&", "lt": "<", "gt": ">", "plus": "+", "apos": "'", "quot": `"`, "empty": "", "sp": " ", "vbar": "|", "zwsp": "", "asterisk": "*", "startsb": "[", "endsb": "]", "two-colons": "::", "two-semicolons": ";;", "ldquo": "“", "rdquo": "”", "lsquo": "‘", "rsquo": "’", "deg": "°", "cpp": "C++", "blank": ""}}
	for k, v := range values {
		d.values[strings.ToLower(k)] = v
	}
	i := 0
	for i < len(lines) && (empty(lines[i]) || strings.HasPrefix(lines[i], "//") && !strings.HasPrefix(lines[i], "////")) {
		i++
	}
	var b strings.Builder
	if i < len(lines) && adocTitle.MatchString(lines[i]) && strings.HasPrefix(lines[i], "= ") { // the header: title, author, attributes
		title := lines[i][2:]
		for i++; i < len(lines) && !empty(lines[i]); i++ {
			d.entry(lines[i])
		}
		b.WriteString("<h1>" + d.inline(title) + "</h1>\n")
	}
	b.WriteString(d.blocks(lines[min(i, len(lines)):], 0))
	return b.String()
}

// entry reads an attribute; false when the line is none.
func (d *asciidoc) entry(line string) bool {
	m := adocEntry.FindStringSubmatch(line)
	if m != nil {
		d.account.program += letters(line)
		d.values[strings.ToLower(strings.Trim(m[1], "!"))] = html.UnescapeString(text.Clip(strings.TrimSuffix(m[2], " \\"), 500))
	}
	return m != nil
}

// about is what stands above a block: its title and its attributes.
type about struct {
	title string
	attrs string
}

func (a about) style() string {
	s, _, _ := strings.Cut(a.attrs, ",")
	s, _, _ = strings.Cut(s, "#")
	s, _, _ = strings.Cut(s, ".")
	s, _, _ = strings.Cut(s, "%")
	return strings.ToLower(strings.TrimSpace(s))
}

func (d *asciidoc) blocks(lines []string, depth int) string {
	if depth > maxDepth {
		return "<p>" + d.inline(strings.Join(lines, "\n")) + "</p>\n"
	}
	var b strings.Builder
	var a about
	for i := 0; i < len(lines); {
		line := strings.TrimRight(lines[i], " \t")
		switch {
		case line == "" || line == "+":
			i++
			continue
		case adocAnchor.MatchString(line), line == "'''", line == "<<<", line == "---":
			i++
		case strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "////"):
			d.account.program += letters(line)
			i++
		case d.entry(line):
			i++
		case adocAttrs.MatchString(line) && i+1 < len(lines):
			a.attrs += adocAttrs.FindStringSubmatch(line)[1]
			i++
		case len(line) > 1 && line[0] == '.' && line[1] != '.' && line[1] != ' ' && i+1 < len(lines):
			a.title = line[1:]
			i++
		default:
			i += d.block(&b, lines, i, a, depth)
			a = about{}
		}
	}
	return b.String()
}

func (d *asciidoc) block(b *strings.Builder, lines []string, i int, a about, depth int) int {
	line := strings.TrimRight(lines[i], " \t")
	if adocDelim.MatchString(line) {
		return d.delimited(b, lines, i, a, depth)
	}
	if m := adocTitle.FindStringSubmatch(line); m != nil {
		h := "h" + string(rune('0'+min(len(m[1]), 6)))
		b.WriteString("<" + h + ">" + d.inline(m[2]) + "</" + h + ">\n")
		return 1
	}
	if m := adocMacro.FindStringSubmatch(line); m != nil {
		switch m[1] {
		case "include", "partial":
			d.account.elsewhere++
		case "ifdef", "ifndef", "ifeval":
			if end := d.endOf(lines, i); m[1] != "ifndef" && insiders(m[2]+" "+m[3]) {
				if m[3] != "" && m[1] == "ifdef" {
					end = i + 1
				}
				d.account.add(forInsiders, letters(strings.Join(lines[i+1:max(end, i+1)], "\n")+m[3]))
				return max(end-i, 1)
			}
			if m[3] != "" && m[1] != "ifeval" {
				b.WriteString("<p>" + d.inline(m[3]) + "</p>\n")
			}
		case "xref", "link":
			b.WriteString("<p>" + html.EscapeString(m[3]) + "</p>\n")
		}
		return 1
	}
	switch {
	case adocBullet.MatchString(line), adocNumber.MatchString(line):
		return d.list(b, lines, i, a, depth)
	case adocTerm.MatchString(line) && !strings.Contains(line, "://"):
		return d.terms(b, lines, i, a, depth)
	}
	end := i
	for end < len(lines) && !empty(lines[end]) && (end == i || !adocDelim.MatchString(strings.TrimRight(lines[end], " ")) && !adocAttrs.MatchString(strings.TrimSpace(lines[end])) && strings.TrimSpace(lines[end]) != "+" && !adocMacro.MatchString(strings.TrimSpace(lines[end]))) {
		end++
	}
	par := lines[i:end]
	style := a.style()
	switch m := adocLabel.FindStringSubmatch(line); {
	case m != nil:
		par = append([]string{m[2]}, par[1:]...)
		b.WriteString(boxed(strings.ToLower(m[1]), plainADoc(a.title), "<p>"+d.paragraph(par)+"</p>"))
	case style == "source" || style == "listing" || style == "literal" || indentOf(lines[i]) > 0 && style == "":
		b.WriteString(caption(plainADoc(a.title)) + "<pre>" + html.EscapeString(strings.Join(dedent(par), "\n")) + "</pre>\n")
	default:
		s := "<p>" + d.paragraph(par) + "</p>\n"
		if _, box := boxes[style]; box && style != "" {
			s = boxed(style, plainADoc(a.title), s)
		} else if a.title != "" {
			s = caption(plainADoc(a.title)) + s
		}
		b.WriteString(s)
	}
	return max(end-i, 1)
}

// endOf returns the line after the endif of a condition at i.
func (d *asciidoc) endOf(lines []string, i int) int {
	depth := 0
	for j := i; j < len(lines) && j < i+longestRun; j++ {
		switch {
		case strings.HasPrefix(lines[j], "endif::"):
			if depth--; depth <= 0 {
				return j + 1
			}
		case strings.HasPrefix(lines[j], "if") && strings.Contains(lines[j], "::") && strings.HasSuffix(strings.TrimSpace(lines[j]), "[]"), strings.HasPrefix(lines[j], "ifeval::"):
			depth++
		}
	}
	return len(lines)
}

// paragraph joins lines; " +" at an end breaks them.
func (d *asciidoc) paragraph(lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		if strings.HasPrefix(l, "//") {
			continue
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		if s, ok := strings.CutSuffix(strings.TrimRight(l, " "), " +"); ok {
			b.WriteString(s + "\x00")
		} else {
			b.WriteString(l)
		}
	}
	return strings.ReplaceAll(d.inline(b.String()), "\x00", "<br>")
}

// delimited reads what stands between two lines of the same mark.
func (d *asciidoc) delimited(b *strings.Builder, lines []string, i int, a about, depth int) int {
	mark := strings.TrimRight(lines[i], " \t")
	if strings.HasPrefix(mark, "```") {
		mark = "```"
	}
	end := i + 1
	for end < len(lines) && strings.TrimRight(lines[end], " \t") != mark {
		end++
	}
	content := lines[i+1 : end]
	n := min(end+1, len(lines)) - i
	style, title := a.style(), plainADoc(a.title)
	inner := func() string { return d.blocks(content, depth+1) }
	switch {
	case mark[0] == '/':
		d.account.program += letters(strings.Join(content, " "))
	case mark[0] == '+':
		if style != "stem" && style != "latexmath" && style != "asciimath" {
			b.WriteString(strings.Join(content, "\n"))
		}
	case mark == "|===" || mark == ",===" || mark == "!===":
		b.WriteString(caption(title) + d.table(content, a.attrs, mark[:1]))
	case mark[0] == '-' && mark != "--", mark[0] == '.', mark == "```":
		if style != "comment" {
			b.WriteString(caption(title) + "<pre>" + html.EscapeString(strings.Join(content, "\n")) + "</pre>\n")
		}
	case style == "tabs":
		b.WriteString(d.tabs(content, depth))
	case strings.Contains(a.attrs, "%collapsible"):
		b.WriteString(boxed("details", title, inner()))
	case mark[0] == '_' || style == "quote" || style == "verse":
		b.WriteString("<blockquote>" + inner() + "</blockquote>\n")
	default:
		if _, box := boxes[style]; box && style != "" {
			b.WriteString(boxed(style, title, inner()))
		} else {
			b.WriteString(caption(title) + inner())
		}
	}
	return n
}

// tabs reads terms of which each is the title of a tab.
func (d *asciidoc) tabs(lines []string, depth int) string {
	var b strings.Builder
	title, from := "", -1
	flush := func(to int) {
		if from >= 0 {
			b.WriteString(boxed("tab", plainADoc(title), d.blocks(lines[from:to], depth+1)))
		}
	}
	inside := false
	for i, l := range lines {
		t := strings.TrimRight(l, " ")
		if adocDelim.MatchString(t) {
			inside = !inside
		}
		if m := adocTerm.FindStringSubmatch(t); m != nil && !inside && m[3] == "" {
			flush(i)
			title, from = m[1], i+1
		}
	}
	flush(len(lines))
	return b.String()
}

// list reads the items of one list, deeper ones in the item before.
func (d *asciidoc) list(b *strings.Builder, lines []string, i int, a about, depth int) int {
	mark, kind := d.marker(lines[i])
	start := ""
	if m := adocStart.FindStringSubmatch(a.attrs); m != nil {
		start = ` start="` + m[1] + `"`
	} else if n := strings.TrimSuffix(mark, "."); kind == "ol" && n != "1" && strings.Trim(n, "0123456789") == "" && n != "" {
		start = ` start="` + n + `"`
	}
	b.WriteString(caption(plainADoc(a.title)) + "<" + kind + start + ">\n")
	same := func(line string) bool {
		m, k := d.marker(line)
		return k == kind && (m == mark || kind == "ol" && strings.Trim(m+mark, ".") != "" && m != "" && strings.Trim(m, ".") != "" && strings.Trim(mark, ".") != "")
	}
	at := i
	for at < len(lines) && same(lines[at]) {
		m := adocBullet.FindStringSubmatch(lines[at])
		if kind == "ol" {
			m = adocNumber.FindStringSubmatch(lines[at])
		}
		item := []string{adocCheck.ReplaceAllString(m[2], "")}
		j := at + 1
		var more []string // blocks joined with +, and deeper lists
		for j < len(lines) {
			t := strings.TrimRight(lines[j], " \t")
			other, _ := d.marker(lines[j])
			switch {
			case t == "+":
				end := d.attached(lines, j+1)
				more = append(append(more, ""), lines[j+1:end]...)
				j = end
				continue
			case other != "" && same(lines[j]):
			case other != "" || adocTerm.MatchString(t) && len(more) > 0 && indentOf(lines[j]) > 0:
				more = append(more, lines[j])
				j++
				continue
			case t == "":
				k := j
				for k < len(lines) && empty(lines[k]) {
					k++
				}
				if k < len(lines) {
					if o, _ := d.marker(lines[k]); o != "" {
						more = append(more, "")
						j = k
						continue
					}
				}
			case len(more) > 0 && !adocAttrs.MatchString(t):
				more = append(more, lines[j])
				j++
				continue
			case !adocAttrs.MatchString(t) && !adocDelim.MatchString(t):
				item = append(item, strings.TrimSpace(t))
				j++
				continue
			case adocAttrs.MatchString(t) && j+1 < len(lines):
				if o, _ := d.marker(lines[j+1]); o != "" && !same(lines[j+1]) {
					more = append(more, lines[j])
					j++
					continue
				}
			}
			break
		}
		b.WriteString("<li><p>" + d.paragraph(item) + "</p>" + d.blocks(more, depth+1) + "</li>\n")
		for at = j; at < len(lines) && empty(lines[at]); {
			at++
		}
	}
	b.WriteString("</" + kind + ">\n")
	return max(at-i, 1)
}

// marker is the mark of an item and the kind of its list; "" when the line is none.
func (d *asciidoc) marker(line string) (mark, kind string) {
	if m := adocBullet.FindStringSubmatch(line); m != nil {
		return m[1], "ul"
	}
	if m := adocNumber.FindStringSubmatch(line); m != nil {
		return m[1], "ol"
	}
	return "", ""
}

// attached returns where the block ends that a + joins to an item.
func (d *asciidoc) attached(lines []string, i int) int {
	for i < len(lines) && (adocAttrs.MatchString(strings.TrimSpace(lines[i])) || strings.HasPrefix(lines[i], ".") && len(lines[i]) > 1 && lines[i][1] != '.' && lines[i][1] != ' ') {
		i++
	}
	if i >= len(lines) {
		return i
	}
	if mark := strings.TrimRight(lines[i], " \t"); adocDelim.MatchString(mark) {
		if strings.HasPrefix(mark, "```") {
			mark = "```"
		}
		for j := i + 1; j < len(lines); j++ {
			if strings.TrimRight(lines[j], " \t") == mark {
				return j + 1
			}
		}
		return len(lines)
	}
	for i < len(lines) && !empty(lines[i]) && strings.TrimSpace(lines[i]) != "+" {
		if m, _ := d.marker(lines[i]); m != "" {
			break
		}
		i++
	}
	return i
}

// terms reads "term:: what it means".
func (d *asciidoc) terms(b *strings.Builder, lines []string, i int, a about, depth int) int {
	b.WriteString(caption(plainADoc(a.title)) + "<dl>\n")
	at := i
	mark := adocTerm.FindStringSubmatch(lines[i])[2]
	for at < len(lines) {
		m := adocTerm.FindStringSubmatch(strings.TrimRight(lines[at], " "))
		if m == nil || m[2] != mark {
			break
		}
		body := []string{m[3]}
		j := at + 1
		for j < len(lines) {
			t := strings.TrimRight(lines[j], " \t")
			if t == "+" {
				end := d.attached(lines, j+1)
				body = append(append(body, ""), lines[j+1:end]...)
				j = end
				continue
			}
			if n := adocTerm.FindStringSubmatch(t); n != nil && n[2] == mark || adocTitle.MatchString(t) {
				break
			}
			if t == "" {
				k := j
				for k < len(lines) && empty(lines[k]) {
					k++
				}
				if o, _ := d.marker(lines[min(k, len(lines)-1)]); k == len(lines) || strings.TrimSpace(strings.Join(body, "")) != "" && o == "" && indentOf(lines[k]) == 0 {
					break
				}
			}
			body = append(body, strings.TrimLeft(t, " \t"))
			j++
		}
		b.WriteString("<dt>" + d.inline(m[1]) + "</dt><dd>" + d.blocks(body, depth+1) + "</dd>\n")
		for at = j; at < len(lines) && empty(lines[at]); {
			at++
		}
	}
	b.WriteString("</dl>\n")
	return max(at-i, 1)
}

var (
	adocCell = regexp.MustCompile(`(?:^|\s)(?:(\d+)\*)?(?:\.?\d+\+|\d+\.\d+\+)?[<^>.]*[adehlmsv]?\|`)
	adocCols = regexp.MustCompile(`cols\s*=\s*"?([^"\]]*)"?`)
)

// table reads cells that begin with a bar.
func (d *asciidoc) table(lines []string, attrs, sep string) string {
	for i := range lines {
		if sep == "," {
			lines[i] = "|" + strings.ReplaceAll(lines[i], ",", "|")
		} else if sep == "!" {
			lines[i] = strings.ReplaceAll(lines[i], "!", "|")
		}
	}
	columns := 0
	if m := adocCols.FindStringSubmatch(attrs); m != nil {
		for _, c := range strings.Split(m[1], ",") {
			columns++
			if n, _, ok := strings.Cut(strings.TrimSpace(c), "*"); ok && len(n) == 1 && n[0] > '0' && n[0] <= '9' {
				columns += int(n[0]-'0') - 1
			}
		}
	}
	var cells []string
	header := strings.Contains(attrs, "header")
	first := -1
	for i, l := range lines {
		at := adocCell.FindAllStringIndex(l, -1)
		if len(at) == 0 {
			if len(cells) > 0 && !empty(l) {
				cells[len(cells)-1] += "\n" + l
			}
			continue
		}
		if at[0][0] > 0 && len(cells) > 0 {
			cells[len(cells)-1] += "\n" + l[:at[0][0]]
		}
		for k, p := range at {
			to := len(l)
			if k+1 < len(at) {
				to = at[k+1][0]
			}
			cells = append(cells, strings.TrimSpace(l[p[1]:to]))
		}
		if first < 0 {
			first = len(cells)
			if i == 0 && i+1 < len(lines) && empty(lines[i+1]) && !strings.Contains(attrs, "noheader") {
				header = true
			}
		}
	}
	if columns == 0 {
		columns = max(first, 1)
	}
	var b strings.Builder
	b.WriteString("<table>")
	for i, c := range cells {
		el := "td"
		if header && i < columns {
			el = "th"
		}
		if i%columns == 0 {
			b.WriteString("<tr>")
		}
		if strings.Contains(c, "\n") {
			c = d.blocks(strings.Split(c, "\n"), 2)
		} else {
			c = d.inline(c)
		}
		b.WriteString("<" + el + ">" + c + "</" + el + ">")
	}
	return b.String() + "</table>\n"
}

var (
	adocSpans = []span{{open: "**", shut: "**", element: "strong", loose: true}, {open: "__", shut: "__", element: "em", loose: true}, {open: "``", shut: "``", element: "code", loose: true}, {open: "`+", shut: "+`", element: "code", verbatim: true}, {open: "*", shut: "*", element: "strong"}, {open: "_", shut: "_", element: "em"}, {open: "`", shut: "`", element: "code"},
		{open: "##", shut: "##", element: "-", loose: true}, {open: "#", shut: "#", element: "-"}, {open: "+++", shut: "+++", element: "-", loose: true}, {open: "^", shut: "^", element: "sup", loose: true}, {open: "~", shut: "~", element: "sub", loose: true}, {open: `"` + "`", shut: "`" + `"`, element: "q"}}
	adocInline = regexp.MustCompile(`^(link|xref|mailto|image|icon|kbd|btn|menu|footnote|footnoteref|pass|stem|latexmath|indexterm2?|anchor|video|tooltip):([^\s\[]*)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]`)
	adocURL    = regexp.MustCompile(`^(?:https?|ftp|irc)://[^\s\[\]<>]+(?:\[((?:[^\[\]]|\[[^\[\]]*\])*)\])?`)
	adocCross  = regexp.MustCompile(`^<<([^<>,]*)(?:,\s*([^<>]*))?>>`)
	adocValue  = regexp.MustCompile(`^\{(?:counter2?:)?([\w-]+)\}`)
	adocRole   = regexp.MustCompile(`^\[[.#%][^\]]*\]([#*_` + "`" + `])`)
	adocIndex  = regexp.MustCompile(`^\(\(\(.*?\)\)\)`)
	adocCall   = regexp.MustCompile(`^<\d{1,2}>`)
	adocSigns  = strings.NewReplacer("(C)", "©", "(R)", "®", "(TM)", "™", "...", "…", " -- ", " – ", "->", "→", "=>", "⇒")
)

func (d *asciidoc) inline(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		shown, n := d.mark(s, i)
		if n == 0 {
			shown, n = s[i:i+1], 1
			if s[i] == '<' || s[i] == '>' || s[i] == '&' && !strings.Contains(s[i:min(len(s), i+10)], ";") {
				shown = html.EscapeString(s[i : i+1])
			}
		}
		b.WriteString(shown)
		i += n
	}
	return adocSigns.Replace(b.String())
}

func (d *asciidoc) mark(s string, i int) (string, int) {
	rest := s[i:min(len(s), i+farthest)]
	c := s[i]
	switch {
	case c == '\\' && i+1 < len(s) && strings.IndexByte("*_`#{<+^~[:", s[i+1]) >= 0:
		return html.EscapeString(s[i+1 : i+2]), 2
	case c == '{':
		if m := adocValue.FindStringSubmatch(rest); m != nil {
			if v, ok := d.values[strings.ToLower(m[1])]; ok {
				return html.EscapeString(v), len(m[0])
			}
			return text.Gap, len(m[0])
		}
	case c == '<':
		if m := adocCross.FindStringSubmatch(rest); m != nil {
			return html.EscapeString(nameOf(m[1], m[2])), len(m[0])
		}
		if m := adocCall.FindString(rest); m != "" {
			return "", len(m)
		}
	case c == '(':
		if m := adocIndex.FindString(rest); m != "" {
			return "", len(m)
		}
	case c == '[':
		if m := adocRole.FindStringSubmatch(rest); m != nil {
			return "", len(m[0]) - 1
		}
		if adocAnchor.MatchString(rest[:max(strings.Index(rest, "]]")+2, 0)]) {
			return "", strings.Index(rest, "]]") + 2
		}
	}
	if i == 0 || !wordByte(s, i) {
		if m := adocInline.FindStringSubmatch(rest); m != nil {
			return d.macro(m[1], m[2], m[3]), len(m[0])
		}
		if m := adocURL.FindStringSubmatch(rest); m != nil {
			href, _, labelled := strings.Cut(m[0], "[")
			if !labelled {
				href = strings.TrimRight(href, ".,;:!?)'\"")
				return anchor(html.EscapeString(href), href), len(href)
			}
			return anchor(d.inline(label(m[1], href)), href), len(m[0])
		}
	}
	if strings.IndexByte("*_`#+^~\"", c) >= 0 {
		return spanAt(s, i, adocSpans, d.inline)
	}
	return "", 0
}

// label is the words of a link; without any, its address.
func label(s, href string) string {
	s, _, _ = strings.Cut(s, ",window=")
	if s = strings.Trim(strings.TrimSuffix(s, "^"), `"`); s == "" {
		return href
	}
	return s
}

func nameOf(target, words string) string {
	if words != "" {
		return words
	}
	target = target[strings.LastIndexByte(target, '#')+1:]
	return strings.Trim(strings.NewReplacer("_", " ", "-", " ").Replace(strings.TrimSuffix(target, ".adoc")), " ")
}

func (d *asciidoc) macro(name, target, said string) string {
	switch name {
	case "link", "mailto":
		href := target
		if name == "mailto" {
			href = "mailto:" + target
		}
		return anchor(d.inline(label(said, target)), outer(href))
	case "xref":
		return d.inline(nameOf(target, said))
	case "kbd", "btn", "indexterm2", "pass":
		return html.EscapeString(said)
	case "menu":
		return html.EscapeString(target) + " > " + html.EscapeString(strings.ReplaceAll(said, ",", " >"))
	case "footnote", "footnoteref":
		return `<span data-fn="footnote">` + html.EscapeString(plainADoc(said)) + "</span>"
	case "image":
		alt, _, _ := strings.Cut(said, ",")
		return `<img alt="` + html.EscapeString(strings.Trim(alt, `"`)) + `">`
	}
	return ""
}

func plainADoc(s string) string {
	return strings.NewReplacer("`", "", "*", "", "__", "").Replace(s)
}
