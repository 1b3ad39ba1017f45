package ingest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"

	"footnote/pipeline/text"

	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"

	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// blockParser reads block structure only: inline syntax and link definitions are
// never needed, cost most of the time, and grow with the square of hostile input.
var blockParser = parser.NewParser(
	parser.WithBlockParsers(parser.DefaultBlockParsers()...),
	parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
)

// deepest is how many quotes and lists may open in one line. Nobody writes more;
// the parser's time grows with their square.
const deepest = 32

var opener = regexp.MustCompile(`^[ \t]*(?:>|[-+*](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$))`)

// tooDeep tells Markdown that nests beyond deepest; it is read as plain text.
func tooDeep(text string) bool {
	for line := range strings.Lines(text) {
		for n := 0; ; n++ {
			at := opener.FindStringIndex(line)
			if at == nil {
				break
			}
			if n == deepest || n == 0 && at[1] > 6*deepest {
				return true // so many markers, or so far indented below others
			}
			line = line[at[1]:]
		}
	}
	return false
}

// markdownBlocks returns the top-level blocks of a Markdown text. Each reaches
// to the start of the next one, so that fences, rules and link definitions,
// which the tree does not place, belong to the block before them.
func markdownBlocks(text string) []block {
	if tooDeep(text) {
		return textBlocks(text)
	}
	src := []byte(text)
	doc := blockParser.Parse(gmtext.NewReader(src))
	var out []block
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		start := startOf(n)
		if start < 0 {
			continue
		}
		start = lineStart(text, start)
		if _, ok := n.(*ast.FencedCodeBlock); ok {
			start = fenceStart(text, start)
		}
		if len(out) > 0 && start < out[len(out)-1].start {
			continue
		}
		b := block{start: start}
		switch n := n.(type) {
		case *ast.Heading:
			b.kind, b.level, b.title = heading, n.Level, Plain(string(n.Lines().Value(src)))
		case *ast.List:
			b.kind = items
			if n.IsOrdered() {
				b.kind = steps
			}
			for it := n.FirstChild(); it != nil; it = it.NextSibling() {
				if at := startOf(it); at >= 0 {
					b.cuts = append(b.cuts, lineStart(text, at))
				}
			}
		case *ast.Paragraph:
			b.lead = boldLine.MatchString(strings.TrimSpace(string(n.Lines().Value(src))))
		case *east.Table:
			b.kind = rows
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			b.kind = code
		}
		out = append(out, b)
	}
	if len(out) > 0 {
		out[0].start = 0
	} else if strings.TrimSpace(text) != "" {
		out = append(out, block{kind: prose})
	}
	for i := range out {
		out[i].end = len(text)
		if i+1 < len(out) {
			out[i].end = out[i+1].start
		}
	}
	return out
}

// startOf returns the first source offset of a node or its descendants, -1
// when it has none.
func startOf(n ast.Node) int {
	for {
		if n.Type() != ast.TypeInline && n.Lines() != nil && n.Lines().Len() > 0 {
			return n.Lines().At(0).Start
		}
		if f, ok := n.(*ast.FencedCodeBlock); ok && f.Info != nil {
			return f.Info.Segment.Start
		}
		first := n.FirstChild()
		for first != nil && startOfLeaf(first) {
			first = first.NextSibling()
		}
		if first == nil {
			return -1
		}
		n = first
	}
}

// startOfLeaf tells nodes that say nothing about where they stand.
func startOfLeaf(n ast.Node) bool {
	return n.FirstChild() == nil && (n.Type() == ast.TypeInline || n.Lines() == nil || n.Lines().Len() == 0)
}

func lineStart(text string, at int) int {
	return strings.LastIndexByte(text[:min(at, len(text))], '\n') + 1
}

// fenceStart steps from the first line of code, or the info string, to the
// opening fence.
func fenceStart(text string, start int) int {
	line, _, _ := strings.Cut(text[start:], "\n")
	if t := strings.TrimLeft(line, " \t>"); strings.HasPrefix(t, "```") || strings.HasPrefix(t, "~~~") {
		return start
	}
	if start == 0 {
		return 0
	}
	return lineStart(text, start-1)
}

// textBlocks returns the paragraphs of a plain text. A line is a heading when
// it is short, does not end like a sentence and either stands alone between
// blank lines or stands above a line too long to be hard-wrapped text.
// A heading that another one follows at once is the outer of the two.
func textBlocks(text string) []block {
	var out []block
	for start := 0; start < len(text); {
		end := len(text)
		if i := blankLine(text[start:]); i >= 0 {
			end = start + i
		}
		out = appendParagraph(out, text, start, end)
		start = end
	}
	for i := range out {
		if out[i].kind == heading && i+1 < len(out) && out[i+1].kind == heading {
			out[i].level = 1
		}
	}
	return out
}

// blankLine returns where the blank lines after the first paragraph end, -1
// when no other paragraph follows. Leading blank lines belong to the first.
func blankLine(s string) int {
	seen, blank := false, false
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '\n')
		line := s[i:]
		if j >= 0 {
			line = s[i : i+j+1]
		}
		empty := strings.TrimSpace(line) == ""
		switch {
		case !empty && blank:
			return i
		case empty && seen:
			blank = true
		case !empty:
			seen = true
		}
		i += len(line)
	}
	return -1
}

const (
	longestHeading = 120
	wrappedLine    = 120
)

func appendParagraph(out []block, text string, start, end int) []block {
	body, stop := trim(text, start, end)
	if body >= stop {
		if len(out) > 0 {
			out[len(out)-1].end = end
		}
		return out
	}
	line, rest, more := strings.Cut(text[body:stop], "\n")
	next, _, _ := strings.Cut(rest, "\n")
	if headingLike(line) && (!more || utf8.RuneCountInString(next) > wrappedLine) {
		to := body + len(line)
		if !more {
			return append(out, block{kind: heading, start: start, end: end, level: 2, title: strings.TrimSpace(line)})
		}
		out = append(out, block{kind: heading, start: start, end: to + 1, level: 2, title: strings.TrimSpace(line)})
		start = to + 1
	}
	return append(out, block{kind: prose, start: start, end: end})
}

func headingLike(line string) bool {
	s := strings.TrimSpace(line)
	if s == "" || utf8.RuneCountInString(s) > longestHeading {
		return false
	}
	if strings.ContainsAny(s[len(s)-1:], ".,;)") || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "- ") || strings.HasPrefix(s, "* ") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) || unicode.IsDigit(r) || text.Ideographic(r)
}

// boldLine is a line that is a title, though no heading.
var boldLine = regexp.MustCompile(`^\*\*[^*\n]{1,200}\*\*:?$`)

var mdAttr = regexp.MustCompile(`\s*\{[:#.][^{}]*\}\s*$`)

// Plain is one line of Markdown without its marks, for titles and headings.
func Plain(md string) string {
	s := mdAttr.ReplaceAllString(strings.TrimSpace(md), "")
	return strings.Join(strings.Fields(strings.Trim(text.Plain(s), "#* ")), " ")
}
