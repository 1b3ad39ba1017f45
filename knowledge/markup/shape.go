package markup

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// Attributes of components that readers see: what they are called, and what they say.
var (
	titleKeys = []string{"title", "label", "heading", "header", "summary", "question", "caption", "tab", "tabtitle", "name"}
	bodyKeys  = []string{"text", "content", "body", "description", "subtitle", "answer", "message", "keys", "term", "value"}
)

// boxes are components that set a text apart, with whether it warns.
var boxes = func() map[string]string {
	out := map[string]string{}
	for kind, all := range map[string]string{
		"":          "note info tip hint callout admonition box aside success check seealso abstract summary tldr example question quote cite alert banner notice infobox panel details-box helpful deflist idea pro important-note update experimental new highlight block blockquote sidebar topic card-note remark pitfall-note deepdive",
		"warning":   "warning warn pitfall",
		"caution":   "caution attention",
		"danger":    "danger error bug failure fail critical",
		"important": "important",
	} {
		for n := range names(all) {
			out[n] = kind
		}
	}
	return out
}()

// labels are what a warning without a title begins with.
var labels = map[string]map[string]string{
	"warning":   {"en": "Warning", "de": "Warnung", "fr": "Avertissement", "es": "Advertencia", "pt": "Aviso", "it": "Avvertenza", "nl": "Waarschuwing", "pl": "Ostrzeżenie"},
	"caution":   {"en": "Caution", "de": "Vorsicht", "fr": "Attention", "es": "Precaución", "pt": "Cuidado", "it": "Attenzione", "nl": "Let op", "pl": "Uwaga"},
	"danger":    {"en": "Danger", "de": "Gefahr", "fr": "Danger", "es": "Peligro", "pt": "Perigo", "it": "Pericolo", "nl": "Gevaar", "pl": "Niebezpieczeństwo"},
	"important": {"en": "Important", "de": "Wichtig", "fr": "Important", "es": "Importante", "pt": "Importante", "it": "Importante", "nl": "Belangrijk", "pl": "Ważne"},
}

// shaper makes the tree of a page plain: a list of blocks, each a heading, a
// paragraph, a list, a table, code or a quote.
type shaper struct {
	*reading
	blocky map[*html.Node]bool // nodes with a block inside
	lang   string
	out    []*html.Node
}

// ends closes what a title stands for in a list of blocks, until places are decided.
const ends = "fn-end"

// leads is a title of a part, until it is known whether it can be a heading.
const leads = "fn-lead"

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

