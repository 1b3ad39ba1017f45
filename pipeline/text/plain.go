package text

import (
	"regexp"
	"strings"
)

var (
	mdImage   = regexp.MustCompile(`!\[([^\[\]]*)\]\([^()\s]*(?:\s+"[^"]*")?\)`)
	mdLink    = regexp.MustCompile(`\[([^\[\]]+)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+"[^"]*")?\)`)
	mdRef     = regexp.MustCompile(`\[([^\[\]]+)\]\[[^\[\]]*\]`)
	mdLead    = regexp.MustCompile(`(?m)^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)`)
	mdStrong  = regexp.MustCompile(`(\*\*|__)(\S(?:[^\n]*?\S)?)(\*\*|__)`)
	mdEm      = regexp.MustCompile(`(^|[\s("'])([*_])(\S(?:[^*_\n]*\S)?)([*_])($|[\s)"'.,;:!?])`)
	htmlTag   = regexp.MustCompile(`</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>`)
	mdEscape  = regexp.MustCompile("\\\\([\\\\`*_{}\\[\\]()#+.!>~|-])")
	blankRuns = regexp.MustCompile(`\s+`)
)

// Plain returns the words of a piece of Markdown on one line: links by their
// text, without emphasis, code ticks, heading and bullet marks, images and tags.
// Step numbers stay.
func Plain(md string) string {
	if strings.ContainsAny(md, "*_[]`#>!<|\\~-+") {
		md = mdImage.ReplaceAllString(md, "")
		md = mdLink.ReplaceAllString(md, "$1")
		md = mdRef.ReplaceAllString(md, "$1")
		md = htmlTag.ReplaceAllString(md, " ")
		md = mdLead.ReplaceAllString(md, "")
		md = strings.ReplaceAll(md, "`", "")
		md = mdStrong.ReplaceAllString(md, "$2")
		md = mdEm.ReplaceAllString(md, "$1$3$5")
		md = mdEscape.ReplaceAllString(md, "$1")
	}
	return strings.TrimSpace(blankRuns.ReplaceAllString(md, " "))
}
