package layout

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// MaxMarks is how many combining marks in a row are shown; more would run over
// the neighbouring lines.
const MaxMarks = 5

// Clean returns s as it may be shown, and how many characters it left out:
// control and bidirectional characters, zero-width and tag characters and other
// invisible ones. Joiners stay where a script or an emoji needs them. Line
// breaks become "\n", tabs spaces; broken UTF-8 becomes U+FFFD.
func Clean(s string) (string, int) {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\uFFFD")
	var b strings.Builder
	hidden, marks := 0, 0
	var prev rune
	for i, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			r = '\n'
		case r == '\t':
			r = ' '
		case invisible(r, prev, s[i+utf8.RuneLen(r):]):
			hidden++
			continue
		}
		if r > 0x7f && unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Variation_Selector, r) {
			if marks++; marks > MaxMarks {
				hidden++
				continue
			}
		} else {
			marks = 0
		}
		b.WriteRune(r)
		prev = r
	}
	return b.String(), hidden
}

// invisible tells whether r, between prev and rest, shows nothing of its own.
func invisible(r, prev rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case r >= ' ' && r < 0x7f:
		return false
	case r == '\u200D' || r == '\u200C': // joiners
		return !joins(r, prev, next)
	case r == '\uFE0E' || r == '\uFE0F': // text or emoji form of the character before
		return prev == 0 || prev == '\n' || unicode.IsSpace(prev) || unicode.IsLetter(prev) || unicode.Is(unicode.Variation_Selector, prev)
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // Arabic number signs are visible
		return false
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point):
		return true
	}
	return r == '\u2800' // braille blank
}

// joiners lists scripts that are written with ZWJ and ZWNJ.
var joiners = []*unicode.RangeTable{unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
	unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer}

func joins(r, prev, next rune) bool {
	if unicode.In(prev, joiners...) && unicode.In(next, joiners...) {
		return true
	}
	emoji := func(x rune) bool {
		return unicode.In(x, unicode.So, unicode.Sk) || x == '\uFE0F' || x == '\u2640' || x == '\u2642'
	}
	return r == '\u200D' && emoji(prev) && emoji(next)
}

// Line is clean in one line, cut to at most n units.
func Line(s string, n int) string {
	s, _ = Clean(s)
	return Cut(strings.Join(strings.Fields(s), " "), n)
}

// Units is the length that Slack's limits count: UTF-16 code units.
func Units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// Cut shortens s to at most n units, an ellipsis included, and does not part a
// character from its marks.
func Cut(s string, n int) string {
	if Units(s) <= n {
		return s
	}
	return Prefix(s, n-1) + "…"
}

// CutTo is Cut that says how much is missing, and where the whole of it is.
func CutTo(s string, n int, where string) string {
	all := Units(s)
	if all <= n {
		return s
	}
	tail := "… (%d more characters; the whole text is " + where + ")"
	kept := Prefix(s, max(0, n-Units(fmt.Sprintf(tail, all))))
	return kept + fmt.Sprintf(tail, all-Units(kept))
}

// Prefix returns the longest beginning of s of at most n units that ends
// between two visible characters, or between two runes when the first visible
// character alone is longer.
func Prefix(s string, n int) string {
	end, used := 0, 0
	for i, r := range s {
		attached := unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc, unicode.Variation_Selector) || r == '\u200D' || strings.HasSuffix(s[:i], "\u200D")
		if !attached {
			end = i
		}
		if used += max(1, utf16.RuneLen(r)); used > n {
			if end == 0 {
				end = i
			}
			return s[:end]
		}
	}
	return s
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Escape makes text safe inside mrkdwn, where these three characters alone
// make mentions and links.
func Escape(s string) string { return escaper.Replace(s) }

// Link returns a web address as it may be linked and the host to show for it;
// ok is false for anything but plain http(s) addresses.
func Link(raw string) (address, host string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || Units(raw) > 2000 {
		return "", "", false
	}
	host, ok = hostOf(u)
	return u.String(), host, ok
}

func hostOf(u *url.URL) (string, bool) {
	name := u.Hostname()
	if _, err := netip.ParseAddr(name); err != nil {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil || ascii == "" {
			return "", false
		}
		name = ascii
	}
	if p := u.Port(); p != "" {
		name += ":" + p
	}
	return Cut(name, 80), true
}

var address = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s<>"'` + "`" + `]+`)

// HostList is Hosts in one line of about 200 units, and how many more there are.
func HostList(text string) string {
	all := Hosts(text)
	out := ""
	for i, h := range all {
		if i > 0 && Units(out)+Units(h) > 180 {
			return fmt.Sprintf("%s and %d more", out, len(all)-i)
		}
		if i > 0 {
			out += ", "
		}
		out += h
	}
	return out
}

// Hosts lists where the addresses in a text lead, each once, in order: what a
// person must see before approving, whatever the address pretends to be.
func Hosts(text string) []string {
	var out []string
	seen := map[string]bool{}
	for _, raw := range address.FindAllString(text, -1) {
		host := "an address that is not valid"
		if u, err := url.Parse(strings.TrimRight(raw, ".,;:!?)]}»”’")); err == nil {
			if h, ok := hostOf(u); ok {
				host = h
			}
		}
		if !seen[host] {
			seen[host] = true
			out = append(out, host)
		}
	}
	return out
}
