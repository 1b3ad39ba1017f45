package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
	"golang.org/x/net/html"

	"footnote/knowledge"
	"footnote/pipeline/text"
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

// decode turns a block into fields.
func (b front) decode() ([]field, error) {
	if strings.TrimSpace(b.text) == "" {
		return nil, nil
	}
	switch b.lang {
	case "toml":
		return decodeTOML(b.text)
	case "json":
		text := strings.TrimSpace(b.text)
		if !strings.HasPrefix(text, "{") { // Hexo leaves the braces out
			text = "{" + strings.TrimRight(text, ", \t\n") + "}"
		}
		return decodeJSON(text)
	case "{":
		if fields, err := decodeJSON(b.text); err == nil || !looseObject(b.text) {
			return fields, err
		}
		return decodeYAML(b.text) // unquoted keys, single quotes, comments
	}
	return decodeYAML(b.text)
}

// looseObject tells whether JSON that is none may still be read as YAML's flow
// style; a key that comes twice may not.
func looseObject(text string) bool {
	_, err := decodeJSON(text)
	var twice *twiceError
	return !errors.As(err, &twice)
}

func decodeYAML(text string) ([]field, error) {
	for _, t := range lexer.Tokenize(text) {
		if t.Type == token.AliasType { // a few of them can stand for gigabytes
			return nil, refuse("The front matter uses YAML aliases (*name), which are not supported.")
		}
	}
	tree := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		return nil, refuse("The front matter cannot be read: %s", firstLine(yaml.FormatError(err, false, false)))
	}
	if lost := lostKey(text, tree); lost != "" {
		return nil, refuse("The front matter cannot be read: %s stands in it, but not as YAML has it.", lost)
	}
	return fieldsOf(tree), nil
}

var unindented = regexp.MustCompile(`(?m)^["']?([A-Za-z_][\w .-]*?)["']?[ \t]*[:=]`)

// lostKey returns a key about access that begins a line and that the decoder
// took for something else (audience:internal, audience = internal).
func lostKey(text string, tree map[string]any) string {
	for _, m := range unindented.FindAllStringSubmatch(text, -1) {
		if _, ok := tree[m[1]]; !ok && kindOf(m[1]).strong() {
			return m[1]
		}
	}
	return ""
}

func decodeTOML(text string) ([]field, error) {
	tree := map[string]any{}
	if _, err := toml.Decode(text, &tree); err != nil {
		return nil, refuse("The front matter cannot be read: %s", firstLine(err.Error()))
	}
	return fieldsOf(tree), nil
}

// twiceError is a key that an object has twice: which of them holds?
type twiceError struct{ key string }

func (e *twiceError) Error() string { return fmt.Sprintf("%q stands in it twice", e.key) }

func decodeJSON(text string) ([]field, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := jsonValue(dec, 0)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w", refuse("The front matter cannot be read: %w", err))
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, refuse("The front matter is no object of keys and values.")
	}
	return fieldsOf(tree), nil
}

// maxNesting is how deep an object may be.
const maxNesting = 64

func jsonValue(dec *json.Decoder, depth int) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxNesting {
		return nil, errors.New("it is nested too deep")
	}
	switch t {
	case json.Delim('{'):
		out := map[string]any{}
		for dec.More() {
			k, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key, _ := k.(string)
			if _, ok := out[key]; ok {
				return nil, &twiceError{key}
			}
			if out[key], err = jsonValue(dec, depth+1); err != nil {
				return nil, err
			}
		}
		_, err := dec.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for dec.More() {
			v, err := jsonValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := dec.Token()
		return out, err
	}
	return t, nil
}

