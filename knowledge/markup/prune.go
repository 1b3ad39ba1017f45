package markup

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// machine elements hold nothing for readers.
var machine = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Iframe: true, atom.Svg: true, atom.Object: true, atom.Embed: true, atom.Canvas: true,
	atom.Head: true, atom.Video: true, atom.Audio: true, atom.Link: true, atom.Meta: true, atom.Map: true,
}

// fields are controls without words of the page.
var fields = map[atom.Atom]bool{atom.Input: true, atom.Textarea: true, atom.Select: true, atom.Datalist: true, atom.Progress: true, atom.Meter: true, atom.Output: true}

// pruner takes away what is not content of a page.
type pruner struct {
	*reading
	panels map[*html.Node]bool // what a reader can open
	sizes  map[*html.Node]int  // letters below a node
	ids    map[string]*html.Node
	title  string // of the page, in small letters
	part   *html.Node
}

// prune returns the part of a page that holds its text, without what is around it,
// without scripts and what a reader cannot see.
func (r *reading) prune(doc *html.Node) *html.Node {
	p := pruner{reading: r, panels: map[*html.Node]bool{}, sizes: map[*html.Node]int{}}
	p.measure(doc)
	p.findPanels(doc)
	p.part = p.mainPart(doc)
	if p.part == nil {
		p.part = doc
	}
	if n := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Title }); n != nil {
		p.title = strings.ToLower(oneLine(textOf(n)))
	}
	if p.part != doc {
		p.leaveOutside(doc)
	}
	p.clear(p.part, p.part != doc)
	return p.part
}

// measure counts the letters below each node.
func (p *pruner) measure(n *html.Node) int {
	size := 0
	if n.Type == html.TextNode {
		size = letters(n.Data)
	}
	if n.Type != html.ElementNode || !machine[n.DataAtom] {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			size += p.measure(c)
		}
	}
	p.sizes[n] = size
	return size
}

var bodyClass = regexp.MustCompile(`(?:^|[ _-])(?:article-body|articlebody|sl-markdown-content|theme-default-content|entry-content|post-content|wiki-content|markdown-body|theme-doc-markdown|md-content|rst-content|documentwrapper|page-content|main-content|article-content|doc-content|content__default)(?:$|[ _])`)

// mainPart is the element that holds the text of a page: its <main>, else its only
// <article>, else what its class or id says to be; nil when nothing says so.
func (p *pruner) mainPart(doc *html.Node) *html.Node {
	if p.media != knowledge.HTML {
		return nil
	}
	var main, body *html.Node
	var articles []*html.Node
	for d := range doc.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		switch {
		case d.DataAtom == atom.Main || attr(d, "role") == "main":
			if main == nil || p.sizes[d] > p.sizes[main] {
				main = d
			}
		case d.DataAtom == atom.Article && (len(articles) == 0 || !inside(d, articles[len(articles)-1])):
			articles = append(articles, d)
		case body == nil && (attr(d, "id") == "content" || attr(d, "id") == "main-content" || attr(d, "data-testid") == "main-content" || bodyClass.MatchString(classOf(d))):
			body = d
		}
	}
	switch {
	case main != nil && p.sizes[main] > 0:
		return main
	case len(articles) == 1 && (body == nil || !inside(articles[0], body)):
		return articles[0]
	case len(articles) <= 1:
		return body
	}
	return nil
}

func inside(n, above *html.Node) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n == above {
			return true
		}
	}
	return false
}

// leaveOutside counts what stands beside the main part, and keeps the page's heading
// when it stands there.
func (p *pruner) leaveOutside(doc *html.Node) {
	var top *html.Node // the heading of the page, if it stands beside it
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if t := strings.ToLower(p.withoutControls(c)); headingLevel(c) > 0 && headingLevel(c) < 3 && t != "" && (c.DataAtom == atom.H1 && top == nil || strings.Contains(p.title, t) && (top == nil || !strings.Contains(p.title, strings.ToLower(oneLine(textOf(top)))))) {
				top = c
			}
			switch {
			case c == p.part:
			case inside(p.part, c):
				walk(c)
			case c.Type == html.TextNode:
				p.account.add(outside, letters(c.Data))
			case c.Type == html.ElementNode:
				if why, gone := p.why(c, false); gone {
					p.account.add(why, p.sizes[c])
				} else if c.DataAtom != atom.Head {
					walk(c)
				}
			}
		}
	}
	walk(doc)
	isTop := func(n *html.Node) bool { return n.DataAtom == atom.H1 && oneLine(textOf(n)) != "" }
	if top != nil && find(p.part, isTop) == nil {
		p.account.add(outside, -p.sizes[top])
		top.Data, top.DataAtom = "h1", atom.H1
		p.clear(top, true)
		top.Parent.RemoveChild(top)
		p.part.InsertBefore(top, p.part.FirstChild)
	}
}

