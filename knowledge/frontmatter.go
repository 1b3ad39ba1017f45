package knowledge

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"footnote/pipeline"
)

// frontMatter takes what a page of Markdown says about itself off its text.
func frontMatter(text string) (Meta, string, []string, error) {
	h, err := readHead(Markdown, text)
	if err != nil {
		return Meta{}, "", nil, err
	}
	m, notes := h.meta()
	a := readAccess(h.fields, nil, time.Now())
	if err := a.verdict(); err != nil {
		return Meta{}, "", nil, err
	}
	m, _ = a.settled(m)
	return m, h.body, notes, nil
}

// meta is what front matter says besides access: title, url, product, locale (or
// lang), owner, review_date. Other keys are fine and noted, unless they are about
// access (see access.go).
func (h head) meta() (m Meta, notes []string) {
	for _, f := range h.fields {
		if f.from != inFront {
			continue
		}
		name := strings.ToLower(f.key)
		if note := m.set(name, f.value); note != "" {
			notes = append(notes, note)
		}
	}
	return m, notes
}

// setDate reads a day; what is none is left out, with a note.
func setDate(into *time.Time, key, value string) string {
	if value == "" {
		return ""
	}
	t, err := time.Parse(time.DateOnly, clip(value, 10))
	if err != nil {
		return fmt.Sprintf("%s %q is not a date like 2026-03-31", key, clip(value, 40))
	}
	*into = t
	return ""
}

// setLocale takes what is a locale; what is none is left out, with a note.
func setLocale(into *string, key, value string) string {
	if value != "" && !isLocale(value) {
		return fmt.Sprintf("%s %q is not a locale like en or pt-BR; the language is detected", key, clip(value, 40))
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
func (m *Meta) set(key string, value any) string {
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
	case "review_date":
		return setDate(&m.ReviewedAt, key, s)
	default:
		if !kindOf(key).strong() {
			return fmt.Sprintf("unknown key %q", clip(key, 40))
		}
	}
	return ""
}

// ParseAudience reads an audience as people write it. Words that name customers
// or readers outside are public; every other word is internal, and known is
// false when it does not say so itself. Empty stays empty.
func ParseAudience(s string) (a pipeline.Audience, known bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "":
		return "", true
	case "public", "external", "customer", "customers", "everyone", "user", "users", "end-user", "end-users", "itpro", "developer", "developers":
		return pipeline.Public, true
	case "internal", "private", "restricted", "confidential", "staff", "employees", "agents":
		return pipeline.Restricted, true
	}
	return pipeline.Restricted, false
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

var localeSegment = regexp.MustCompile(`^(en|de|es|fr|pt|nl|sv|fi|pl|ru|tr|zh|ja|ko)(?:[-_]([A-Za-z]{2}|[A-Za-z]{4}))?$`)

// pathMeta reads what a path says: the language of "es/…", "help/pt-BR/…" or
// "index.fr.md", "index._fr.md". What it says about access: pathFields.
func pathMeta(p string) Meta {
	var m Meta
	segments := strings.Split(p, "/")
	name := segments[len(segments)-1]
	base := strings.TrimSuffix(name, path.Ext(name))
	segments = segments[:len(segments)-1]
	if i := strings.LastIndexByte(base, '.'); i >= 0 {
		segments = append(segments, strings.TrimPrefix(base[i+1:], "_"))
	}
	for _, s := range segments {
		if localeSegment.MatchString(s) {
			m.Locale = strings.ReplaceAll(s, "_", "-")
		}
	}
	return m
}

// settle fills what neither front matter nor source told: from the path, the
// text's first heading, the source's settings, the file name.
func settle(raw Raw, m Meta, def Settings) Meta {
	m = m.over(pathMeta(raw.Path)).over(Meta{Product: def.Product, Locale: def.Locale, Audience: def.Audience, Owner: def.Owner})
	if m.Audience != pipeline.Public && m.Audience != pipeline.Restricted {
		m.Audience = pipeline.Restricted
	}
	if m.Title == "" {
		name := path.Base(raw.Path)
		m.Title = strings.Join(strings.FieldsFunc(strings.TrimSuffix(name, path.Ext(name)), func(r rune) bool { return r == '-' || r == '_' }), " ")
	}
	if m.URL == "" && def.BaseURL != "" {
		m.URL = strings.TrimRight(def.BaseURL, "/") + "/" + strings.TrimSuffix(raw.Path, path.Ext(raw.Path))
	}
	for _, s := range []*string{&m.Title, &m.URL, &m.Product, &m.Locale, &m.Owner} {
		*s = strings.Join(strings.Fields(clip(strings.ReplaceAll(strings.ToValidUTF8(*s, ""), "\x00", ""), 500)), " ")
	}
	if !strings.HasPrefix(m.URL, "https://") && !strings.HasPrefix(m.URL, "http://") {
		m.URL = "" // a link for customers: nothing else may become one
	}
	return m
}

// clip cuts a string to at most n runes.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return clip(s, 200)
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
