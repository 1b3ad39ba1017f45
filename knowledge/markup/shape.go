package markup

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// shaper makes the tree of a page plain: a list of blocks, each a heading, a
// paragraph, a list, a table, code or a quote.
type shaper struct {
	*reading
	blocky map[*html.Node]bool // nodes with a block inside
	lang   string
	out    []*html.Node
}

// shape returns the blocks of a page's part below one node.
func (r *reading) shape(part *html.Node) *html.Node {
	r.footnotes(part)
	s := shaper{reading: r, blocky: map[*html.Node]bool{}, lang: text.Language(r.locale, textOf(part))}
	s.lang, _, _ = strings.Cut(strings.ToLower(s.lang), "-")
	s.findBlocks(part)
	return s.container(part, atom.Div, true)
}

// container returns a node of the given kind with the blocks of n.
func (s *shaper) container(n *html.Node, kind atom.Atom, top bool) *html.Node {
	below := shaper{reading: s.reading, blocky: s.blocky, lang: s.lang}
	below.children(n)
	return below.into(element(kind), top)
}

func (s *shaper) into(to *html.Node, top bool) *html.Node {
	s.out = placeTitles(s.out, top)
	if to.DataAtom == atom.Li {
		s.out = namedItem(s.out)
	}
	s.out = procedures(s.out)
	for _, b := range s.out {
		to.AppendChild(b)
	}
	return to
}

func element(kind atom.Atom, children ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, DataAtom: kind, Data: kind.String()}
	for _, c := range children {
		n.AppendChild(c)
	}
	return n
}

func words(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

var blockElements = func() map[atom.Atom]bool {
	out := map[atom.Atom]bool{}
	for _, a := range []atom.Atom{atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Dd, atom.Details, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Dialog, atom.Legend} {
		out[a] = true
	}
	return out
}()

func (s *shaper) findBlocks(n *html.Node) bool {
	inside := false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		inside = s.findBlocks(c) || inside
	}
	s.blocky[n] = inside
	return inside || n.Type == html.ElementNode && blockElements[n.DataAtom]
}

// children adds the blocks of n's children; what stands between blocks becomes
// paragraphs.
func (s *shaper) children(n *html.Node) {
	var line *html.Node
	parts := attr(n, "data-fn") != "" && onlyParts(n)
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		isBlock := c.Type == html.ElementNode && (blockElements[c.DataAtom] || s.blocky[c] || parts)
		switch panel := opened(c); {
		case panel != nil && (line == nil || isBlock):
			line = nil
			s.title(inlineText(c))
			next = panel.NextSibling
			s.block(panel)
			s.end()
		case isBlock:
			line = nil
			s.block(c)
		case line == nil && c.Type == html.TextNode && strings.TrimSpace(c.Data) == "":
		default:
			if line == nil {
				line = element(atom.P)
				s.out = append(s.out, line)
			}
			n.RemoveChild(c)
			line.AppendChild(c)
		}
		c = next
	}
}

// onlyParts tells whether all that a component holds are components.
func onlyParts(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && attr(c, "data-fn") == "" || c.Type != html.ElementNode && strings.TrimSpace(c.Data) != "" {
			return false
		}
	}
	return n.FirstChild != nil
}

// opened returns the panel that a control opens, which stands behind it; nil when n is
// none.
func opened(n *html.Node) *html.Node {
	control := n
	for control.Type == html.ElementNode && control.DataAtom == atom.Div && !has(control, "aria-expanded") {
		only := onlyElement(control)
		if only == nil {
			return nil
		}
		control = only
	}
	if control.DataAtom != atom.Button && !(has(control, "aria-expanded") && !headed(control)) || wordless(textOf(n)) {
		return nil
	}
	panel := n.NextSibling
	for panel != nil && panel.Type != html.ElementNode {
		if strings.TrimSpace(panel.Data) != "" {
			return nil
		}
		panel = panel.NextSibling
	}
	if panel == nil || !blockElements[panel.DataAtom] || headingLevel(panel) > 0 {
		return nil
	}
	return panel
}

func headed(n *html.Node) bool {
	return find(n, func(d *html.Node) bool { return headingLevel(d) > 0 }) != nil
}

// onlyElement is the element that is all of a node; nil when there is more.
func onlyElement(n *html.Node) (only *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.ElementNode && only == nil:
			only = c
		case c.Type == html.ElementNode, strings.TrimSpace(c.Data) != "":
			return nil
		}
	}
	return only
}

// block adds what an element shows.
func (s *shaper) block(n *html.Node) {
	if name := attr(n, "data-fn"); name != "" {
		s.component(n, name)
		return
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		if s.blocky[n] {
			flatten(n)
		}
		dropPermalinks(n)
		s.keep(n)
	case atom.P:
		if s.blocky[n] {
			s.children(n)
		} else if c := onlyComponent(n); c != nil {
			s.component(c, attr(c, "data-fn"))
		} else {
			s.keep(n)
		}
	case atom.Pre:
		s.code(n)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		s.list(n)
	case atom.Blockquote:
		if s.media == knowledge.HTML && s.admonition(n) {
			return
		}
		s.quote(n)
	case atom.Table:
		s.table(n)
	case atom.Details:
		s.details(n)
	case atom.Dl:
		s.definitions(n)
	case atom.Hr:
	case atom.Figure:
		s.figure(n)
	case atom.Legend, atom.Summary:
		s.title(oneLine(textOf(n)))
		s.end()
	default:
		if s.media == knowledge.HTML && s.admonition(n) {
			return
		}
		s.children(n)
	}
}

