package knowledge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
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
	if err := k.Pool.QueryRow(ctx, `SELECT count(*) FROM documents d`+where, args...).Scan(&page.Total); err != nil {
		return page, fmt.Errorf("count documents: %w", err)
	}
	rows, err := k.Pool.Query(ctx, `SELECT `+documentColumns+` FROM documents d`+where+`
		 ORDER BY d.id
		 LIMIT $9 OFFSET $10`, append(args, min(limit, 500), max(f.Offset, 0))...)
	if err != nil {
		return page, fmt.Errorf("list documents: %w", err)
	}
	page.Documents, err = pgx.CollectRows(rows, scanDocument)
	return page, err
}

// FindDocument returns a document as of a version; 0 means the current one. The
// kind is NotFound when there is no such document or version.
func (k *Knowledge) FindDocument(ctx context.Context, id string, version int) (DocumentDetail, error) {
	var out DocumentDetail
	rows, err := k.Pool.Query(ctx, `SELECT `+documentColumns+` FROM documents d WHERE d.id = $1`, id)
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
	rows, err := k.Pool.Query(ctx, `SELECT text FROM document_versions WHERE document = $1 AND version = $2`, id, version)
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
	rows, err := k.Pool.Query(ctx, `
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
	rows, err := k.Pool.Query(ctx, passageColumns+`
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
	rows, err := k.Pool.Query(ctx, passageColumns+`
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

// CitablePassages returns those passages by id that may stand behind a reply to a
// customer now: public, current, in force and not deleted. Others, and what is no id,
// are left out; the order is not said.
func (k *Knowledge) CitablePassages(ctx context.Context, ids []string) ([]pipeline.Passage, error) {
	good := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return uuid.Validate(id) != nil })
	rows, err := k.Pool.Query(ctx, passageColumns+`
		 WHERE p.id = ANY ($1::uuid[])
		   AND p.version = d.version
		   AND d.deleted_at IS NULL
		   AND d.audience = 'public'
		   AND (d.valid_from IS NULL OR d.valid_from <= (now() AT TIME ZONE 'UTC')::date)
		   AND (d.valid_until IS NULL OR d.valid_until >= (now() AT TIME ZONE 'UTC')::date)`, good)
	if err != nil {
		return nil, fmt.Errorf("find citable passages: %w", err)
	}
	return pgx.CollectRows(rows, scanPassage)
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

// Count returns the totals.
func (k *Knowledge) Count(ctx context.Context) (Counts, error) {
	var c Counts
	err := k.Pool.QueryRow(ctx, `
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

const documentColumns = `
	d.id, d.source, d.path, d.version, d.title, d.url, d.product, d.locale, d.audience, d.owner, d.reviewed_at, d.valid_from, d.valid_until, d.notes, d.reasons, d.bytes,
	(SELECT count(*) FROM passages p WHERE p.document = d.id AND p.version = d.version), d.updated_at, d.deleted_at,
	coalesce(` + quarantineReason + `, ''), EXISTS (SELECT FROM quarantine q WHERE q.source = d.source AND q.path = d.path AND q.fate = 'left out'),
	coalesce(` + duplicateOf + `, '')`

// quarantineReason is why a document that was fine left search; NULL when it did not.
const quarantineReason = `(SELECT q.reason FROM quarantine q WHERE q.source = d.source AND q.path = d.path AND d.deleted_at IS NOT NULL)`

// duplicateOf is the first of the live documents with a document's text; NULL for
// that one itself.
const duplicateOf = `(
	SELECT min(o.id)
	  FROM document_versions v
	  JOIN document_versions same ON md5(same.text) = md5(v.text)
	  JOIN documents o ON o.id = same.document AND o.version = same.version
	 WHERE v.document = d.id
	   AND v.version = d.version
	   AND o.id < d.id
	   AND o.deleted_at IS NULL
	   AND d.deleted_at IS NULL)`

func scanDocument(row pgx.CollectableRow) (Document, error) {
	var d Document
	var reviewed, from, until, deleted *time.Time
	err := row.Scan(&d.ID, &d.Source, &d.Path, &d.Version, &d.Title, &d.URL, &d.Product, &d.Locale, &d.Audience, &d.Owner, &reviewed,
		&from, &until, &d.Notes, &d.Reasons, &d.Bytes, &d.Passages, &d.UpdatedAt, &deleted, &d.Quarantine, &d.LeftOut, &d.DuplicateOf)
	for to, t := range map[*time.Time]*time.Time{&d.ReviewedAt: reviewed, &d.ValidFrom: from, &d.ValidUntil: until, &d.DeletedAt: deleted} {
		if t != nil {
			*to = *t
		}
	}
	return d, err
}

// ListSources returns the sources that were not removed by name, with their
// counts.
func (k *Knowledge) ListSources(ctx context.Context) ([]SourceInfo, error) {
	rows, err := k.Pool.Query(ctx, `
		SELECT s.name, s.kind, s.location, s.settings, s.synced_at, s.error, s.report, s.created_at,
		       (SELECT count(*) FROM quarantine q WHERE q.source = s.name AND q.fate <> 'left out'),
		       (SELECT count(*) FROM quarantine q WHERE q.source = s.name AND q.fate = 'left out'),
		       (SELECT count(*) FROM quarantine q WHERE q.source = s.name AND q.fate = 'unclear'),
		       count(d.id),
		       count(d.id) FILTER (WHERE d.audience = 'internal'),
		       count(d.id) FILTER (WHERE d.owner = ''),
		       coalesce(sum((SELECT count(*) FROM passages p WHERE p.document = d.id AND p.version = d.version)), 0)::int
		  FROM sources s
		  LEFT JOIN documents d ON d.source = s.name AND d.deleted_at IS NULL
		 WHERE s.removed_at IS NULL
		 GROUP BY s.name
		 ORDER BY s.name`)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (SourceInfo, error) {
		var s SourceInfo
		var settings, report []byte
		var synced *time.Time
		err := row.Scan(&s.Name, &s.Kind, &s.Location, &settings, &synced, &s.Error, &report, &s.CreatedAt,
			&s.Quarantined, &s.LeftOut, &s.Unclear, &s.Documents, &s.Internal, &s.Unowned, &s.Passages)
		if err != nil {
			return s, err
		}
		if synced != nil {
			s.SyncedAt = *synced
		}
		if err := json.Unmarshal(settings, &s.Settings); err != nil {
			return s, fmt.Errorf("read settings of source %s: %w", s.Name, err)
		}
		return s, json.Unmarshal(report, &s.Report)
	})
}

// ListQuarantine returns what could not be used, by source and path; an empty
// source means all.
func (k *Knowledge) ListQuarantine(ctx context.Context, source string) ([]Quarantined, error) {
	rows, err := k.Pool.Query(ctx, `
		SELECT source, path, reason, bytes, at, fate, key, value
		  FROM quarantine
		 WHERE $1 IN ('', source)
		 ORDER BY source, path`, source)
	if err != nil {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Quarantined])
}
