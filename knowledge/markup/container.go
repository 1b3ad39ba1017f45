package markup

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
)

// container is a block that holds others: a directive, an admonition, a tab, a
// component, a paired shortcode, in whatever spelling.
type container struct {
	ast.BaseBlock
	tag
	how    closing
	mark   string // what closes it
	indent int    // columns of its content; -1: not known yet

	options bool // lines of :key: value may still follow
}

// closing is how a container ends.
type closing int

const (
	byFence    closing = iota // a line of the same mark, at least as long
	byIndent                  // the first line that is not indented
	byTag                     // a closing component
	byTemplate                // a closing shortcode
	atOnce                    // it has no content
	bySpace                   // the first line that is not indented, as components indent
)

var containerKind = ast.NewNodeKind("Container")

func (c *container) Kind() ast.NodeKind            { return containerKind }
func (c *container) Dump(source []byte, level int) { ast.DumpHelper(c, source, level, nil, nil) }
func (c *container) with(name string, title string) *container {
	c.name = name
	if title != "" {
		c.attrs = append(c.attrs, html.Attribute{Key: "title", Val: title})
	}
	return c
}

// containers reads the lines that open and close containers.
type containers struct{}

func (containers) Trigger() []byte                             { return []byte(":!?=</{`@") }
func (containers) CanInterruptParagraph() bool                 { return true }
func (containers) CanAcceptIndentedLine() bool                 { return true }
func (containers) Close(ast.Node, text.Reader, parser.Context) {}

func (containers) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	raw, _ := r.PeekLine()
	d := pc.Get(dialectKey).(*dialect)
	indent, _ := util.IndentWidth(raw, r.LineOffset())
	if indent > 3 && (!d.jsx || parent.Kind() != containerKind) {
		return nil, parser.NoChildren
	}
	line := strings.TrimSpace(string(raw))
	c := openContainer(line, d)
	if c == nil {
		return nil, parser.NoChildren
	}
	c.indent, c.options = -1, c.how == byFence && d.myst
	if depth(parent) > deepest {
		c.how = atOnce
	}
	r.AdvanceToEOL()
	if c.how == atOnce {
		return c, parser.NoChildren
	}
	return c, parser.HasChildren
}

// spaced reads what is indented where that makes no code: among components.
type spaced struct{ containers }

func (spaced) Trigger() []byte             { return nil }
func (spaced) CanInterruptParagraph() bool { return false }

func (spaced) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	raw, segment := r.PeekLine()
	w, _ := util.IndentWidth(raw, r.LineOffset())
	if w <= 3 || depth(parent) > deepest {
		return nil, parser.NoChildren
	}
	advance(r, raw, segment, w)
	return &container{tag: tag{name: "nothing"}, how: bySpace, indent: w}, parser.HasChildren
}

// deepest is how many containers may stand in one another.
const deepest = 32

func depth(n ast.Node) (d int) {
	for ; n != nil; n = n.Parent() {
		if n.Kind() == containerKind {
			d++
		}
	}
	return d
}

func (containers) Continue(n ast.Node, r text.Reader, pc parser.Context) parser.State {
	c := n.(*container)
	raw, segment := r.PeekLine()
	line := strings.TrimSpace(string(raw))
	if c.how == atOnce {
		return parser.Close
	}
	if c.how == bySpace {
		w, _ := util.IndentWidth(raw, r.LineOffset())
		if line != "" && w <= 3 {
			return parser.Close
		}
		advance(r, raw, segment, min(w, c.indent))
		return parser.Continue | parser.HasChildren
	}
	if c.how == byIndent {
		if line == "" {
			return parser.Continue | parser.HasChildren
		}
		if w, _ := util.IndentWidth(raw, r.LineOffset()); w < 4 && !(w >= 2 && c.indent == w) {
			if w >= 2 && c.indent < 0 { // written with less
				c.indent = w
			} else {
				return parser.Close
			}
		}
		if c.indent < 0 {
			c.indent = 4
		}
		advance(r, raw, segment, c.indent)
		return parser.Continue | parser.HasChildren
	}
	if c.options = c.options && optionLine.MatchString(line); c.options {
		r.AdvanceToEOL()
		return parser.Continue | parser.HasChildren
	}
	if last := pc.LastOpenedBlock().Node; last == nil || last.Kind() != ast.KindFencedCodeBlock {
		if c.closedBy(line) && !deeper(c, line, pc) {
			if c.mark != "@" { // a tab is closed by the next one
				r.AdvanceToEOL()
			}
			return parser.Close
		}
	}
	if line != "" && c.how != byFence {
		w, _ := util.IndentWidth(raw, r.LineOffset())
		if c.indent < 0 {
			c.indent = w
		}
		if take := min(w, c.indent); take > 0 {
			advance(r, raw, segment, take)
		}
	}
	return parser.Continue | parser.HasChildren
}

