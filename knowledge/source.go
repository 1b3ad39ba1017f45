package knowledge

import (
	"context"
	"iter"
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
	RST      Media = "restructuredtext"
	AsciiDoc Media = "asciidoc"
	Textile  Media = "textile"
)

// LostKey is what decisions call text that is left out when a page is read; the value
// says which.
const LostKey = "text_left_out"

// DemandKey is what decisions call a sentence that asks readers of a page for a secret,
// or speaks to a machine; the value is the sentence's beginning.
const DemandKey = "asks_of_readers"

// Dropped is text of a document that was left out when it was read.
type Dropped struct {
	Why     string `json:"why"`
	Letters int    `json:"letters,omitempty"` // and digits
	Parts   int    `json:"parts,omitempty"`   // texts that stand elsewhere, of unknown size
	// Doubt means that it may have been part of the text, not around it.
	Doubt bool `json:"doubt,omitempty"`
	// Said means that the page itself says so: struck out, for insiders.
	Said bool `json:"said,omitempty"`
}

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

// Over returns m with the empty fields taken from low.
func (m Meta) Over(low Meta) Meta {
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

// Settings are a source's defaults for what its documents do not say.
type Settings struct {
	Audience pipeline.Audience `json:"audience,omitempty"` // empty: public
	Product  string            `json:"product,omitempty"`
	Locale   string            `json:"locale,omitempty"`
	Owner    string            `json:"owner,omitempty"`
	// BaseURL + "/" + path without extension is the link of a document that
	// names none; empty: no link.
	BaseURL string `json:"base_url,omitempty"`
	// Decisions are what people decided about its keys; Sync fills them in.
	Decisions []Decision `json:"-"`
}

// Feed is one source to sync.
type Feed struct {
	Name     string // document ids begin with it
	Kind     string // folder | jsonl
	Location string // for people
	Settings Settings
	Source   Source
	// AllowEmpty lets a sync delete everything when the source lists nothing.
	// Without it a source that had emptyGuard documents or more and has none
	// now is taken for an unmounted folder.
	AllowEmpty bool
}

// Report is what a sync did.
type Report struct {
	Source      string        `json:"source"`
	Added       int           `json:"added"`
	Changed     int           `json:"changed"` // a new version
	Unchanged   int           `json:"unchanged"`
	Deleted     int           `json:"deleted"`
	Quarantined []Quarantined `json:"quarantined,omitempty"`
	Passages    int           `json:"passages"` // written to the index
	// Repaired counts points that were missing, nobody's or other than they should be
	// when the whole index was compared after the sync, and were put right.
	Repaired int `json:"repaired,omitempty"`
	// Passed counts files that are no documents, by the end of their name.
	Passed map[string]int `json:"passed,omitempty"`
	// Lost is what was left out of each document that was read anew.
	Lost []Lost `json:"-"`
	// Closed are pages that were read anew and are internal, or hold only for a
	// time, because they say so.
	Closed []Closed `json:"-"`
	// Documents that changed or went, for knowledge.changed.
	Documents []string      `json:"documents,omitempty"`
	Reduced   string        `json:"reduced,omitempty"` // "dense vectors" when embedding failed; the next sync tries again
	Duration  time.Duration `json:"duration"`          // nanoseconds
}

// Lost is how much of a document was left out when it was read.
type Lost struct {
	Path    string
	Kept    int // letters and digits
	Dropped []Dropped
}

// Doubt is how many letters may have been part of the text.
func (l Lost) Doubt() (n int) {
	for _, d := range l.Dropped {
		if d.Doubt {
			n += d.Letters
		}
	}
	return n
}

// PassedOver is a Source that says which files it took for no documents, by the end of
// their name, after its documents were yielded.
type PassedOver interface {
	Passed() map[string]int
}

// Closed is a page that customers may not read, or not always, with why.
type Closed struct {
	Path    string
	Reasons []string
}

// Count counts inputs that were not taken by why.
func (r Report) Count(f Fate) (n int) {
	for _, q := range r.Quarantined {
		if q.Fate == f {
			n++
		}
	}
	return n
}

// Quarantined is an input that could not be used.
type Quarantined struct {
	Source string    `json:"source"`
	Path   string    `json:"path"`
	Reason string    `json:"reason"` // plain words for the knowledge owner
	Bytes  int64     `json:"bytes"`
	At     time.Time `json:"at"` // when this reason was first seen
	Fate   Fate      `json:"fate"`
	// Key and Value are what a person may decide about; an empty key: nothing.
	Key   string `json:"key,omitempty"`
	Value string `json:"value,omitempty"`
}