// withoutControls is the text of a heading without the buttons in it.
func (p *pruner) withoutControls(n *html.Node) string {
	if headingLevel(n) == 0 {
		return ""
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if _, gone := p.why(c, true); !gone || c.Type == html.TextNode {
			b.WriteString(textOf(c) + data(c))
		}
	}
	return oneLine(b.String())
}

// clear removes what is not content below n; texts that then stand side by side become
// one.
func (p *pruner) clear(n *html.Node, within bool) {
	var run []string
	join := func(last *html.Node) {
		if len(run) > 1 {
			last.Data = strings.Join(run, "")
		}
		run = run[:0]
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		why, gone := "", false
		if c.Type == html.ElementNode {
			why, gone = p.why(c, within)
		}
		switch {
		case c.Type == html.TextNode:
			if len(run) > 0 {
				n.RemoveChild(c.PrevSibling)
			}
			run = append(run, c.Data)
		case gone || c.Type == html.CommentNode:
			p.account.add(why, p.sizes[c])
			n.RemoveChild(c)
		default:
			join(c.PrevSibling)
			p.clear(c, within || c.DataAtom == atom.Article)
		}
		c = next
	}
	join(n.LastChild)
}

// why tells whether an element is no content, and what it is counted as.
func (p *pruner) why(n *html.Node, within bool) (why string, gone bool) {
	role := attr(n, "role")
	switch {
	case machine[n.DataAtom]:
		return "", true
	case n.DataAtom == atom.Del || n.DataAtom == atom.S || n.DataAtom == atom.Strike:
		return struckOut, true
	case n.DataAtom == atom.A && (attr(n, "rel") == "prev" || attr(n, "rel") == "next" || previous[strings.ToLower(attr(n, "aria-label"))]):
		return navigation, true
	case n.DataAtom == atom.Nav && !p.holdsPanels(n), role == "navigation", role == "search", role == "menu", role == "menubar":
		return navigation, true
	case n.DataAtom == atom.Footer && (!within || p.frameLike(n)), role == "contentinfo", role == "banner", n.DataAtom == atom.Header && !within:
		return frame, true
	case role == "tablist" && n.DataAtom != atom.Body:
		return "", true // its words are titles of panels
	case fields[n.DataAtom]:
		return controls, true
	case n.DataAtom == atom.Button || n.DataAtom == atom.A && strings.HasPrefix(attr(n, "href"), "javascript:") || role == "button" && n.DataAtom != atom.Summary:
		if !p.telling(n) {
			return controls, true
		}
	case n.DataAtom == atom.Dialog || role == "dialog" || role == "alertdialog":
		return around, true
	case n.DataAtom == atom.Aside && p.linkish(n):
		return navigation, true
	}
	if p.hidden(n) {
		return hiddenText, true
	}
	return p.surrounds(n)
}

// frameLike tells a footer of the site from one of a text.
func (p *pruner) frameLike(n *html.Node) bool {
	return p.linkish(n) || p.sizes[n] < 400
}

// linkish tells a block whose words are mostly links.
func (p *pruner) linkish(n *html.Node) bool {
	linked := 0
	for d := range n.Descendants() {
		if d.DataAtom == atom.A {
			linked += p.sizes[d]
		}
	}
	return 2*linked > p.sizes[n]
}

// telling tells a button whose words belong to the text: a question or title that
// opens something, or a word of a sentence.
func (p *pruner) telling(n *html.Node) bool {
	words := oneLine(textOf(n))
	if words == "" {
		return false
	}
	if has(n, "aria-expanded") && p.sizes[n] > 3 && !iconic[strings.ToLower(words)] || strings.HasSuffix(words, "?") || p.panels[p.ids[attr(n, "aria-controls")]] {
		return true
	}
	for up := n.Parent; up != nil; up = up.Parent {
		switch up.DataAtom {
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dt, atom.Summary:
			return n.DataAtom != atom.A
		case atom.P, atom.Li, atom.Td:
			return p.sizes[up] > p.sizes[n]+3 // within a sentence
		case atom.Span, atom.B, atom.Strong, atom.Em, atom.I, atom.Code:
			continue
		}
		break
	}
	return false
}

