package guard

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// Hidden reports whether r is an invisible character that can carry or disguise
// text: controls, zero-width marks, directional overrides, tags, soft hyphens.
// Zero-width (non-)joiners are not hidden in scripts and emoji that need them;
// see Clean.
func Hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\r':
		return false
	case r == 0x00ad || r == 0x034f || r == 0x061c || r == 0x115f || r == 0x1160 || r == 0x17b4 || r == 0x17b5 || r == 0x180e || r == 0x3164 || r == 0xfeff || r == 0xffa0:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r >= 0xe0000 && r <= 0xe0fff, r >= 0xfff0 && r <= 0xfffb:
		return true
	}
	return unicode.IsControl(r)
}

// Clean removes hidden characters and text that is not UTF-8. It keeps joiners
// between letters of scripts that are written with them and within emoji.
func Clean(s string) string {
	if strings.IndexFunc(s, Hidden) < 0 && !strings.ContainsRune(s, unicode.ReplacementChar) {
		return strings.ToValidUTF8(s, "")
	}
	rs := []rune(strings.ToValidUTF8(s, ""))
	out := make([]rune, 0, len(rs))
	for i, r := range rs {
		if Hidden(r) && !neededJoiner(rs, i) {
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

func neededJoiner(rs []rune, i int) bool {
	if rs[i] != 0x200c && rs[i] != 0x200d || i == 0 || i+1 >= len(rs) {
		return false
	}
	joined := func(r rune) bool {
		return r >= 0x0600 && r <= 0x0fff || r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r == 0xfe0f
	}
	return joined(rs[i-1]) && joined(rs[i+1])
}

// Reveal undoes disguises before text is compared: hidden characters are
// removed and compatibility forms (full width, ligatures) are made plain.
func Reveal(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || s[i] < ' ' {
			return norm.NFKC.String(Clean(s))
		}
	}
	return s
}

// checkHidden blocks invisible characters and words that mix alphabets to look
// like others.
func checkHidden(c *checked) []pipeline.Finding {
	var out []pipeline.Finding
	for i, s := range c.Draft.Sentences {
		if Clean(s.Text) != s.Text {
			out = append(out, at("hidden", pipeline.Block, i, "The sentence has invisible characters."))
		}
		if w := mixed(s.Text); w != "" {
			out = append(out, at("hidden", pipeline.Block, i, fmt.Sprintf("%q mixes alphabets.", w)))
		}
	}
	return out
}

// mixed returns a word with Latin and with Cyrillic or Greek letters.
func mixed(said string) string {
	for _, w := range text.Words(said, "") {
		latin, other := false, false
		for _, r := range w.Text {
			latin = latin || r < 0x250 && unicode.IsLetter(r) && r != 'µ'
			other = other || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee) && r != 'μ' && r != 'Ω'
		}
		if latin && other {
			return w.Text
		}
	}
	return ""
}
