package ingest

import (
	"regexp"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"github.com/yuin/goldmark/ast"

	"footnote/knowledge"

	gmtext "github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

// cleaned is a text ready to be cut, with what the text told about itself.
type cleaned struct {
	text string
	meta knowledge.Meta
}

// clean turns a decoded text into clean Markdown or plain text in NFC. Verbatim
// documents stay as they are.
func clean(raw knowledge.Raw, text string) (cleaned, error) {
	switch {
	case raw.Verbatim:
		return cleaned{text: text, meta: knowledge.Meta{Title: titleOf(raw.Media, text)}}, nil
	case raw.Media == knowledge.HTML:
		spread := maxSpread
		return cleanHTML(text, &spread)
	case raw.Media == knowledge.Markdown:
		text = cleanMarkdown(text)
	}
	text = tidy(text)
	return cleaned{text: text, meta: knowledge.Meta{Title: titleOf(raw.Media, text)}}, nil
}

// titleOf returns the first top heading of a Markdown text.
func titleOf(media knowledge.Media, text string) string {
	if media == knowledge.Text {
		return ""
	}
	for line := range strings.Lines(text) {
		if t, ok := strings.CutPrefix(strings.TrimSpace(line), "# "); ok {
			return Plain(t)
		}
	}
	return ""
}

var manyBlank = regexp.MustCompile(`\n{3,}`)

// tidy settles line ends, invisible characters, trailing blanks and runs of
// empty lines.
func tidy(s string) string {
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

// dropped elements never reach the text.
var dropped = map[atom.Atom]bool{
	atom.Nav: true, atom.Footer: true, atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Iframe: true,
	atom.Svg: true, atom.Aside: true, atom.Form: true, atom.Button: true, atom.Object: true, atom.Embed: true, atom.Canvas: true, atom.Head: true,
	atom.Dialog: true, atom.Video: true, atom.Audio: true, atom.Input: true, atom.Textarea: true, atom.Link: true, atom.Meta: true,
}

// These do not escape: receipts quote "foo_bar" as people read it. The columns of
// a narrow table are not padded to one width.
var (
	toMarkdown = markdownWith(table.NewTablePlugin())
	toNarrow   = markdownWith(table.NewTablePlugin(table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal)))
)

func markdownWith(tables converter.Plugin) *converter.Converter {
	return converter.NewConverter(converter.WithEscapeMode(converter.EscapeModeDisabled), converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(), tables))
}

// cleanHTML turns a page into Markdown: its <main> or <article> if it has one,
// without navigation, scripts and what a reader would not see. What is drawn
// around its text is taken off spread (bound).
func cleanHTML(text string, spread *int) (cleaned, error) {
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return cleaned{}, refuse("The page cannot be read as HTML.")
	}
	var c cleaned
	if n := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Title }); n != nil {
		c.meta.Title = strings.Join(strings.Fields(textOf(n)), " ")
	}
	if n := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Html }); n != nil {
		c.meta.Locale = attr(n, "lang")
	}
	part := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Main || attr(n, "role") == "main" })
	if part == nil {
		part = find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Article })
	}
	keepHeader := part != nil
	if part == nil {
		part = doc
	}
	prune(part, keepHeader)
	if n := find(part, func(n *html.Node) bool { return n.DataAtom == atom.H1 }); n != nil {
		if t := strings.Join(strings.Fields(textOf(n)), " "); t != "" {
			c.meta.Title = t
		}
	}
	convert := toMarkdown
	if !bound(part, spread) {
		convert = toNarrow
	}
	out, err := convert.ConvertNode(part)
	if err != nil {
		return cleaned{}, refuse("The page cannot be turned into text.")
	}
	c.text = tidy(strings.ToValidUTF8(string(out), ""))
	return c, nil
}

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

