package access

import (
	"regexp"
	"strings"

	"footnote/knowledge"
)

// What reStructuredText, AsciiDoc and Textile say about a page besides front matter:
// field lists and the meta directive, attributes of the document, comments.

var (
	docField  = regexp.MustCompile(`^:([\pL_][\pL\pN_ .-]{0,60}):(?:\s+(.*))?$`)
	metaField = regexp.MustCompile(`^\s+:([\pL_][\pL\pN_ .=-]{0,60}):\s*(.*)$`)
	docEntry  = regexp.MustCompile(`^:(!?)([\pL_][\pL\pN_-]{0,60})(!?):(?:\s+(.*))?$`)
	rstMeta   = regexp.MustCompile(`^\.\.\s+meta::\s*$`)
	rstName   = regexp.MustCompile(`^\.\.\s+(?:_|\[|\||[\w:+.-]+::)`)
	ruleLine  = regexp.MustCompile("^([=\\-~^\"'#*+.:_`])(?:[=\\-~^\"'#*+.:_`]){2,}\\s*$")
	hashNote  = regexp.MustCompile(`(?m)^###\.{1,2}\s+(.*)$`)
)

// lightFields reads them. A field without a value is set.
func lightFields(media knowledge.Media, body string, shift int) []field {
	lines := strings.Split(body, "\n")
	switch media {
	case knowledge.RST:
		return rstFields(lines, shift)
	case knowledge.AsciiDoc:
		return asciidocFields(lines, shift)
	case knowledge.Textile:
		var out []field
		for _, at := range hashNote.FindAllStringSubmatchIndex(body, -1) {
			out = append(out, looseFields(body[at[2]:at[3]], shift+1+strings.Count(body[:at[0]], "\n"), inComment)...)
		}
		return out
	}
	return nil
}

// flagged is the value of a field without one.
func flagged(key, value string) any {
	if value = strings.TrimSpace(value); value != "" {
		return strings.Trim(value, `"'`)
	}
	switch kindOf(key) {
	case closedFlag, openFlag, outFlag, inFlag, hideFlag, findFlag:
		return true
	}
	return ""
}

func rstFields(lines []string, shift int) []field {
	var out []field
	head, meta := true, false
	for i, l := range lines {
		line := shift + i + 1
		t := strings.TrimSpace(l)
		switch m := docField.FindStringSubmatch(strings.TrimRight(l, " \t")); {
		case m != nil:
			from := inComment
			if head {
				from = inFront
			}
			value := m[2]
			for j := i + 1; j < len(lines) && strings.HasPrefix(lines[j], " ") && strings.TrimSpace(lines[j]) != ""; j++ {
				value += " " + strings.TrimSpace(lines[j])
			}
			out = append(out, field{key: m[1], value: flagged(m[1], value), line: line, from: from})
			continue
		case rstMeta.MatchString(l):
			meta = true
			continue
		}
		if meta {
			if m := metaField.FindStringSubmatch(l); m != nil {
				key, _, _ := strings.Cut(m[1], " ") // :description lang=en:
				out = append(out, field{key: strings.ReplaceAll(key, "=", "."), value: flagged(key, m[2]), line: line, from: inMeta})
				continue
			}
			meta = t == ""
		}
		if strings.HasPrefix(l, "..") && (len(t) == 2 || l[2] == ' ') && !rstName.MatchString(l) {
			said := strings.TrimSpace(l[2:])
			for j := i + 1; j < len(lines) && (strings.HasPrefix(lines[j], " ") || strings.TrimSpace(lines[j]) == "" && j == i+1); j++ {
				said += "\n" + strings.TrimSpace(lines[j])
			}
			out = append(out, looseFields(strings.TrimSpace(said), line, inComment)...)
			continue
		}
		isTitle := i+1 < len(lines) && ruleLine.MatchString(lines[i+1]) || ruleLine.MatchString(l)
		head = head && (t == "" || isTitle || strings.HasPrefix(l, " ") || strings.HasPrefix(l, ".."))
	}
	return out
}

func asciidocFields(lines []string, shift int) []field {
	var out []field
	head, titled, block := true, false, ""
	for i, l := range lines {
		line := shift + i + 1
		t := strings.TrimRight(l, " \t")
		switch m := docEntry.FindStringSubmatch(t); {
		case strings.HasPrefix(t, "////"):
			if block == "" {
				block = t
			} else if block == t {
				block = ""
			}
		case block != "":
			out = append(out, looseFields(t, line, inComment)...)
		case m != nil:
			from := inComment
			if head {
				from = inFront
			}
			key, value := strings.TrimPrefix(m[2], "page-"), flagged(m[2], m[4])
			if value == "" {
				value = flagged(key, m[4])
			}
			if m[1]+m[3] != "" {
				value = false
			}
			out = append(out, field{key: key, value: value, line: line, from: from})
		case strings.HasPrefix(t, "//"):
			out = append(out, looseFields(strings.TrimLeft(t, "/ "), line, inComment)...)
		case strings.HasPrefix(t, "= "):
			titled = true
		case t == "":
			head = head && !titled
		default:
			head = head && titled
		}
	}
	return out
}

// overlined tells a title between two lines from front matter.
func overlined(media knowledge.Media, s string) bool {
	if media != knowledge.RST {
		return false
	}
	first, rest, _ := strings.Cut(s, "\n")
	second, rest, _ := strings.Cut(rest, "\n")
	third, _, _ := strings.Cut(rest, "\n")
	return ruleLine.MatchString(first) && strings.TrimSpace(first) == strings.TrimSpace(third) && !frontLine.MatchString(strings.TrimSpace(second))
}