// previous are what themes call the links to the pages before and after.
var previous = map[string]bool{"previous": true, "next": true, "previous page": true, "next page": true}

// iconic are the words of buttons that open parts of the site.
var iconic = names("menu search more share copy toggle close open language languages expand collapse edit feedback")

// holdsPanels tells navigation that is the titles of panels.
func (p *pruner) holdsPanels(n *html.Node) bool {
	return find(n, func(d *html.Node) bool { return attr(d, "role") == "tab" }) != nil && attr(n, "data-tabs") != ""
}

var (
	chrome = regexp.MustCompile(`(?:^|[^a-z])(?:cookies?|consent|gdpr|onetrust|breadcrumbs?|toc|tableofcontents|table-of-contents|on-this-page|sidebar|sidenav|sphinxsidebar|navbar|navigation|pagination|pager|paginator|prev-next|prevnext|post-nav|related|relatives|relatedposts|related-articles|recent-articles|recently-viewed|` +
		`share|share-buttons|social|sharedaddy|helpful|votes?|voting|feedback|reactions?|reaction-picker|was-this-helpful|comments?|comment-list|comment-form|newsletter|subscribe|skip-link|skip-to-content|skip-nav|skiplink|searchbox|search-box|search-form|searchform|edit-page|edit-this-page|editlink|edit-link|` +
		`last-updated|lastupdated|theme-last-updated|page-meta|page-metadata|article-meta|article-unsubscribe|article-subscribe|article-more-questions|article-return-to-top|back-to-top|entry-meta|post-meta|byline|headerlink|hash-link|header-anchor|anchor-link|copy-button|copybtn|copy-code|announcement-bar|announcementbar|print-only-hide|screen-reader-text|sr-only|visually-hidden|rst-footer-buttons|theme-doc-footer|doc-footer|article-attachments-label|version-badge|source-file|last-update|page-footer|page-section|greybox|entry-footer|post-footer|cat-links|tags-links|td-page-meta--lastmod|page-meta--lastmod|lastmod|cookie-law|noprint|no-print|d-print-none|hidden-print|print-hidden|hide-print|jump-link|jump-to-nav|catlinks|editsection|edit-section|suggest-edits|article-foot|article-vote|print-article|site-sub)(?:$|[^a-z])`)
	asks      = regexp.MustCompile(`(?:^|[^a-z])(?:feedback|helpful|votes?|related|recent-articles|comments?|reply|share|sharing|toc|on-this-page)(?:$|[^a-z])`)
	chromeID  = regexp.MustCompile(`^(?:cookie|onetrust|breadcrumb|toc$|sidebar|comments?$|footer$|masthead$|navigation$|likes-and-labels|comments-section|page-metadata|related)`)
	panelHint = regexp.MustCompile(`(?:^|[^a-z])(?:accordion|collapse|collapsible|collapsed|panel|tab-?pane|tabpanel|tab-?content|tabbed-block|details|expand|expander|expandable|toggle-?content|faq|answer)`)
	helpful   = regexp.MustCompile(`(?i)^(?:was this (?:page|article|document|information|answer)?\s*helpful\??|did this answer your question\??|have more questions\?.*|skip to (?:main )?content|edit this page(?: on github)?|edit on github|on this page|table of contents|(?:page )?last (?:updated?|modified)[^.]{0,60}|updated (?:over |about )?(?:a|an|\d+) \w+ ago|back to top|return to top|copy(?: link| code)?|still (?:need help|have questions|stuck)\?.{0,60}|print|share(?: this)?(?: article| page)?|follow|war dieser (?:artikel|beitrag) hilfreich\??|cet article vous a-t-il été utile \?|¿(?:te|le|fue|ha sido) [^?]{0,40}útil[^?]{0,20}\?)$`)
)

