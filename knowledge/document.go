package knowledge

import (
	"time"

	"footnote/pipeline"
)

// Document is one document as people see it.
type Document struct {
	ID         string            `json:"id"`
	Source     string            `json:"source"`
	Path       string            `json:"path"`
	Version    int               `json:"version"`
	Title      string            `json:"title"`
	URL        string            `json:"url,omitempty"`
	Product    string            `json:"product,omitempty"`
	Locale     string            `json:"locale,omitempty"`
	Audience   pipeline.Audience `json:"audience"`
	Owner      string            `json:"owner,omitempty"`
	ReviewedAt time.Time         `json:"reviewed_at,omitzero"`
	ValidFrom  time.Time         `json:"valid_from,omitzero"`
	ValidUntil time.Time         `json:"valid_until,omitzero"` // the last day
	Notes      []string          `json:"notes,omitempty"`      // what its front matter said in vain
	Reasons    []string          `json:"reasons,omitempty"`    // why it is internal, or holds only for a time
	Bytes      int64             `json:"bytes"`
	Passages   int               `json:"passages"`
	UpdatedAt  time.Time         `json:"updated_at"`
	DeletedAt  time.Time         `json:"deleted_at,omitzero"`
	// Quarantine is why its newest edit could not be used; until it can, the
	// document counts as deleted.
	Quarantine  string `json:"quarantine,omitempty"`
	LeftOut     bool   `json:"left_out,omitempty"`     // and that is because it says so itself
	DuplicateOf string `json:"duplicate_of,omitempty"` // the first document with the same text
}

// DocumentFilter chooses documents; empty fields choose all.
type DocumentFilter struct {
	Source   string
	Audience pipeline.Audience
	Locale   string // exactly, or its language
	Product  string
	Owner    string
	Text     string // part of title or path, in any case
	Unowned  bool   // only those without an owner
	State    DocumentState
	Limit    int // 0 means 50, at most 500
	Offset   int
}

// DocumentState is what may be the matter with a document.
type DocumentState string

const (
	AnyState    DocumentState = ""            // live, or in quarantine
	Expired     DocumentState = "expired"     // its last day is over
	NotYetValid DocumentState = "not-yet"     // its first day is to come
	ReviewDue   DocumentState = "due"         // not reviewed for a year, or never
	Duplicate   DocumentState = "duplicate"   // another document says the same
	Quarantine  DocumentState = "quarantined" // it was fine before an edit
	Removed     DocumentState = "removed"
)

// DocumentPage is one page of documents by id, and how many there are in all.
type DocumentPage struct {
	Documents []Document `json:"documents"`
	Total     int        `json:"total"`
}

// VersionInfo is one version of a document.
type VersionInfo struct {
	Version   int               `json:"version"`
	Title     string            `json:"title"`
	Audience  pipeline.Audience `json:"audience,omitempty"` // empty: made before it was kept
	Bytes     int               `json:"bytes"`              // of the cleaned text
	Passages  int               `json:"passages"`
	CreatedAt time.Time         `json:"created_at"`
}

// DocumentDetail is one document with its text, versions and passages. Title,
// audience, bytes and time of the document are those of the version shown.
type DocumentDetail struct {
	Document Document           `json:"document"`
	Shown    int                `json:"shown"` // the version of Text and Passages
	Text     string             `json:"text"`  // cleaned
	Versions []VersionInfo      `json:"versions"`
	Passages []pipeline.Passage `json:"passages"`
}

// Counts are the totals of all sources.
type Counts struct {
	Sources     int `json:"sources"`
	Documents   int `json:"documents"`
	Internal    int `json:"internal"` // of the documents
	Passages    int `json:"passages"`
	Deleted     int `json:"deleted"`
	Quarantined int `json:"quarantined"` // without those left out
	Unowned     int `json:"unowned"`     // live documents without an owner
	Unreviewed  int `json:"unreviewed"`  // live documents without a review date
	Lessons     int `json:"lessons"`     // approved replies that search learned from
}

// SourceInfo is a source with its counts, for people.
type SourceInfo struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Location    string    `json:"location"`
	Settings    Settings  `json:"settings"`
	SyncedAt    time.Time `json:"synced_at,omitzero"` // last finished sync; zero: never
	Error       string    `json:"error,omitempty"`    // why the last sync failed
	Report      Report    `json:"report"`
	Documents   int       `json:"documents"`
	Internal    int       `json:"internal"` // of the documents
	Passages    int       `json:"passages"`
	Quarantined int       `json:"quarantined"` // without those left out
	LeftOut     int       `json:"left_out"`    // they say themselves that they are not in use
	Unclear     int       `json:"unclear"`     // of the quarantined: a person must decide
	Unowned     int       `json:"unowned"`     // documents that name no owner
	CreatedAt   time.Time `json:"created_at"`
}