// deeper tells whether a container within c is what the line closes.
func deeper(c *container, line string, pc parser.Context) bool {
	blocks := pc.OpenedBlocks()
	for i := len(blocks) - 1; i >= 0 && blocks[i].Node != ast.Node(c); i-- {
		if inner, ok := blocks[i].Node.(*container); ok && inner.closedBy(line) && !(inner.mark == "@" && c.mark != "@") {
			return true
		}
	}
	return false
}

// advance takes so many columns off a line.
func advance(r text.Reader, line []byte, segment text.Segment, columns int) {
	pos, padding := util.IndentPositionPadding(line, r.LineOffset(), segment.Padding, columns)
	if pos >= 0 {
		r.AdvanceAndSetPadding(pos, padding)
	}
}

func (c *container) closedBy(line string) bool {
	switch c.how {
	case byFence:
		if n := len(c.mark); strings.HasPrefix(line, c.mark) && strings.Trim(line, c.mark[:1]) == "" {
			return c.mark[0] != '@' && (len(line) >= n && n > 2 || len(line) == n)
		}
		return c.mark == "@" && (strings.HasPrefix(line, "@tab") || strings.HasPrefix(line, ":::"))
	case byTag:
		t, ok := scanTag(line)
		return ok && t.end && t.name == c.name && t.size == len(line)
	case byTemplate:
		t, ok := scanTemplate(line)
		return ok && (t.end && t.name == c.name) && t.size == len(line)
	}
	return false
}

var (
	directive  = regexp.MustCompile(`^(:{3,})\s*(?:\{([^{}]*)\}|([\w.-]+))?\s*(?:\[(.*?)\])?\s*(?:\{([^{}]*)\})?\s*(.*?)\s*:*$`)
	leaf       = regexp.MustCompile(`^::([\w-]+)(?:\[(.*?)\])?(?:\{([^{}]*)\})?$`)
	admonition = regexp.MustCompile(`^(?:!!!|\?\?\?)\+?\s+([\w-]+(?:\s+[\w-]+)*)?\s*(?:"(.*)")?\s*$`)
	contentTab = regexp.MustCompile(`^===[!+]?\s+"(.*)"\s*$`)
	blockMark  = regexp.MustCompile(`^(/{3,})\s*([\w-]+)\s*(?:\|\s*(.*))?$`)
	myst       = regexp.MustCompile("^(`{3,}|:{3,})\\{([\\w:-]+)\\}\\s*(.*)$")
	optionLine = regexp.MustCompile(`^:[a-z][\w-]*:(?:\s.*)?$`)
	tabMark    = regexp.MustCompile(`^@tab(?::\w+)?\s+(.+)$`)
)

// verbatim are directives in a code fence whose content is no text.
var verbatim = names("code code-block code-cell sourcecode literalinclude math mermaid raw eval-rst image figure toctree include autoclass automodule autofunction contents")

