package ingest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
	"golang.org/x/text/language"

	"footnote/knowledge"
	"footnote/pipeline/text"
)

// maxFront is the size beyond which front matter is refused, in bytes.
const maxFront = 64 << 10

var frontKey = regexp.MustCompile(`^["']?[A-Za-z_][\w .-]*["']?\s*:(\s|$)`)

// frontMatter takes the YAML block off the head of a Markdown text. It knows
// title, url, product, locale (or lang), audience, owner, review_date, valid_from
// and valid_until (YYYY-MM-DD); other keys are fine and noted. A block that is not closed or
// not YAML is an error in plain words, and so is a bound of validity that is no
// date: a page that may have expired must not be quoted. A leading "---" that no
// key follows is a rule, not front matter.
func frontMatter(text string) (knowledge.Meta, string, []string, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	first, rest, ok := strings.Cut(text, "\n")
	if !ok || strings.TrimRight(first, " \t") != "---" {
		return knowledge.Meta{}, text, nil, nil
	}
	block, body, closed := cutFront(rest)
	next, _, _ := strings.Cut(strings.TrimLeft(rest, "\n \t#"), "\n")
	switch {
	case !closed && !frontKey.MatchString(next):
		return knowledge.Meta{}, text, nil, nil
	case !closed:
		return knowledge.Meta{}, "", nil, refuse("The front matter is not closed: a line with three dashes is missing after it.")
	case len(block) > maxFront:
		return knowledge.Meta{}, "", nil, refuse("The front matter is larger than 64 KB.")
	case strings.TrimSpace(block) == "":
		return knowledge.Meta{}, body, nil, nil
	}
	m, notes, err := parseFront(block)
	return m, body, notes, err
}

// cutFront splits at the closing line, "---" or "...".
func cutFront(s string) (block, body string, closed bool) {
	for at := 0; at < len(s); {
		line, _, more := strings.Cut(s[at:], "\n")
		end := at + len(line)
		if more {
			end++
		}
		if t := strings.TrimRight(line, " \t\r"); t == "---" || t == "..." {
			return s[:at], s[end:], true
		}
		at = end
	}
	return "", "", false
}

func parseFront(block string) (knowledge.Meta, []string, error) {
	for _, t := range lexer.Tokenize(block) {
		if t.Type == token.AliasType { // a few of them can stand for gigabytes
			return knowledge.Meta{}, nil, refuse("The front matter uses YAML aliases (*name), which are not supported.")
		}
	}
	fields := map[string]any{}
	if err := yaml.Unmarshal([]byte(block), &fields); err != nil {
		return knowledge.Meta{}, nil, refuse("The front matter cannot be read: %s", firstLine(yaml.FormatError(err, false, false)))
	}
	var m knowledge.Meta
	var notes []string
	for _, key := range sortedKeys(fields) {
		name := strings.ToLower(key)
		note := setKey(&m, name, fields[key])
		switch {
		case note == "":
		case name == "valid_from" || name == "valid_until":
			return knowledge.Meta{}, nil, refuse("In the front matter, %s.", note)
		default:
			notes = append(notes, note)
		}
	}
	return m, notes, nil
}

// setDate reads a day; what is none is left out, with a note.
func setDate(into *time.Time, key, value string) string {
	if value == "" {
		return ""
	}
	t, err := time.Parse(time.DateOnly, text.Clip(value, 10))
	if err != nil {
		return fmt.Sprintf("%s %q is not a date like 2026-03-31", key, text.Clip(value, 40))
	}
	*into = t
	return ""
}

// setLocale takes what is a locale; what is none is left out, with a note.
func setLocale(into *string, key, value string) string {
	if value != "" && !isLocale(value) {
		return fmt.Sprintf("%s %q is not a locale like en or pt-BR; the language is detected", key, text.Clip(value, 40))
	}
	*into = value
	return ""
}

// isLocale tells whether s is a language that is registered (BCP 47), with or
// without region and the like.
func isLocale(s string) bool {
	_, err := language.Parse(s)
	return err == nil
}

// set takes one key over and returns a note when it could not.
func setKey(m *knowledge.Meta, key string, value any) string {
	s := scalar(value)
	switch key {
	case "title":
		m.Title = s
	case "url":
		m.URL = s
	case "product":
		m.Product = s
	case "locale":
		return setLocale(&m.Locale, key, s)
	case "lang", "language":
		if m.Locale == "" {
			return setLocale(&m.Locale, key, s)
		}
	case "owner":
		m.Owner = s
	case "audience":
		a, known := knowledge.ParseAudience(s)
		if m.Audience = a; !known && s != "" {
			return fmt.Sprintf("audience %q is neither public nor internal; taken as internal", text.Clip(s, 40))
		}
	case "review_date":
		return setDate(&m.ReviewedAt, key, s)
	case "valid_from":
		return setDate(&m.ValidFrom, key, s)
	case "valid_until":
		return setDate(&m.ValidUntil, key, s)
	default:
		return fmt.Sprintf("unknown key %q", text.Clip(key, 40))
	}
	return ""
}

// scalar renders a YAML value as one line; lists and maps give nothing.
func scalar(v any) string {
	switch v := v.(type) {
	case nil, []any, map[string]any:
		return ""
	case time.Time:
		return v.Format(time.DateOnly)
	default:
		return strings.Join(strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(fmt.Sprint(v), ""), "\x00", "")), " ")
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return text.Clip(s, 200)
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