// surrounds tells what stands around the text of a page by what its theme calls it. An
// element that holds most of the text, or its heading, is none of them.
func (p *pruner) surrounds(n *html.Node) (string, bool) {
	if headingLevel(n) > 0 || headingLevel(n.Parent) > 0 { // what a heading says of itself
		if headingLevel(n) == 0 {
			return around, wordless(textOf(n)) && n.DataAtom == atom.A || chrome.MatchString(classOf(n)) && p.sizes[n] < p.sizes[n.Parent]
		}
		return around, p.media == knowledge.HTML && (helpful.MatchString(oneLine(textOf(n))) || headingLevel(n) > 0 && asks.MatchString(classOf(n)))
	}
	if p.media != knowledge.HTML || n.DataAtom == atom.Body || n.DataAtom == atom.Html || n == p.part {
		return "", false
	}
	named := classOf(n) + " " + strings.ToLower(attr(n, "aria-label")+" "+attr(n, "data-testid"))
	id := strings.ToLower(attr(n, "id"))
	if chrome.MatchString(named) || n.DataAtom != atom.Section && !strings.Contains(named, "section") && headingLevel(n) == 0 && chromeID.MatchString(id) {
		total := p.sizes[p.part]
		if p.sizes[n] < 200 && 5*p.sizes[n] < 4*total || 5*p.sizes[n] < 2*total || p.linkish(n) && 5*p.sizes[n] < 4*total {
			if find(n, func(d *html.Node) bool { return d.DataAtom == atom.H1 || bodyClass.MatchString(classOf(d)) }) == nil {
				return around, true
			}
		}
	}
	if p.sizes[n] > 0 && p.sizes[n] < 80 {
		switch n.DataAtom {
		case atom.P, atom.Div, atom.Span, atom.A, atom.H2, atom.H3, atom.H4, atom.Small, atom.Time, atom.Label:
			if helpful.MatchString(oneLine(textOf(n))) {
				return around, true
			}
		}
	}
	return "", false
}

// classOf is the classes of an element in small letters, its words parted by dashes.
func classOf(n *html.Node) string {
	class := attr(n, "class")
	var b strings.Builder
	for i := 0; i < len(class); i++ {
		c := class[i]
		switch {
		case c >= 'A' && c <= 'Z':
			if i > 0 && class[i-1] >= 'a' && class[i-1] <= 'z' {
				b.WriteByte('-')
			}
			b.WriteByte(c + 'a' - 'A')
		case c == '_':
			b.WriteByte('-')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func headingLevel(n *html.Node) int {
	if n == nil {
		return 0
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return int(n.Data[1] - '0')
	}
	return 0
}

// hidden tells elements that a reader never sees: text there was written for machines,
// not for people. What a reader can open is not hidden.
func (p *pruner) hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return a.Val != "until-found" && !p.opens(n)
		case "aria-hidden":
			if a.Val == "true" && !p.opens(n) {
				return true
			}
		case "style":
			s := strings.ToLower(strings.ReplaceAll(a.Val, " ", "")) + ";"
			for _, h := range []string{"visibility:hidden", "font-size:0;", "font-size:0p", "opacity:0;", "left:-999", "text-indent:-999", "clip:rect(0"} {
				if strings.Contains(s, h) && !p.panels[n] {
					return true
				}
			}
			if strings.Contains(s, "display:none") && !p.opens(n) {
				return true
			}
		}
	}
	return false
}

// opens tells whether a reader can open what is closed at first: a control says so, its
// class does, or a button or a heading with one stands before it.
func (p *pruner) opens(n *html.Node) bool {
	if p.panels[n] || attr(n, "role") == "tabpanel" || attr(n, "role") == "region" || n.Data == "details" {
		return true
	}
	if panelHint.MatchString(classOf(n) + " " + strings.ToLower(attr(n, "id"))) {
		return true
	}
	before := n.PrevSibling
	for before != nil && before.Type != html.ElementNode {
		before = before.PrevSibling
	}
	return before != nil && (before.DataAtom == atom.Button || before.DataAtom == atom.Summary || attr(before, "role") == "button" || has(before, "aria-expanded") ||
		find(before, func(d *html.Node) bool { return d.DataAtom == atom.Button || has(d, "aria-expanded") }) != nil)
}