func (s *shaper) keep(n *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
	s.out = append(s.out, n)
}

// flatten makes blocks inside a heading inline.
func flatten(n *html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && blockElements[d.DataAtom] {
			d.Data, d.DataAtom = "span", atom.Span
		}
	}
}

// dropPermalinks takes the sign off a heading that links to itself.
func dropPermalinks(n *html.Node) {
	var gone []*html.Node
	for d := range n.Descendants() {
		if d.DataAtom == atom.A && strings.HasPrefix(attr(d, "href"), "#") && wordless(textOf(d)) || d.Data == leads {
			gone = append(gone, d)
		}
	}
	for _, d := range gone {
		if d.Parent != nil {
			d.Parent.RemoveChild(d)
		}
	}
}

// onlyComponent returns the component that is all of a paragraph.
func onlyComponent(p *html.Node) *html.Node {
	var only *html.Node
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) == "":
		case only == nil && c.Type == html.ElementNode && attr(c, "data-fn") != "" && attr(c, "data-fn") != "footnote":
			only = c
		default:
			return nil
		}
	}
	return only
}

// code keeps a block of code as its text.
func (s *shaper) code(n *html.Node) {
	lang := ""
	for _, class := range strings.Fields(attr(n, "class") + " " + attr(n.Parent, "class")) {
		lang = firstOf(lang, strings.TrimPrefix(class, "language-"), class)
	}
	if c := find(n, func(d *html.Node) bool { return d.DataAtom == atom.Code }); c != nil {
		for _, class := range strings.Fields(attr(c, "class")) {
			lang = firstOf(lang, strings.TrimPrefix(class, "language-"), class)
		}
	}
	if strings.HasPrefix(lang, "mermaid") || strings.HasPrefix(lang, "plantuml") || lang == "dot" {
		s.account.add(diagrams, letters(textOf(n)))
		return
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		} else if d.DataAtom == atom.Br {
			b.WriteByte('\n')
		}
	}
	pre := element(atom.Pre, words(b.String()))
	pre.Attr = []html.Attribute{{Key: "lang", Val: lang}}
	s.out = append(s.out, pre)
}

// firstOf takes the language that a class names, if none is known yet.
func firstOf(have, name, class string) string {
	if have != "" || name == class {
		return have
	}
	name, _, _ = strings.Cut(name, "{")
	return strings.Trim(name, ",;")
}

func (s *shaper) list(n *html.Node) {
	kind := n.DataAtom
	if kind != atom.Ol {
		kind = atom.Ul
	}
	list := element(kind)
	if start := attr(n, "start"); start != "" && kind == atom.Ol {
		list.Attr = []html.Attribute{{Key: "start", Val: start}}
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.DataAtom == atom.Li:
			item := s.container(c, atom.Li, false)
			if v := attr(c, "value"); v != "" && kind == atom.Ol && list.FirstChild == nil {
				list.Attr = []html.Attribute{{Key: "start", Val: v}}
			}
			if item.FirstChild != nil {
				list.AppendChild(item)
			}
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) == "":
		default: // what stands between items belongs to the one before
			holder := element(atom.Div)
			n.RemoveChild(c)
			holder.AppendChild(c)
			s.findBlocks(holder)
			below := s.container(holder, atom.Li, false)
			if list.LastChild == nil {
				list.AppendChild(below)
			} else {
				moveChildren(below, list.LastChild)
			}
		}
		c = next
	}
	if list.FirstChild != nil {
		s.out = append(s.out, list)
	}
}

func moveChildren(from, to *html.Node) {
	for from.FirstChild != nil {
		c := from.FirstChild
		from.RemoveChild(c)
		to.AppendChild(c)
	}
}

// figure keeps the words under a picture, and what it holds besides pictures.
func (s *shaper) figure(n *html.Node) {
	caption := find(n, func(d *html.Node) bool { return d.DataAtom == atom.Figcaption })
	above := caption != nil && strings.TrimSpace(textBefore(n, caption)) == "" && find(n, func(d *html.Node) bool { return d.DataAtom == atom.Pre }) != nil
	if above { // the name of a file
		s.children(caption)
	}
	if caption != nil {
		caption.Parent.RemoveChild(caption)
	}
	s.children(n)
	if caption != nil && !above {
		s.children(caption)
	}
}

// textBefore is the text of n before a node in it.
func textBefore(n, at *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d == at {
			break
		}
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func inlineText(n *html.Node) string {
	w := writer{}
	return w.inline(n, true)
}
