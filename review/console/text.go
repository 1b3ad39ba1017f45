package console

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is how much of one outside text a page shows, in runes.
const maxShown = 20_000

// maxMarks is how many combining marks in a row are shown on one letter.
const maxMarks = 6

// run is a piece of outside text: either Text to show, or a Note that stands for
// characters which cannot be seen or would change how others are read.
type run struct {
	Text string
	Note string
}

// runs splits outside text into what is shown and notes about what is hidden:
// controls, bidirectional controls, zero-width and tag characters, fillers, and
// piles of combining marks. Joiners stay where scripts and emoji need them.
// Broken UTF-8 becomes U+FFFD.
func runs(s string) []run { return split(s, maxShown) }

func split(s string, limit int) []run {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var out []run
	var text strings.Builder
	var hidden []rune
	flush := func() {
		if text.Len() > 0 {
			out = append(out, run{Text: text.String()})
			text.Reset()
		}
		if len(hidden) > 0 {
			out = append(out, run{Note: note(hidden)})
			hidden = hidden[:0]
		}
	}
	var prev rune
	marks, n := 0, 0
	for _, r := range s {
		if n++; n > limit {
			flush()
			return append(out, run{Note: fmt.Sprintf("shortened: %s characters in all", number(utf8.RuneCountInString(s)))})
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			marks++
		} else {
			marks = 0
		}
		if marks > maxMarks || hides(r, prev) {
			if text.Len() > 0 {
				flush()
			}
			hidden = append(hidden, r)
		} else {
			if len(hidden) > 0 {
				flush()
			}
			text.WriteRune(visible(r))
		}
		prev = r
	}
	flush()
	return out
}

// visible turns other line ends into plain ones.
func visible(r rune) rune {
	switch r {
	case '\r', '\u2028', '\u2029', '\v', '\f', '\u0085':
		return '\n'
	}
	return r
}

// hides tells whether r, after prev, leaves no trace on the screen or reorders
// what is near it.
func hides(r, prev rune) bool {
	switch {
	case r == '\t' || visible(r) == '\n':
		return false
	case r < ' ' || r >= 0x7f && r <= 0x9f:
		return true
	case r == 0x200c || r == 0x200d: // joiners: part of Persian, Indic scripts and emoji
		return !(prev >= 0x0600 && (unicode.IsLetter(prev) || unicode.IsMark(prev) || prev >= 0x2190 && !isHidden(prev)))
	case r >= 0xfe00 && r <= 0xfe0f: // variation selectors: one after a visible character
		return prev < 0x20 || isHidden(prev) || prev >= 0xfe00 && prev <= 0xfe0f
	}
	return isHidden(r)
}

func isHidden(r rune) bool {
	switch {
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f: // zero width, bidi
	case r == 0xad, r == 0x61c, r == 0x34f, r == 0x180e, r == 0xfeff: // soft hyphen, bidi mark, joiners
	case r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0: // Hangul fillers
	case r >= 0xfff9 && r <= 0xfffb, r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef: // interlinear, noncharacters
	case r >= 0xe0000 && r <= 0xe0fff: // tags and variation selectors supplement
	case r >= 0x1d173 && r <= 0x1d17a: // musical controls
	default:
		return false
	}
	return true
}

// note names hidden characters by number, or counts them when they are many.
func note(hidden []rune) string {
	if len(hidden) > 3 {
		return fmt.Sprintf("%d hidden characters", len(hidden))
	}
	names := make([]string, len(hidden))
	for i, r := range hidden {
		names[i] = fmt.Sprintf("U+%04X", r)
	}
	return strings.Join(names, " ")
}

// plain is runs for places that take one string: attributes and titles. Line
// ends become spaces.
func plain(s string) string { return short(s, 300) }

// short is plain, cut to limit runes.
func short(s string, limit int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	var b strings.Builder
	cut := false
	if utf8.RuneCountInString(s) > limit {
		s, cut = string([]rune(s)[:limit]), true
	}
	for _, r := range split(s, limit) {
		if r.Note != "" {
			b.WriteString("⟨" + r.Note + "⟩")
		}
		b.WriteString(r.Text)
	}
	if cut {
		b.WriteString("…")
	}
	return b.String()
}

// link returns s when it is an absolute http(s) address without credentials that
// may be put into a page, and "" otherwise.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// local returns a desk's link that may also be a path of ours ("/sandbox/…").
func local(s string) string {
	if safePath(s) {
		return s
	}
	return link(s)
}

// safePath tells whether s is a path on this host, and nothing that a browser
// would take for another host.
func safePath(s string) bool {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\t\r\n") {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Host == "" && u.Scheme == ""
}

// host names where a link leads.
func host(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return plain(u.Hostname())
}
