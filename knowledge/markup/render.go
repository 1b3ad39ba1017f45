package markup

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"footnote/pipeline/text"
)

// writer writes a tree as Markdown. It does not escape: receipts quote "foo_bar" as
// people read it.
type writer struct{ out strings.Builder }

// blocks writes the blocks below n, each line after indent.
func (w *writer) blocks(n *html.Node, indent string) {
	first := true
	for b := n.FirstChild; b != nil; b = b.NextSibling {
		s := w.block(b)
		if s == "" {
			continue
		}
		if !first {
			w.out.WriteString("\n" + strings.TrimRight(indent, " ") + "\n" + indent)
		}
		first = false
		if indent != "" {
			s = strings.ReplaceAll(s, "\n", "\n"+indent)
		}
		w.out.WriteString(s)
	}
	if indent == "" {
		w.out.WriteByte('\n')
	}
}

// below is the blocks of a node as a text of its own.
func below(n *html.Node) string {
	var w writer
	w.blocks(n, "")
	return strings.TrimRight(w.out.String(), "\n")
}

func (w *writer) block(b *html.Node) string {
	if l := headingLevel(b); l > 0 {
		if s := strings.TrimSpace(strings.Trim(w.inline(b, true), "*")); s != "" {
			return strings.Repeat("#", l) + " " + s
		}
		return ""
	}
	switch b.DataAtom {
	case atom.P:
		return w.inline(b, false)
	case atom.Ol, atom.Ul:
		return list(b)
	case atom.Pre:
		return code(b)
	case atom.Blockquote:
		s := below(b)
		if s == "" {
			return ""
		}
		return "> " + strings.ReplaceAll(strings.ReplaceAll(s, "\n", "\n> "), "> \n", ">\n")
	case atom.Table:
		return w.table(b)
	}
	return below(b)
}

// list writes items one below the other; what belongs to one is indented below it.
func list(l *html.Node) string {
	var b strings.Builder
	number := startNumber(l)
	for it := l.FirstChild; it != nil; it = it.NextSibling {
		mark := "- "
		if l.DataAtom == atom.Ol {
			mark = strconv.Itoa(number) + ". "
		}
		s := below(it)
		if s == "" {
			continue
		}
		number++
		indent := strings.Repeat(" ", len(mark))
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(mark)
		b.WriteString(indented(tight(it, s), indent))
	}
	return b.String()
}

// tight takes the empty line between the only paragraph of an item and its list away.
func tight(it *html.Node, s string) string {
	first := it.FirstChild
	if first != nil && first.DataAtom == atom.P && first.NextSibling != nil && (first.NextSibling.DataAtom == atom.Ul || first.NextSibling.DataAtom == atom.Ol) && first.NextSibling == it.LastChild {
		return strings.Replace(s, "\n\n", "\n", 1)
	}
	return s
}

func indented(s, indent string) string {
	var b strings.Builder
	first := true
	for line := range strings.Lines(s) {
		if !first && strings.TrimSpace(line) != "" {
			b.WriteString(indent)
		}
		first = false
		b.WriteString(line)
	}
	return b.String()
}

// code writes a block of code between fences that it does not hold.
func code(b *html.Node) string {
	s := strings.Trim(textOf(b), "\n")
	if strings.TrimSpace(s) == "" {
		return ""
	}
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + attr(b, "lang") + "\n" + s + "\n" + fence
}

// inline writes what stands in a paragraph. Oneline puts no line breaks.
func (w *writer) inline(n *html.Node, oneline bool) string {
	in := inliner{oneline: oneline, pictures: true}
	in.children(n)
	s := in.done()
	if in.alt {
		without := inliner{oneline: oneline}
		without.children(n)
		if plain := without.done(); plain == "" || !in.needed {
			return plain
		}
	}
	return s
}

// inliner writes inline content with its blank space collapsed.
type inliner struct {
	b        strings.Builder
	oneline  bool
	pictures bool // their words are written
	alt      bool // there was a picture with words
	needed   bool // and one of them stands within a sentence
	space    bool // a blank is to be written before the next word
	code     bool
	depth    int
}