// findPanels finds what controls open, and puts the titles of tabs before their panels.
func (p *pruner) findPanels(doc *html.Node) {
	ids := map[string]*html.Node{}
	p.ids = ids
	var lists []*html.Node
	for d := range doc.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		if id := attr(d, "id"); id != "" && ids[id] == nil {
			ids[id] = d
		}
		if class := classOf(d); (attr(d, "role") == "tablist" || tabList.MatchString(class) && find(d, isTabList) == nil) && (len(lists) == 0 || !inside(d, lists[len(lists)-1])) {
			lists = append(lists, d)
		}
	}
	for d := range doc.Descendants() {
		for _, key := range []string{"aria-controls", "data-target", "data-bs-target", "data-tab"} {
			if n := ids[strings.TrimPrefix(attr(d, key), "#")]; n != nil && d.Type == html.ElementNode {
				p.panels[n] = true
			}
		}
		if toggles := attr(d, "data-toggle") + attr(d, "data-bs-toggle"); toggles == "tab" || toggles == "collapse" || toggles == "pill" {
			if n := ids[strings.TrimPrefix(attr(d, "href"), "#")]; n != nil {
				p.panels[n] = true
			}
		}
	}
	for _, l := range lists[:min(len(lists), maxTabLists)] {
		p.tabs(l, ids)
	}
}

// maxTabLists is how many lists of tabs a page may have.
const maxTabLists = 100

var (
	tabList  = regexp.MustCompile(`(?:^|[^a-z])(?:nav-tabs|nav-pills|tabbed-labels|tab-list|tablist|tabs-nav|tabs__nav|tab-nav|code-group__nav|tabset-tabs|sd-tab-labels)(?:$|[^a-z])`)
	tabPanel = regexp.MustCompile(`(?:^|[^a-z])(?:tab-pane|tabbed-block|tabpanel|tab-panel|tabs__panel|tab-content-item|theme-code-block)(?:$|[^a-z])`)
)

// tabs puts the title of each tab before its panel, by name or by order.
func (p *pruner) tabs(list *html.Node, ids map[string]*html.Node) {
	var labels []*html.Node
	for d := range list.Descendants() {
		if d.Type == html.ElementNode && (attr(d, "role") == "tab" || d.DataAtom == atom.Label || (d.DataAtom == atom.A || d.DataAtom == atom.Button) && find(d, func(n *html.Node) bool { return attr(n, "role") == "tab" }) == nil) {
			if len(labels) == 0 || !inside(d, labels[len(labels)-1]) {
				labels = append(labels, d)
			}
		}
	}
	if len(labels) == 0 || p.sizes[list] == 0 {
		return
	}
	panels := panelsNear(list)
	done := false
	for i, label := range labels {
		panel := ids[attr(label, "aria-controls")]
		if panel == nil && strings.HasPrefix(attr(label, "href"), "#") {
			panel = ids[attr(label, "href")[1:]]
		}
		if panel == nil && len(panels) == len(labels) {
			panel = panels[i]
		}
		if panel == nil || panel == list || inside(list, panel) {
			continue
		}
		done = true
		p.panels[panel] = true
		title := oneLine(textOf(label))
		wrapper := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div, Attr: []html.Attribute{{Key: "data-fn", Val: "tab"}, {Key: "a-title", Val: title}}}
		for panel.FirstChild != nil {
			c := panel.FirstChild
			panel.RemoveChild(c)
			wrapper.AppendChild(c)
		}
		panel.AppendChild(wrapper)
		p.sizes[wrapper] = p.sizes[panel]
	}
	if done {
		for list.FirstChild != nil {
			list.RemoveChild(list.FirstChild)
		}
		p.sizes[list] = 0
	}
}

// panelsNear are the panels that follow a list of tabs.
func panelsNear(list *html.Node) []*html.Node {
	for up := list; up != nil && up.DataAtom != atom.Body; up = up.Parent {
		var found []*html.Node
		for s := up.NextSibling; s != nil; s = s.NextSibling {
			if s.Type != html.ElementNode {
				continue
			}
			if isPanel(s) {
				found = append(found, s)
				continue
			}
			for d := range s.Descendants() {
				if d.Type == html.ElementNode && isPanel(d) && (len(found) == 0 || !inside(d, found[len(found)-1])) {
					found = append(found, d)
				}
			}
			if len(found) > 0 {
				break
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

func isTabList(n *html.Node) bool { return attr(n, "role") == "tablist" }

func isPanel(n *html.Node) bool {
	return attr(n, "role") == "tabpanel" || tabPanel.MatchString(classOf(n))
}

// wordless tells a text without letters and digits.
func wordless(s string) bool { return strings.IndexFunc(s, text.WordRune) < 0 }
