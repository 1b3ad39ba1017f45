package markup

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"

	htmlrenderer "github.com/yuin/goldmark/renderer/html"
	gmtext "github.com/yuin/goldmark/text"
)

// dialect is what a page of Markdown tells about the dialect it is written in.
type dialect struct {
	jsx       bool              // components, and expressions in braces
	myst      bool              // directives and roles of MyST
	values    map[string]string // what variables are known to hold
	closers   map[string]bool   // names that are closed somewhere, as templates and as elements
	elsewhere int               // parts of other pages
	program   int               // letters of program text
}

var (
	dialectKey = parser.NewContextKey()
	moduleLine = regexp.MustCompile(`(?m)^(?:import\s[^\n]*\sfrom\s*['"]|import\s*['"]|export\s+(?:const|default|function|let)\s)`)
	jsxTag     = regexp.MustCompile(`</?[A-Z][\w.]*[\s/>]`)
	constant   = regexp.MustCompile(`(?m)^export\s+const\s+([A-Za-z_$][\w$]*)(?:\s*:\s*\w+)?\s*=\s*("[^"\n]*"|'[^'\n]*'|-?[\d._]+)\s*;?\s*$`)
	endTag     = regexp.MustCompile(`</([A-Za-z][\w.-]*)\s*>`)
	mystMark   = regexp.MustCompile("(?m)^(?:`{3,}|:{3,})\\{[a-z]|^\\([\\w.:-]+\\)=\\s*$|\\{[a-z][\\w:+-]*\\}`[^`\n]")
	bareFence  = regexp.MustCompile(`(?m)^\s*::\s*$`)
	endMark    = regexp.MustCompile(`\{(?:\{[<%]|%)-?\s*(?:/\s*|end)([\w./-]+)\s*-?(?:[>%]\}\}|%\})`)
)

func dialectOf(text string, values map[string]string) *dialect {
	d := &dialect{values: map[string]string{}, closers: map[string]bool{}}
	for k, v := range values {
		d.values[k] = v
	}
	shown := codeLess(text)
	d.jsx = moduleLine.MatchString(shown) || jsxTag.MatchString(shown) || strings.Contains(shown, "{/*")
	d.myst = mystMark.MatchString(text)
	if d.jsx {
		for _, m := range constant.FindAllStringSubmatch(shown, 100) {
			d.values[m[1]] = strings.Trim(m[2], `"'`)
		}
	}
	for _, m := range endTag.FindAllStringSubmatch(shown, 10_000) {
		d.closers["<"+strings.ToLower(m[1])] = true
	}
	d.closers["::"] = bareFence.MatchString(shown)
	for _, m := range endMark.FindAllStringSubmatch(shown, 10_000) {
		d.closers["{"+m[1]] = true
	}
	return d
}

// codeLess is text with its fenced code and code spans blanked, of the same length.
func codeLess(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	fence := ""
	for line := range strings.Lines(text) {
		bare := strings.TrimLeft(line, " \t>")
		mark := fenceOf(bare)
		switch {
		case fence == "" && mark != "":
			fence = mark
			b.WriteString(blank(line))
		case fence != "":
			if strings.HasPrefix(mark, fence) && strings.Trim(bare, mark[:1]+" \t\n") == "" {
				fence = ""
			}
			b.WriteString(blank(line))
		default:
			b.WriteString(spans(line))
		}
	}
	return b.String()
}

func fenceOf(s string) string {
	if !strings.HasPrefix(s, "```") && !strings.HasPrefix(s, "~~~") {
		return ""
	}
	n := 3
	for n < len(s) && s[n] == s[0] {
		n++
	}
	if s[0] == '`' && strings.IndexByte(s[n:], '`') >= 0 {
		return ""
	}
	return s[:n]
}

// spans blanks the code spans of a line.
func spans(line string) string {
	if strings.IndexByte(line, '`') < 0 {
		return line
	}
	var b strings.Builder
	for i := 0; i < len(line); {
		if line[i] != '`' {
			b.WriteByte(line[i])
			i++
			continue
		}
		n := codeSpan(line[i:])
		b.WriteString(blank(line[i : i+n]))
		i += n
	}
	return b.String()
}

// codeSpan is the length of the code span at the head of s, or of its mark when it is
// not closed.
func codeSpan(s string) int {
	n := 0
	for n < len(s) && s[n] == '`' {
		n++
	}
	for i := n; i < len(s); {
		j := strings.IndexByte(s[i:], '`')
		if j < 0 {
			break
		}
		i += j
		k := i
		for k < len(s) && s[k] == '`' {
			k++
		}
		if k-i == n {
			return k
		}
		i = k
	}
	return n
}

func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, s)
}

// markdownToHTML reads Markdown of any dialect into HTML.
func markdownToHTML(text string, d *dialect) string {
	src := []byte(loosen(text, d))
	pc := parser.NewContext()
	pc.Set(dialectKey, d)
	p := prose
	if d.jsx {
		p = components
	}
	doc := p.Parser().Parse(gmtext.NewReader(src), parser.WithContext(pc))
	var b strings.Builder
	if err := p.Renderer().Render(&b, src, doc); err != nil { // a strings.Builder takes everything
		return html.EscapeString(text)
	}
	return b.String()
}

