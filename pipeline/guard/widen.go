package guard

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Whole is a quote as its source means it.
type Whole struct {
	// Span holds the quote and every sentence that it touches, from the first to
	// the last: sentences of prose and of list items, whole rows of tables.
	Span
	// Above are the lines that the sentence is read under, outermost first: the
	// words that introduce its list, the item that it stands below, the header of
	// its table. They lie outside Span.
	Above []Span
}

// Widen returns the whole of what a quote is cut from. It works on the structure
// of the passage alone, so that widening what is wide changes nothing. A range
// outside the text is brought within it.
func Widen(text string, quote Span) Whole {
	return widenAmong(statements(text), text, quote)
}

func widenAmong(us []statement, text string, quote Span) Whole {
	quote.Start = min(max(quote.Start, 0), len(text))
	quote.End = min(max(quote.End, quote.Start), len(text))
	w := Whole{Span: quote}
	var above []Span
	for _, u := range us {
		if u.Start >= quote.End || u.End <= quote.Start {
			continue
		}
		w.Start, w.End = min(w.Start, u.Start), max(w.End, u.End)
		for _, a := range u.above {
			if len(above) == 0 || !containsSpan(above, a) {
				above = append(above, a)
			}
		}
	}
	for _, a := range above {
		if a.Start < w.Start || a.End > w.End {
			w.Above = append(w.Above, a)
		}
	}
	return w
}

func containsSpan(list []Span, s Span) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// statement is the smallest piece of a passage that may prove something.
type statement struct {
	Span
	kind  form
	above []Span
	// heading is the heading over a list that nothing else introduces.
	heading Span
	// opens tells that the statement's list begins the passage: what introduces it may
	// stand at the end of the passage before.
	opens bool
}

type form uint8

const (
	inProse form = iota
	inSteps
	inItems
	inHeading
	inTable
	inCode
)

var (
	headingMark = regexp.MustCompile(`^\s{0,3}#{1,6}\s+`)
	stepMark    = regexp.MustCompile(`^[ \t]*(\d{1,3})[.)][ \t]+`)
	itemMark    = regexp.MustCompile(`^[ \t]*(?:[-*+•‣▪◦·–—][ \t]+|[a-zA-Z]\)[ \t]+|>[ \t]?)`)
	fenceMark   = regexp.MustCompile("^\\s*(?:```|~~~)")
	ruleMark    = regexp.MustCompile(`^\s*\|?\s*:?-{1,}:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$`)
)

// maxDepth is how many items an item may stand below.
const maxDepth = 6

// parent is an item that later lines may stand below.
type parent struct {
	indent int
	own    Span // its last sentence
}

// reader takes a passage line by line.
type reader struct {
	text    string
	out     []statement
	run     []Span // lines of the paragraph or item being read
	runKind form
	parents []parent
	lead    []Span // what introduces the list being read
	heading Span
	last    form
	listed  bool // the lines before belong to a list
	opens   bool
	header  Span
}

// statements cuts a passage into sentences. They are in order and do not overlap.
func statements(text string) []statement {
	r := &reader{text: text}
	fenced, table := false, false
	for at := 0; at < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i
		}
		line, from := text[at:end], at
		at = end + 1
		isTable := strings.HasPrefix(strings.TrimLeft(line, " \t"), "|")
		switch {
		case fenceMark.MatchString(line):
			r.flush()
			fenced = !fenced
		case fenced:
			r.add(trimSpan(text, from, end), inCode, nil)
		case isTable:
			r.flush()
			if !table {
				r.startTable(from, end)
			}
			r.row(line, from, end)
		case strings.TrimSpace(line) == "":
			r.flush()
		case headingMark.MatchString(line):
			r.flush()
			r.endList()
			m := headingMark.FindStringIndex(line)
			r.heading = trimSpan(text, from+m[1], end)
			r.lead = nil
			r.add(r.heading, inHeading, nil)
		default:
			r.line(line, from, end)
		}
		table = isTable
	}
	r.flush()
	return r.out
}

func (r *reader) add(s Span, kind form, above []Span) {
	if s.Start >= s.End {
		return
	}
	u := statement{Span: s, kind: kind, above: above, opens: r.opens && r.listed}
	if (kind == inItems || kind == inSteps) && len(above) == 0 {
		u.heading = r.heading
	}
	r.out = append(r.out, u)
	r.last = kind
}

// startTable reads a table's header, if its second line says that it has one.
func (r *reader) startTable(start, end int) {
	r.endList()
	r.header = Span{}
	next, _, _ := strings.Cut(r.text[min(end+1, len(r.text)):], "\n")
	if ruleMark.MatchString(next) && strings.Contains(next, "-") {
		r.header = trimSpan(r.text, start, end)
	}
}

