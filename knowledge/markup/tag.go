package markup

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// tag is the tag of an element, a component, a shortcode or a directive, whatever it
// is spelled like.
type tag struct {
	name  string // as written
	attrs []html.Attribute
	end   bool // it closes
	self  bool // it has no content
	size  int  // bytes of its source
}

// get returns the first of some attributes that is there; "0", "1", … are those
// without a name.
func (t tag) get(keys ...string) string {
	for _, k := range keys {
		for _, a := range t.attrs {
			if a.Key == k && a.Val != "" {
				return a.Val
			}
		}
	}
	return ""
}

// plainName is a name as tables of this package have it: lower case, without what
// stands between words and without a namespace.
func plainName(name string) string {
	if i := strings.LastIndexAny(name, "./:"); i >= 0 {
		name = name[i+1:]
	}
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// opening is the start of an element that stands for the tag.
func (t tag) opening(element string) string {
	var b strings.Builder
	b.WriteString("<" + element + ` data-fn="` + html.EscapeString(plainName(t.name)) + `"`)
	for _, a := range t.attrs {
		if key := plainName(a.Key); a.Val != "" && isWord(key) {
			b.WriteString(" a-" + key + `="` + html.EscapeString(a.Val) + `"`)
		}
	}
	b.WriteString(">")
	return b.String()
}

func isWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if !nameByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func spaceByte(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

// maxTag is how far the end of a tag is looked for, in bytes.
const maxTag = 8 << 10

// scanTag reads <Name a="b" c={"d"} {...e} /> or </Name> at the head of s; its
// attributes may hold braces, brackets and line ends.
func scanTag(s string) (t tag, ok bool) {
	s = s[:min(len(s), maxTag)]
	i := 1
	if len(s) < 3 || s[0] != '<' {
		return t, false
	}
	if s[1] == '/' {
		t.end = true
		i++
	}
	from := i
	for i < len(s) && (nameByte(s[i]) || s[i] == '.' || s[i] == ':') {
		i++
	}
	t.name = s[from:i]
	if t.name == "" && i < len(s) && s[i] == '>' { // <> and </> of JSX
		t.size = i + 1
		return t, true
	}
	if t.name == "" || !(t.name[0] >= 'a' && t.name[0] <= 'z' || t.name[0] >= 'A' && t.name[0] <= 'Z') {
		return t, false
	}
	for i < len(s) {
		switch c := s[i]; {
		case spaceByte(c):
			i++
		case c == '>':
			t.size = i + 1
			return t, true
		case c == '/' && i+1 < len(s) && s[i+1] == '>':
			t.self, t.size = true, i+2
			return t, true
		case c == '{':
			n := braces(s[i:])
			if n == 0 {
				return t, false
			}
			i += n
		default:
			a, n := scanAttribute(s[i:], "/>")
			if n == 0 || i > 0 && !spaceByte(s[i-1]) && s[i-1] != '"' && s[i-1] != '\'' && s[i-1] != '}' {
				return t, false
			}
			t.attrs = append(t.attrs, a)
			i += n
		}
	}
	return t, false
}

// scanAttribute reads key, key=value, key="value", key={value} at the head of s; stop
// are bytes that end a value without quotes.
func scanAttribute(s, stop string) (a html.Attribute, n int) {
	for n < len(s) && (nameByte(s[n]) || strings.IndexByte(":@.#*$", s[n]) >= 0) {
		n++
	}
	if n == 0 {
		return a, 0
	}
	a.Key = s[:n]
	i := n
	for i < len(s) && spaceByte(s[i]) {
		i++
	}
	if i == len(s) || s[i] != '=' {
		return a, n
	}
	for i++; i < len(s) && spaceByte(s[i]); {
		i++
	}
	if i == len(s) {
		return a, n
	}
	switch s[i] {
	case '"', '\'', '`':
		v, m := quoted(s[i:])
		if m == 0 {
			return a, 0
		}
		a.Val = html.UnescapeString(v)
		return a, i + m
	case '{':
		m := braces(s[i:])
		if m == 0 {
			return a, 0
		}
		inner := strings.TrimSpace(s[i+1 : i+m-1])
		if v, k := quoted(inner); k == len(inner) && k > 0 {
			a.Val = v
		} else if strings.HasPrefix(inner, "[") {
			a.Val = strings.Join(arrayOf(inner), listMark)
		} else if strings.HasPrefix(inner, "<") { // an element as a value: its text is read as markup
			a.Val = markupOf(inner)
		}
		return a, i + m
	}
	from := i
	for i < len(s) && !spaceByte(s[i]) && strings.IndexByte(stop, s[i]) < 0 {
		i++
	}
	a.Val = s[from:i]
	return a, i
}

// listMark is between the texts of an attribute that is a list.
const listMark = "\u001f"

var labelled = regexp.MustCompile(`(?:label|title|name)['"]?\s*:\s*('[^']*'|"[^"]*")`)

// arrayOf lists the texts of a JavaScript array; of objects, what they are called.
func arrayOf(s string) (out []string) {
	if strings.Contains(s, "{") {
		for _, m := range labelled.FindAllStringSubmatch(s, 40) {
			out = append(out, m[1][1:len(m[1])-1])
		}
		return out
	}
	for i := 1; i < len(s); i++ {
		if v, n := quoted(s[i:]); n > 0 {
			out = append(out, v)
			i += n - 1
		} else if s[i] != ',' && s[i] != ']' && !spaceByte(s[i]) {
			return nil
		}
	}
	return out
}

// markupOf takes the tags out of JSX that stands as a value.
func markupOf(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '<' {
			if t, ok := scanTag(s[i:]); ok {
				i += t.size
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return strings.TrimSpace(b.String())
}

// quoted reads a text in quotes at the head of s and returns its length with them; 0
// when there is none.
func quoted(s string) (string, int) {
	if s == "" || strings.IndexByte("\"'`", s[0]) < 0 {
		return "", 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return b.String(), i + 1
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == s[0]:
			i++
			fallthrough
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0
}

// braces returns the length of what stands in braces at the head of s, with them; 0
// when they are not closed.
func braces(s string) int {
	depth := 0
	for i := 0; i < len(s) && i < maxTag; i++ {
		switch c := s[i]; c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"', '`':
			if _, n := quoted(s[i:]); n > 0 {
				i += n - 1
			}
		}
	}
	return 0
}

// template is a tag of a template language in a text.
type template struct {
	tag
	mark string // {{<, {{%, {{, {% or <%
	body string // between the marks
}

var templateMarks = []struct{ open, end string }{{"{{<", ">}}"}, {"{{%", "%}}"}, {"{{{", "}}}"}, {"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}}

// scanTemplate reads a tag of Hugo, Liquid, Jinja, Handlebars, ERB or Markdoc at the
// head of s.
func scanTemplate(s string) (t template, ok bool) {
	for _, m := range templateMarks {
		if !strings.HasPrefix(s, m.open) {
			continue
		}
		end := endOfTemplate(s[len(m.open):min(len(s), maxTag)], m.end)
		if end < 0 {
			continue
		}
		t.mark, t.body, t.size = m.open, s[len(m.open):len(m.open)+end], len(m.open)+end+len(m.end)
		body := strings.TrimSpace(strings.Trim(strings.TrimSpace(t.body), "-~"))
		if t.mark == "{{<" || t.mark == "{{%" { // {{</* shown as it stands */>}}
			if c, found := strings.CutPrefix(body, "/*"); found {
				t.mark, t.body = "/*", strings.TrimSuffix(c, "*/")
				return t, true
			}
		}
		if c, found := strings.CutPrefix(body, "/"); found {
			t.end, body = true, strings.TrimSpace(c)
		}
		if c, found := strings.CutSuffix(body, "/"); found {
			t.self, body = true, c
		}
		t.scanArguments(body)
		if c, found := strings.CutPrefix(t.name, "end"); found && t.mark == "{%" && c != "" {
			t.end, t.name = true, c
		}
		return t, true
	}
	return t, false
}

// endOfTemplate finds the mark that ends a template, not one within quotes, if there is
// another.
func endOfTemplate(s, end string) int {
	first := strings.Index(s, end)
	if first < 0 || strings.IndexByte(s[:first], '"') < 0 {
		return first
	}
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], end) {
			return i
		}
		if s[i] == '"' {
			if _, n := quoted(s[i:]); n > 0 && !strings.Contains(s[i:i+n], "\n\n") {
				i += n - 1
			}
		}
	}
	return first
}

// scanArguments reads a name with what follows it.
func (t *template) scanArguments(s string) {
	i := 0
	for i < len(s) && !spaceByte(s[i]) && s[i] != '(' && s[i] != '|' {
		i++
	}
	t.name = s[:i]
	for i < len(s) {
		if v, n := quoted(s[i:]); n > 0 {
			t.attrs = append(t.attrs, html.Attribute{Val: v})
			i += n
			continue
		}
		if a, n := scanAttribute(s[i:], ""); n > 0 && strings.IndexByte(s[i:i+n], '=') > 0 {
			t.attrs = append(t.attrs, a)
			i += n
			continue
		}
		from := i
		for i < len(s) && !spaceByte(s[i]) {
			i++
		}
		if i > from {
			t.attrs = append(t.attrs, html.Attribute{Val: s[from:i]})
		}
		for i < len(s) && spaceByte(s[i]) {
			i++
		}
	}
	n := 0
	for i := range t.attrs {
		if t.attrs[i].Key == "" {
			t.attrs[i].Key = string(rune('0' + min(n, 9)))
			n++
		}
	}
}

func attribute(key, value string) html.Attribute { return html.Attribute{Key: key, Val: value} }