// openContainer reads a line that opens a container; nil when it does not.
func openContainer(line string, d *dialect) *container {
	switch {
	case strings.HasPrefix(line, ":::"):
		return fenced(line)
	case strings.HasPrefix(line, "::"):
		if m := leaf.FindStringSubmatch(line); m != nil {
			c := (&container{how: atOnce, tag: attributesOf(m[3])}).with(m[1], "")
			c.attrs = append(c.attrs, html.Attribute{Key: "text", Val: m[2]})
			if d.closers["::"] { // a block of Nuxt Content
				c.how, c.mark = byFence, "::"
			}
			return c
		}
	case strings.HasPrefix(line, "!!!"), strings.HasPrefix(line, "???"):
		if m := admonition.FindStringSubmatch(line); m != nil && (m[1] != "" || m[2] != "") {
			kind, _, _ := strings.Cut(m[1], " ")
			return (&container{how: byIndent}).with(kind, m[2])
		}
	case strings.HasPrefix(line, "==="):
		if m := contentTab.FindStringSubmatch(line); m != nil {
			return (&container{how: byIndent}).with("tab", m[1])
		}
	case strings.HasPrefix(line, "///"):
		if m := blockMark.FindStringSubmatch(line); m != nil {
			return (&container{how: byFence, mark: m[1]}).with(m[2], m[3])
		}
	case strings.HasPrefix(line, "```{"):
		if m := myst.FindStringSubmatch(line); m != nil && !verbatim[m[2]] {
			return (&container{how: byFence, mark: m[1]}).with(m[2], m[3])
		}
	case strings.HasPrefix(line, "@tab"):
		if m := tabMark.FindStringSubmatch(line); m != nil {
			return (&container{how: byFence, mark: "@"}).with("tab", m[1])
		}
	case strings.HasPrefix(line, "<"):
		t, ok := scanTag(line)
		if ok && !t.end && jsxName(t.name) && t.size == len(line) {
			c := &container{how: byTag, tag: t}
			if t.self || t.name == "" || !d.closers["<"+strings.ToLower(t.name)] {
				c.how = atOnce
			}
			return c
		}
		if t, ok := scanTemplate(line); ok && t.size == len(line) { // <% … %>
			return &container{how: atOnce}
		}
	case strings.HasPrefix(line, "{{<"), strings.HasPrefix(line, "{{%"), strings.HasPrefix(line, "{%"):
		return shortcode(line, d)
	}
	return nil
}

// fenced reads ":::name Title".
func fenced(line string) *container {
	m := directive.FindStringSubmatch(line)
	if m == nil || m[2] == "" && m[3] == "" {
		return nil
	}
	c := &container{how: byFence, mark: m[1], tag: attributesOf(m[5] + " " + m[2])}
	name, title := m[3], m[4]
	if title == "" {
		title = m[6]
	}
	if name == "" { // ::: {.callout-note title="…"}, :::{note} Title
		name, _, _ = strings.Cut(strings.TrimLeft(strings.TrimSpace(m[2]), "."), " ")
		name = strings.TrimPrefix(name, "callout-")
	}
	return c.with(name, title)
}

// attributesOf reads .class #id key="value".
func attributesOf(s string) (t tag) {
	for i := 0; i < len(s); {
		if spaceByte(s[i]) || s[i] == ',' {
			i++
			continue
		}
		a, n := scanAttribute(s[i:], ",")
		if n == 0 {
			i++
			continue
		}
		if a.Val != "" {
			t.attrs = append(t.attrs, a)
		}
		i += n
	}
	return t
}

// transparent are template tags that choose or repeat: what they hold stays.
var transparent = names("if unless else elsif elseif case when for endif capture assign set increment liquid block extends cycle break continue layout render")

