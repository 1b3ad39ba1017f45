package text

import "strings"

// Clip cuts a string to at most n runes.
func Clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// FirstLine is the first line of a string, cut to n runes and an ellipsis.
func FirstLine(s string, n int) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if cut := Clip(s, n); cut != s {
		return strings.TrimSpace(cut) + "…"
	}
	return s
}
