package markup

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Procedures are written as lists that pictures and notes cut, as headings, as bold
// paragraphs, as tables. What follows makes all of them numbered lists, of which each
// step holds what belongs to it.

// procedures finds the procedures of a list of blocks.
func procedures(blocks []*html.Node) []*html.Node {
	blocks = filled(blocks)
	blocks = signedSteps(blocks)
	blocks = stepTables(blocks)
	blocks = numberedParts(blocks)
	blocks = stepHeadings(blocks)
	blocks = stepParagraphs(blocks)
	return joined(blocks)
}

// filled leaves out blocks that show nothing: paragraphs of pictures, empty lists.
func filled(blocks []*html.Node) []*html.Node {
	out := blocks[:0]
	for _, b := range blocks {
		if b.DataAtom == atom.P && !showsText(b) {
			continue
		}
		out = append(out, b)
	}
	return out
}

// showsText tells whether a paragraph has text besides pictures.
func showsText(p *html.Node) bool {
	for d := range p.Descendants() {
		if d.Type == html.TextNode && strings.TrimSpace(d.Data) != "" {
			return true
		}
		if fn := attr(d, "data-fn"); fn != "" && len(d.Attr) > 1 && d.FirstChild == nil {
			return true
		}
	}
	return false
}

const (
	betweenSteps = 8    // blocks that may stand between two steps
	longestRun   = 4000 // letters of steps that become one list
	shortStep    = 500  // letters of a step whose heading is only numbered
	shortRun     = 2400
)

// joined joins ordered lists of which the later go on where the earlier end; what
// stands between them belongs to the step before it.
func joined(blocks []*html.Node) []*html.Node {
	var out []*html.Node
	for i := 0; i < len(blocks); i++ {
		list := blocks[i]
		out = append(out, list)
		if list.DataAtom != atom.Ol {
			continue
		}
		for {
			next, ok := goesOn(list, blocks, i)
			if !ok {
				break
			}
			for _, b := range blocks[i+1 : next] {
				list.LastChild.AppendChild(b)
			}
			moveChildren(blocks[next], list)
			i = next
		}
	}
	return out
}

// goesOn returns the list that continues list, which stands at i.
func goesOn(list *html.Node, blocks []*html.Node, i int) (int, bool) {
	n := items(list)
	between := 0 // blocks that are text
	for j := i + 1; j < len(blocks) && j <= i+1+betweenSteps; j++ {
		b := blocks[j]
		switch {
		case headingLevel(b) > 0:
			return 0, false
		case b.DataAtom == atom.Ol:
			first := startNumber(b)
			if first == startNumber(list)+n && (first > 1) {
				return j, true
			}
			// All of them are called 1, and nothing but pictures, code and notes is between.
			if first == startNumber(list) && n >= 1 && items(b) == 1 && (between == 0 || loneItems(list, blocks[i+1:])) && (n == 1 || j > i+1 || attr(list, "fn-joined") != "") {
				list.Attr = append(list.Attr, html.Attribute{Key: "fn-joined", Val: "1"})
				return j, true
			}
			return 0, false
		case b.DataAtom == atom.P && attr(b, "fn-box") == "":
			between++
		}
	}
	return 0, false
}

// loneItems tells whether a list and the ordered lists up to the next heading are three or
// more of one item each (the first may have been joined): nobody writes so but a
// procedure.
func loneItems(list *html.Node, blocks []*html.Node) bool {
	count := items(list)
	if count > 1 && attr(list, "fn-joined") == "" {
		return false
	}
	for _, b := range blocks {
		only := onlyElement(b)
		switch {
		case headingLevel(b) > 0, b.DataAtom == atom.P && only != nil && only.DataAtom == atom.Strong:
			return count >= 3
		case b.DataAtom == atom.Ol && items(b) != 1:
			return false
		case b.DataAtom == atom.Ol:
			count++
		}
	}
	return count >= 3
}

func items(list *html.Node) (n int) {
	for c := list.FirstChild; c != nil; c = c.NextSibling {
		n++
	}
	return n
}

func startNumber(list *html.Node) int {
	if v, err := strconv.Atoi(attr(list, "start")); err == nil && v >= 0 && v <= maxStart {
		return v
	}
	return 1
}

