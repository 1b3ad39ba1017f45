package markup

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// Page is a page as its readers see it.
type Page struct {
	Text   string // Markdown, in NFC
	Title  string // empty when it has none
	Locale string // as HTML names it
	Kept   int    // letters and digits of Text
	// Dropped is what was left out, most first.
	Dropped []knowledge.Dropped
}

// ErrDeep is a page that nests deeper than any reader follows.
var ErrDeep = errors.New("the page is nested too deep to be read")

// Read reads a page without front matter. Values are what its variables hold, as far
// as it says so itself. Plain text comes back as it is, tidied. The error is ErrDeep,
// for HTML only: what other markups nest without end is read as plain text.
func Read(media knowledge.Media, body string, values map[string]string) (Page, error) {
	r := reading{media: media, account: account{}}
	var fragment string
	program := 0
	switch media {
	case knowledge.HTML:
		doc, err := html.Parse(strings.NewReader(body))
		if err != nil {
			return Page{}, ErrDeep
		}
		pluginsOf(doc)
		return r.page(doc), nil
	case knowledge.Markdown:
		if parts := divide(body); len(parts) > 1 {
			return inParts(parts, values)
		}
		if tooDeep(body) {
			return r.plain(body), nil
		}
		body = plugins(body)
		d := dialectOf(body, values)
		fragment = markdownToHTML(body, d)
		r.account.elsewhere += d.elsewhere
		program = d.program
	case knowledge.RST:
		fragment = rstToHTML(body, &r.account)
	case knowledge.AsciiDoc:
		fragment = asciidocToHTML(body, values, &r.account)
	case knowledge.Textile:
		fragment = textileToHTML(body)
	default:
		p := Page{Text: Tidy(body)}
		p.Kept = letters(p.Text)
		return p, nil
	}
	doc, err := html.Parse(strings.NewReader("<!doctype html><body>" + fragment))
	if err != nil {
		return r.plain(body), nil
	}
	p := r.page(doc)
	r.unread(&p, body, program)
	return p, nil
}

// largest is how many bytes of Markdown are read at once; a tree takes many times as
// much.
const largest = 1 << 18

// divide cuts a text that is too large at headings, outside of code.
func divide(s string) (parts []string) {
	from, at, fence := 0, 0, ""
	for line := range strings.Lines(s) {
		mark := fenceOf(strings.TrimLeft(line, " \t>"))
		switch {
		case fence == "" && mark != "":
			fence = mark
		case fence != "" && strings.HasPrefix(mark, fence):
			fence = ""
		case fence == "" && at-from > largest && strings.HasPrefix(line, "#"):
			parts = append(parts, s[from:at])
			from = at
		}
		at += len(line)
	}
	return append(parts, s[from:])
}

// inParts reads the parts of a page one after the other.
func inParts(parts []string, values map[string]string) (Page, error) {
	var all Page
	var b strings.Builder
	sums := map[string]*knowledge.Dropped{}
	for _, part := range parts {
		p, err := Read(knowledge.Markdown, part, values)
		if err != nil {
			return p, err
		}
		if all.Title == "" {
			all.Title = p.Title
		}
		b.WriteString(p.Text + "\n\n")
		all.Kept += p.Kept
		for _, d := range p.Dropped {
			if have := sums[d.Why]; have != nil {
				have.Letters, have.Parts = have.Letters+d.Letters, have.Parts+d.Parts
			} else {
				sums[d.Why] = &d
			}
		}
	}
	for _, d := range sums {
		all.Dropped = append(all.Dropped, *d)
	}
	sortDropped(all.Dropped)
	all.Text = strings.TrimSpace(b.String())
	return all, nil
}

// unread counts text that is in a page's source and in nothing that was made of it,
// when that is most of it: a second look at readers that take a mark for another.
func (r *reading) unread(p *Page, body string, program int) {
	seen := p.Kept + program + r.account.program
	for _, d := range p.Dropped {
		seen += d.Letters
	}
	if all := letters(tagless(body)); all-seen > all/2 && all-seen > leastUnread {
		r.account.add(notUnderstood, all-seen)
		p.Dropped = r.account.list()
	}
}

