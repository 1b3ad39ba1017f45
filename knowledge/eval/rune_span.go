package eval

import "unicode/utf8"

// runeSpan turns byte offsets in a text into rune offsets: what data sets call
// characters. For documents that were taken verbatim (Raw.Verbatim) the cleaned
// text has the offsets of the raw one.
func runeSpan(text string, start, end int) (from, to int) {
	start, end = min(max(start, 0), len(text)), min(max(end, 0), len(text))
	from = utf8.RuneCountInString(text[:start])
	return from, from + utf8.RuneCountInString(text[min(start, end):end])
}
