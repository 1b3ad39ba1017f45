package markup

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"footnote/pipeline/text"
)

// What components, directives and shortcodes show.

// Attributes of components that readers see: what they are called, and what they say.
var (
	titleKeys = []string{"title", "label", "heading", "header", "summary", "question", "caption", "tab", "tabtitle", "name"}
	bodyKeys  = []string{"text", "content", "body", "description", "subtitle", "answer", "message", "keys", "term", "value"}
)

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
