package console

import (
	"strings"

	"footnote/pipeline/text"
)

// prose is a source's Markdown as people read it, line by line: without the stars,
// ticks, heading marks and pipes, bullets as "•", a table's cells apart by "·". Code
// blocks stay as they are. It is for the eye only: receipts keep the exact words.
func prose(md string) string {
	var out []string
	code := false
	for line := range strings.SplitSeq(md, "\n") {
		bare := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(bare, "```") || strings.HasPrefix(bare, "~~~"):
			code = !code
		case code:
			out = append(out, line)
		case strings.HasPrefix(bare, "|") && strings.Trim(bare, "|:- ") == "":
			// the line between a table's header and its rows
		case strings.HasPrefix(bare, "|"):
			cells := strings.Split(strings.Trim(bare, "|"), "|")
			for i := range cells {
				cells[i] = text.Plain(cells[i])
			}
			out = append(out, strings.Join(cells, " · "))
		default:
			indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
			if strings.HasPrefix(bare, "- ") || strings.HasPrefix(bare, "* ") || strings.HasPrefix(bare, "+ ") {
				indent += "• "
			}
			out = append(out, strings.TrimRight(indent+text.Plain(bare), " \t"))
		}
	}
	return strings.Join(out, "\n")
}
