package markup

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"footnote/pipeline/text"
)

// Texts that are set apart: notes, warnings, alerts.

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