// tagless is a text without comments, tags and templates.
func tagless(s string) string {
	s = comment.ReplaceAllString(s, "")
	var b strings.Builder
	for i := 0; i < len(s); {
		switch s[i] {
		case '<':
			if t, ok := scanTag(s[i:]); ok {
				i += t.size
				continue
			}
		case '{':
			if t, ok := scanTemplate(s[i:]); ok {
				i += t.size
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// leastUnread is how many letters are looked for.
const leastUnread = 300

// reading is one page on its way.
type reading struct {
	media   knowledge.Media
	account account
	locale  string
}

// plain reads what nests too deep for its markup line by line.
func (r *reading) plain(body string) Page {
	p := Page{Text: Tidy(loose(body))}
	p.Kept, p.Dropped = letters(p.Text), r.account.list()
	return p
}

var (
	comment  = regexp.MustCompile(`(?s)<!--.*?(?:-->|\z)`)
	scripted = regexp.MustCompile(`(?is)<(script|style|noscript|template|iframe)\b[^>]*>.*?(?:</(?:script|style|noscript|template|iframe)\s*>|\z)`)
	anyTag   = regexp.MustCompile(`</?([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>`)
)

// loose takes comments, scripts and tags out of a text that no parser reads.
func loose(s string) string {
	s = comment.ReplaceAllString(s, "")
	s = scripted.ReplaceAllString(s, "")
	s = anyTag.ReplaceAllStringFunc(s, func(tag string) string {
		if m := anyTag.FindStringSubmatch(tag); text.Element(m[1]) {
			return " "
		}
		return tag
	})
	return text.FillGaps(s)
}

// page takes a tree through the second stage.
func (r *reading) page(doc *html.Node) Page {
	var p Page
	if n := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Title && n.Namespace == "" }); n != nil {
		p.Title = oneLine(textOf(n))
	}
	if n := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Html }); n != nil {
		p.Locale = attr(n, "lang")
	}
	r.locale = p.Locale
	part := r.prune(doc)
	if n := find(part, func(n *html.Node) bool { return n.DataAtom == atom.H1 }); n != nil {
		if t := oneLine(textOf(n)); t != "" {
			p.Title = text.Plain(t)
		}
	}
	bound(part, maxSpread)
	root := r.shape(part)
	w := writer{}
	w.blocks(root, "")
	p.Text = Tidy(strings.ToValidUTF8(w.out.String(), ""))
	if r.media == knowledge.Markdown && p.Title == "" {
		p.Title = firstHeading(p.Text)
	}
	p.Kept, p.Dropped = letters(p.Text), r.account.list()
	return p
}

func firstHeading(s string) string {
	for line := range strings.Lines(s) {
		if t, ok := strings.CutPrefix(strings.TrimSpace(line), "# "); ok {
			return text.Plain(t)
		}
	}
	return ""
}

var manyBlank = regexp.MustCompile(`\n{3,}`)

// Tidy settles line ends, invisible characters, trailing blanks and runs of empty
// lines.
func Tidy(s string) string {
	s = norm.NFC.String(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "", "\u200b", "", "\ufeff", "", "\u00ad", "", "\u2060", "", "\f", "\n").Replace(s))
	var b strings.Builder
	b.Grow(len(s))
	for line := range strings.Lines(s) {
		body := strings.TrimSuffix(line, "\n")
		b.WriteString(strings.TrimRight(body, " \t"))
		if len(body) != len(line) {
			b.WriteByte('\n')
		}
	}
	return strings.Trim(manyBlank.ReplaceAllString(b.String(), "\n\n"), "\n")
}

// account is how much was left out, in letters and digits, by why.
type account struct {
	by        map[string]int
	elsewhere int // texts that stand in other files
	program   int // letters of what only programs read
}

// Why text is left out. The first ones surround a page's text; the last ones may be
// part of it.
const (
	navigation    = "navigation"
	frame         = "header and footer of the site"
	around        = "feedback, related pages and the like"
	hiddenText    = "hidden text"
	controls      = "buttons and forms"
	outside       = "text outside the main part"
	struckOut     = "text that is struck out"
	diagrams      = "diagrams"
	notUnderstood = "text that was not understood"
	forInsiders   = "text for insiders only"
	elsewhere     = "texts of other files"
)

func (a *account) add(why string, n int) {
	if n != 0 {
		if a.by == nil {
			a.by = map[string]int{}
		}
		a.by[why] += n
	}
}

func (a *account) list() []knowledge.Dropped {
	var out []knowledge.Dropped
	for why, n := range a.by {
		if n <= 0 {
			continue
		}
		out = append(out, knowledge.Dropped{Why: why, Letters: n, Doubt: why == hiddenText || why == notUnderstood || why == controls || why == outside, Said: why == struckOut || why == forInsiders})
	}
	if a.elsewhere > 0 {
		out = append(out, knowledge.Dropped{Why: elsewhere, Parts: a.elsewhere})
	}
	sortDropped(out)
	return out
}

func sortDropped(out []knowledge.Dropped) {
	slices.SortFunc(out, func(a, b knowledge.Dropped) int {
		if a.Letters != b.Letters {
			return b.Letters - a.Letters
		}
		return strings.Compare(a.Why, b.Why)
	})
}

func letters(s string) (n int) {
	for _, r := range s {
		if text.WordRune(r) {
			n++
		}
	}
	return n
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func find(n *html.Node, want func(*html.Node) bool) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && want(d) {
			return d
		}
	}
	return nil
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

var opener = regexp.MustCompile(`^[ \t]*(?:>|[-+*](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$))`)

// densest is how many marks one block may have: parsers take time by their square.
const densest = 4000

// tooDeep tells Markdown that nests beyond deepest, or has more marks in one block
// than anybody writes; it is read as plain text.
func tooDeep(s string) bool {
	marks := 0
	for line := range strings.Lines(s) {
		at := opener.FindStringIndex(line)
		bare := strings.TrimSpace(line)
		if at != nil || bare == "" || bare[0] == '|' || bare[0] == '#' {
			marks = 0
		}
		for n := 0; at != nil; n++ {
			if n == deepest || n == 0 && at[1] > 6*deepest {
				return true // so many marks, or so far indented below others
			}
			line = line[at[1]:]
			at = opener.FindStringIndex(line)
		}
		for i := 0; i < len(line); i++ {
			switch line[i] {
			case '[', '<', '*', '_', '`', '{', '!', '\\', '&', '~', '^', '|', '=', ':':
				marks++
			}
		}
		if marks > densest {
			return true
		}
	}
	return false
}
