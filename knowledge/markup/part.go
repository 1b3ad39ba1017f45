package markup

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Parts with a title: panels, tabs, definitions.

// ends closes what a title stands for in a list of blocks, until places are decided.
const ends = "fn-end"

// leads is a title of a part, until it is known whether it can be a heading.
const leads = "fn-lead"

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

func (s *shaper) title(t string) {
	n := &html.Node{Type: html.ElementNode, Data: leads}
	n.AppendChild(words(t))
	s.out = append(s.out, n)
}

func (s *shaper) end() { s.out = append(s.out, &html.Node{Type: html.ElementNode, Data: ends}) }

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