// namedItem makes a heading that an item begins with its name, and others bold lines.
func namedItem(blocks []*html.Node) []*html.Node {
	for i, b := range blocks {
		if headingLevel(b) == 0 {
			continue
		}
		strong := element(atom.Strong)
		moveChildren(b, strong)
		blocks[i] = element(atom.P, strong)
		if i == 0 && len(blocks) > 1 && blocks[1].DataAtom == atom.P && attr(blocks[1], "fn-box") == "" {
			if t := strings.TrimSpace(textOf(strong)); t != "" && !strings.ContainsAny(t[len(t)-1:], ".!?:") {
				strong.AppendChild(words("."))
			}
			blocks[0].AppendChild(words(" "))
			moveChildren(blocks[1], blocks[0])
		}
	}
	return blocks
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

func (s *shaper) title(t string) {
	n := &html.Node{Type: html.ElementNode, Data: leads}
	n.AppendChild(words(t))
	s.out = append(s.out, n)
}

func (s *shaper) end() { s.out = append(s.out, &html.Node{Type: html.ElementNode, Data: ends}) }

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

// quote keeps a quotation; one that a mark makes an alert becomes a box.
func (s *shaper) quote(n *html.Node) {
	mark := find(n, func(d *html.Node) bool { return attr(d, "data-fn") == "alert" })
	if mark == nil {
		if q := s.container(n, atom.Blockquote, false); q.FirstChild != nil {
			s.out = append(s.out, q)
		}
		return
	}
	kind, title := attr(mark, "a-kind"), ""
	if t := mark.NextSibling; t != nil && t.Type == html.TextNode {
		var rest string
		title, rest, _ = strings.Cut(strings.TrimLeft(t.Data, " \t"), "\n")
		t.Data = rest
	}
	mark.Parent.RemoveChild(mark)
	s.box(kind, strings.TrimSpace(title), s.container(n, atom.Div, false))
}

// box adds a text that is set apart: its title, or what a warning is called, stands
// before its first words.
func (s *shaper) box(kind, title string, body *html.Node) {
	if warns := boxes[kind]; title == "" && warns != "" || strings.EqualFold(title, kind) {
		if warns == "" {
			title = ""
		} else if title = labels[warns][s.lang]; title == "" {
			title = labels[warns]["en"]
		}
	}
	first := body.FirstChild
	if strings.HasSuffix(title, "?") {
		s.title(title)
		defer s.end()
	} else if title != "" {
		label := element(atom.Strong, words(strings.TrimRight(title, ":. ")+":"))
		if first != nil && first.DataAtom == atom.P {
			first.InsertBefore(words(" "), first.FirstChild)
			first.InsertBefore(label, first.FirstChild)
		} else {
			body.InsertBefore(element(atom.P, label), first)
		}
	}
	for c := body.FirstChild; c != nil; c = body.FirstChild {
		body.RemoveChild(c)
		c.Attr = append(c.Attr, html.Attribute{Key: "fn-box", Val: "1"})
		s.out = append(s.out, c)
	}
}

var (
	boxClass = regexp.MustCompile(`(?:^|[^a-z])(?:admonition|alert|callout|theme-admonition|hint-block|custom-block|markdown-alert|confluence-information-macro|panel-(?:warning|info|note)|notice|wp-block-group-note|starlight-aside|interblocks-callout)(?:$|[^a-z])`)
	boxTitle = regexp.MustCompile(`(?:^|[^a-z])(?:admonition-title|admonition-heading|callout-heading|alert-heading|alert-title|callout-title|custom-block-title|markdown-alert-title|starlight-aside__title|title)(?:$|[^a-z]|_)`)
	boxKind  = regexp.MustCompile(`(?:^|[^a-z])(warning|caution|danger|error|important|attention)(?:$|[^a-z])`)
)

// admonition reads a box as themes draw it; false when n is none.
func (s *shaper) admonition(n *html.Node) bool {
	class := classOf(n)
	if !boxClass.MatchString(class) || headingLevel(n) > 0 {
		return false
	}
	kind, title := "note", ""
	if m := boxKind.FindStringSubmatch(class); m != nil {
		kind = m[1]
	}
	t := find(n, func(d *html.Node) bool { return boxTitle.MatchString(classOf(d)) })
	if t != nil && letters(textOf(t)) < 80 {
		title = strings.TrimLeftFunc(oneLine(textOf(t)), func(r rune) bool { return !text.WordRune(r) && r != '“' && r != '(' }) // without its sign
		t.Parent.RemoveChild(t)
	}
	if label := oneLine(attr(n, "aria-label")); title == "" && letters(label) < 40 {
		title = label // its title is drawn by the theme
	}
	body := s.container(n, atom.Div, false)
	if !strings.EqualFold(title, kind) { // what a page shows has its label, if it has any
		kind = ""
	}
	s.box(kind, title, body)
	return true
}

func (s *shaper) details(n *html.Node) {
	title := ""
	if sum := find(n, func(d *html.Node) bool { return d.DataAtom == atom.Summary }); sum != nil {
		dropPermalinks(sum)
		title = inlineText(sum)
		sum.Parent.RemoveChild(sum)
	}
	if title != "" {
		s.title(title)
	}
	s.children(n)
	if title != "" {
		s.end()
	}
}

// definitions makes terms with what they mean paragraphs; a question is a title.
func (s *shaper) definitions(n *html.Node) {
	open := false
	shut := func() {
		if open {
			s.end()
		}
		open = false
	}
	var term []string
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; {
			next := c.NextSibling
			switch {
			case c.DataAtom == atom.Dt:
				shut()
				dropPermalinks(c)
				term = append(term, inlineText(c))
			case c.DataAtom == atom.Dd:
				t := strings.Join(term, ", ")
				term = nil
				switch {
				case strings.HasSuffix(t, "?"):
					s.title(t)
					open = true
					s.children(c)
				case t != "":
					body := s.container(c, atom.Div, false)
					s.lead(t, body)
				default:
					s.children(c)
				}
			case c.DataAtom == atom.Div:
				walk(c)
			}
			c = next
		}
	}
	walk(n)
	shut()
	if len(term) > 0 {
		s.out = append(s.out, element(atom.P, element(atom.Strong, words(strings.Join(term, ", ")))))
	}
}

