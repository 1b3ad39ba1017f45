package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/knowledge"
)

// Sizes of passages, in estimated tokens (runes / 4). A passage ends at the
// first block that would take it over wanted; what is below least is joined
// with its neighbours of the same section while they fit. Tables, code and procedures
// stay whole up to widest.
const (
	leastTokens  = 160
	wantedTokens = 220
	widestTokens = 600
)

// Split cuts a cleaned text into passages, in order, without overlap. Blank
// space between passages belongs to none of them; everything else belongs to
// exactly one. Headings stay with what follows them, lead-ins ("Do this:") with
// their list. Text without letters or digits gives no passages.
func Split(media knowledge.Media, text string) []knowledge.Chunk {
	var blocks []block
	if media == knowledge.Text {
		blocks = textBlocks(text)
	} else {
		blocks = markdownBlocks(text)
	}
	p := packer{text: text}
	for _, b := range blocks {
		p.add(b)
	}
	return p.finish()
}

// blockKind says how a block may be cut.
type blockKind uint8

const (
	prose blockKind = iota // cut between sentences
	heading
	items // a list: cut between items
	steps // a numbered list: as items, only beyond widest
	rows  // a table: cut between lines, only beyond widest
	code  // as rows
)

// block is a run of whole lines.
type block struct {
	kind       blockKind
	start, end int
	level      int    // heading: 1 to 6
	title      string // heading: its words
	cuts       []int  // items: where items begin
	lead       bool   // prose: a title of what follows
}

// packer joins blocks to passages.
type packer struct {
	text   string
	path   []string // headings above the block being added
	levels []int
	cur    []piece
	out    []knowledge.Chunk
}

// piece is a block or part of one, with the headings above it.
type piece struct {
	start, end int
	steps      bool // part of a procedure
	lead       bool // a title of what follows
	path       []string
	heading    bool
	level      int
}

func (p *packer) add(b block) {
	if b.kind == heading {
		p.addHeading(b)
		return
	}
	for _, r := range p.cut(b) {
		p.put(piece{start: r[0], end: r[1], path: p.path, steps: b.kind == steps, lead: b.lead})
	}
}

func (p *packer) addHeading(b block) {
	n := len(p.levels)
	for n > 0 && p.levels[n-1] >= b.level {
		n--
	}
	up := p.path[:n]
	p.levels = append(p.levels[:n:n], b.level)
	p.path = append(append([]string(nil), up...), b.title)
	p.put(piece{start: b.start, end: b.end, path: p.path, heading: true, level: b.level})
}

// put appends a piece to the passage being built, or ends that passage first.
func (p *packer) put(n piece) {
	if len(p.cur) > 0 && p.breaks(n) {
		p.flush()
	} else if k := p.trailingHeadings(); !n.heading && k > 0 && k < len(p.cur) && p.tokens(p.cur[0].start, n.end) > wantedTokens {
		// The section turns out too large to join the small one before it.
		keep := append([]piece(nil), p.cur[k:]...)
		p.cur = p.cur[:k]
		p.flush()
		p.cur = append(p.cur, keep...)
	}
	p.cur = append(p.cur, n)
}

// trailingHeadings returns the index of the first of the headings that end the
// passage being built; len(p.cur) when it ends in none.
func (p *packer) trailingHeadings() int {
	k := len(p.cur)
	for k > 0 && p.cur[k-1].heading {
		k--
	}
	return k
}

// breaks tells whether the next piece starts a new passage.
func (p *packer) breaks(n piece) bool {
	last := p.cur[len(p.cur)-1]
	if last.heading || p.leadIn(last) { // a heading or lead-in never ends a passage
		return p.tokens(p.cur[0].start, n.end) > widestTokens
	}
	have := p.tokens(p.cur[0].start, last.end)
	if n.steps && !last.steps { // what must be had or minded before a procedure stays with it
		return p.tokens(p.cur[0].start, n.end) > widestTokens
	}
	if n.heading {
		// A new section joins a small one only beside or below it.
		return have >= leastTokens || n.level < p.topLevel()
	}
	return p.tokens(p.cur[0].start, n.end) > wantedTokens && have >= leastTokens/3
}

// topLevel is the level of the passage's outermost heading; 0 when it began
// inside a section.
func (p *packer) topLevel() int {
	top := 7
	for _, c := range p.cur {
		if c.heading {
			top = min(top, c.level)
		}
	}
	if top == 7 {
		return 0
	}
	return top
}

func (p *packer) leadIn(c piece) bool {
	if c.lead {
		return true
	}
	s := strings.TrimRight(p.text[c.start:c.end], " \t\r\n*_")
	return strings.HasSuffix(s, ":") && len(s) < 400
}