func fieldsOf(tree map[string]any) []field {
	out := make([]field, 0, len(tree))
	for _, k := range sortedKeys(tree) {
		out = append(out, field{key: k, value: tree[k], from: inFront})
	}
	return out
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

// readMarks reads what stands in comments, <meta>, a page's own elements, exported
// objects and the first lines of text. Above are the lines cut off the text.
func readMarks(media knowledge.Media, text, above string, shift int) ([]field, error) {
	var out []field
	if media == knowledge.HTML {
		out = append(out, htmlFields(text, shift)...)
		out = append(out, commentFields(above, 0)...)
		return out, nil
	}
	shown := fenced.ReplaceAllStringFunc(text, blank) // code shows how to write, it says nothing
	out = append(out, commentFields(above, 0)...)
	out = append(out, lightFields(media, text, shift)...)
	out = append(out, commentFields(shown, shift)...)
	for _, at := range metaTag.FindAllStringIndex(shown, -1) {
		for _, f := range htmlFields(shown[at[0]:at[1]], 0) {
			f.line = shift + 1 + strings.Count(shown[:at[0]], "\n")
			out = append(out, f)
		}
	}
	if media == knowledge.Markdown {
		exported, err := exportFields(above+shown, above+text)
		if err != nil {
			return nil, err
		}
		out = append(out, exported...)
	}
	out = append(out, fenceFields(text, shift)...)
	return append(out, bareFields(shown, shift)...), nil
}

// fenceFields reads the keys of a block of code that a page begins with: front matter
// that went through an editor.
func fenceFields(text string, shift int) []field {
	lines := strings.Split(text[:min(len(text), MaxFront)], "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		if !topFence.MatchString(strings.TrimSpace(l)) {
			return nil
		}
		mark := strings.TrimSpace(l)[:3]
		for j := i + 1; j < len(lines); j++ {
			if strings.HasPrefix(strings.TrimSpace(lines[j]), mark) {
				return looseFields(strings.Join(lines[i+1:j], "\n"), shift+i+2, inComment)
			}
		}
		return nil
	}
	return nil
}

// blank keeps the length and the lines of s, and nothing else.
func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, s)
}

// exportFields reads "export const metadata = {…}" of MDX.
func exportFields(shown, text string) ([]field, error) {
	var out []field
	for _, at := range mdxExport.FindAllStringIndex(shown, maxHeads) {
		rest := shown[at[1]:]
		if !strings.HasPrefix(rest, "{") {
			continue
		}
		b, _, err := cutBrace(rest)
		if err != nil {
			return nil, err
		}
		fields, err := b.decode()
		if err != nil {
			return nil, err
		}
		before := strings.Count(text[:min(len(text), at[1])], "\n")
		for _, f := range fields {
			f.line = lineOf(b.text, f.key, before)
			out = append(out, f)
		}
	}
	return out, nil
}

// commentFields reads comments, of HTML and of MDX, in which every line is a key
// with a value, or that consist of a few words only.
func commentFields(s string, shift int) []field {
	var out []field
	read := func(at []int, open, end string) {
		inner := strings.TrimSuffix(strings.TrimPrefix(s[at[0]:at[1]], open), end)
		line := shift + 1 + strings.Count(s[:at[0]], "\n")
		lead := len(inner) - len(strings.TrimLeft(inner, " \t\n"))
		line += strings.Count(inner[:lead], "\n")
		inner = strings.TrimSpace(inner)
		if b, ok, err := cutBlock(knowledge.Text, inner, false); ok && err == nil {
			if fields, err := b.decode(); err == nil {
				for _, f := range fields {
					f.line = lineOf(inner, f.key, line-1)
					out = append(out, f)
				}
				return
			}
		}
		out = append(out, looseFields(inner, line, inComment)...)
	}
	for _, at := range comment.FindAllStringIndex(s, -1) {
		read(at, "<!--", "-->")
	}
	for _, at := range mdxComment.FindAllStringIndex(s, -1) {
		read(at, "{/*", "*/}")
	}
	return out
}