var (
	prose      = newMarkdown(true)
	components = newMarkdown(false)
)

// newMarkdown returns a reader of Markdown with all dialects; where components are
// indented, indentation makes no code.
func newMarkdown(indentedCode bool) goldmark.Markdown {
	blocks := []util.PrioritizedValue{
		util.Prioritized(containers{}, 90), util.Prioritized(modules{}, 95),
		util.Prioritized(parser.NewSetextHeadingParser(), 100), util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300), util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewATXHeadingParser(), 600), util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800), util.Prioritized(parser.NewHTMLBlockParser(), 900), util.Prioritized(parser.NewParagraphParser(), 1000),
	}
	if indentedCode {
		blocks = append(blocks, util.Prioritized(parser.NewCodeBlockParser(), 500))
	} else {
		blocks = append(blocks, util.Prioritized(spaced{}, 500), util.Prioritized(anyParagraph{parser.NewParagraphParser()}, 1001))
	}
	inlines := append(parser.DefaultInlineParsers(),
		util.Prioritized(inline{'{', braceMark}, 50), util.Prioritized(inline{'<', angleMark}, 50), util.Prioritized(inline{'[', bracketMark}, 50), util.Prioritized(inline{'^', noteMark}, 50), util.Prioritized(inline{'!', bangMark}, 50),
		util.Prioritized(inline{':', colonMark}, 50), util.Prioritized(inline{'=', equalMark}, 50), util.Prioritized(inline{'+', plusMark}, 50), util.Prioritized(inline{'%', percentMark}, 50))
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(parser.WithBlockParsers(blocks...), parser.WithInlineParsers(inlines...), parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...))),
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.DefinitionList, extension.Footnote),
		goldmark.WithRendererOptions(htmlrenderer.WithUnsafe(), renderer.WithNodeRenderers(util.Prioritized(ours{}, 10))))
}

// anyParagraph takes a line that nothing else takes: else the parser would stop there.
type anyParagraph struct{ parser.BlockParser }

func (anyParagraph) CanAcceptIndentedLine() bool { return true }

// loosen separates what components and templates put on one line with text, so that
// blocks see one mark a line, and takes templates out of addresses.
func loosen(text string, d *dialect) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	if !d.jsx && !strings.Contains(text, "{{") && !strings.Contains(text, "{%") {
		return text
	}
	var b strings.Builder
	fence := ""
	before := ""
	for len(text) > 0 {
		line, rest, _ := strings.Cut(text, "\n")
		bare := strings.TrimLeft(line, " \t")
		mark := fenceOf(strings.TrimLeft(bare, "> "))
		switch {
		case fence != "":
			if strings.HasPrefix(mark, fence) {
				fence = ""
			}
			b.WriteString(line + "\n")
		case mark != "":
			fence = mark
			b.WriteString(line + "\n")
		default:
			indent := line[:len(line)-len(bare)]
			if d.jsx && strings.HasPrefix(bare, "<") {
				if t, ok := scanTag(text[len(indent):]); ok && jsxName(t.name) && t.size > len(bare) { // over several lines
					text = indent + strings.ReplaceAll(text[len(indent):len(indent)+t.size], "\n", " ") + text[len(indent)+t.size:]
					continue
				}
			}
			if n := openTemplate(text); n > len(line) {
				text = strings.ReplaceAll(text[:n], "\n", " ") + text[n:]
				continue
			}
			for i, l := range splitTags(bare, before, d) {
				if i > 0 && strings.TrimSpace(l) == "" {
					continue
				}
				b.WriteString(indent + plainTargets(l) + "\n")
			}
			before = bare
		}
		text = rest
	}
	return b.String()
}

// openTemplate returns where the template ends that the first line of s opens and does
// not close; 0 when there is none.
func openTemplate(s string) int {
	line, _, _ := strings.Cut(s, "\n")
	for _, m := range templateMarks[:2] {
		i := strings.LastIndex(line, m.open)
		if i < 0 || strings.Contains(line[i:], m.end) || strings.Count(line[:i], "`")%2 == 1 {
			continue
		}
		if t, ok := scanTemplate(s[i:]); ok && t.mark == m.open && !strings.Contains(t.body, "\n\n") {
			return i + t.size
		}
	}
	return 0
}