func (p *packer) tokens(start, end int) int { return knowledge.Tokens(p.text[start:end]) }

func (p *packer) flush() {
	if len(p.cur) == 0 {
		return
	}
	start, end := p.cur[0].start, p.cur[len(p.cur)-1].end
	path := p.cur[0].path
	for _, c := range p.cur[1:] {
		path = common(path, c.path)
	}
	p.cur = p.cur[:0]
	start, end = trim(p.text, start, end)
	if strings.IndexFunc(p.text[start:end], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) < 0 {
		return
	}
	p.out = append(p.out, knowledge.Chunk{Heading: append([]string{}, path...), Start: start, End: end})
}

func (p *packer) finish() []knowledge.Chunk {
	p.flush()
	return p.out
}

func common(a, b []string) []string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

func trim(text string, start, end int) (int, int) {
	s := text[start:end]
	t := strings.TrimRightFunc(s, unicode.IsSpace)
	end = start + len(t)
	// Indentation of the first line is meaning (code); only blank lines go.
	for {
		i := strings.IndexByte(text[start:end], '\n')
		if i < 0 || strings.TrimSpace(text[start:start+i]) != "" {
			return start, end
		}
		start += i + 1
	}
}

// cut splits a block that is too large for one passage.
func (p *packer) cut(b block) [][2]int {
	limit := wantedTokens
	if b.kind == rows || b.kind == code || b.kind == steps {
		limit = widestTokens
	}
	if p.tokens(b.start, b.end) <= limit {
		return [][2]int{{b.start, b.end}}
	}
	var cuts []int
	switch b.kind {
	case items, steps:
		cuts = b.cuts
	case rows, code:
		cuts = lineCuts(p.text, b.start, b.end)
	default:
		cuts = sentenceCuts(p.text, b.start, b.end)
	}
	return p.group(b, cuts, limit)
}

// group joins the parts between cuts up to the limit. A part that is larger by
// itself is cut between sentences, then between words.
func (p *packer) group(b block, cuts []int, limit int) [][2]int {
	var out [][2]int
	from, last := b.start, b.start
	emit := func(to int) {
		if to > from {
			out = append(out, [2]int{from, to})
		}
		from, last = to, to
	}
	for _, at := range append(cuts, b.end) {
		if at <= last {
			continue
		}
		if p.tokens(from, at) > limit && last > from {
			emit(last)
		}
		if p.tokens(from, at) > limit {
			out = append(out, p.shatter(from, at, limit, b.kind)...)
			from = at
		}
		last = at
	}
	emit(b.end)
	return out
}

// shatter cuts a part that no boundary of its kind can cut.
func (p *packer) shatter(start, end, limit int, kind blockKind) [][2]int {
	if kind == items || kind == steps {
		return p.group(block{kind: prose, start: start, end: end}, sentenceCuts(p.text, start, end), limit)
	}
	var out [][2]int
	for start < end {
		stop := advance(p.text, start, end, limit*knowledge.RunesPerTok)
		if stop < end {
			if i := strings.LastIndexFunc(p.text[start:stop], unicode.IsSpace); i > 0 {
				stop = start + i + 1
				for stop < end && !utf8.RuneStart(p.text[stop]) {
					stop++
				}
			}
		}
		out = append(out, [2]int{start, stop})
		start = stop
	}
	return out
}

// advance returns the offset n runes after start, at most end.
func advance(text string, start, end, n int) int {
	for i := range text[start:end] {
		if n == 0 {
			return start + i
		}
		n--
	}
	return end
}

func lineCuts(text string, start, end int) []int {
	var cuts []int
	for i := start; i < end; i++ {
		if text[i] == '\n' {
			cuts = append(cuts, i+1)
		}
	}
	return cuts
}

// sentenceCuts returns where sentences begin: after . ! ? and their wide forms,
// when blank space and an upper-case letter, digit or opening mark follow, and
// after line ends that follow closing punctuation.
func sentenceCuts(text string, start, end int) []int {
	var cuts []int
	s := text[start:end]
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch r {
		case '。', '！', '？':
			cuts = append(cuts, start+i)
		case '.', '!', '?', '\n':
			j := i
			for j < len(s) && (s[j] == ' ' || s[j] == '\n' || s[j] == '\t' || s[j] == '\r') {
				j++
			}
			if j == len(s) || j == i && r != '\n' {
				continue
			}
			if n, _ := utf8.DecodeRuneInString(s[j:]); !unicode.IsLower(n) {
				cuts = append(cuts, start+j)
			}
			i = j
		}
	}
	return cuts
}
