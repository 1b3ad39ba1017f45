package access

import (
	"regexp"
	"strings"

	"footnote/knowledge"
)

// field is one thing that a page says about itself, whatever the dialect: a key
// with its value, which may be a word, a list or a map.
type field struct {
	key   string
	value any
	line  int      // of the file, from 1; 0: none
	from  standing // where it stands
}

// standing is where a field stands.
type standing string

const (
	inFront   standing = "front matter"
	inComment standing = "a comment"
	inMeta    standing = "the page's <meta>"
	inBare    standing = "the first lines"
	inLabel   standing = "its labels"
	inRow     standing = "its row"
	inPath    standing = "its path"
)

// head is what a page says about itself, and the text without its front matter.
type head struct {
	fields []field
	body   string
}

// MaxFront is the size beyond which front matter is refused, in bytes.
const MaxFront = 64 << 10

// maxHeads is how many blocks of front matter one after the other are read.
const maxHeads = 4

var (
	frontKey  = regexp.MustCompile(`^["']?[A-Za-z_][\w .-]*["']?\s*:(\s|$)`)
	frontLine = regexp.MustCompile(`^(?:["'][A-Za-z_][\w .-]*["']\s*:|["']?[A-Za-z_][\w .-]*["']?\s*(?:=|:(?:\s|$|["'\[{]))|\{|\[{1,2}[A-Za-z_][\w .-]*\]{1,2}\s*$)`)
	fenceLine = regexp.MustCompile(`^(-{3,}|\+{3,}|;{3,})([ \t]*)([A-Za-z][\w+]*)?[ \t]*(?:#.*)?$`)
	braceHead = regexp.MustCompile(`^\{\s*(?:["'][^"'\n]{1,80}["']|[A-Za-z_$][\w.-]{0,80})\s*:`)
	mdxNote   = regexp.MustCompile(`^\{\s*/\*(?s:.*?)\*/\s*\}`)
	mdxLine   = regexp.MustCompile(`^(?:import\s.+|export\s.+)$`)
	mdxExport = regexp.MustCompile(`(?m)^export\s+(?:const|let|var)\s+(?:metadata|meta|front_?matter|page|config|attributes)\b[^={\n]*=\s*`)
	prolog    = regexp.MustCompile(`(?i)^<(?:\?xml|!doctype)[^>]*>`)
	metaTag   = regexp.MustCompile(`(?i)<meta\s[^<>]*>`)
	fenced    = regexp.MustCompile("(?ms)^[ \t]{0,3}(?:```.*?(?:^[ \t]{0,3}```|\\z)|~~~.*?(?:^[ \t]{0,3}~~~|\\z))|`[^`\n]+`")
)

