package markup

import (
	"encoding/csv"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// rst reads reStructuredText as Sphinx and docutils have it.
type rst struct {
	account *account
	links   map[string]string // targets with an address
	words   map[string]string // substitutions
	notes   map[string]string // footnotes by name
	auto    []string          // footnotes that are numbered, in order
	levels  []string          // adornments of titles, the outermost first
	next    int
}

var (
	rstTarget   = regexp.MustCompile("^\\.\\.\\s+_(`[^`]+`|[^:]+):\\s*(.*)$")
	rstSubst    = regexp.MustCompile(`^\.\.\s+\|([^|]+)\|\s+(\w+)::\s*(.*)$`)
	rstNote     = regexp.MustCompile(`^\.\.\s+\[(#?[\w.-]*|\*)\]\s*(.*)$`)
	rstDirect   = regexp.MustCompile(`^\.\.\s+([\w:+.-]+)::(?:\s+(.*))?$`)
	rstOption   = regexp.MustCompile(`^:([\w -]+):\s*(.*)$`)
	rstField    = regexp.MustCompile(`^:([^:\s][^:]*):(?:\s+(.*)|)$`)
	rstBullet   = regexp.MustCompile(`^([-*+•])(\s+|$)`)
	rstNumber   = regexp.MustCompile(`^\(?(\d{1,3}|#|[a-zA-Z]|[ivx]{1,5})[.)](\s+|$)`)
	rstGrid     = regexp.MustCompile(`^\+(?:[-=]+\+)+$`)
	rstSimple   = regexp.MustCompile(`^=+(?:\s+=+)+$`)
	adornmentRE = regexp.MustCompile("^([!-/:-@\\[-`{-~])(.*)$")
)

func rstToHTML(body string, a *account) string {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "        ").Replace(body), "\n")
	r := rst{account: a, links: map[string]string{}, words: map[string]string{}, notes: map[string]string{}}
	r.collect(lines)
	return r.blocks(fieldsOff(lines), 0)
}

// fieldsOff takes the fields off that a page begins with, before and below its title.
func fieldsOff(lines []string) []string {
	i := 0
	for i < len(lines) && (empty(lines[i]) || rstField.MatchString(lines[i]) && !strings.HasPrefix(lines[i], "::")) {
		if i++; i > 1 && !empty(lines[i-1]) {
			i = max(i, indentedFrom(lines, i, 0))
		}
	}
	return lines[i:]
}

// collect reads what names stand for.
func (r *rst) collect(lines []string) {
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if !strings.HasPrefix(l, "..") {
			continue
		}
		rest := func(s string) string {
			return oneLine(s + " " + strings.Join(lines[i+1:indentedFrom(lines, i+1, indentOf(lines[i]))], " "))
		}
		if m := rstTarget.FindStringSubmatch(l); m != nil {
			if strings.Contains(m[2], "://") || strings.HasPrefix(m[2], "mailto:") {
				r.links[strings.ToLower(strings.Trim(m[1], "` "))] = m[2]
			}
		} else if m := rstSubst.FindStringSubmatch(l); m != nil {
			if m[2] == "replace" {
				r.words[m[1]] = rest(m[3])
			} else if m[2] == "unicode" {
				r.words[m[1]] = codePoints(m[3])
			}
		} else if m := rstNote.FindStringSubmatch(l); m != nil {
			if said := rest(m[2]); m[1] == "#" || m[1] == "*" || m[1] == "" {
				r.auto = append(r.auto, said)
			} else {
				r.notes[strings.TrimPrefix(m[1], "#")] = said
			}
		}
	}
}

var codePoint = regexp.MustCompile(`^(?i:0x|x|\\x|u\+?|\\u|&#x)([0-9a-f]{1,6});?$`)

// codePoints is what the unicode directive stands for: codes, and texts, up to a comment.
func codePoints(s string) string {
	s, _, _ = strings.Cut(s, "..")
	var b strings.Builder
	for w := range strings.FieldsSeq(s) {
		code, base := w, 10
		if m := codePoint.FindStringSubmatch(strings.ToLower(w)); m != nil {
			code, base = m[1], 16
		}
		if n, err := strconv.ParseInt(code, base, 32); err == nil && n > 31 && n <= unicode.MaxRune {
			b.WriteRune(rune(n))
			continue
		}
		b.WriteString(w)
	}
	return b.String()
}