// prune removes what is not content below n, and makes one text of those that
// then stand side by side.
func prune(n *html.Node, keepHeader bool) {
	var run []string // texts side by side, of which the last stays
	join := func(last *html.Node) {
		if len(run) > 1 {
			last.Data = strings.Join(run, "")
		}
		run = run[:0]
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type == html.TextNode:
			if len(run) > 0 {
				n.RemoveChild(c.PrevSibling)
			}
			run = append(run, c.Data)
		case c.Type == html.CommentNode || c.Type == html.ElementNode && (dropped[c.DataAtom] || c.DataAtom == atom.Header && !keepHeader || hidden(c)):
			n.RemoveChild(c)
		default:
			join(c.PrevSibling)
			prune(c, keepHeader || c.DataAtom == atom.Article)
		}
		c = next
	}
	join(n.LastChild)
}

// hidden tells elements that a reader does not see: text there was written for
// machines, not for people.
func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "aria-hidden":
			return a.Val == "true"
		case "role":
			if a.Val == "navigation" || a.Val == "banner" || a.Val == "contentinfo" || a.Val == "search" {
				return true
			}
		case "style":
			s := strings.ToLower(strings.ReplaceAll(a.Val, " ", ""))
			for _, h := range []string{"display:none", "visibility:hidden", "font-size:0", "opacity:0;", "left:-999"} {
				if strings.Contains(s+";", h) {
					return true
				}
			}
		}
	}
	return false
}

var (
	comment   = regexp.MustCompile(`(?s)<!--.*?(?:-->|\z)`)
	scripted  = regexp.MustCompile(`(?is)<(script|style|noscript|template|iframe)\b[^>]*>.*?(?:</(?:script|style|noscript|template|iframe)\s*>|\z)`)
	inlineTag = regexp.MustCompile(`(?i)</?(?:a|abbr|b|big|br|center|cite|code|dd|details|div|dl|dt|em|figure|figcaption|font|hr|i|img|kbd|li|mark|ol|p|picture|pre|q|s|section|small|source|span|strong|sub|summary|sup|u|ul|video|wbr)(?:\s[^<>]*)?/?>`)
	breakTag  = regexp.MustCompile(`(?i)<br\s*/?>`)
	attrLine  = regexp.MustCompile(`(?m)^[ \t]*\{:[^{}\n]*\}[ \t]*$\n?`)
	liquid    = regexp.MustCompile(`\{%-?[^{}]*?-?%\}`)
)

// cleanMarkdown takes out of a Markdown text what is not for readers: comments,
// scripts, raw HTML (blocks become Markdown, inline tags go), attribute lists
// and template tags. Code stays untouched.
func cleanMarkdown(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	if tooDeep(text) {
		return cleanProse(text)
	}
	src := []byte(text)
	doc := blockParser.Parse(gmtext.NewReader(src))
	spread := maxSpread
	var b strings.Builder
	at := 0
	prose := func(to int) {
		if to > at {
			b.WriteString(cleanProse(text[at:to]))
			at = to
		}
	}
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || n.Type() == ast.TypeInline {
			return ast.WalkContinue, nil
		}
		l := n.Lines()
		if l == nil || l.Len() == 0 || l.At(0).Start < at {
			return ast.WalkContinue, nil
		}
		from, to := l.At(0).Start, l.At(l.Len()-1).Stop
		switch n := n.(type) {
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			prose(from)
			b.WriteString(text[from:to])
			at = to
		case *ast.HTMLBlock:
			if n.HasClosure() {
				to = max(to, n.ClosureLine.Stop)
			}
			prose(from)
			b.WriteString(htmlBlock(text[from:to], &spread))
			at = to
		}
		return ast.WalkContinue, nil
	})
	prose(len(text))
	return b.String()
}

// htmlBlock converts raw HTML in a Markdown text.
func htmlBlock(s string, spread *int) string {
	c, err := cleanHTML(s, spread)
	if err != nil || c.text == "" {
		return "\n"
	}
	return c.text + "\n"
}

func cleanProse(s string) string {
	s = comment.ReplaceAllString(s, "")
	s = scripted.ReplaceAllString(s, "")
	s = breakTag.ReplaceAllString(s, " ")
	s = inlineTag.ReplaceAllString(s, "")
	s = attrLine.ReplaceAllString(s, "")
	return liquid.ReplaceAllString(s, "")
}
