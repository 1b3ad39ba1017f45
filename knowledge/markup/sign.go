package markup

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Steps that signs number: ① ② ③, 1️⃣ 2️⃣ 3️⃣, or a badge with a bare number above each part.

const signClass = `[①-⑳❶-❿➀-➓⓵-⓾]|[1-9]\x{FE0F}?\x{20E3}|🔟`

var (
	signAny    = regexp.MustCompile(signClass)
	bareNumber = regexp.MustCompile(`^\s*(\d{1,2})\s*[.)]?\s*$`)
)

func signNumber(s string) int {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case r >= '1' && r <= '9':
		return int(r - '0')
	case r == '🔟':
		return 10
	}
	for _, first := range []rune{'①', '❶', '➀', '➊', '⓵'} {
		if n := int(r-first) + 1; n >= 1 && n <= 20 && (n <= 10 || first == '①') {
			return n
		}
	}
	return 0
}

// signedSteps puts each step that a sign numbers into a paragraph of its own: where a
// text counts from one to two and on, its line ends are of the procedure.
func signedSteps(blocks []*html.Node) []*html.Node {
	var out []*html.Node
	for _, b := range blocks {
		out = append(out, b)
		if b.DataAtom != atom.P || !countsUp(textOf(b)) {
			continue
		}
		p := b
		for c := b.FirstChild; c != nil; {
			next := c.NextSibling
			if c.Type == html.TextNode {
				if at := signAny.FindStringIndex(c.Data); at != nil && (at[0] > 0 || c != p.FirstChild) {
					rest := c.Data[at[0]:]
					c.Data = strings.TrimRight(c.Data[:at[0]], " \t\n")
					more := element(atom.P, words(rest))
					for x := next; x != nil; {
						after := x.NextSibling
						p.RemoveChild(x)
						more.AppendChild(x)
						x = after
					}
					if l := p.LastChild; l != nil && l.DataAtom == atom.Br || l != nil && l == c && c.Data == "" && c.PrevSibling != nil && c.PrevSibling.DataAtom == atom.Br {
						if l == c {
							l = c.PrevSibling
						}
						p.RemoveChild(l)
					}
					out = append(out, more)
					p, c = more, more.FirstChild
					continue
				} else if at != nil { // the sign that it begins with
					if again := signAny.FindStringIndex(c.Data[at[1]:]); again != nil {
						tail := c.Data[at[1]+again[0]:]
						c.Data = strings.TrimRight(c.Data[:at[1]+again[0]], " \t\n")
						t := words(tail)
						p.InsertBefore(t, next)
						next = t
					}
				}
			}
			c = next
		}
	}
	return out
}

// countsUp tells whether a text has the signs of one, two and so on, in that order,
// the first at its head.
func countsUp(s string) bool {
	n := 0
	for _, at := range signAny.FindAllStringIndex(s, 30) {
		if n == 0 && strings.TrimSpace(s[:at[0]]) != "" {
			return false
		}
		if n++; signNumber(s[at[0]:at[1]]) != n {
			return false
		}
	}
	return n >= 2
}

// numberedParts makes parts with a bare number above each a list: a badge with 1, a
// name, what to do, a badge with 2.
func numberedParts(blocks []*html.Node) []*html.Node {
	var out []*html.Node
	for i := 0; i < len(blocks); {
		run, end := partsFrom(blocks, i)
		if len(run) < 2 {
			out = append(out, blocks[i])
			i++
			continue
		}
		list := element(atom.Ol)
		for k, at := range run {
			stop := end
			if k+1 < len(run) {
				stop = run[k+1]
			}
			item := element(atom.Li)
			name := ""
			for j, b := range blocks[at+1 : stop] {
				if headingLevel(b) > 0 {
					t := strings.TrimSpace(inlineText(b))
					if j == 0 {
						name = t
						continue
					}
					b = element(atom.P, element(atom.Strong, words(t)))
				}
				item.AppendChild(b)
			}
			if name != "" {
				prefix(item, name)
			}
			list.AppendChild(item)
		}
		out = append(out, list)
		i = end
	}
	return out
}

// partsFrom returns the bare numbers that count up from one at i, and where the last
// part ends.
func partsFrom(blocks []*html.Node, i int) (run []int, end int) {
	number := func(b *html.Node) string {
		if b.DataAtom != atom.P {
			return ""
		}
		if m := bareNumber.FindStringSubmatch(textOf(b)); m != nil {
			return m[1]
		}
		return ""
	}
	if number(blocks[i]) != "1" {
		return nil, i
	}
	level, want := 0, 1
	for j := i; j < len(blocks); j++ {
		b := blocks[j]
		if n := number(b); n != "" {
			if n != strconv.Itoa(want) {
				return nil, i
			}
			run, want = append(run, j), want+1
			continue
		}
		last := run[len(run)-1]
		if l := headingLevel(b); l > 0 {
			if j == last+1 && (level == 0 || l == level) {
				level = l
				continue
			}
			if level == 0 || l <= level {
				return run, j
			}
		}
		if level == 0 && j > last+1 && !followed(blocks[j:], strconv.Itoa(want), number) { // the last part is one block
			return run, j
		}
		if j-last > betweenSteps {
			return run, j
		}
	}
	if run[len(run)-1] == len(blocks)-1 { // a number without a part
		return nil, i
	}
	return run, len(blocks)
}

// followed tells whether the next number stands near.
func followed(blocks []*html.Node, want string, number func(*html.Node) string) bool {
	for k, b := range blocks {
		if k > betweenSteps || headingLevel(b) > 0 {
			return false
		}
		if number(b) == want {
			return true
		}
	}
	return false
}
