package markup

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What a page may name. A converter that believes a page's own numbers writes a
// billion cells for sixty bytes.
const (
	maxSpan      = 100         // columns or rows that one cell covers
	maxStart     = 999_999_999 // the largest number of a list; Markdown reads no longer one
	maxAttribute = 2 << 10     // bytes of one attribute: no address that a reader follows is longer
)

// maxSpread is how many bytes a document may grow by what is drawn around its
// text: empty cells, indentation. Nearly all documents need
// a few kilobytes.
const maxSpread = 1 << 18

// bound prepares a page for the writer, in time linear in its nodes: sizes that it
// names are clamped, and where quotes, lists or tables would grow the text by more
// than spread bytes, they are read as plain lines.
func bound(part *html.Node, spread int) {
	b := bounds{}
	b.visit(part, nesting{})
	if b.indented > spread {
		for _, n := range b.nested {
			rename(n, atom.Div)
		}
		b.indented = 0
	}
	spread -= b.indented
	empty := 0
	for _, t := range b.tables {
		empty += measure(t)
	}
	if empty > spread { // without what they name, then without their form
		empty = 0
		for _, t := range b.tables {
			empty += unspan(t)
		}
	}
	if empty > spread {
		for _, t := range b.tables {
			unwrap(t)
		}
	}
}

// nesting is where a node stands.
type nesting struct {
	levels int // quotes and lists around it
	indent int // bytes that these put before each of its lines
}

type bounds struct {
	nested   []*html.Node // quotes, lists and their items
	tables   []*html.Node // without a table inside: others are not drawn as tables
	indented int          // bytes of indentation
}

// visit clamps what stands below n and collects what has to be measured. It
// tells whether there was a table.
func (b *bounds) visit(n *html.Node, at nesting) (table bool) {
	for i := range n.Attr {
		if len(n.Attr[i].Val) > maxAttribute {
			n.Attr[i].Val = ""
		}
	}
	if n.Type == html.ElementNode && n.Namespace != "" { // formulas: only their text counts
		rename(n, atom.Span)
		n.Namespace = ""
	}
	switch n.DataAtom {
	case atom.Ul, atom.Ol, atom.Blockquote:
		if at.levels++; at.levels > deepest {
			rename(n, atom.Div)
			break
		}
		b.nested = append(b.nested, n)
		at.indent += 2
		if n.DataAtom == atom.Ol {
			at.indent += len(clampNumber(n, "start", 0, maxStart))
		}
	case atom.Li:
		if at.levels > deepest {
			rename(n, atom.Div)
			break
		}
		b.nested = append(b.nested, n)
	case atom.Td, atom.Th:
		clampNumber(n, "colspan", 1, maxSpan)
		clampNumber(n, "rowspan", 1, maxSpan)
	}
	switch n.Type {
	case html.TextNode:
		b.indented += at.indent * strings.Count(n.Data, "\n")
	case html.ElementNode:
		b.indented += at.indent * 2
	}
	inside := false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		inside = b.visit(c, at) || inside
	}
	if n.DataAtom == atom.Table && !inside {
		b.tables = append(b.tables, n)
	}
	return inside || n.DataAtom == atom.Table
}

// clampNumber brings an attribute into its range and drops one that is no
// number. It returns what it is now.
func clampNumber(n *html.Node, key string, low, high int) string {
	for i, a := range n.Attr {
		if a.Key != key {
			continue
		}
		v, err := strconv.Atoi(strings.TrimSpace(a.Val))
		switch {
		case err != nil && strings.Trim(a.Val, "0123456789") == "" && a.Val != "": // longer than any number
			v = high
		case err != nil || v < low:
			v = low
		}
		n.Attr[i].Val = strconv.Itoa(min(v, high))
		return n.Attr[i].Val
	}
	return ""
}

// number reads an attribute that was clamped; 1 when there is none.
func number(n *html.Node, key string) int {
	if v, err := strconv.Atoi(attr(n, key)); err == nil {
		return v
	}
	return 1
}

const emptyCell = len("  |")

// measure clamps the spans of a table to the rows it has and returns at most what its
// missing cells take, in bytes.
func measure(table *html.Node) int {
	rows, all := grid(table)
	carried := make([]int, len(rows)+1) // cells that begin or stop to come from rows above
	covering, widest := 0, 0
	for i, cells := range rows {
		covering += carried[i]
		spanned := 0
		for _, c := range cells {
			across, down := number(c, "colspan"), min(number(c, "rowspan"), len(rows)-i)
			set(c, "rowspan", down)
			if down > 1 {
				carried[i+1] += across
				carried[i+down] -= across
			}
			spanned += across - 1
		}
		widest = max(widest, len(cells)+spanned+covering)
	}
	return ((len(rows)+1)*widest - all) * emptyCell
}

// unspan takes the spans off a table and returns what its missing cells take.
func unspan(table *html.Node) int {
	rows, all := grid(table)
	most := 0
	for _, cells := range rows {
		most = max(most, len(cells))
		for _, c := range cells {
			set(c, "colspan", 1)
			set(c, "rowspan", 1)
		}
	}
	return (len(rows)*most - all) * emptyCell
}

// unwrap makes a table lines.
func unwrap(table *html.Node) {
	for d := range table.Descendants() {
		switch d.DataAtom {
		case atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Td, atom.Th:
			rename(d, atom.Div)
		}
	}
	rename(table, atom.Div)
}

// grid returns the cells of a table without a table inside, by row, and how many
// there are.
func grid(table *html.Node) (rows [][]*html.Node, cells int) {
	for d := range table.Descendants() {
		switch d.DataAtom {
		case atom.Tr:
			rows = append(rows, nil)
		case atom.Td, atom.Th: // the parser puts none outside a row
			if n := len(rows) - 1; n >= 0 {
				rows[n] = append(rows[n], d)
				cells++
			}
		}
	}
	return rows, cells
}

func set(n *html.Node, key string, v int) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = strconv.Itoa(v)
		}
	}
}

func rename(n *html.Node, to atom.Atom) { n.DataAtom, n.Data = to, to.String() }
