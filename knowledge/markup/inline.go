package markup

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"golang.org/x/net/html"

	"footnote/pipeline/text"

	gmtext "github.com/yuin/goldmark/text"
)

// piece is inline content of a dialect, as HTML.
type piece struct {
	ast.BaseInline
	html string
}

var pieceKind = ast.NewNodeKind("Piece")

func (p *piece) Kind() ast.NodeKind            { return pieceKind }
func (p *piece) Dump(source []byte, level int) { ast.DumpHelper(p, source, level, nil, nil) }

// inline reads the marks of dialects that begin with one character. Read returns what
// a mark shows, as HTML, and how long it is; 0 when there is none.
type inline struct {
	trigger byte
	read    func(s string, before rune, d *dialect) (shown string, size int)
}

func (i inline) Trigger() []byte { return []byte{i.trigger} }

func (i inline) Parse(_ ast.Node, block gmtext.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	shown, n := i.read(string(line[:min(len(line), maxTag)]), block.PrecendingCharacter(), pc.Get(dialectKey).(*dialect))
	if n == 0 {
		return nil
	}
	block.Advance(n)
	return &piece{html: shown}
}

var (
	attributeList = regexp.MustCompile(`^\{:?[ \t]*(?:(?:[.#][\w:-]+|[a-z][\w:-]*=(?:"[^"\n]*"|'[^'\n]*'|[^\s"'{}]+)|[a-z]+-[a-z-]+)[ \t]*)+\}|^\{::?[ \t]*/?[ \t]*[\w .#="-]*/?\}`)
	role          = regexp.MustCompile("^\\{[a-z][\\w:+-]*\\}`([^`\n]+)`")
	critic        = regexp.MustCompile(`^\{(?:\+\+(.*?)\+\+|--(.*?)--|==(.*?)==|>>(.*?)<<)\}`)
)

// braceMark reads attribute lists, templates, roles and expressions.
func braceMark(s string, _ rune, d *dialect) (string, int) {
	if m := attributeList.FindString(s); m != "" {
		return "", len(m)
	}
	if m := role.FindStringSubmatch(s); m != nil {
		return html.EscapeString(roleText(m[1])), len(m[0])
	}
	if m := critic.FindStringSubmatch(s); m != nil {
		return html.EscapeString(m[1] + m[3]), len(m[0])
	}
	if t, ok := scanTemplate(s); ok {
		return d.fill(t), t.size
	}
	if !d.jsx {
		return "", 0
	}
	n := braces(s)
	if n == 0 {
		return "", 0
	}
	return d.expression(strings.TrimSpace(s[1 : n-1])), n
}

// roleText is what a role of Sphinx shows: "title <target>" its title.
func roleText(s string) string {
	if i := strings.LastIndex(s, "<"); i > 0 && strings.HasSuffix(s, ">") {
		return strings.TrimSpace(s[:i])
	}
	return strings.TrimLeft(s, "~!.")
}

// expression is what an expression of JSX shows: a text, a known constant, else a gap.
func (d *dialect) expression(s string) string {
	if v, n := quoted(s); n == len(s) && n > 0 {
		return html.EscapeString(v)
	}
	if v, ok := d.values[s]; ok {
		return html.EscapeString(v)
	}
	switch {
	case s == "" || strings.HasPrefix(s, "/*") || strings.HasPrefix(s, "//") || s == "children" || s == "props.children":
		return ""
	case strings.Trim(s, "0123456789.-") == "":
		return s
	}
	return text.Gap
}

// parts are tags that stand for something without words.
var parts = names("icon fa fas anchor br toc image img figure video youtube vimeo gist tweet include partial embed file gallery mermaid math katex comment raw endraw highlight endhighlight")

