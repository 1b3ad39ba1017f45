package ingest

import (
	"fmt"
	"html"
	"strings"
	"time"

	"golang.org/x/text/language"

	"footnote/knowledge"
	"footnote/knowledge/access"
	"footnote/pipeline/text"
)

// maxFront is the size beyond which front matter is refused, in bytes.
const maxFront = access.MaxFront

// frontMatter takes what a page of Markdown says about itself off its text. An error
// is why it cannot be used, in plain words.
func frontMatter(body string) (knowledge.Meta, string, []string, error) {
	page, err := access.Read(knowledge.Raw{Media: knowledge.Markdown, Verbatim: true}, body, nil, time.Now())
	if err != nil {
		return knowledge.Meta{}, "", nil, err
	}
	m, notes := pageMeta(page)
	m, _ = page.Settle(m)
	return m, page.Body, notes, nil
}

// pageMeta is what front matter says besides access: title, url, product, locale (or
// lang), owner, review_date. Other keys are fine and noted, unless they are about
// access, which package access weighs.
func pageMeta(page *access.Page) (m knowledge.Meta, notes []string) {
	for key, value := range page.Front() {
		if note := setKey(&m, strings.ToLower(key), value); note != "" {
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
	s := access.Scalar(value)
	switch key {
	case "title":
		m.Title = strings.Join(strings.Fields(html.UnescapeString(s)), " ")
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
		if !access.About(key) {
			return fmt.Sprintf("unknown key %q", text.Clip(key, 40))
		}
	}
	return ""
}
