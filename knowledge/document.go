package knowledge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"footnote/pipeline"
)

// MaxBytes is the size beyond which a document is quarantined unread.
const MaxBytes = 10 << 20

// Media says how a document's text is written.
type Media string

const (
	Markdown Media = "markdown"
	HTML     Media = "html"
	Text     Media = "text"
)

// Source yields the documents of one place. The order does not matter; a path
// that comes twice is used once, with the first winning. A document that cannot
// be read is yielded with Refused set. An error from the iterator means that
// the listing is not complete: the sync stops and deletes nothing.
type Source interface {
	Documents(ctx context.Context) iter.Seq2[Raw, error]
}

// Raw is a document as its source has it.
type Raw struct {
	Path  string // unique in the source, with forward slashes
	Data  []byte
	Size  int64 // bytes; also set when Data was not read
	Media Media
	// Refused says in plain words why the source would not read it.
	Refused string
	// Verbatim keeps the text byte for byte (only U+0000 becomes a space), so
	// that offsets in the cleaned text are offsets in Data. Front matter stays in
	// it, and only what it says about access counts.
	Verbatim bool
	// Given are passages as the source has cut the text of Data, in order and
	// without overlap; nil: it is cut here. Only with Verbatim.
	Given []Chunk
	Meta  Meta // what the source knows; front matter wins over it
	// Fields are what the source says of it besides, read as front matter is for
	// who may read it.
	Fields map[string]any
}

// Meta is what is known about a document besides its text.
type Meta struct {
	Title      string            `json:"title,omitempty"`
	URL        string            `json:"url,omitempty"`
	Product    string            `json:"product,omitempty"`
	Locale     string            `json:"locale,omitempty"` // BCP 47
	Audience   pipeline.Audience `json:"audience,omitempty"`
	Owner      string            `json:"owner,omitempty"`
	ReviewedAt time.Time         `json:"reviewed_at,omitzero"`
	// The document holds from the first of these days to the last, in UTC; zero:
	// since ever, for ever.
	ValidFrom  time.Time `json:"valid_from,omitzero"`
	ValidUntil time.Time `json:"valid_until,omitzero"`
}

// over returns m with the empty fields taken from low.
func (m Meta) over(low Meta) Meta {
	first := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	m.Title, m.URL, m.Product = first(m.Title, low.Title), first(m.URL, low.URL), first(m.Product, low.Product)
	m.Locale, m.Owner = first(m.Locale, low.Locale), first(m.Owner, low.Owner)
	m.Audience = pipeline.Audience(first(string(m.Audience), string(low.Audience)))
	if m.ReviewedAt.IsZero() {
		m.ReviewedAt = low.ReviewedAt
	}
	if m.ValidFrom.IsZero() && m.ValidUntil.IsZero() { // together, or they may not fit
		m.ValidFrom, m.ValidUntil = low.ValidFrom, low.ValidUntil
	}
	return m
}

// prepared is a document that went through all steps.
type prepared struct {
	path, rawHash string
	meta          Meta
	text          string // cleaned
	hash          string // of text and the metadata that is indexed
	language      string // for analysis
	chunks        []Chunk
	given         string // the chunks, when the source gave them
	notes         []string
	reasons       []string // why it is internal, or holds for a time
	bytes         int64
}

// pipelineVersion is part of every raw hash: raising it makes the next sync
// prepare all documents again. Raise it when a step changes its output.
const pipelineVersion = "access-5"

// prepare runs all steps over one document. The error, if any, is the reason
// for its quarantine in plain words (kind Invalid).
func prepare(raw Raw, def Settings) (prepared, error) {
	p := prepared{path: raw.Path, bytes: max(raw.Size, int64(len(raw.Data)))}
	text, err := decode(raw)
	if err != nil {
		return p, err
	}
	h, err := readHead(raw.Media, text)
	if err != nil {
		return p, err
	}
	var front Meta
	if !raw.Verbatim {
		front, p.notes = h.meta()
		text = h.body
	}
	a := readAccess(slices.Concat(h.fields, rowFields(raw.Fields)), def.Decisions, time.Now())
	a.pathSays(raw)
	if err := a.verdict(); err != nil {
		return p, err
	}
	c, err := clean(raw, text)
	if err != nil {
		return p, err
	}
	p.text = c.text
	for _, m := range []*Meta{&raw.Meta, &c.meta} { // front matter has said it in a note
		if !isLocale(m.Locale) {
			m.Locale = ""
		}
	}
	p.meta, p.reasons = a.settled(settle(raw, front.over(raw.Meta).over(c.meta), def))
	p.language = Language(p.meta.Locale, p.text)
	media := raw.Media
	if media == HTML {
		media = Markdown
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
func fit(raw Raw, text string) bool {
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
func rawHash(raw Raw, def Settings) string {
	m := raw.Meta
	given := ""
	if raw.Given != nil {
		given = fmt.Sprint(raw.Given)
	}
	return sum(pipelineVersion, string(raw.Data), string(raw.Media), fmt.Sprint(raw.Verbatim), given+raw.Refused, m.Title, m.URL, m.Product, m.Locale,
		string(m.Audience), m.Owner, m.ReviewedAt.Format(time.DateOnly), m.ValidFrom.Format(time.DateOnly), m.ValidUntil.Format(time.DateOnly), string(def.Audience), def.Product, def.Locale, def.Owner, def.BaseURL,
		fmt.Sprint(raw.Fields), decidedParts(def.Decisions))
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

func refuse(format string, args ...any) error {
	return pipeline.Errorf(pipeline.Invalid, format, args...)
}
