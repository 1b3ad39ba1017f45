package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"unicode/utf8"

	"footnote/pipeline/guard"
)

// stdout and stderr are where commands print: what comes from outside (subjects,
// names, pages) cannot steer the terminal it is shown on.
var (
	stdout io.Writer = &terminal{to: os.Stdout}
	stderr io.Writer = &terminal{to: os.Stderr}
)

// terminal writes text with everything spelt out that a terminal would obey or a
// reader would not see: control characters, direction marks, invisible characters.
// They become \u escapes, which JSON reads as the same text. Safe for concurrent use.
type terminal struct {
	to   io.Writer
	mu   sync.Mutex
	tail []byte // the beginning of a character whose end is still to come
}

// Write keeps the beginning of a character for the next call, and counts it as written.
func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	in := append(t.tail, b...)
	t.tail = nil
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		r, n := utf8.DecodeRune(in)
		switch {
		case r == utf8.RuneError && n == 1 && !utf8.FullRune(in):
			t.tail, n = append([]byte(nil), in...), len(in)
		case r == utf8.RuneError && n == 1:
			out = utf8.AppendRune(out, utf8.RuneError)
		case shown(r):
			out = append(out, in[:n]...)
		case r > 0xffff: // as JSON has it
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		in = in[n:]
	}
	if _, err := t.to.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// shown tells whether a terminal shows r as it is. Joiners are letters' and emoji's.
func shown(r rune) bool {
	return !guard.Hidden(r) && r != '\r' && r != 0x2028 && r != 0x2029 || r == 0x200c || r == 0x200d
}
