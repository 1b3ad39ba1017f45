package drafting

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
)

// piece is one sentence, step or list item of a passage.
type piece struct {
	hit        int // index of its hit
	block      int // paragraph or list within the passage; a list is one block
	order      int // position in the passage
	start, end int // bytes of Passage.Text
	text       string
	kind       pieceKind
	// own is the words of the row itself, without the header that all rows share.
	own     []text.Word
	label   []text.Word // of a row: its first cell
	heading string
	above   []text.Word // words of the heading
	words   []text.Word
}

type pieceKind uint8

const (
	prose pieceKind = iota
	step            // of a numbered list
	item            // of a bullet list
	lead            // a short line without a full stop: it introduces or is a title
	more            // an indented line that belongs to the step or item above it
	row             // of a table
	code            // a block of code: it completes what announces it, and never answers alone
)

// listed tells pieces of a list.
func (k pieceKind) listed() bool { return k == step || k == item || k == more }

var (
	headingRE = regexp.MustCompile(`^\s{0,3}#{1,6}\s+`)
	stepRE    = regexp.MustCompile(`^\s*\d{1,2}[.)]\s+`)
	itemRE    = regexp.MustCompile(`^\s*[-*+•]\s+`)
	fenceRE   = regexp.MustCompile("^\\s*(?:```|~~~)")
	tableRE   = regexp.MustCompile(`^\s*\|`)
	indentRE  = regexp.MustCompile(`^(?:\t| {2,})\s*\S`)
)

// maxCode is how long a block of code is that a reply may hold, in bytes.
const maxCode = 600

// codeAt makes the block of code at text[start:end] a piece.
func codeAt(text string, start, end int) (piece, bool) {
	s := text[start:min(end, len(text))]
	from, to := start+len(s)-len(strings.TrimLeft(s, " \t\r\n")), start+len(strings.TrimRight(s, " \t\r\n"))
	return piece{start: from, end: to, text: text[min(from, to):to], kind: code}, from < to && to-from <= maxCode
}

// pieces cuts a passage. Headings name what follows and are not pieces.
func pieces(hit int, p pipeline.Passage, lang string) []piece {
	var out []piece
	var tab table
	block, heading, fenced, inner, kindBefore := 0, strings.Join(p.Heading, " "), false, 0, lead
	above := text.Words(heading, lang)
	for at := 0; at < len(p.Text); {
		end := len(p.Text)
		if i := strings.IndexByte(p.Text[at:], '\n'); i >= 0 {
			end = at + i
		}
		line := p.Text[at:end]
		from := at
		at = end + 1
		switch {
		case fenceRE.MatchString(line):
			if fenced = !fenced; fenced {
				block++
				inner = at
			} else if pc, ok := codeAt(p.Text, inner, from); ok {
				pc.hit, pc.block, pc.order, pc.heading, pc.above, pc.words = hit, block, len(out), heading, above, text.Words(pc.text, lang)
				out, kindBefore = append(out, pc), code
			}
			continue
		case fenced:
			continue
		case tableRE.MatchString(line):
			if kindBefore != row {
				block++
				tab = tableAt(p.Text, from, end)
			}
			kindBefore = row
			if pc, ok := tab.piece(p.Text, from, end); ok {
				pc.hit, pc.block, pc.order, pc.heading, pc.above, pc.words = hit, block, len(out), heading, above, text.Words(pc.text, lang)
				cs := guard.Cells(line)
				pc.own, pc.label = text.Words(strings.Join(cs, " "), lang), text.Words(cs[0], lang)
				out = append(out, pc)
			}
			continue
		case strings.TrimSpace(line) == "":
			if !kindBefore.listed() {
				block++
			}
			continue
		case headingRE.MatchString(line):
			heading, kindBefore = text.Plain(line), lead
			above = text.Words(heading, lang)
			block++
			continue
		}
		kind := prose
		skip := 0
		if m := stepRE.FindStringIndex(line); m != nil {
			kind = step
		} else if m := itemRE.FindStringIndex(line); m != nil {
			kind, skip = item, m[1]
		}
		switch {
		case indentRE.MatchString(line) && kindBefore.listed(): // of the step or item above, whose list goes on after it
			if kind == prose {
				kind = more
			}
		case kindBefore == row || kind != kindBefore && (kind == prose || kindBefore != prose):
			block++
			kindBefore = kind
		default:
			kindBefore = kind
		}
		for _, s := range cut(line[skip:], kind) {
			pc := piece{hit: hit, block: block, order: len(out), start: from + skip + s.Start, end: from + skip + s.End, kind: kind, heading: heading, above: above}
			pc.text = text.Plain(p.Text[pc.start:pc.end])
			if kind == prose && !strings.ContainsAny(pc.text, ".!?:;。") && len(pc.text) < 90 {
				pc.kind = lead
			}
			pc.words = text.Words(pc.text, lang)
			if waits, _ := text.Placeholder(pc.text); len(pc.words) > 0 && (waits == "" || strings.Contains(p.Text[pc.start:pc.end], "`")) { // what waits to be filled in answers nobody
				out = append(out, pc)
			}
		}
	}
	return out
}

// cut splits a line of prose into sentences; a step or an item stays whole.
func cut(line string, kind pieceKind) []guard.Span {
	if kind != prose {
		end := len(strings.TrimRight(line, " \t\r"))
		start := len(line) - len(strings.TrimLeft(line, " \t"))
		if start >= end {
			return nil
		}
		return []guard.Span{{Start: start, End: end}}
	}
	var out []guard.Span
	for _, s := range guard.SplitSpans(line) {
		out = append(out, clauses(line, s)...)
	}
	return out
}

// clauses cuts a long sentence at semicolons and colons.
func clauses(line string, s guard.Span) []guard.Span {
	if s.End-s.Start < clauseMin {
		return []guard.Span{s}
	}
	var out []guard.Span
	from := s.Start
	for _, m := range clauseRE.FindAllStringIndex(line[s.Start:s.End], -1) {
		end := s.Start + m[1]
		if end-from < 30 || s.End-end < 30 || !upper(line[end:]) {
			continue // what follows would not stand alone
		}
		out = append(out, guard.Span{Start: from, End: s.Start + m[0] + len(strings.TrimRight(line[s.Start+m[0]:end], " "))})
		from = end
	}
	return append(out, guard.Span{Start: from, End: s.End})
}

// upper tells whether a clause begins like a sentence.
func upper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// clauseMin is the length in bytes from which a sentence is cut.
const clauseMin = 120

var clauseRE = regexp.MustCompile(`[;:]\s+|\s[;:]\s+`)