func (r *reader) row(line string, start, end int) {
	s := trimSpan(r.text, start, end)
	switch {
	case ruleMark.MatchString(line) && strings.Contains(line, "-"):
	case s == r.header || r.header.End == 0:
		r.add(s, inTable, nil)
	default:
		r.add(s, inTable, []Span{r.header})
	}
}

// line reads a line of prose or of a list.
func (r *reader) line(line string, start, end int) {
	indent := indentOf(line)
	step := stepMark.FindStringSubmatch(line)
	item := itemMark.FindString(line)
	switch {
	case step != nil || item != "":
		r.flush()
		if !r.listed {
			r.startList(step)
		}
		for len(r.parents) > 0 && (r.parents[len(r.parents)-1].indent >= indent || len(r.parents) > maxDepth) {
			r.parents = r.parents[:len(r.parents)-1]
		}
		from := start
		r.runKind = inSteps
		if step == nil { // a step keeps its number
			from, r.runKind = start+len(item), inItems
		}
		r.run = []Span{{from, end}}
		r.parents = append(r.parents, parent{indent: indent})
	case r.listed && (indent >= 2 || len(r.run) > 0 && lower(line)): // goes on with the item above
		if len(r.run) == 0 {
			r.runKind = inItems
		}
		r.run = append(r.run, Span{start, end})
	default:
		if r.listed {
			r.flush()
			r.endList()
		}
		r.runKind = inProse
		r.run = append(r.run, Span{start, end})
	}
}

// startList finds what introduces a list: the sentence before it that ends with a
// colon or not at all. A list of steps that goes on counting after a remark goes
// on with what introduced it.
func (r *reader) startList(step []string) {
	r.listed, r.parents = true, nil
	r.opens = len(r.out) == 0
	goesOn := step != nil && step[1] != "1" && step[1] != "0"
	if n := len(r.out); n > 0 && r.out[n-1].kind == inProse && introduces(r.text[r.out[n-1].Start:r.out[n-1].End]) {
		r.lead = []Span{r.out[n-1].Span}
	} else if !goesOn {
		r.lead = nil
	}
}

func (r *reader) endList() { r.listed, r.parents, r.opens = false, nil, false }

// introduces tells a line that what follows completes.
func introduces(s string) bool {
	s = strings.TrimRight(s, " \t*_`\"”»)")
	last, _ := utf8.DecodeLastRuneInString(s)
	return !strings.ContainsRune(".!?。！？;", last)
}

// flush ends the paragraph or item being read: its lines are joined where they
// were only wrapped, and cut into sentences.
func (r *reader) flush() {
	if len(r.run) == 0 {
		return
	}
	lines, kind := r.run, r.runKind
	r.run = nil
	var above []Span
	if kind != inProse {
		above = append(above, r.lead...)
		for _, p := range r.parents[:max(len(r.parents)-1, 0)] {
			above = append(above, p.own)
		}
	}
	before := len(r.out)
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(r.text[l.Start:l.End]))
	}
	for from := 0; from < len(lines); {
		to := from
		for to+1 < len(lines) && wrapped(r.text, lines[to], lines[to+1], width) {
			to++
		}
		start, end := lines[from].Start, lines[to].End
		flat := strings.NewReplacer("\n", " ", "\r", " ").Replace(r.text[start:end]) // as long as it was
		for _, s := range SplitSpans(flat) {
			r.add(Span{start + s.Start, start + s.End}, kind, above)
		}
		from = to + 1
	}
	if n := len(r.parents); n > 0 && kind != inProse && len(r.out) > before {
		r.parents[n-1].own = r.out[len(r.out)-1].Span
	}
}

// minWrap is the width in characters below which no text is wrapped by a program.
const minWrap = 40

// wrapped tells whether line b goes on with line a of the same paragraph: it
// begins in lower case, or its first word would not have fitted into the width
// of the paragraph.
func wrapped(text string, a, b Span, width int) bool {
	head := strings.TrimSpace(text[a.Start:a.End])
	tail := strings.TrimSpace(text[b.Start:b.End])
	if lower(tail) {
		return true
	}
	if strings.HasSuffix(text[a.Start:a.End], "  ") || strings.HasSuffix(head, ":") { // a break that is meant
		return false
	}
	word, _, _ := strings.Cut(tail, " ")
	return width >= minWrap && utf8.RuneCountInString(head)+1+utf8.RuneCountInString(word) > width
}

func indentOf(line string) int {
	n := 0
	for _, c := range line {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 4
		default:
			return n
		}
	}
	return n
}

// trimSpan leaves out white space around text[start:end].
func trimSpan(text string, start, end int) Span {
	s := text[start:end]
	left := strings.TrimLeftFunc(s, unicode.IsSpace)
	return Span{start + len(s) - len(left), start + len(s) - len(left) + len(strings.TrimRightFunc(left, unicode.IsSpace))}
}

// lower tells a line that begins in lower case.
func lower(line string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(line, " \t\"'“„«([*_`"))
	return unicode.IsLower(first)
}
