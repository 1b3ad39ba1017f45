package text

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

var blankRuns = regexp.MustCompile(`\s+`)

// Plain returns the words of a piece of Markdown on one line, as a reader of the page
// sees them: links by their text, code as it is written, entities as characters,
// without emphasis, heading and bullet marks, pictures, tags, footnote marks and the
// marks of Markdown's extensions. Step numbers stay.
func Plain(md string) string {
	if strings.ContainsAny(md, "*_[]`#>!<|\\~-+&{=:^") {
		p := plainer{s: md}
		md = p.run()
	}
	return strings.TrimSpace(blankRuns.ReplaceAllString(md, " "))
}

// plainer reads a text once, from left to right.
type plainer struct {
	s    string
	out  strings.Builder
	bold []int // lengths of emphasis that is open
	last rune  // written before
	// none says of a closing mark that the rest of the text has none.
	none map[string]bool
}

func (p *plainer) run() string {
	p.none = map[string]bool{}
	for i := 0; i < len(p.s); {
		if i == 0 || p.s[i-1] == '\n' {
			i += lineMarks(p.s[i:])
			if i >= len(p.s) {
				break
			}
		}
		if n := p.mark(i); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(p.s[i:])
		p.put(p.s[i : i+size])
		p.last = r
		i += size
	}
	return p.out.String()
}

func (p *plainer) put(s string) {
	p.out.WriteString(s)
	if s != "" {
		p.last, _ = utf8.DecodeLastRuneInString(s)
	}
}

var leadRE = regexp.MustCompile(`^(?:[ \t]*(?:#{1,6}[ \t]+|>[ \t]?(?:\[![A-Za-z]+\][ \t]*)?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?))+`)

// lineMarks is the length of the marks that a line begins with.
func lineMarks(s string) int {
	if s == "" || strings.IndexByte(" \t#>-*+", s[0]) < 0 {
		return 0
	}
	return len(leadRE.FindString(s[:min(len(s), 400)]))
}

// mark reads a mark at i, writes what it shows, and returns its length; 0 when there
// is none.
func (p *plainer) mark(i int) int {
	s := p.s[i:]
	switch s[0] {
	case '\\':
		if len(s) > 1 && strings.IndexByte("\\`*_{}[]()#+.!<>~|=^-", s[1]) >= 0 {
			p.put(s[1:2])
			return 2
		}
	case '`':
		return p.code(s)
	case '!':
		if strings.HasPrefix(s, "![") {
			return p.link(s[1:], true)
		}
	case '[':
		return p.bracket(s)
	case '<':
		return p.tag(s)
	case '&':
		return p.entity(s)
	case '*', '_':
		return p.emphasis(i)
	case '~', '=', '+':
		return p.pair(s)
	case '{':
		return len(attributes.FindString(s[:min(len(s), maxMark)]))
	case '^':
		if strings.HasPrefix(s, "^[") {
			if text, n := p.enclosed(s[1:]); n > 0 {
				p.put(" (" + Plain(text) + ")")
				return n + 1
			}
		}
	case ':':
		if !WordRune(p.last) {
			return len(icon.FindString(s[:min(len(s), maxMark)]))
		}
	}
	return 0
}

// maxMark is how far the end of a mark is looked for, in bytes.
const maxMark = 2000

var (
	attributes = regexp.MustCompile(`^\{:?[ \t]*(?:(?:[.#][\w:-]+|[a-z][\w:-]*=(?:"[^"\n]*"|'[^'\n]*'|[^\s"'{}]+))[ \t]*)+\}|^\{::?[ \t]*/?[ \t]*[\w .#="-]*/?\}`)
	icon       = regexp.MustCompile(`^:[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*:`)
	keys       = regexp.MustCompile(`^\+\+[a-z0-9-]+(?:\+[a-z0-9-]+)*\+\+`)
)