func (in *inliner) done() string { return strings.TrimSpace(in.b.String()) }

func (in *inliner) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		in.node(c)
	}
}

func (in *inliner) node(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		in.text(n.Data)
		return
	case n.Type != html.ElementNode:
		return
	}
	if fn := attr(n, "data-fn"); fn != "" {
		in.component(n, fn)
		return
	}
	switch n.DataAtom {
	case atom.Strong, atom.B:
		in.marked(n, "**")
	case atom.Em, atom.I, atom.Cite, atom.Dfn, atom.Var:
		in.marked(n, "*")
	case atom.Code, atom.Samp, atom.Tt:
		in.codeSpan(n)
	case atom.Kbd:
		in.children(n)
	case atom.A:
		in.link(n)
	case atom.Br:
		if in.oneline {
			in.space = true
		} else if in.b.Len() > 0 {
			in.b.WriteByte('\n')
			in.space = false
		}
	case atom.Img:
		in.picture(n)
	case atom.Sup:
		in.raised(n)
	case atom.Q:
		in.text("“")
		in.children(n)
		in.text("”")
	case atom.Td, atom.Th, atom.Tr, atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Pre, atom.Blockquote, atom.Table, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dd, atom.Dt: // in a cell or heading
		in.space = in.b.Len() > 0
		in.children(n)
		in.space = true
	default:
		in.children(n)
	}
}

// write puts a piece, after a blank that is due.
func (in *inliner) write(s string) {
	if s == "" {
		return
	}
	if in.space && in.b.Len() > 0 && !strings.HasSuffix(in.b.String(), "\n") {
		in.b.WriteByte(' ')
	}
	in.space = false
	in.b.WriteString(s)
}

var (
	strayNote = regexp.MustCompile(`\[\^[\w-]{1,30}\]`)
	tagLike   = regexp.MustCompile(`<(?:/?([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?|!--)>?`)
)

// text writes words; what would be read as markup becomes code.
func (in *inliner) text(s string) {
	if s == "" {
		return
	}
	if strings.ContainsAny(s, "{}[]<>%$|@#") {
		s = text.FillGaps(s)
		s = strayNote.ReplaceAllString(s, "")
		if !in.code && strings.Contains(s, "<") {
			s = tagLike.ReplaceAllStringFunc(s, func(tag string) string {
				if m := tagLike.FindStringSubmatch(tag); m[1] == "" || text.Element(m[1]) {
					return "`" + tag + "`"
				}
				return tag
			})
		}
	}
	r, _ := utf8.DecodeRuneInString(s)
	if unicode.IsSpace(r) {
		in.space = true
	}
	words := strings.Fields(s)
	for i, word := range words {
		if i > 0 {
			in.space = !joinsWithout(words[i-1], word, s)
		}
		in.write(word)
	}
	if r, _ = utf8.DecodeLastRuneInString(s); unicode.IsSpace(r) {
		in.space = true
	}
}

// joinsWithout tells words of Chinese or Japanese that only a line end parts.
func joinsWithout(a, b, source string) bool {
	l, _ := utf8.DecodeLastRuneInString(a)
	r, _ := utf8.DecodeRuneInString(b)
	return text.Ideographic(l) && text.Ideographic(r) && strings.Contains(source, a+"\n"+b)
}

// marked writes emphasis around words, not around blanks.
func (in *inliner) marked(n *html.Node, mark string) {
	if in.depth > 0 && mark == "*" || in.depth > 1 {
		in.children(n)
		return
	}
	inner := inliner{oneline: in.oneline, pictures: in.pictures, code: in.code, depth: in.depth + 1}
	inner.children(n)
	s := inner.done()
	in.alt, in.needed = in.alt || inner.alt, in.needed || inner.needed
	if s == "" {
		in.space = in.space || inner.space
		return
	}
	if strings.HasPrefix(textOf(n), " ") || strings.HasPrefix(textOf(n), "\n") {
		in.space = true
	}
	if wordless(s) || strings.Contains(s, mark) || strings.Contains(s, "\n") {
		in.write(s)
	} else {
		in.write(mark + s + mark)
	}
	in.space = inner.space
}