var (
	stepWord   = `(?:step|schritt|étape|etape|paso|passo|passaggio|stap|krok|steg|vaihe|шаг|крок|βήμα|adım|langkah|단계|ステップ|手順|步骤|步驟|第)`
	stepTitle  = regexp.MustCompile(`(?i)^\s*(?:\*\*)?` + stepWord + `\s*(?:no\.?\s*|#\s*)?(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)\s*(?:步|단계|。)?\s*(?:of\s+\d{1,2}\s*)?(?:[:.)–—-]+|$|\s)\s*`)
	stepNumber = regexp.MustCompile(`^\s*(\d{1,2})\s*[.):]\s+|^\s*(` + signClass + `)\s*`)
	stepBehind = regexp.MustCompile(`(?i)^\s*(\d{1,2})\s*(?:[.)]|st|nd|rd|th|er|º|ª|°|-й|-а)?\s*` + stepWord + `\s*(?:[:.)–—-]+|$|\n)\s*`) // 1. Schritt, 2nd step
	numberWord = map[string]int{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
)

// stepOf reads the number that a text begins with, as a step has it. Named tells that
// the word for it stands there.
func stepOf(s string) (number, size int, named bool) {
	m, named := stepTitle.FindStringSubmatchIndex(s), true
	if m == nil {
		m = stepBehind.FindStringSubmatchIndex(s)
	}
	if m == nil {
		m, named = stepNumber.FindStringSubmatchIndex(s), false
	}
	if m == nil {
		return 0, 0, false
	}
	if m[2] < 0 {
		return signNumber(s[m[4]:m[5]]), m[1], true
	}
	word := strings.ToLower(s[m[2]:m[3]])
	n, err := strconv.Atoi(word)
	if err != nil {
		n = numberWord[word]
	}
	return n, m[1], named
}

// stepHeadings makes sections whose headings count up steps.
func stepHeadings(blocks []*html.Node) []*html.Node {
	var out []*html.Node
	for i := 0; i < len(blocks); {
		run, end := sectionsFrom(blocks, i)
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
			h := blocks[at]
			n, size, _ := stepOf(linesOf(h))
			if k == 0 && n != 1 {
				list.Attr = []html.Attribute{{Key: "start", Val: strconv.Itoa(n)}}
			}
			item := element(atom.Li)
			for _, b := range blocks[at+1 : stop] {
				item.AppendChild(b)
			}
			cutText(h, size)
			if t := strings.TrimSpace(inlineText(h)); t != "" {
				prefix(item, t)
			}
			list.AppendChild(item)
		}
		out = append(out, list)
		i = end
	}
	return out
}

// sectionsFrom returns the headings of steps from i on, and where the last one's text
// ends.
func sectionsFrom(blocks []*html.Node, i int) (run []int, end int) {
	level := headingLevel(blocks[i])
	if level == 0 {
		return nil, i
	}
	want, _, named := stepOf(linesOf(blocks[i]))
	if want > 1 || want == 0 && !named {
		return nil, i
	}
	sum, longest, part := 0, 0, 0
	j := i
	for ; j < len(blocks); j++ {
		b := blocks[j]
		l := headingLevel(b)
		if l > 0 && l <= level {
			n, _, isNamed := stepOf(linesOf(b))
			if l < level || n != want || isNamed != named || !named && strings.HasSuffix(strings.TrimSpace(textOf(b)), "?") {
				break
			}
			run = append(run, j)
			want++
			longest, part = max(longest, part), 0
			continue
		}
		if l > 0 {
			return nil, i // sections of their own
		}
		size := letters(textOf(b))
		sum, part = sum+size, part+size
		if sum > longestRun {
			return nil, i
		}
	}
	longest = max(longest, part)
	if !named && (longest > shortStep || sum > shortRun) {
		return nil, i
	}
	return run, j
}

// stepParagraphs makes paragraphs that count up steps.
func stepParagraphs(blocks []*html.Node) []*html.Node {
	var out []*html.Node
	for i := 0; i < len(blocks); {
		run := paragraphsFrom(blocks, i)
		if len(run) < 2 {
			out = append(out, blocks[i])
			i++
			continue
		}
		list := element(atom.Ol)
		for k, at := range run {
			n, size, _ := stepOf(linesOf(blocks[at]))
			if k == 0 && n != 1 {
				list.Attr = []html.Attribute{{Key: "start", Val: strconv.Itoa(n)}}
			}
			stop := at + 1
			if k+1 < len(run) {
				stop = run[k+1]
			}
			cutText(blocks[at], size)
			item := element(atom.Li)
			for _, b := range blocks[at:stop] {
				item.AppendChild(b)
			}
			if !showsText(item.FirstChild) && item.FirstChild.NextSibling != nil {
				item.RemoveChild(item.FirstChild)
			}
			list.AppendChild(item)
		}
		out = append(out, list)
		i = run[len(run)-1] + 1
		if i < len(blocks) && bareStep(list.LastChild) && blocks[i].DataAtom == atom.P { // "Step 3", and what it is on the next line
			list.LastChild.AppendChild(blocks[i])
			i++
		}
	}
	return out
}