// fill is what a tag of a template within a text shows.
func (d *dialect) fill(t template) string {
	name := plainName(t.name)
	switch {
	case t.mark == "/*":
		return html.EscapeString("{{" + t.body + "}}")
	case t.mark == "<%" || t.mark == "{{" || t.mark == "{{{":
		return d.variable(strings.TrimSpace(strings.Trim(t.body, "-= ")))
	case t.end:
		return "</span>"
	case transparent[t.name], strings.HasPrefix(t.name, "."), strings.HasPrefix(t.name, "#"):
		return ""
	case d.closers["{"+t.name] && !t.self:
		return t.opening("span")
	}
	if v := t.get(titleKeys...); v != "" {
		return html.EscapeString(v)
	}
	if v := t.get(bodyKeys...); v != "" {
		return html.EscapeString(v)
	}
	if v := t.get("0"); v != "" && shows[name] {
		return html.EscapeString(v)
	}
	if v, ok := d.values[t.get("0")]; ok && (name == "param" || name == "get") {
		return html.EscapeString(v)
	}
	if parts[name] {
		if name == "include" || name == "partial" {
			d.elsewhere++
		}
		return ""
	}
	return text.Gap
}

// shows are tags that show what they are given first.
var shows = names("kbd key keys term abbr badge button btn label tag menu menuselection guilabel highlight mark tooltip glossary link a color small")

// variable is what {{ x }} shows: a text, a value that the page has, else a gap.
func (d *dialect) variable(s string) string {
	if strings.HasPrefix(s, "#") || strings.HasPrefix(s, "/") || strings.HasPrefix(s, "!") || strings.HasPrefix(s, ">") || s == "else" { // Handlebars: blocks, comments, partials
		if strings.HasPrefix(s, ">") {
			d.elsewhere++
		}
		return ""
	}
	if v, n := quoted(s); n > 0 {
		if strings.Contains(s[n:], "_url") || strings.Contains(s[n:], "asset") {
			return ""
		}
		return html.EscapeString(v)
	}
	for _, prefix := range []string{"page.", "$frontmatter.", "frontmatter.", ".Page.", ".Params.", "meta.", ""} {
		if k, ok := strings.CutPrefix(s, prefix); ok {
			if v, ok := d.values[k]; ok {
				return html.EscapeString(v)
			}
		}
	}
	return text.Gap
}

// angleMark reads components and elements; a word in brackets that is neither stays.
func angleMark(s string, _ rune, d *dialect) (string, int) {
	if t, ok := scanTemplate(s); ok {
		return d.fill(t), t.size
	}
	t, ok := scanTag(s)
	switch {
	case !ok:
		return "", 0
	case jsxName(t.name) && (d.jsx || t.name != ""):
		if !t.end && !t.self && !d.closers["<"+strings.ToLower(t.name)] {
			if len(t.attrs) == 0 {
				return html.EscapeString(s[:t.size]), t.size // <YOUR_NAME>
			}
			return t.element("span") + "</span>", t.size
		}
		return t.element("span"), t.size
	case text.Element(t.name):
		if t.self {
			return t.element("span"), t.size
		}
		return "", 0 // as HTML is read
	case t.self || t.end || len(t.attrs) > 0 && strings.Contains(t.name, "-") || d.closers["<"+strings.ToLower(t.name)]:
		return t.element("span"), t.size
	}
	if strings.Contains(t.name, ":") {
		return "", 0 // an address
	}
	return html.EscapeString(s[:t.size]), t.size
}

var (
	alertMark = regexp.MustCompile(`^\[!(\w+)\][+-]?`)
	tocMark   = regexp.MustCompile(`(?i)^\[\[?_?toc_?\]?\]`)
)