// blocks reads lines of one level of indentation.
func (r *rst) blocks(lines []string, depth int) string {
	var b strings.Builder
	if depth > maxDepth {
		return "<p>" + r.inline(strings.Join(lines, "\n")) + "</p>\n"
	}
	for i := 0; i < len(lines); {
		if empty(lines[i]) {
			i++
			continue
		}
		i += r.block(&b, lines, i, depth)
	}
	return b.String()
}

// block reads the block at i and returns how many lines it has.
func (r *rst) block(b *strings.Builder, lines []string, i, depth int) int {
	line := lines[i]
	switch {
	case indentOf(line) > 0:
		end := indentedFrom(lines, i, 0)
		inner := r.blocks(dedent(lines[i:end]), depth+1)
		b.WriteString("<blockquote>" + inner + "</blockquote>\n")
		return end - i
	case strings.HasPrefix(line, "..") && (len(line) == 2 || line[2] == ' '):
		return r.explicit(b, lines, i, depth)
	case strings.HasPrefix(line, "__ "):
		return 1
	case rstGrid.MatchString(line):
		return r.gridTable(b, lines, i)
	case rstSimple.MatchString(line):
		if n := r.simpleTable(b, lines, i); n > 0 {
			return n
		}
	case strings.HasPrefix(line, "| ") || line == "|":
		end := i
		for end < len(lines) && (strings.HasPrefix(lines[end], "|") || indentOf(lines[end]) > 0 && !empty(lines[end])) {
			if end > i {
				b.WriteString("<br>")
			} else {
				b.WriteString("<p>")
			}
			b.WriteString(r.inline(strings.TrimSpace(strings.TrimPrefix(lines[end], "|"))))
			end++
		}
		b.WriteString("</p>\n")
		return end - i
	}
	if n := r.heading(b, lines, i); n > 0 {
		return n
	}
	if m := rstBullet.FindStringSubmatch(line); m != nil {
		return r.list(b, lines, i, depth, rstBullet, "ul")
	}
	if m := rstNumber.FindStringSubmatch(line); m != nil && r.listAt(lines, i) {
		return r.list(b, lines, i, depth, rstNumber, "ol")
	}
	if m := rstField.FindStringSubmatch(line); m != nil {
		end := indentedFrom(lines, i+1, 0)
		inner := append([]string{m[2]}, dedent(lines[i+1:end])...)
		b.WriteString("<dl><dt>" + html.EscapeString(m[1]) + "</dt><dd>" + r.blocks(inner, depth+1) + "</dd></dl>\n")
		return end - i
	}
	if i+1 < len(lines) && !empty(lines[i+1]) && indentOf(lines[i+1]) > 0 { // a term with what it means
		end := indentedFrom(lines, i+1, 0)
		term, _, _ := strings.Cut(line, " : ")
		b.WriteString("<dl><dt>" + r.inline(term) + "</dt><dd>" + r.blocks(dedent(lines[i+1:end]), depth+1) + "</dd></dl>\n")
		return end - i
	}
	return r.paragraph(b, lines, i)
}

// listAt tells a number of a list from a sentence that begins with a letter and a dot.
func (r *rst) listAt(lines []string, i int) bool {
	return i+1 >= len(lines) || empty(lines[i+1]) || indentOf(lines[i+1]) > 0 || rstNumber.MatchString(lines[i+1])
}

func (r *rst) paragraph(b *strings.Builder, lines []string, i int) int {
	end := i
	for end < len(lines) && !empty(lines[end]) && indentOf(lines[end]) == 0 {
		end++
	}
	said := strings.Join(lines[i:end], "\n")
	literal := strings.HasSuffix(said, "::")
	if literal {
		if said = strings.TrimSuffix(said, ":"); strings.HasSuffix(strings.TrimSuffix(said, ":"), " ") || said == ":" {
			said = strings.TrimSpace(strings.TrimSuffix(said, ":"))
		}
	}
	if said != "" {
		b.WriteString("<p>" + r.inline(said) + "</p>\n")
	}
	if literal {
		j := indentedFrom(lines, end, 0)
		if j > end {
			b.WriteString("<pre>" + html.EscapeString(strings.Join(dedent(lines[end:j]), "\n")) + "</pre>\n")
			end = j
		}
	}
	return max(end-i, 1)
}

