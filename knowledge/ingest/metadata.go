package ingest

import (
	"path"
	"regexp"
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// settle fills what neither front matter nor source told: from the path, the
// text's first heading, the source's settings, the file name.
func settle(raw knowledge.Raw, m knowledge.Meta, def knowledge.Settings) knowledge.Meta {
	m = m.Over(pathMeta(raw.Path)).Over(knowledge.Meta{Product: def.Product, Locale: def.Locale, Audience: def.Audience, Owner: def.Owner})
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
		*s = strings.Join(strings.Fields(text.Clip(strings.ReplaceAll(strings.ToValidUTF8(*s, ""), "\x00", ""), 500)), " ")
	}
	if !strings.HasPrefix(m.URL, "https://") && !strings.HasPrefix(m.URL, "http://") {
		m.URL = "" // a link for customers: nothing else may become one
	}
	return m
}

var localeSegment = regexp.MustCompile(`^(en|de|es|fr|pt|nl|sv|fi|pl|ru|tr|zh|ja|ko)(?:[-_]([A-Za-z]{2}|[A-Za-z]{4}))?$`)

// pathMeta reads the language of "es/…", "help/pt-BR/…" or "index.fr.md",
// "index._fr.md". What a path says about access is weighed by package access.
func pathMeta(p string) knowledge.Meta {
	var m knowledge.Meta
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
