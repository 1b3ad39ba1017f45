package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/access"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// prepared is a document that went through all steps.
type prepared struct {
	path, rawHash string
	meta          knowledge.Meta
	text          string // cleaned
	hash          string // of text and the metadata that is indexed
	language      string // for analysis
	chunks        []knowledge.Chunk
	given         string // the chunks, when the source gave them
	notes         []string
	kept          int // letters and digits
	dropped       []knowledge.Dropped
	reasons       []string // why it is internal, or holds for a time
	bytes         int64
}

// pipelineVersion is part of every raw hash: raising it makes the next sync
// prepare all documents again. Raise it when a step changes its output.
const pipelineVersion = "9"

// prepare runs all steps over one document. The error, if any, is the reason
// for its quarantine in plain words (kind Invalid).
func prepare(raw knowledge.Raw, def knowledge.Settings) (prepared, error) {
	p := prepared{path: raw.Path, bytes: max(raw.Size, int64(len(raw.Data)))}
	body, err := decode(raw)
	if err != nil {
		return p, err
	}
	page, err := access.Read(raw, body, def.Decisions, time.Now())
	if err != nil {
		return p, err
	}
	var front knowledge.Meta
	if !raw.Verbatim {
		front, p.notes = pageMeta(page)
		body = page.Body
	}
	c, err := clean(raw, body, valuesOf(page))
	if err != nil {
		return p, err
	}
	if err := lost(c, def.Decisions); err != nil {
		return p, err
	}
	p.text, p.kept, p.dropped = c.text, c.kept, c.dropped
	if note := noteOf(c); note != "" {
		p.notes = append(p.notes, note)
	}
	for _, m := range []*knowledge.Meta{&raw.Meta, &c.meta} { // front matter has said it in a note
		if !isLocale(m.Locale) {
			m.Locale = ""
		}
	}
	p.meta, p.reasons = page.Settle(settle(raw, front.Over(raw.Meta).Over(c.meta), def))
	if err := demanded(p, def.Decisions); err != nil {
		return p, err
	}
	p.language = text.Language(p.meta.Locale, p.text)
	media := raw.Media
	if !raw.Verbatim && media != knowledge.Text {
		media = knowledge.Markdown // what clean writes
	}
	switch {
	case raw.Given == nil:
		p.chunks = Split(media, p.text)
	case fit(raw, p.text):
		p.chunks, p.given = raw.Given, fmt.Sprint(raw.Given)
	default:
		return p, refuse("The passages that the source gives do not fit its text.")
	}
	if len(p.chunks) == 0 {
		return p, refuse("The document has no text.")
	}
	p.hash = p.contentHash()
	return p, nil
}

// fit tells whether the given passages lie in the text, in order, each with
// something in it.
func fit(raw knowledge.Raw, text string) bool {
	at := 0
	for _, c := range raw.Given {
		if c.Start < at || c.End <= c.Start || c.End > len(text) || strings.TrimSpace(text[c.Start:c.End]) == "" {
			return false
		}
		at = c.End
	}
	return raw.Verbatim && len(raw.Data) == len(text)
}

// contentHash covers what a passage's reader or the index sees. Owner and
// review date are left out: they change without a new version.
func (p prepared) contentHash() string {
	m := p.meta
	return sum(p.text+p.given, m.Title, m.URL, m.Product, m.Locale, string(m.Audience))
}

// rawHash tells whether a document has to be prepared again.
func rawHash(raw knowledge.Raw, def knowledge.Settings) string {
	m := raw.Meta
	given := ""
	if raw.Given != nil {
		given = fmt.Sprint(raw.Given)
	}
	return sum(pipelineVersion, string(raw.Data), string(raw.Media), fmt.Sprint(raw.Verbatim), given+raw.Refused, m.Title, m.URL, m.Product, m.Locale,
		string(m.Audience), m.Owner, m.ReviewedAt.Format(time.DateOnly), m.ValidFrom.Format(time.DateOnly), m.ValidUntil.Format(time.DateOnly), string(def.Audience), def.Product, def.Locale, def.Owner, def.BaseURL,
		fmt.Sprint(raw.Fields), decidedParts(def.Decisions))
}

func refuse(format string, args ...any) error {
	return pipeline.Errorf(pipeline.Invalid, format, args...)
}

// sum hashes parts so that no two lists of parts run together.
func sum(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// passageID is stable for (document, version, ordinal): a UUID of version 8
// (RFC 9562) from their hash.
func passageID(document string, version, ordinal int) string {
	s := sha256.Sum256(fmt.Appendf(nil, "footnote passage\x00%s\x00%d\x00%d", document, version, ordinal))
	b := s[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