// code writes code as it is.
func (p *plainer) code(s string) int {
	n := 0
	for n < len(s) && s[n] == '`' {
		n++
	}
	fence := s[:n]
	if p.none[fence] {
		return n // a mark without its other half
	}
	for at := n; ; {
		j := strings.Index(s[at:], fence)
		if j < 0 {
			p.none[fence] = true
			return n
		}
		at += j
		k := at
		for k < len(s) && s[k] == '`' {
			k++
		}
		if k-at == n {
			p.put(strings.Trim(s[n:at], " \n"))
			return k
		}
		at = k
	}
}

// bracket reads links, wiki links and footnote marks.
func (p *plainer) bracket(s string) int {
	if strings.HasPrefix(s, "[^") {
		if _, n := p.enclosed(s); n > 0 && n < 60 {
			return n
		}
	}
	if strings.HasPrefix(s, "[[") {
		if end := strings.Index(s[:min(len(s), 300)], "]]"); end > 0 && !strings.ContainsAny(s[2:end], "[]\n") {
			if found, _ := Placeholder(s[:end+2]); found == "" {
				p.put(WikiLabel(s[2:end]))
				return end + 2
			}
		}
	}
	return p.link(s, false)
}

// WikiLabel is what a wiki link shows: its label, or the last part of its target.
func WikiLabel(s string) string {
	if _, label, ok := strings.Cut(s, "|"); ok {
		return strings.TrimSpace(label)
	}
	s, anchor, _ := strings.Cut(s, "#")
	if s == "" {
		s = anchor
	}
	return strings.TrimSpace(s[strings.LastIndexByte(s, '/')+1:])
}

// link reads [text](address), [text][name] and pictures.
func (p *plainer) link(s string, picture bool) int {
	inner, n := p.enclosed(s)
	if n == 0 || n == len(s) {
		return 0
	}
	extra := 0
	if picture {
		extra = 1
	}
	switch s[n] {
	case '(':
		m := target(s[n:])
		if m == 0 {
			return 0
		}
		n += m
	case '[':
		name, m := p.enclosed(s[n:])
		if m == 0 || strings.ContainsAny(name, ".") && inner == "" {
			return 0
		}
		n += m
	default:
		return 0
	}
	if !picture {
		p.put(Plain(inner))
	}
	return n + extra
}

// enclosed returns what stands between a bracket at the head of s and its other half.
func (p *plainer) enclosed(s string) (inner string, n int) {
	depth := 0
	for i := 0; i < len(s) && i < maxMark; i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			if depth++; depth > 3 {
				return "", 0
			}
		case ']':
			if depth--; depth == 0 {
				return s[1:i], i + 1
			}
		}
	}
	return "", 0
}

// target is the length of an address in brackets at the head of s, with a title.
func target(s string) int {
	depth := 0
	for i := 0; i < len(s) && i < maxMark; i++ {
		switch s[i] {
		case '\\':
			i++
		case '\n':
			return 0
		case '"':
			if j := strings.IndexByte(s[i+1:min(len(s), i+maxMark)], '"'); j >= 0 {
				i += j + 1
			}
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		case ' ', '\t': // only a title follows
			rest := strings.TrimLeft(s[i:min(len(s), i+maxMark)], " \t")
			if rest == "" || strings.IndexByte(`"'()`, rest[0]) < 0 {
				return 0
			}
		}
	}
	return 0
}

// tag reads an element of HTML, a comment, or an address in pointed brackets.
func (p *plainer) tag(s string) int {
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s, "-->"); end > 0 {
			return end + 3
		}
		return 0
	}
	end := strings.IndexByte(s[:min(len(s), maxMark)], '>')
	if end < 2 || strings.IndexByte(s[1:end], '<') >= 0 {
		return 0
	}
	inner := s[1:end]
	if strings.HasPrefix(inner, "http") && strings.Contains(inner, "://") && !strings.ContainsAny(inner, " \n") {
		p.put(inner)
		return end + 1
	}
	name := strings.TrimLeft(inner, "/")
	if i := strings.IndexFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '/' }); i >= 0 {
		name = name[:i]
	}
	if !Element(name) {
		return 0
	}
	p.put(" ")
	return end + 1
}

