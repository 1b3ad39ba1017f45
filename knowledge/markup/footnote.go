package markup

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var noteTarget = regexp.MustCompile(`(?i)^#(?:user-content-)?(?:fn|footnote|_ftn|_edn|cite_note|easy-footnote|note|id\d+$|f\d+$|_footnotedef)`)

const (
	longestNote = 600 // bytes of a footnote that can stand in a sentence
	mostMarks   = 3   // of one footnote that are followed
)

// footnotes puts each footnote's text where its mark is.
func (r *reading) footnotes(part *html.Node) {
	targets := map[string]*html.Node{}
	var marks []*html.Node
	for d := range part.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		if id := attr(d, "id"); id != "" && targets["#"+id] == nil {
			targets["#"+id] = d
		}
		if d.DataAtom == atom.A && isMark(d) {
			marks = append(marks, d)
		}
	}
	used := map[*html.Node]int{}
	for _, m := range marks {
		note := targets[attr(m, "href")]
		if note == nil || inside(m, note) {
			continue
		}
		for note.DataAtom == atom.A || note.DataAtom == atom.Sup || note.DataAtom == atom.Span { // an anchor within it
			if note = note.Parent; note == nil {
				break
			}
		}
		if note == nil || note == part || inside(m, note) {
			continue
		}
		said := noteText(note)
		at := m
		if at.Parent.DataAtom == atom.Sup {
			at = at.Parent
		}
		if used[note]++; said != "" && len(said) <= longestNote && used[note] <= mostMarks {
			at.Parent.InsertBefore(words(" ("+strings.TrimRight(said, ". ")+")"), at)
		} else if len(said) > longestNote {
			delete(used, note)
		}
		at.Parent.RemoveChild(at)
	}
	for note := range used {
		if note.Parent != nil {
			note.Parent.RemoveChild(note)
		}
	}
}

// isMark tells a link to a footnote from other links within the page.
func isMark(a *html.Node) bool {
	if role := attr(a, "role"); role == "doc-noteref" {
		return true
	} else if role == "doc-backlink" {
		return false
	}
	class := attr(a, "class")
	if strings.Contains(class, "footnote-ref") || strings.Contains(class, "footnote-reference") || strings.Contains(class, "footnoteRef") {
		return true
	}
	return a.Parent.DataAtom == atom.Sup && noteTarget.MatchString(attr(a, "href")) && letters(textOf(a)) < 4
}

// noteText is the text of a footnote without the way back and its number.
func noteText(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			class := attr(c, "class")
			switch {
			case c.Type == html.TextNode:
				b.WriteString(c.Data)
			case c.DataAtom == atom.A && (attr(c, "role") == "doc-backlink" || strings.Contains(class, "backref") || strings.HasPrefix(attr(c, "href"), "#") && letters(textOf(c)) < 3):
			case c.DataAtom == atom.Dt || strings.Contains(class, "label"):
			default:
				walk(c)
				if blockElements[c.DataAtom] {
					b.WriteByte(' ')
				}
			}
		}
	}
	walk(n)
	return strings.TrimLeft(oneLine(strings.Trim(b.String(), " \n\t↩︎^")), ".): ")
}