// adornment returns the character that a line repeats; 0 when it is no adornment.
func adornment(line string) byte {
	line = strings.TrimRight(line, " ")
	if len(line) < 2 || !adornmentRE.MatchString(line) || strings.Trim(line, line[:1]) != "" {
		return 0
	}
	return line[0]
}

// heading reads a title with a line below it, or one above as well.
func (r *rst) heading(b *strings.Builder, lines []string, i int) int {
	style, title, n := "", "", 0
	switch {
	case adornment(lines[i]) != 0 && i+2 < len(lines) && adornment(lines[i+2]) == adornment(lines[i]) && !empty(lines[i+1]):
		style, title, n = string([]byte{lines[i][0], lines[i][0]}), lines[i+1], 3
	case adornment(lines[i]) != 0 && len(strings.TrimSpace(lines[i])) >= 4: // a rule
		return 1
	case i+1 < len(lines) && adornment(lines[i+1]) != 0 && len([]rune(strings.TrimSpace(lines[i+1])))+2 >= len([]rune(strings.TrimSpace(lines[i]))) && len(strings.TrimSpace(lines[i+1])) >= 3:
		style, title, n = lines[i+1][:1], lines[i], 2
	default:
		return 0
	}
	level := 0
	for level < len(r.levels) && r.levels[level] != style {
		level++
	}
	if level == len(r.levels) {
		r.levels = append(r.levels, style)
	}
	h := "h" + string(rune('1'+min(level, 5)))
	b.WriteString("<" + h + ">" + r.inline(strings.TrimSpace(title)) + "</" + h + ">\n")
	return n
}

func (r *rst) list(b *strings.Builder, lines []string, i, depth int, mark *regexp.Regexp, kind string) int {
	start := ""
	if m := rstNumber.FindStringSubmatch(lines[i]); kind == "ol" && m != nil && strings.Trim(m[1], "0123456789") == "" {
		start = ` start="` + m[1] + `"`
	}
	b.WriteString("<" + kind + start + ">\n")
	at := i
	for at < len(lines) {
		m := mark.FindString(lines[at])
		if m == "" || empty(lines[at]) {
			break
		}
		end := indentedFrom(lines, at+1, 0)
		for end < len(lines) && end == at+1 && !empty(lines[end]) && indentOf(lines[end]) > 0 {
			end++
		}
		first := strings.Repeat(" ", len(m)) + lines[at][len(m):]
		rest := lines[at+1 : end]
		inner := dedent(append([]string{first}, rest...))
		if len(rest) > 0 { // what follows may be indented less than the first line
			inner = append([]string{strings.TrimSpace(first)}, dedent(rest)...)
		}
		b.WriteString("<li>" + r.blocks(inner, depth+1) + "</li>\n")
		at = end
		for at < len(lines) && empty(lines[at]) {
			at++
		}
	}
	b.WriteString("</" + kind + ">\n")
	return max(at-i, 1)
}

// drops are directives that show nothing, or what no text tells.
var drops = names("toctree contents index meta image math raw highlight default-role role tabularcolumns sectionauthor codeauthor currentmodule module include-build-file graphviz mermaid uml youtube vimeo video todo todolist tags bibliography autosummary automodule autoclass ifconfig-no target-notes sectnum header footer class title container-no default-domain youtube")

// programs are directives whose content is code.
var programs = names("code code-tab code-block sourcecode literalinclude parsed-literal prompt ipython console-block doctest testcode highlight-block terminal")

// explicit reads what begins with two dots.
func (r *rst) explicit(b *strings.Builder, lines []string, i, depth int) int {
	end := indentedFrom(lines, i+1, 0)
	n := end - i
	m := rstDirect.FindStringSubmatch(lines[i])
	if m == nil {
		r.account.program += letters(strings.Join(lines[i:end], " "))
		return n // a comment, a target, a footnote, a substitution
	}
	name, argument := strings.ToLower(m[1]), strings.TrimSpace(m[2])
	content := dedent(lines[i+1 : end])
	options := map[string]string{}
	for len(content) > 0 && !empty(content[0]) {
		o := rstOption.FindStringSubmatch(content[0])
		if o == nil {
			if len(options) > 0 || !rstOption.MatchString(strings.Join(content[:min(2, len(content))], "")) {
				break
			}
		}
		if o != nil {
			options[o[1]] = o[2]
		}
		r.account.program += letters(content[0])
		content = content[1:]
	}
	r.directive(b, name, argument, options, content, depth)
	return n
}