// lead puts a term before what is said of it.
func (s *shaper) lead(term string, body *html.Node) {
	label := element(atom.Strong, words(term))
	if first := body.FirstChild; first != nil && first.DataAtom == atom.P {
		first.InsertBefore(words(": "), first.FirstChild)
		first.InsertBefore(label, first.FirstChild)
	} else {
		s.out = append(s.out, element(atom.P, label))
	}
	for body.FirstChild != nil {
		s.keep(body.FirstChild)
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

// component adds what a component, a directive or a shortcode shows.
func (s *shaper) component(n *html.Node, name string) {
	get := func(keys []string) string {
		for _, k := range keys {
			if v := attr(n, "a-"+k); v != "" {
				return v
			}
		}
		return ""
	}
	if s.forInsiders(n, name) {
		s.account.add(forInsiders, letters(textOf(n)))
		return
	}
	title := get(titleKeys)
	if members[name] && title == "" {
		title = get([]string{"path", "query", "body", "header", "prop", "param", "field"})
	}
	if names := attr(n, "a-items"); names == "" {
		s.nameTabs(n, attr(n, "a-values"))
	} else {
		s.nameTabs(n, names)
	}
	var said []string
	if title == "" && attr(n, "a-q") != "" {
		title, said = attr(n, "a-q"), append(said, attr(n, "a-a"))
	}
	for _, k := range bodyKeys {
		if members[name] {
			break
		}
		if v := attr(n, "a-"+k); v != "" && k != "value" && k != "term" && k != "keys" {
			said = append(said, v)
		}
	}
	switch name {
	case "nothing", "comment", "script", "style", "head", "icon", "image", "img", "video", "youtube", "iframe", "embed", "toc", "tableofcontents", "br", "spacer", "anchor", "redirect", "mermaid", "diagram", "figure":
		if name == "figure" && get([]string{"caption"}) != "" {
			s.paragraph(get([]string{"caption"}))
		}
		if name == "nothing" || name == "figure" {
			s.children(n)
		}
		return
	case "del", "deleted":
		return
	case "steps", "stepper", "procedure":
		if s.stepsOf(n) {
			return
		}
	}
	kind := name
	if t := get([]string{"type", "kind", "style", "variant", "intent", "severity", "status", "color"}); t != "" {
		if _, box := boxes[strings.ToLower(t)]; box {
			kind = strings.ToLower(t)
		}
	} else if v := strings.ToLower(attr(n, "a-0")); boxes[v] != "" && boxes[name] == "" { // notice warning "…"
		kind = v
	}
	if _, box := boxes[kind]; box || boxes[name] != "" {
		if title == "" {
			title = positional(n, kind)
		}
		body := s.container(n, atom.Div, false)
		for i := len(said) - 1; i >= 0; i-- {
			body.InsertBefore(element(atom.P, words(said[i])), body.FirstChild)
		}
		s.box(kind, text.Plain(title), body)
		return
	}
	if title == "" && n.FirstChild != nil {
		title = positional(n, name)
	}
	if name == "param" || name == "math" {
		title = ""
	}
	if title != "" {
		s.title(text.Plain(title))
	}
	for _, v := range said {
		s.paragraph(v)
	}
	s.children(n)
	if title != "" {
		s.end()
	}
}

// members are components that describe one name of an interface.
var members = names("paramfield responsefield apifield param property field queryparam")

// nameTabs gives parts that have no title those that what holds them lists.
func (s *shaper) nameTabs(n *html.Node, list string) {
	if !strings.Contains(list, listMark) {
		return
	}
	titles := strings.Split(list, listMark)
	for d := range n.Descendants() {
		if name := attr(d, "data-fn"); len(titles) > 0 && (name == "tab" || name == "tabitem" || name == "tabpanel") {
			if attr(d, "a-title") == "" && attr(d, "a-label") == "" {
				d.Attr = append(d.Attr, html.Attribute{Key: "a-title", Val: titles[0]})
			}
			titles = titles[1:]
		}
	}
}

// forInsiders tells a part that customers do not get.
func (s *shaper) forInsiders(n *html.Node, name string) bool {
	if insiderWords[name] {
		return true
	}
	for _, a := range n.Attr {
		switch key := strings.TrimPrefix(a.Key, "a-"); {
		case key == a.Key:
		case choosers[name] && insiders(a.Val), (key == "audience" || key == "visibility" || key == "access") && insiders(a.Val):
			return true
		}
	}
	return false
}

// positional is the title of a shortcode that stands without a name.
func positional(n *html.Node, name string) string {
	for _, key := range []string{"a-0", "a-1", "a-2"} {
		v := attr(n, key)
		if _, box := boxes[strings.ToLower(v)]; v == "" || v == name || box || strings.ContainsAny(v, "/\\") {
			continue
		}
		if titled[attr(n, "data-fn")] || strings.Contains(v, " ") {
			return v
		}
	}
	return ""
}

// titled are shortcodes whose first word is their title.
var titled = names("tab tabitem accordion expand details step panel section collapse card faq question dropdown toggle")

func (s *shaper) paragraph(t string) {
	s.out = append(s.out, element(atom.P, words(text.Plain(t))))
}

// stepsOf makes components that are steps a numbered list; false when there are none.
func (s *shaper) stepsOf(n *html.Node) bool {
	list := element(atom.Ol)
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.ElementNode && attr(c, "data-fn") == "step" {
			title := attr(c, "a-title")
			if title == "" {
				title = attr(c, "a-name")
			}
			if title == "" {
				title = positional(c, "step")
			}
			item := s.container(c, atom.Li, false)
			if title = text.Plain(title); title != "" {
				prefix(item, title)
			}
			list.AppendChild(item)
		} else if c.Type == html.ElementNode && list.LastChild != nil {
			holder := element(atom.Div)
			n.RemoveChild(c)
			holder.AppendChild(c)
			s.findBlocks(holder)
			moveChildren(s.container(holder, atom.Div, false), list.LastChild)
		}
		c = next
	}
	if list.FirstChild == nil {
		return s.stepsByHeading(n)
	}
	s.out = append(s.out, list)
	return true
}

// stepsByHeading makes a list of steps of which each begins with a heading.
func (s *shaper) stepsByHeading(n *html.Node) bool {
	level, count := 0, 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		l := headingLevel(c)
		switch {
		case c.Type != html.ElementNode && strings.TrimSpace(c.Data) == "":
		case level == 0 && l == 0:
			return false
		case level == 0:
			level, count = l, 1
		case l == level:
			count++
		}
	}
	if count < 2 {
		return false
	}
	list := element(atom.Ol)
	var part *html.Node
	flush := func() {
		if part != nil {
			s.findBlocks(part)
			list.AppendChild(s.container(part, atom.Li, false))
		}
	}
	for n.FirstChild != nil {
		c := n.FirstChild
		n.RemoveChild(c)
		if headingLevel(c) == level {
			flush()
			part = element(atom.Div)
		}
		if part != nil {
			part.AppendChild(c)
		}
	}
	flush()
	s.out = append(s.out, list)
	return true
}

