package knowledge

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

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

// chosenState is a condition on documents d by the state $8; today is that of UTC.
const chosenState = `CASE $8::text
		     WHEN '' THEN d.deleted_at IS NULL OR ` + quarantineReason + ` IS NOT NULL
		     WHEN 'quarantined' THEN ` + quarantineReason + ` IS NOT NULL
		     WHEN 'removed' THEN d.deleted_at IS NOT NULL AND ` + quarantineReason + ` IS NULL
		     ELSE d.deleted_at IS NULL AND CASE $8::text
		         WHEN 'expired' THEN d.valid_until < (now() AT TIME ZONE 'UTC')::date
		         WHEN 'not-yet' THEN d.valid_from > (now() AT TIME ZONE 'UTC')::date
		         WHEN 'due' THEN coalesce(d.reviewed_at + 365 <= (now() AT TIME ZONE 'UTC')::date, true)
		         WHEN 'duplicate' THEN ` + duplicateOf + ` IS NOT NULL
		     END
		   END`

// DocumentPage is one page of documents by id, and how many there are in all.
type DocumentPage struct {
	Documents []Document `json:"documents"`
	Total     int        `json:"total"`
}

// ListDocuments returns one page of the documents that the filter chooses.
func (k *Knowledge) ListDocuments(ctx context.Context, f DocumentFilter) (DocumentPage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	const where = `
		 WHERE $1 IN ('', d.source)
		   AND $2 IN ('', d.audience)
		   AND ($3 = '' OR lower(d.locale) = lower($3) OR lower(d.locale) LIKE lower($3) || '-%')
		   AND $4 IN ('', d.product)
		   AND $5 IN ('', d.owner)
		   AND ($6 = '' OR strpos(lower(d.title), lower($6)) > 0 OR strpos(lower(d.path), lower($6)) > 0)
		   AND (NOT $7 OR d.owner = '')
		   AND ` + chosenState
	args := []any{f.Source, string(f.Audience), f.Locale, f.Product, f.Owner, f.Text, f.Unowned, string(f.State)}
	var page DocumentPage
	if err := k.pool.QueryRow(ctx, `SELECT count(*) FROM documents d`+where, args...).Scan(&page.Total); err != nil {
		return page, fmt.Errorf("count documents: %w", err)
	}
	rows, err := k.pool.Query(ctx, `SELECT `+documentColumns+` FROM documents d`+where+`
		 ORDER BY d.id
		 LIMIT $9 OFFSET $10`, append(args, min(limit, 500), max(f.Offset, 0))...)
	if err != nil {
		return page, fmt.Errorf("list documents: %w", err)
	}
	page.Documents, err = pgx.CollectRows(rows, scanDocument)
	return page, err
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

// FindDocument returns a document as of a version; 0 means the current one. The
// kind is NotFound when there is no such document or version.
func (k *Knowledge) FindDocument(ctx context.Context, id string, version int) (DocumentDetail, error) {
	var out DocumentDetail
	rows, err := k.pool.Query(ctx, `SELECT `+documentColumns+` FROM documents d WHERE d.id = $1`, id)
	if err != nil {
		return out, fmt.Errorf("find document: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanDocument)
	if err != nil {
		return out, fmt.Errorf("find document: %w", err)
	}
	if len(found) == 0 {
		return out, pipeline.Errorf(pipeline.NotFound, "There is no document %s.", id)
	}
	out.Document = found[0]
	if out.Shown = version; version == 0 {
		out.Shown = out.Document.Version
	}
	if out.Versions, err = k.listVersions(ctx, id); err != nil {
		return out, err
	}
	for _, v := range out.Versions {
		if v.Version == out.Shown && v.Version != out.Document.Version {
			out.Document.Title, out.Document.Audience, out.Document.UpdatedAt = v.Title, v.Audience, v.CreatedAt
		}
		if v.Version == out.Shown {
			out.Document.Bytes = int64(v.Bytes)
		}
	}
	if out.Text, err = k.DocumentText(ctx, id, out.Shown); err != nil {
		return out, err
	}
	out.Passages, err = k.listPassages(ctx, id, out.Shown)
	return out, err
}

// DocumentText returns the cleaned text of a document's version, in which
// passages have their offsets. The kind is NotFound when there is none.
func (k *Knowledge) DocumentText(ctx context.Context, id string, version int) (string, error) {
	rows, err := k.pool.Query(ctx, `SELECT text FROM document_versions WHERE document = $1 AND version = $2`, id, version)
	if err != nil {
		return "", fmt.Errorf("find document text: %w", err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", fmt.Errorf("find document text: %w", err)
	}
	if len(texts) == 0 {
		return "", pipeline.Errorf(pipeline.NotFound, "Document %s has no version %d.", id, version)
	}
	return texts[0], nil
}

func (k *Knowledge) listVersions(ctx context.Context, id string) ([]VersionInfo, error) {
	rows, err := k.pool.Query(ctx, `
		SELECT v.version, v.title, coalesce(v.audience, ''), octet_length(v.text),
		       (SELECT count(*) FROM passages p WHERE p.document = v.document AND p.version = v.version), v.created_at
		  FROM document_versions v
		 WHERE v.document = $1
		 ORDER BY v.version DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[VersionInfo])
}

func (k *Knowledge) listPassages(ctx context.Context, id string, version int) ([]pipeline.Passage, error) {
	rows, err := k.pool.Query(ctx, passageColumns+`
		 WHERE p.document = $1
		   AND p.version = $2
		 ORDER BY p.ordinal`, id, version)
	if err != nil {
		return nil, fmt.Errorf("list passages: %w", err)
	}
	return pgx.CollectRows(rows, scanPassage)
}

// FindPassages returns passages by id, of any version and also of deleted
// documents, so that old receipts stay readable. Audience, owner and links are
// those of the document today. Unknown ids are left out; the order is that of
// ids.
func (k *Knowledge) FindPassages(ctx context.Context, ids []string) ([]pipeline.Passage, error) {
	rows, err := k.pool.Query(ctx, passageColumns+`
		 WHERE p.id::text = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("find passages: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanPassage)
	if err != nil {
		return nil, fmt.Errorf("find passages: %w", err)
	}
	byID := make(map[string]pipeline.Passage, len(found))
	for _, p := range found {
		byID[p.ID] = p
	}
	out := found[:0]
	for _, id := range ids {
		if p, ok := byID[id]; ok {
			out = append(out, p)
			delete(byID, id)
		}
	}
	return out, nil
}

const passageColumns = `
	SELECT p.id::text, p.document, p.version, p.ordinal, d.source, v.title, p.heading, p.text, p.start_at, p.end_at,
	       d.url, d.audience, d.locale, d.product, d.owner, d.reviewed_at, d.updated_at
	  FROM passages p
	  JOIN documents d ON d.id = p.document
	  JOIN document_versions v ON v.document = p.document AND v.version = p.version`

func scanPassage(row pgx.CollectableRow) (pipeline.Passage, error) {
	var p pipeline.Passage
	var reviewed *time.Time
	err := row.Scan(&p.ID, &p.Document, &p.Version, &p.Ordinal, &p.Source, &p.Title, &p.Heading, &p.Text, &p.Start, &p.End,
		&p.URL, &p.Audience, &p.Locale, &p.Product, &p.Owner, &reviewed, &p.UpdatedAt)
	if reviewed != nil {
		p.ReviewedAt = *reviewed
	}
	return p, err
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

// Count returns the totals.
func (k *Knowledge) Count(ctx context.Context) (Counts, error) {
	var c Counts
	err := k.pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM sources WHERE removed_at IS NULL),
		       count(*) FILTER (WHERE deleted_at IS NULL),
		       count(*) FILTER (WHERE deleted_at IS NULL AND audience = 'internal'),
		       (SELECT count(*) FROM passages p JOIN documents e ON e.id = p.document AND e.version = p.version WHERE e.deleted_at IS NULL),
		       count(*) FILTER (WHERE deleted_at IS NOT NULL),
		       (SELECT count(*) FROM quarantine WHERE fate <> 'left out'),
		       count(*) FILTER (WHERE deleted_at IS NULL AND owner = ''),
		       count(*) FILTER (WHERE deleted_at IS NULL AND reviewed_at IS NULL),
		       (SELECT count(*) FROM lessons WHERE reverted_at IS NULL)
		  FROM documents`).Scan(&c.Sources, &c.Documents, &c.Internal, &c.Passages, &c.Deleted, &c.Quarantined, &c.Unowned, &c.Unreviewed, &c.Lessons)
	if err != nil {
		return c, fmt.Errorf("count knowledge: %w", err)
	}
	return c, nil
}

// RuneSpan turns byte offsets in a text into rune offsets: what data sets call
// characters. For documents that were taken verbatim (Raw.Verbatim) the cleaned
// text has the offsets of the raw one.
func RuneSpan(text string, start, end int) (from, to int) {
	start, end = min(max(start, 0), len(text)), min(max(end, 0), len(text))
	from = utf8.RuneCountInString(text[:start])
	return from, from + utf8.RuneCountInString(text[min(start, end):end])
}
