package email

import (
	"bytes"
	"regexp"
)

// What is read of one mail. The parser's time grows with the square of its parts
// and doubles with each level that is not closed; people send a handful of either.
const (
	maxParts  = 1000 // that begin with the same line
	maxNested = 12   // declarations of parts inside parts
)

var (
	declares = regexp.MustCompile(`(?i)boundary[*0-9]*[ \t]*=`)
	dashes   = []byte("--")
)

// bounded returns the head of a mail that stays within these bounds: nearly
// always all of it. What people wrote stands there.
func bounded(raw []byte) []byte {
	at := declares.FindAllIndex(raw, maxNested+1)
	if len(at) == 0 {
		return raw // no parts: its lines mean nothing
	}
	if len(at) > maxNested {
		raw = raw[:at[maxNested][0]]
	}
	seen := map[string]int{}
	for start := 0; start < len(raw); {
		line, _, _ := bytes.Cut(raw[start:], []byte("\n"))
		if bytes.HasPrefix(line, dashes) {
			mark, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
			mark = bytes.TrimSuffix(mark, dashes)
			if seen[string(mark)]++; seen[string(mark)] > maxParts {
				return raw[:start]
			}
		}
		start += len(line) + 1
	}
	return raw
}