func (r *rst) directive(b *strings.Builder, name, argument string, options map[string]string, content []string, depth int) {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	inner := func() string { return r.blocks(content, depth+1) }
	_, isBox := boxes[plainName(name)]
	switch {
	case name == "include":
		r.account.elsewhere++
	case drops[name]:
		r.account.program += letters(argument + strings.Join(content, " "))
	case programs[name]:
		b.WriteString("<pre>" + html.EscapeString(strings.Join(content, "\n")) + "</pre>\n")
	case (name == "only" || name == "ifconfig") && insiders(argument):
		r.account.add(forInsiders, letters(strings.Join(content, "\n")))
	case name == "figure":
		r.account.program += letters(argument)
		b.WriteString(inner())
	case name == "list-table":
		b.WriteString(caption(argument) + r.listTable(content, options))
	case name == "csv-table":
		b.WriteString(caption(argument) + r.csvTable(content, options))
	case name == "table":
		b.WriteString(caption(argument) + inner())
	case name == "rubric" || name == "centered":
		b.WriteString("<p><strong>" + r.inline(argument) + "</strong></p>\n")
	case name == "versionadded" || name == "versionchanged" || name == "deprecated":
		b.WriteString("<p>" + html.EscapeString(versions[name]+argument) + ":</p>" + inner())
	case name == "glossary" || name == "only" || name == "container" || name == "compound" || name == "hlist" || name == "epigraph" || name == "highlights" || name == "pull-quote" || name == "tabs" || name == "tab-set" || name == "grid" || name == "line-block" || name == "ifconfig":
		b.WriteString(inner())
	case isBox && name != "topic" && name != "sidebar" && name != "admonition" && name != "card":
		b.WriteString(boxed(name, "", r.blocks(append([]string{argument}, content...), depth+1)))
	default:
		b.WriteString(boxed(name, plainRST(argument), inner()))
	}
}

var versions = map[string]string{"versionadded": "New in version ", "versionchanged": "Changed in version ", "deprecated": "Deprecated since version "}

func plainRST(s string) string { return strings.NewReplacer("``", "", "**", "", "`", "").Replace(s) }

func caption(s string) string {
	if s == "" {
		return ""
	}
	return "<p><strong>" + html.EscapeString(plainRST(s)) + "</strong></p>\n"
}

// listTable reads rows that are lists of lists.
func (r *rst) listTable(content []string, options map[string]string) string {
	var b strings.Builder
	b.WriteString("<table>")
	header := options["header-rows"] != "" && options["header-rows"] != "0"
	row, cell := 0, []string(nil)
	flush := func() {
		if cell != nil {
			el := "td"
			if header && row == 1 {
				el = "th"
			}
			b.WriteString("<" + el + ">" + r.blocks(dedent(cell), 2) + "</" + el + ">")
		}
		cell = nil
	}
	for _, l := range content {
		t := strings.TrimLeft(l, " ")
		if strings.HasPrefix(l, "* -") || strings.HasPrefix(l, "- -") || strings.HasPrefix(l, "- *") || strings.HasPrefix(l, "* *") {
			flush()
			row++
			b.WriteString("<tr>")
			cell = []string{"    " + strings.TrimLeft(l[3:], " ")}
		} else if (strings.HasPrefix(t, "- ") || strings.HasPrefix(t, "* ") || t == "-" || t == "*") && indentOf(l) == 2 {
			flush()
			cell = []string{"    " + strings.TrimSpace(t[1:])}
		} else if cell != nil {
			cell = append(cell, l)
		}
	}
	flush()
	return b.String() + "</table>\n"
}