func (in *inliner) codeSpan(n *html.Node) {
	s := oneLine(textOf(n))
	if s == "" {
		return
	}
	ticks := "`"
	for strings.Contains(s, ticks) {
		ticks += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	in.write(ticks + s + ticks)
}

// link writes a link whose address leads out of the page.
func (in *inliner) link(n *html.Node) {
	inner := inliner{oneline: true, pictures: in.pictures, code: in.code, depth: in.depth}
	inner.children(n)
	s := inner.done()
	in.alt, in.needed = in.alt || inner.alt, in.needed || inner.needed
	href := strings.TrimSpace(attr(n, "href"))
	if strings.HasPrefix(textOf(n), " ") {
		in.space = true
	}
	switch {
	case s == "":
	case !leadsOut(href) || strings.ContainsAny(s, "[]") || wordless(s):
		in.write(s)
	default:
		in.write("[" + s + "](" + href + ")")
	}
	in.space = in.space || inner.space
}

func leadsOut(href string) bool {
	if href == "" || href[0] == '#' || strings.ContainsAny(href, " \t\n<>(){}") || len(href) > maxAttribute {
		return false
	}
	if scheme, _, ok := strings.Cut(href, ":"); ok && !strings.ContainsAny(scheme, "/?#.") {
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto", "tel":
			return true
		}
		return false
	}
	return true
}

var fileName = regexp.MustCompile(`(?i)\.(?:png|jpe?g|gif|svg|webp)$|^(?:image|img|screenshot|screen shot|icon|picture|bild|logo|photo)[ _-]?\d*$`)

// picture writes the words of a picture that stands for a word of its sentence.
func (in *inliner) picture(n *html.Node) {
	alt := oneLine(attr(n, "alt"))
	if alt == "" || wordless(alt) || fileName.MatchString(alt) || utf8.RuneCountInString(alt) > 40 {
		return
	}
	in.alt = true
	if !in.pictures {
		in.space = true
		return
	}
	before := strings.TrimRight(in.b.String(), " \n")
	last, _ := utf8.DecodeLastRuneInString(before)
	after := ""
	for s := n.NextSibling; s != nil && after == ""; s = s.NextSibling {
		after = strings.TrimSpace(textOf(s) + data(s))
	}
	if before != "" && !strings.ContainsRune(".!?:;*。", last) || before == "" && after != "" && n.Parent.DataAtom != atom.A {
		in.needed = true
		in.space = true
		in.write(alt)
		in.space = true
	}
}

func data(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	return ""
}

var superscripts = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹", "-", "⁻", "+", "⁺", "n", "ⁿ")

// raised writes an exponent as one; what marks a note that is not there goes.
func (in *inliner) raised(n *html.Node) {
	s := oneLine(textOf(n))
	if strings.Trim(s, "0123456789+-n") == "" && s != "" && find(n, func(d *html.Node) bool { return d.DataAtom == atom.A }) == nil {
		in.write(superscripts.Replace(s))
		return
	}
	in.children(n)
}

// component writes what a component within a sentence shows.
func (in *inliner) component(n *html.Node, name string) {
	if name == "footnote" {
		in.space = true
		in.write("(" + strings.TrimRight(oneLine(textOf(n)), ". ") + ")")
		return
	}
	if name == "comment" {
		return
	}
	before := in.b.Len()
	in.children(n)
	if in.b.Len() > before {
		return
	}
	switch name {
	case "icon", "image", "img", "anchor", "br", "alert", "video", "nothing", "figure", "math":
		return
	}
	for _, keys := range [][]string{titleKeys, bodyKeys} {
		for _, k := range keys {
			if v := attr(n, "a-"+k); v != "" {
				if k == "name" && strings.Contains(name, "icon") {
					return
				}
				in.text(v)
				return
			}
		}
	}
}