// splitTags puts a component's tag that begins or ends a line on a line of its own.
func splitTags(line, before string, d *dialect) []string {
	if !d.jsx || !strings.HasPrefix(line, "<") && !strings.HasSuffix(strings.TrimRight(line, " \t"), ">") {
		return []string{line}
	}
	if t, ok := scanTag(line); ok && jsxName(t.name) && t.size < len(strings.TrimRight(line, " \t")) {
		rest := line[t.size:]
		end := "</" + t.name + ">"
		trimmed := strings.TrimRight(rest, " \t")
		switch {
		case t.end || t.self:
			if strings.HasPrefix(strings.TrimLeft(rest, " \t"), "<") {
				return append([]string{line[:t.size]}, splitTags(strings.TrimLeft(rest, " \t"), "<", d)...)
			}
		case strings.HasSuffix(trimmed, end) && !strings.Contains(trimmed[:len(trimmed)-len(end)], end):
			if strings.TrimSpace(before) == "" || strings.HasPrefix(before, "<") || strings.HasPrefix(before, "</") {
				inner := strings.TrimSpace(trimmed[:len(trimmed)-len(end)])
				return append(append([]string{line[:t.size]}, splitTags(inner, "<", d)...), end)
			}
		case strings.TrimSpace(before) == "" || strings.HasPrefix(before, "<"):
			if i := endOf(rest, t.name); i >= 0 {
				if after := strings.TrimLeft(rest[i+len(end):], " \t"); after == "" || after[0] == '<' {
					inner := append([]string{line[:t.size]}, splitTags(strings.TrimSpace(rest[:i]), "<", d)...)
					return append(append(inner, end), splitTags(after, "<", d)...)
				}
			} else {
				return append([]string{line[:t.size]}, splitTags(strings.TrimLeft(rest, " \t"), "<", d)...)
			}
		case !strings.Contains(rest, end):
			return append([]string{line[:t.size]}, splitTags(strings.TrimLeft(rest, " \t"), "<", d)...)
		}
		return []string{line}
	}
	trimmed := strings.TrimRight(line, " \t")
	if i := strings.LastIndex(trimmed, "</"); i > 0 {
		if t, ok := scanTag(trimmed[i:]); ok && t.end && jsxName(t.name) && i+t.size == len(trimmed) && !strings.Contains(trimmed[:i], "<"+t.name) {
			return []string{trimmed[:i], trimmed[i:]}
		}
	}
	return []string{line}
}

// endOf is where the component ends that was opened before s; negative: not in it.
func endOf(s, name string) int {
	depth := 1
	for i := 0; i < len(s); i++ {
		if s[i] != '<' {
			continue
		}
		t, ok := scanTag(s[i:])
		if !ok {
			continue
		}
		switch {
		case t.name != name || t.self:
		case !t.end:
			depth++
		default:
			if depth--; depth == 0 {
				return i
			}
		}
		i += t.size - 1
	}
	return -1
}

// jsxName tells the name of a component from that of an element.
func jsxName(name string) bool {
	return name == "" || name[0] >= 'A' && name[0] <= 'Z' || strings.Contains(name, ".")
}

var templateTarget = regexp.MustCompile(`\]\((?:[^()\n{]|\{[^{%\n])*\{[{%](?:[^()\n]|\([^()\n]*\))*?[%}]\}(?:[^()\n])*\)`)

// plainTargets drops addresses that a template makes.
func plainTargets(line string) string {
	if !strings.Contains(line, "](") {
		return line
	}
	return templateTarget.ReplaceAllString(line, "](#)")
}

// ours renders what this package adds to Markdown.
type ours struct{}

func (ours) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(containerKind, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		c := n.(*container)
		if entering {
			_, _ = w.WriteString(c.opening("div") + "\n")
		} else {
			_, _ = w.WriteString("</div>\n")
		}
		return ast.WalkContinue, nil
	})
	r.Register(pieceKind, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.WriteString(n.(*piece).html)
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(moduleKind, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) { return ast.WalkSkipChildren, nil })
	r.Register(ast.KindRawHTML, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			segments := n.(*ast.RawHTML).Segments
			for i := range segments.Len() {
				s := segments.At(i)
				_, _ = w.Write(s.Value(src))
			}
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		block := n.(*ast.HTMLBlock)
		var b strings.Builder
		for i := range block.Lines().Len() {
			l := block.Lines().At(i)
			b.Write(l.Value(src))
		}
		if block.HasClosure() {
			b.Write(block.ClosureLine.Value(src))
		}
		_, _ = w.WriteString(elementsOf(b.String()) + "\n")
		return ast.WalkSkipChildren, nil
	})
}

// elementsOf rewrites the components in raw HTML as elements.
func elementsOf(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '<' {
			if t, ok := scanTag(s[i:]); ok && (jsxName(t.name) || t.self || strings.Contains(t.name, "-")) {
				b.WriteString(t.element("div"))
				i += t.size
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// element is a tag as the tree has it.
func (t tag) element(as string) string {
	switch {
	case t.name == "":
		return ""
	case !jsxName(t.name) && t.self: // <b/> opens in HTML; nobody means that
		var b strings.Builder
		b.WriteString("<" + t.name)
		for _, a := range t.attrs {
			if isWord(a.Key) {
				b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
			}
		}
		b.WriteString(">")
		if !void[strings.ToLower(t.name)] {
			b.WriteString("</" + t.name + ">")
		}
		return b.String()
	case t.end:
		return "</" + as + ">"
	case t.self:
		return t.opening(as) + "</" + as + ">"
	}
	return t.opening(as)
}

var void = map[string]bool{"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true, "link": true, "meta": true, "source": true, "track": true, "wbr": true}
