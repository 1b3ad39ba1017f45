package knowledge

import (
	"strings"
	"unicode/utf8"

	"footnote/pipeline/text"
)

// Chunk is one passage of a cleaned text before it is stored.
type Chunk struct {
	Heading    []string // headings above, outermost first
	Start, End int      // byte offsets: text[Start:End] is the passage
}

// RunesPerTok is how many runes a model token is taken for.
const RunesPerTok = 4

// Tokens estimates how many model tokens a text has: runes / 4.
func Tokens(s string) int { return (utf8.RuneCountInString(s) + RunesPerTok - 1) / RunesPerTok }

// HeadingText is how headings are analysed and embedded.
func HeadingText(heading []string) string { return strings.Join(heading, " \n ") }

// ToColumn carries unsigned term ids into a signed column.
func ToColumn(terms []text.Term) []int32 {
	out := make([]int32, len(terms))
	for i, t := range terms {
		out[i] = int32(t)
	}
	return out
}

// FromColumn brings them back.
func FromColumn(ints []int32) []text.Term {
	out := make([]text.Term, len(ints))
	for i, t := range ints {
		out[i] = text.Term(t)
	}
	return out
}