// bracketMark reads wiki links, marks of callouts and of tables of contents.
func bracketMark(s string, _ rune, _ *dialect) (string, int) {
	if m := alertMark.FindStringSubmatch(s); m != nil {
		return `<span data-fn="alert" a-kind="` + strings.ToLower(m[1]) + `"></span>`, len(m[0])
	}
	if m := tocMark.FindString(s); m != "" {
		return "", len(m)
	}
	if !strings.HasPrefix(s, "[[") {
		return "", 0
	}
	end := strings.Index(s, "]]")
	if end < 0 || strings.ContainsAny(s[2:end], "[]") || strings.HasPrefix(s[end+2:], "(") {
		return "", 0
	}
	if found, _ := text.Placeholder(s[:end+2]); found != "" {
		return text.Gap, end + 2
	}
	return html.EscapeString(text.WikiLabel(s[2:end])), end + 2
}

// bangMark reads another page's text, or a picture, that a wiki puts in.
func bangMark(s string, _ rune, d *dialect) (string, int) {
	end := strings.Index(s, "]]")
	if !strings.HasPrefix(s, "![[") || end < 0 || strings.ContainsAny(s[3:end], "[]") {
		return "", 0
	}
	if !fileName.MatchString(s[3:end]) {
		d.elsewhere++
	}
	return "", end + 2
}

// blockName is how Obsidian names a block, at its end: ^37066d.
var blockName = regexp.MustCompile(`^\^(?:[a-f0-9]{6}|[a-zA-Z][a-zA-Z0-9-]{3,})\s*$`)

// percentMark reads what a wiki keeps from its readers: %% a note %%. One without blanks
// is a placeholder.
func percentMark(s string, before rune, _ *dialect) (string, int) {
	if text.WordRune(before) || !strings.HasPrefix(s, "%%") || len(s) < 4 || !spaceByte(s[2]) {
		return "", 0
	}
	if end := strings.Index(s[2:], "%%"); end >= 0 {
		return "", end + 4
	}
	return "", 0
}

// noteMark reads a footnote that stands in the text: ^[…].
func noteMark(s string, before rune, _ *dialect) (string, int) {
	if m := blockName.FindString(s); m != "" && unicode.IsSpace(before) {
		return "", len(m)
	}
	if !strings.HasPrefix(s, "^[") {
		return "", 0
	}
	depth := 0
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return `<span data-fn="footnote">` + html.EscapeString(text.Plain(s[2:i])) + `</span>`, i + 1
			}
		}
	}
	return "", 0
}

var (
	emoji  = regexp.MustCompile(`^:(?:100|\+1|-1):|^:[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*:(?:\{[^{}\n]*\})?`)
	inText = regexp.MustCompile(`^:([a-z][\w-]*)\[([^\]\n]*)\](?:\{[^{}\n]*\})?`)
)

// colonMark reads icons and directives within a text.
func colonMark(s string, before rune, _ *dialect) (string, int) {
	if text.WordRune(before) || before == ':' {
		return "", 0
	}
	if m := inText.FindStringSubmatch(s); m != nil {
		return html.EscapeString(m[2]), len(m[0])
	}
	if m := emoji.FindString(s); m != "" {
		if r, _ := utf8.DecodeRuneInString(s[len(m):]); len(s) == len(m) || !text.WordRune(r) {
			return "", len(m)
		}
	}
	return "", 0
}

func equalMark(s string, _ rune, _ *dialect) (string, int) {
	if !strings.HasPrefix(s, "==") || len(s) < 5 || s[2] == '=' || s[2] == ' ' {
		return "", 0
	}
	end := strings.Index(s[2:], "==")
	if end <= 0 || s[1+end] == ' ' {
		return "", 0
	}
	return html.EscapeString(text.Plain(s[2 : 2+end])), end + 4
}

var keyMark = regexp.MustCompile(`^\+\+("?[\w -]+"?(?:\+"?[\w -]+"?)*)\+\+`)

func plusMark(s string, before rune, _ *dialect) (string, int) {
	m := keyMark.FindStringSubmatch(s)
	if m == nil || unicode.IsLetter(before) {
		return "", 0
	}
	return html.EscapeString(text.Keys(strings.ReplaceAll(m[1], `"`, ""))), len(m[0])
}