// readHead finds what a page says about itself: front matter of any dialect (also
// after blank lines, a byte order mark or comments), comments, <meta>, and plain
// lines of keys at its top. What looks like front matter and cannot be read is an
// error in plain words: a page that may not be public must not become it.
func readHead(media knowledge.Media, body string) (head, error) {
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n")
	h := head{body: body}
	at, heads := 0, 0
	for heads < maxHeads {
		for at < len(body) && strings.ContainsRune(" \t\n\ufeff\u200b\u2060\u00a0", firstRune(body[at:])) {
			at += len(string(firstRune(body[at:])))
		}
		rest := body[at:]
		if skip := passOver(media, rest); skip > 0 {
			at += skip
			continue
		}
		if overlined(media, rest) {
			break
		}
		b, ok, err := cutBlock(media, rest, heads > 0)
		if err != nil {
			return head{}, err
		}
		if !ok {
			break
		}
		fields, err := b.decode()
		if err != nil && heads > 0 && !strings.ContainsAny(b.lang, "+;{") {
			break // two rules with body between, after the front matter
		}
		if err != nil {
			return head{}, err
		}
		before := strings.Count(body[:at+b.start], "\n")
		for i := range fields {
			fields[i].line = lineOf(b.text, fields[i].key, before)
		}
		h.fields = append(h.fields, fields...)
		at += b.end
		if h.body, heads = body[at:], heads+1; strings.TrimSpace(h.body) == "" && b.whole {
			h.body = body // a file of nothing but one object: it is the body too
		}
	}
	shift := strings.Count(body[:len(body)-len(h.body)], "\n")
	marked, err := readMarks(media, h.body, body[:len(body)-len(h.body)], shift)
	h.fields = append(h.fields, marked...)
	return h, err
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// passOver returns the length of what may stand before front matter.
func passOver(media knowledge.Media, s string) int {
	switch {
	case strings.HasPrefix(s, "<!--"):
		if end := strings.Index(s, "-->"); end > 0 {
			return end + 3
		}
	case strings.HasPrefix(s, "<"):
		return len(prolog.FindString(s))
	case media == knowledge.Markdown && strings.HasPrefix(s, "{"):
		return len(mdxNote.FindString(s))
	case media == knowledge.Markdown && (strings.HasPrefix(s, "import ") || strings.HasPrefix(s, "export ")):
		line, _, _ := strings.Cut(s, "\n")
		if mdxLine.MatchString(line) {
			return len(line)
		}
	}
	return 0
}

// front is front matter as it stands in a text.
type front struct {
	lang       string // yaml, toml, json, "{" or what nobody here reads
	text       string
	start, end int  // of text; end is behind the closing line
	whole      bool // it has no fence of its own
}

// cutBlock takes front matter off the head of s; ok is false when there is none.
// Again: other front matter stands before it.
func cutBlock(media knowledge.Media, s string, again bool) (b front, ok bool, err error) {
	if braceHead.MatchString(s) {
		return cutBrace(s)
	}
	first, rest, more := strings.Cut(s, "\n")
	m := fenceLine.FindStringSubmatch(strings.TrimRight(first, " \t"))
	if m == nil || !more {
		return b, false, nil
	}
	mark, spaced, lang := m[1], m[2] != "", strings.ToLower(m[3])
	text, _, end := cutFront(rest, mark)
	next, _, _ := strings.Cut(strings.TrimLeft(rest, "\n \t#"), "\n")
	keyed := frontLine.MatchString(next) || frontKey.MatchString(next)
	known := dialects[lang]
	switch {
	case !keyed && (end < 0 || media != knowledge.Markdown || len(mark) > 3 || again || spaced && known == "" && lang != ""):
		if end < 0 || strings.TrimSpace(text) != "" || media != knowledge.Markdown || again {
			return b, false, nil // a rule, or an ornament
		}
	case end < 0:
		return b, false, refuse("The front matter is not closed: a line with %s is missing after it.", closing[mark[0]])
	case known == "" && lang != "":
		return b, false, refuse("The front matter is written in %s, which cannot be read here.", lang)
	}
	if end < 0 {
		return b, false, nil
	}
	if len(text) > MaxFront {
		return b, false, refuse("The front matter is larger than 64 KB.")
	}
	if known == "" {
		known = map[byte]string{'-': "yaml", '+': "toml", ';': "json"}[mark[0]]
	}
	start := len(first) + 1
	return front{lang: known, text: text, start: start, end: start + end}, true, nil
}

// dialects by the word behind a fence; empty: nobody here reads it.
var dialects = map[string]string{"yaml": "yaml", "yml": "yaml", "toml": "toml", "json": "json", "json5": "{", "hjson": "{"}

var closing = map[byte]string{'-': "three dashes", '+': "+++", ';': ";;;"}

// cutFront splits at the closing line: the mark, three of its kind, or "..." of
// YAML. The end is negative when there is none.
func cutFront(s, mark string) (text, body string, end int) {
	for at := 0; at < len(s); {
		line, _, more := strings.Cut(s[at:], "\n")
		end := at + len(line)
		if more {
			end++
		}
		if t := strings.TrimRight(line, " \t"); t == mark || t == mark[:3] || mark[0] == '-' && t == "..." {
			return s[:at], s[end:], end
		}
		at = end
	}
	return "", "", -1
}

// cutBrace takes an object in braces off the head of s.
func cutBrace(s string) (front, bool, error) {
	end := braced(s[:min(len(s), MaxFront+1)])
	if end < 0 {
		return front{}, false, refuse("The front matter in braces is not closed, or larger than 64 KB.")
	}
	return front{lang: "{", text: s[:end], end: end, whole: true}, true, nil
}

// braced returns where the object at the head of s ends; negative: nowhere.
func braced(s string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// lineOf is the line on which a block has a key first, after so many lines; 0
// when it has not.
func lineOf(text, key string, before int) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if i := strings.Index(line, key); i >= 0 && strings.Trim(line[:i], " \t\"'{[,-") == "" {
			return before + n
		}
	}
	return 0
}