// prefix puts a step's name before its first words.
func prefix(item *html.Node, title string) {
	if !strings.ContainsAny(title[len(title)-1:], ".!?:") {
		title += "."
	}
	label := element(atom.Strong, words(title))
	if first := item.FirstChild; first != nil && first.DataAtom == atom.P && attr(first, "fn-box") == "" {
		first.InsertBefore(words(" "), first.FirstChild)
		first.InsertBefore(label, first.FirstChild)
	} else {
		item.InsertBefore(element(atom.P, label), item.FirstChild)
	}
}

// placeTitles makes the titles of parts headings where the part reaches to the end of
// its section, so that nothing else seems to stand below them; else bold lines.
func placeTitles(blocks []*html.Node, top bool) []*html.Node {
	follows := make([]bool, len(blocks)) // what follows a part is no text of the section
	ending := make([]int, 0, 8)          // indexes of ends that are open, from behind
	closed := true
	for i := len(blocks) - 1; i >= 0; i-- {
		switch b := blocks[i]; {
		case b.Data == ends:
			ending = append(ending, i)
			follows[i] = closed
		case b.Data == leads:
			if n := len(ending); n > 0 {
				closed = follows[ending[n-1]]
				follows[i] = closed
				ending = ending[:n-1]
			}
		case headingLevel(b) > 0:
			closed = true
		default:
			closed = false
		}
		if blocks[i].Data == ends {
			closed = follows[i]
		}
	}
	var out []*html.Node
	level, open := 1, []int{}
	for i, b := range blocks {
		switch {
		case b.Data == leads && top && follows[i]:
			open = append(open, level)
			level = min(level+1, 6)
			b.DataAtom = atom.Lookup([]byte("h" + string(rune('0'+level))))
			b.Data = b.DataAtom.String()
			out = append(out, b)
		case b.Data == leads:
			open = append(open, level)
			strong := element(atom.Strong)
			moveChildren(b, strong)
			out = append(out, element(atom.P, strong))
		case b.Data == ends:
			if n := len(open); n > 0 {
				level, open = open[n-1], open[:n-1]
			}
		default:
			if l := headingLevel(b); l > 0 {
				level = l
			}
			out = append(out, b)
		}
	}
	return out
}