// bareStep tells a step that has a name at most.
func bareStep(item *html.Node) bool {
	return item.FirstChild == nil || item.FirstChild == item.LastChild && letters(textOf(item)) == 0
}

func paragraphsFrom(blocks []*html.Node, i int) (run []int) {
	if blocks[i].DataAtom != atom.P {
		return nil
	}
	want, _, named := stepOf(linesOf(blocks[i]))
	if want != 1 {
		return nil
	}
	for j := i; j < len(blocks) && headingLevel(blocks[j]) == 0; j++ {
		if blocks[j].DataAtom == atom.P {
			if n, _, isNamed := stepOf(linesOf(blocks[j])); n == want && isNamed == named {
				run = append(run, j)
				want++
				continue
			}
		}
		if len(run) > 0 && j-run[len(run)-1] > betweenSteps {
			break
		}
	}
	return run
}

// cutText takes so many bytes off the head of a node's text, and the emphasis that is
// left empty.
func cutText(n *html.Node, size int) {
	var gone []*html.Node
	for d := range n.Descendants() {
		if d.DataAtom == atom.Br && size > 0 {
			size--
			gone = append(gone, d)
		}
		if d.Type != html.TextNode || size <= 0 {
			continue
		}
		take := min(size, len(d.Data))
		d.Data = d.Data[take:]
		if size -= take; d.Data == "" {
			gone = append(gone, d)
		}
	}
	for _, d := range gone {
		for d != n && d.Parent != nil && d.FirstChild == nil {
			up := d.Parent
			up.RemoveChild(d)
			d = up
		}
	}
	if t := find(n, func(*html.Node) bool { return true }); t == nil && n.FirstChild != nil && n.FirstChild.Type == html.TextNode {
		n.FirstChild.Data = strings.TrimLeft(n.FirstChild.Data, " \n\u00a0:.)–—-")
	}
}

// linesOf is the text of a node, with its line breaks.
func linesOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		} else if d.DataAtom == atom.Br {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

var stepHeader = regexp.MustCompile(`(?i)^(?:` + stepWord + `s?|#|no\.?|nr\.?|n°|№|order|reihenfolge|schritte|étapes|pasos)?$`)

// stepTables makes tables whose first column counts up steps.
func stepTables(blocks []*html.Node) []*html.Node {
	for i, b := range blocks {
		if b.DataAtom == atom.Table {
			if list := tableSteps(b); list != nil {
				blocks[i] = list
			}
		}
	}
	return blocks
}

func tableSteps(table *html.Node) *html.Node {
	rows, _ := grid(table)
	if len(rows) < 3 || len(rows[0]) < 2 || !stepHeader.MatchString(oneLine(textOf(rows[0][0]))) || len(rows[0]) > 4 {
		return nil
	}
	header := rows[0]
	if n, _, _ := stepOf(linesOf(header[0]) + ". "); n > 0 { // no header
		return nil
	}
	list := element(atom.Ol)
	for k, row := range rows[1:] {
		if len(row) != len(header) {
			return nil
		}
		number := strings.TrimSpace(textOf(row[0]))
		n, _, named := stepOf(number + ". ")
		if n != k+1 || !named && strings.Trim(number, "0123456789.) ") != "" {
			return nil
		}
		item := element(atom.Li)
		for c, cell := range row[1:] {
			p := element(atom.P)
			if c > 0 && letters(textOf(cell)) > 0 {
				if name := oneLine(textOf(header[c+1])); name != "" {
					p.AppendChild(words(name + ": "))
				}
			}
			var inner []*html.Node
			for x := cell.FirstChild; x != nil; x = x.NextSibling {
				inner = append(inner, x)
			}
			for _, x := range inner {
				cell.RemoveChild(x)
				p.AppendChild(x)
			}
			if showsText(p) {
				item.AppendChild(p)
			}
		}
		list.AppendChild(item)
	}
	return list
}