// table writes rows of cells, each on one line.
func (w *writer) table(t *html.Node) string {
	rows, _ := grid(t)
	var all [][]string
	width := 0
	var covered []int // rows that a cell above still covers, by column
	for y, cells := range rows {
		var line []string
		place := func(s string, rows int) {
			if len(line) == len(covered) {
				covered = append(covered, 0)
			}
			covered[len(line)] = rows
			line = append(line, s)
		}
		skip := func() {
			for len(line) < len(covered) && covered[len(line)] > 0 {
				place("", covered[len(line)]-1)
			}
		}
		for _, c := range cells {
			skip()
			place(strings.ReplaceAll(strings.ReplaceAll(w.inline(c, true), "\n", " "), "|", `\|`), number(c, "rowspan")-1)
			for range number(c, "colspan") - 1 {
				place("", number(c, "rowspan")-1)
			}
		}
		skip()
		if strings.TrimSpace(strings.Join(line, "")) != "" {
			all = append(all, line)
			width = max(width, len(line))
		} else if len(all) == 0 && y == 0 {
			rows = rows[1:]
		}
	}
	if len(all) == 0 {
		return ""
	}
	if width == 1 { // a frame around text
		var b strings.Builder
		for _, line := range all {
			b.WriteString(line[0] + "\n\n")
		}
		return strings.TrimSpace(b.String())
	}
	header := len(rows) > 0 && isHeader(rows[0])
	if !header {
		all = append([][]string{make([]string, width)}, all...)
	}
	var b strings.Builder
	for i, line := range all {
		b.WriteString("|")
		for x := range width {
			s := ""
			if x < len(line) {
				s = line[x]
			}
			b.WriteString(" " + s + " |")
		}
		b.WriteByte('\n')
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---|", width) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func isHeader(cells []*html.Node) bool {
	if len(cells) == 0 {
		return false
	}
	if p := cells[0].Parent; p != nil && p.Parent != nil && p.Parent.DataAtom == atom.Thead {
		return true
	}
	for _, c := range cells {
		if c.DataAtom != atom.Th {
			return false
		}
	}
	return true
}

// table keeps a table; one around others, or around the page, is only their place.
func (s *shaper) table(n *html.Node) {
	nested := find(n, func(d *html.Node) bool { return d.DataAtom == atom.Table }) != nil
	rows, cells := grid(n)
	caption := find(n, func(d *html.Node) bool { return d.DataAtom == atom.Caption })
	if caption != nil {
		if t := inlineText(caption); t != "" {
			s.out = append(s.out, element(atom.P, element(atom.Strong, words(t))))
		}
		caption.Parent.RemoveChild(caption)
	}
	if nested || cells <= 1 || len(rows) == 0 {
		unwrap(n)
		s.children(n)
		return
	}
	if gutter(rows) { // line numbers beside code
		last := rows[0][len(rows[0])-1]
		s.children(last)
		return
	}
	for _, row := range rows {
		for _, c := range row {
			s.cell(c)
		}
	}
	s.keep(n)
}

// cell makes what stands in a cell one line: items of lists are parted.
func (s *shaper) cell(c *html.Node) {
	if !s.blocky[c] {
		return
	}
	for d := range c.Descendants() {
		if d.DataAtom == atom.Li && d.NextSibling != nil && !strings.HasSuffix(strings.TrimSpace(textOf(d)), ".") {
			d.AppendChild(words(";"))
		}
	}
}

// gutter tells a table that is a piece of code with its line numbers.
func gutter(rows [][]*html.Node) bool {
	if len(rows) != 1 || len(rows[0]) != 2 {
		return false
	}
	return strings.Trim(textOf(rows[0][0]), "0123456789 \n") == "" && find(rows[0][1], func(d *html.Node) bool { return d.DataAtom == atom.Pre }) != nil
}