// Element tells whether HTML has an element of this name.
func Element(name string) bool {
	a := atom.Lookup([]byte(strings.ToLower(name)))
	return a != 0 && elements[a]
}

var elements = func() map[atom.Atom]bool {
	out := map[atom.Atom]bool{}
	for _, name := range strings.Fields(`a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog
		div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main map mark menu meta meter nav noscript
		object ol optgroup option output p param picture pre progress q rp rt ruby s samp script section select slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead
		time title tr track tt u ul var video wbr`) {
		out[atom.Lookup([]byte(name))] = true
	}
	return out
}()

func (p *plainer) entity(s string) int {
	end := strings.IndexByte(s[:min(len(s), 34)], ';')
	if end < 2 {
		return 0
	}
	if c := html.UnescapeString(s[:end+1]); c != s[:end+1] {
		if c == "\u00a0" {
			c = " "
		}
		p.put(c)
		return end + 1
	}
	return 0
}

// emphasis drops marks that open or close around words; "a * b" and snake_case stay.
func (p *plainer) emphasis(i int) int {
	s := p.s[i:]
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	before, after := ' ', ' '
	if i > 0 && p.s[i-1] != '\n' {
		before, _ = utf8.DecodeLastRuneInString(p.s[:i])
	}
	if n < len(s) {
		after, _ = utf8.DecodeRuneInString(s[n:])
	}
	open := !unicode.IsSpace(after) && n < len(s)
	shut := !unicode.IsSpace(before) && i > 0
	if s[0] == '_' { // within words it is a letter
		open, shut = open && !WordRune(before), shut && !WordRune(after)
	}
	key := string(s[0])
	switch {
	case n > 3:
		return 0
	case shut && p.opened(s[0]):
		p.bold = p.bold[:len(p.bold)-1]
		return n
	case open && !p.none[key] && closes(s[n:], s[0]):
		p.bold = append(p.bold, int(s[0]))
		return n
	case open:
		p.none[key] = true
	}
	p.put(s[:n])
	return n
}

func (p *plainer) opened(c byte) bool {
	for i := len(p.bold) - 1; i >= 0; i-- {
		if p.bold[i] == int(c) {
			p.bold = append(p.bold[:i], append(p.bold[i+1:], p.bold[i])...)
			return true
		}
	}
	return false
}

// closes tells whether a mark stands behind a word somewhere in the paragraph.
func closes(s string, c byte) bool {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\n' && i+1 < len(s) && s[i+1] == '\n':
			return false
		case s[i] == c && !spaceBefore(s, i) && (c == '*' || i+1 >= len(s) || !wordAt(s[i+1:])):
			return true
		}
	}
	return false
}

func spaceBefore(s string, i int) bool { return s[i-1] == ' ' || s[i-1] == '\n' || s[i-1] == '\t' }

func wordAt(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return WordRune(r)
}

// pair reads ~~struck out~~, ==marked== and ++keys++.
func (p *plainer) pair(s string) int {
	if len(s) < 4 || s[1] != s[0] {
		return 0
	}
	if s[0] == '+' {
		m := keys.FindString(s[:min(len(s), 100)])
		if m != "" {
			p.put(Keys(m[2 : len(m)-2]))
		}
		return len(m)
	}
	mark := s[:2]
	if p.none[mark] || s[2] == s[0] || s[2] == ' ' {
		return 0
	}
	end := strings.Index(s[2:], mark)
	if end <= 0 || strings.Contains(s[2:2+end], "\n\n") {
		p.none[mark] = true
		return 0
	}
	if s[2+end-1] == ' ' {
		return 0
	}
	if s[0] == '=' {
		p.put(Plain(s[2 : 2+end]))
	}
	return end + 4
}

// Keys is how a combination of keys is written for readers: "ctrl+r" is Ctrl+R.
func Keys(s string) string {
	parts := strings.Split(s, "+")
	for i, k := range parts {
		r, size := utf8.DecodeRuneInString(k)
		parts[i] = string(unicode.ToUpper(r)) + k[size:]
	}
	return strings.Join(parts, "+")
}