func (r *rst) csvTable(content []string, options map[string]string) string {
	var b strings.Builder
	b.WriteString("<table>")
	rows := func(s, el string) {
		in := csv.NewReader(strings.NewReader(s))
		in.FieldsPerRecord, in.LazyQuotes, in.TrimLeadingSpace = -1, true, true
		all, err := in.ReadAll()
		if err != nil {
			b.WriteString("<tr><td>" + html.EscapeString(s) + "</td></tr>")
		}
		for _, row := range all {
			b.WriteString("<tr>")
			for _, c := range row {
				b.WriteString("<" + el + ">" + r.inline(c) + "</" + el + ">")
			}
			b.WriteString("</tr>")
		}
	}
	if h := options["header"]; h != "" {
		rows(h, "th")
	}
	rows(strings.Join(content, "\n"), "td")
	return b.String() + "</table>\n"
}

// gridTable reads a table drawn with +---+.
func (r *rst) gridTable(b *strings.Builder, lines []string, i int) int {
	end := i
	for end < len(lines) && (strings.HasPrefix(lines[end], "+") || strings.HasPrefix(lines[end], "|")) {
		end++
	}
	b.WriteString("<table>")
	var cells []string
	header := false
	for _, l := range lines[i:end] {
		if strings.Contains(l, "==") && strings.HasPrefix(l, "+") {
			header = true
		}
	}
	flush := func(el string) {
		if len(cells) > 0 {
			b.WriteString("<tr>")
			for _, c := range cells {
				b.WriteString("<" + el + ">" + r.inline(strings.TrimSpace(c)) + "</" + el + ">")
			}
			b.WriteString("</tr>")
		}
		cells = nil
	}
	for _, l := range lines[i:end] {
		if strings.HasPrefix(l, "+") {
			if header && strings.Contains(l, "==") {
				flush("th")
				header = false
			} else if header {
				flush("th")
			} else {
				flush("td")
			}
			continue
		}
		parts := strings.Split(strings.Trim(strings.TrimSpace(l), "|"), "|")
		for len(cells) < len(parts) {
			cells = append(cells, "")
		}
		for k, p := range parts {
			cells[k] += "\n" + strings.TrimSpace(p)
		}
	}
	flush("td")
	b.WriteString("</table>\n")
	return max(end-i, 1)
}

