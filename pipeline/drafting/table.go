package drafting

import (
	"regexp"
	"strings"

	"footnote/pipeline/guard"
)

var delimiterRE = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$`)

// maxColumns of a table that is read row by row; a wider one reads badly.
const maxColumns = 8

// table is the header of the table that the lines being read belong to.
type table struct {
	start, end int // bytes of the header line in Passage.Text; empty when the table began in another passage
	names      []string
}

// sentence reads a row aloud: "Plan Team – Price: 29 € per month; Users: 10".
// Every word is the row's or the header's. It is empty for a row that says
// nothing beside its label.
func (t table) sentence(row []string) string {
	if len(row) < 2 || len(row) > maxColumns {
		return ""
	}
	name := func(i int) string {
		if i < len(t.names) {
			return t.names[i]
		}
		return ""
	}
	var values []string
	last := len(row) - 1
	for last > 0 && row[last] == "" {
		last--
	}
	for i, c := range row[1:] {
		if i+1 < last {
			c = strings.TrimRight(c, ".;")
		}
		switch n := name(i + 1); {
		case c == "":
		case n == "":
			values = append(values, c)
		default:
			values = append(values, n+": "+c)
		}
	}
	label := strings.TrimSpace(name(0) + " " + row[0])
	switch {
	case len(values) == 0:
		return ""
	case label == "":
		return strings.Join(values, "; ")
	}
	return label + " – " + strings.Join(values, "; ")
}

// tableAt reads the header of the table whose first line is text[start:end]. A
// table that goes on from another passage has none.
func tableAt(text string, start, end int) table {
	next, _, _ := strings.Cut(text[min(end+1, len(text)):], "\n")
	if !delimiterRE.MatchString(next) || !strings.Contains(next, "-") {
		return table{}
	}
	s := span(text, start, end)
	return table{start: s.Start, end: s.End, names: guard.Cells(text[start:end])}
}

// span leaves out blank space around text[start:end].
func span(text string, start, end int) guard.Span {
	s := text[start:end]
	return guard.Span{Start: start + len(s) - len(strings.TrimLeft(s, " \t")), End: start + len(strings.TrimRight(s, " \t\r"))}
}

// piece makes the row at text[start:end] a piece; false for header, delimiter
// and what says nothing.
func (t table) piece(text string, start, end int) (piece, bool) {
	s := span(text, start, end)
	if t.names != nil && s.Start == t.start || delimiterRE.MatchString(text[start:end]) {
		return piece{}, false
	}
	said := t.sentence(guard.Cells(text[start:end]))
	return piece{start: s.Start, end: s.End, text: said, kind: row}, said != ""
}