var (
	headingLine = regexp.MustCompile(`^#{1,6}\s`)
	tableRule   = regexp.MustCompile(`^\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*$`)
	boxOpen     = regexp.MustCompile(`^(?::{3,}|!!!|\?\?\?|\{[%{]|</?[A-Za-z]|>\s*\[!|>\s*$|/{3,})`) // of a box whose words are on the next line
	topFence    = regexp.MustCompile("^(?:```+|~~~+)[ \t]*(?:yaml|yml|toml|json|front-?matter|meta(?:data)?)?[ \t]*$")
	mdxComment  = regexp.MustCompile(`(?s)\{/\*.*?\*/\}`)
	looseKey    = regexp.MustCompile(`^[\s>*_#@:|%/+-]*["']?([\pL_][\pL\pN_ .-]{0,40}?)["']?[*_]*\s*[:=|]\s*[*_]*\s*(.*?)[\s,;|*_]*$`)
)

// looseFields reads lines of keys and values as people write them; a text that
// has none is one field without a key.
func looseFields(s string, line int, from standing) []field {
	var out []field
	n := 0
	for l := range strings.Lines(s) {
		if m := looseKey.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			out = append(out, field{key: m[1], value: strings.Trim(m[2], `"'`), line: line + n, from: from})
		}
		n++
	}
	if out == nil && n == 1 {
		out = append(out, field{value: strings.TrimSpace(s), line: line, from: from})
	}
	return out
}

// bareFields reads the keys and values that a text begins with, after headings.
func bareFields(text string, shift int) []field {
	var out []field
	n, read := 0, 0
	for l := range strings.Lines(text) {
		n++
		t := strings.TrimSpace(l)
		switch {
		case t == "" && read > 0, n > 60:
			return out
		case t == "", headingLine.MatchString(t), strings.HasPrefix(t, "<!--"), fenceLine.MatchString(t):
			continue
		}
		if tableRule.MatchString(t) || read == 0 && boxOpen.MatchString(t) {
			continue
		}
		m := looseKey.FindStringSubmatch(t)
		if m == nil {
			if read == 0 {
				out = append(out, field{value: t, line: shift + n, from: inBare})
			}
			return out
		}
		read++
		out = append(out, field{key: m[1], value: strings.Trim(m[2], `"'`), line: shift + n, from: inBare})
	}
	return out
}

// htmlFields reads <meta>, data attributes of the page's outer elements, and
// comments.
func htmlFields(text string, shift int) []field {
	var out []field
	z := html.NewTokenizer(strings.NewReader(text))
	line := shift + 1
	marks := markReader{}
	for {
		kind := z.Next()
		here := line
		line += strings.Count(string(z.Raw()), "\n")
		out = append(out, marks.read(z, kind, here)...)
		switch kind {
		case html.ErrorToken:
			return out
		case html.CommentToken:
			out = append(out, commentFields("<!--"+string(z.Text())+"-->", here-1)...)
		case html.StartTagToken, html.SelfClosingTagToken:
			out = append(out, tagFields(z.Token(), here)...)
		}
	}
}

// tagFields reads one element.
func tagFields(t html.Token, line int) []field {
	var out []field
	switch t.Data {
	case "meta":
		attrs := map[string]string{}
		for _, a := range t.Attr {
			attrs[a.Key] = a.Val
		}
		if strings.EqualFold(attrs["http-equiv"], "refresh") && strings.Contains(strings.ToLower(attrs["content"]), "url") {
			return []field{{key: "redirect", value: attrs["content"], line: line, from: inMeta}}
		}
		for _, k := range []string{"name", "property", "itemprop"} {
			if attrs[k] != "" {
				out = append(out, field{key: strings.ReplaceAll(attrs[k], ":", "."), value: attrs["content"], line: line, from: inMeta})
				break
			}
		}
	case "html", "body", "main", "article":
		for _, a := range t.Attr {
			if k, ok := strings.CutPrefix(a.Key, "data-"); ok {
				out = append(out, field{key: k, value: a.Val, line: line, from: inMeta})
			}
		}
	}
	return out
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return text.Clip(s, 200)
}

// comment is one of HTML, closed or not.
var comment = regexp.MustCompile(`(?s)<!--.*?(?:-->|\z)`)