// simpleTable reads a table drawn with === ===.
func (r *rst) simpleTable(b *strings.Builder, lines []string, i int) int {
	var starts []int
	for k, c := range lines[i] {
		if c == '=' && (k == 0 || lines[i][k-1] == ' ') {
			starts = append(starts, k)
		}
	}
	var rules []int
	j := i
	for ; j < len(lines); j++ {
		if rstSimple.MatchString(strings.TrimRight(lines[j], " ")) {
			if rules = append(rules, j); len(rules) > 1 && (j+1 >= len(lines) || empty(lines[j+1])) {
				break
			}
		}
	}
	if len(rules) < 2 {
		return 0
	}
	cut := func(l string) []string {
		out := make([]string, len(starts))
		for k, from := range starts {
			to := len(l)
			if k+1 < len(starts) {
				to = min(starts[k+1], len(l))
			}
			if from < len(l) {
				out[k] = strings.ToValidUTF8(l[from:max(to, from)], "")
			}
		}
		return out
	}
	b.WriteString("<table>")
	var rows [][]string
	var headers int
	for k := i + 1; k <= rules[len(rules)-1]; k++ {
		l := strings.TrimRight(lines[k], " ")
		switch {
		case rstSimple.MatchString(l):
			if k == rules[1] && len(rules) > 2 {
				headers = len(rows)
			}
		case empty(l) || strings.Trim(l, "- ") == "":
		default:
			cells := cut(lines[k])
			if strings.TrimSpace(cells[0]) == "" && len(rows) > headers { // goes on
				for c := range cells {
					rows[len(rows)-1][c] += "\n" + cells[c]
				}
				continue
			}
			rows = append(rows, cells)
		}
	}
	for k, row := range rows {
		el := "td"
		if k < headers {
			el = "th"
		}
		b.WriteString("<tr>")
		for _, c := range row {
			b.WriteString("<" + el + ">" + r.inline(strings.TrimSpace(c)) + "</" + el + ">")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>\n")
	return rules[len(rules)-1] + 1 - i
}

var (
	rstSpans = []span{{open: "``", shut: "``", element: "code", verbatim: true}, {open: "**", shut: "**", element: "strong"}, {open: "*", shut: "*", element: "em"}}
	rstRole  = regexp.MustCompile("^:([\\w:+.-]+):`([^`]+)`")
	rstLink  = regexp.MustCompile("^`([^`<]*?)\\s*(?:<([^`>]*)>)?`(__?)?")
	rstCite  = regexp.MustCompile(`^\[(#?[\w.-]*|\*)\]_`)
	rstWord  = regexp.MustCompile(`^([\pL\pN](?:[\pL\pN.-]*[\pL\pN])?)(__?)(?:$|[\s.,;:!?)\]'"-])`)
	rstPipe  = regexp.MustCompile(`^\|([^|\s][^|\n]*)\|(__?)?`)
)

func (r *rst) inline(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		shown, n := r.mark(s, i)
		if n == 0 {
			if s[i] == '<' || s[i] == '>' || s[i] == '&' {
				shown = html.EscapeString(s[i : i+1])
			} else {
				shown = s[i : i+1]
			}
			n = 1
		}
		b.WriteString(shown)
		i += n
	}
	return b.String()
}

func (r *rst) mark(s string, i int) (string, int) {
	rest := s[i:min(len(s), i+farthest)]
	switch c := s[i]; {
	case c == '\\':
		if i+1 < len(s) && (s[i+1] == ' ' || s[i+1] == '\n') {
			return "", 2
		}
		if i+1 < len(s) {
			return html.EscapeString(s[i+1 : i+2]), 2
		}
	case c == ':':
		if m := rstRole.FindStringSubmatch(rest); m != nil {
			return r.role(m[1], m[2]), len(m[0])
		}
	case c == '`' || c == '*':
		if shown, n := spanAt(s, i, rstSpans, r.inline); n > 0 {
			return shown, n
		}
		if m := rstLink.FindStringSubmatch(rest); m != nil && c == '`' {
			href := m[2]
			if href == "" {
				href = r.links[strings.ToLower(m[1])]
			}
			if m[1] == "" {
				m[1] = m[2]
			}
			if m[3] == "" && m[2] == "" {
				return "<em>" + html.EscapeString(m[1]) + "</em>", len(m[0])
			}
			return anchor(html.EscapeString(m[1]), outer(href)), len(m[0])
		}
	case c == '[':
		if m := rstCite.FindStringSubmatch(rest); m != nil {
			return r.note(m[1]), len(m[0])
		}
	case c == '|':
		if m := rstPipe.FindStringSubmatch(rest); m != nil {
			if v, ok := r.words[m[1]]; ok {
				return html.EscapeString(plainRST(v)), len(m[0])
			}
			return "[…]", len(m[0])
		}
	case i == 0 || !wordByte(s, i):
		if m := rstWord.FindStringSubmatch(rest); m != nil && wordByte(s, i+1) {
			return anchor(html.EscapeString(m[1]), r.links[strings.ToLower(m[1])]), len(m[1]) + len(m[2])
		}
	}
	return "", 0
}

// outer is an address that leads somewhere else.
func outer(href string) string {
	if strings.Contains(href, "://") || strings.HasPrefix(href, "mailto:") {
		return href
	}
	return ""
}

func (r *rst) note(name string) string {
	said, ok := r.notes[strings.TrimPrefix(name, "#")]
	if !ok && (name == "#" || name == "*" || name == "") && r.next < len(r.auto) {
		said, ok = r.auto[r.next], true
		r.next++
	}
	if !ok || len(said) > longestNote {
		return ""
	}
	return `<span data-fn="footnote">` + html.EscapeString(plainRST(said)) + "</span>"
}

func (r *rst) role(name, said string) string {
	switch name = name[strings.LastIndexByte(name, ':')+1:]; name {
	case "code", "file", "samp", "command", "literal":
		return "<code>" + html.EscapeString(said) + "</code>"
	case "strong":
		return "<strong>" + html.EscapeString(said) + "</strong>"
	case "sup", "superscript":
		return "<sup>" + html.EscapeString(said) + "</sup>"
	case "raw", "index", "cite", "math", "icon", "fa", "octicon":
		return ""
	case "menuselection":
		return html.EscapeString(strings.ReplaceAll(said, "-->", ">"))
	}
	return html.EscapeString(strings.ReplaceAll(roleText(said), "&", ""))
}