// shortcode reads a line that is one tag of a template.
func shortcode(line string, d *dialect) *container {
	t, ok := scanTemplate(line)
	if !ok || t.size != len(line) || t.mark == "/*" || t.mark == "{{" {
		return nil
	}
	c := &container{how: atOnce, tag: t.tag}
	switch {
	case t.name == "if" && !t.end && d.closers["{if"] && insiders(t.body):
		c.how = byTemplate
	case t.end, transparent[t.name]:
		c.tag = tag{name: "nothing"}
	case t.name == "include" || t.name == "partial" || t.name == "import" || t.name == "includecontents":
		if t.get("content", "text", "title", "body") == "" {
			d.elsewhere++
		}
	case !t.self && d.closers["{"+t.name]:
		c.how = byTemplate
	}
	return c
}

// modules reads the lines of a page of MDX that are program text.
type modules struct{}

type module struct {
	ast.BaseBlock
	open  int    // brackets that are not closed yet
	until string // a note for writers, up to this
	over  bool   // the note has ended
}

// brackets counts what a line of program text opens and does not close.
func brackets(line string) (open int) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '{', '(', '[':
			open++
		case '}', ')', ']':
			open--
		case '"', '\'':
			if _, n := quoted(line[i:]); n > 0 {
				i += n - 1
			}
		}
	}
	return open
}

var (
	moduleKind = ast.NewNodeKind("Module")
	moduleOpen = regexp.MustCompile(`^(?:import\s+(?:[\w*{'"$]|type\s)|export\s+(?:const|let|var|default|function|async|type|interface|\{|\*))`)
)

func (*module) Kind() ast.NodeKind                          { return moduleKind }
func (m *module) Dump(source []byte, level int)             { ast.DumpHelper(m, source, level, nil, nil) }
func (m *module) IsRaw() bool                               { return true }
func (modules) Trigger() []byte                             { return []byte("ie-*{%(+") }
func (modules) CanInterruptParagraph() bool                 { return false }
func (modules) CanAcceptIndentedLine() bool                 { return false }
func (modules) Close(ast.Node, text.Reader, parser.Context) {}

var (
	includeLine = regexp.MustCompile(`^-+8<-+\s`)
	targetLine  = regexp.MustCompile(`^\([\w.:-]+\)=$`)
	abbrLine    = regexp.MustCompile(`^\*\[[^\]]+\]:\s`)
)

func (modules) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	d := pc.Get(dialectKey).(*dialect)
	raw, _ := r.PeekLine()
	line := strings.TrimSpace(string(raw))
	switch {
	case includeLine.MatchString(line):
		d.elsewhere++
	case abbrLine.MatchString(line), targetLine.MatchString(line):
	case line == "%%": // a note of Obsidian, up to the next one
		r.AdvanceToEOL()
		return &module{until: "%%"}, parser.NoChildren
	case d.jsx && strings.HasPrefix(line, "{/*") && !strings.Contains(line, "*/}"):
		d.program += letters(line)
		r.AdvanceToEOL()
		return &module{until: "*/}"}, parser.NoChildren
	case d.myst && (strings.HasPrefix(line, "% ") || line == "+++"):
	case d.jsx && moduleOpen.MatchString(line) && (parent.Parent() == nil || moduleLine.MatchString(line)):
	default:
		return nil, parser.NoChildren
	}
	d.program += letters(line)
	r.AdvanceToEOL()
	return &module{open: brackets(line)}, parser.NoChildren
}

// Continue: program text ends at the first blank line outside of braces.
func (modules) Continue(n ast.Node, r text.Reader, pc parser.Context) parser.State {
	raw, _ := r.PeekLine()
	line := strings.TrimSpace(string(raw))
	m, d := n.(*module), pc.Get(dialectKey).(*dialect)
	if m.over {
		return parser.Close
	}
	if m.until != "" {
		d.program += letters(line)
		r.AdvanceToEOL()
		m.over = strings.HasSuffix(line, m.until)
		return parser.Continue | parser.NoChildren
	}
	if m.open > 0 {
		d.program += letters(line)
		m.open += brackets(line)
		r.AdvanceToEOL()
		return parser.Continue | parser.NoChildren
	}
	if line == "" || !d.jsx || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "<") {
		return parser.Close
	}
	r.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func names(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}
