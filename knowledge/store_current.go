package knowledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline/text"
)

// Querier is a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Current is a current passage with all that its point is made of.
type Current struct {
	ID, Hash, Text, Title string
	Heading               []string
	Language              string
	Ordinal               int
	Terms                 []text.Term
	Payload               Payload
	Start, End            int
	URL                   string
	ReviewedAt, UpdatedAt time.Time
	Validity
}

// Validity is from which day of UTC to which a document holds; zero: no bound.
type Validity struct{ from, until time.Time }

// Holds tells whether a document Holds at a time.
func (v Validity) Holds(now time.Time) bool {
	return (v.from.IsZero() || !now.Before(v.from)) && (v.until.IsZero() || now.Before(v.until.AddDate(0, 0, 1)))
}

const rowColumns = `
	p.id::text, p.hash, p.text, p.heading, p.terms, p.ordinal, p.start_at, p.end_at,
	d.id, d.version, d.source, d.title, d.url, d.audience, d.product, d.locale, d.language, d.owner, d.reviewed_at, d.updated_at, d.valid_from, d.valid_until`

// EachCurrent calls f with each current passage in the order of documents and
// ordinals; docs nil means all.
func EachCurrent(ctx context.Context, q Querier, docs []string, f func(Current) error) error {
	rows, err := q.Query(ctx, `
		SELECT `+rowColumns+`
		  FROM documents d
		  JOIN passages p ON p.document = d.id AND p.version = d.version
		 WHERE d.deleted_at IS NULL
		   AND ($1::text[] IS NULL OR d.id = ANY ($1))
		 ORDER BY d.id, p.ordinal`, docs)
	if err != nil {
		return fmt.Errorf("read passages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanRow(rows)
		if err != nil {
			return fmt.Errorf("read passages: %w", err)
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// EachOutline is EachCurrent for what a point's hash is made of: without text, heading,
// title, terms and place, which are most of what there is to read.
func EachOutline(ctx context.Context, q Querier, f func(Current) error) error {
	rows, err := q.Query(ctx, `
		SELECT p.id::text, p.hash, d.id, d.version, d.source, d.audience, d.product, d.locale, d.owner, d.reviewed_at
		  FROM documents d
		  JOIN passages p ON p.document = d.id AND p.version = d.version
		 WHERE d.deleted_at IS NULL
		 ORDER BY d.id`)
	if err != nil {
		return fmt.Errorf("read passages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Current
		var reviewed *time.Time
		p := &r.Payload
		if err := rows.Scan(&r.ID, &r.Hash, &p.Document, &p.Version, &p.Source, &p.Audience, &p.Product, &p.Locale, &p.Owner, &reviewed); err != nil {
			return fmt.Errorf("read passages: %w", err)
		}
		p.settle(reviewed)
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// settle fills in what follows from other columns.
func (p *Payload) settle(reviewed *time.Time) {
	p.Status, p.Language = "live", text.BaseLanguage(p.Locale)
	if reviewed != nil {
		p.ReviewedAt = reviewed.Format(time.DateOnly)
	}
}

func findInstallation(ctx context.Context, q Querier) (string, error) {
	rows, err := q.Query(ctx, `SELECT installation::text FROM knowledge_state`)
	if err != nil {
		return "", err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
}

// ChangedSince returns the ids of the documents, deleted ones too, that were changed
// by what a snapshot of Postgres (pg_current_snapshot) did not see.
func ChangedSince(ctx context.Context, q Querier, snapshot string) ([]string, error) {
	rows, err := q.Query(ctx, `
		SELECT id
		  FROM documents
		 WHERE changed >= pg_snapshot_xmin($1::text::pg_snapshot)
		   AND NOT pg_visible_in_snapshot(changed, $1::text::pg_snapshot)
		 ORDER BY id`, snapshot)
	if err != nil {
		return nil, fmt.Errorf("list changed documents: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func scanRow(rows pgx.Rows) (Current, error) {
	var r Current
	var terms []int32
	var reviewed, from, until *time.Time
	p := &r.Payload
	err := rows.Scan(&r.ID, &r.Hash, &r.Text, &r.Heading, &terms, &r.Ordinal, &r.Start, &r.End,
		&p.Document, &p.Version, &p.Source, &r.Title, &r.URL, &p.Audience, &p.Product, &p.Locale, &r.Language, &p.Owner, &reviewed, &r.UpdatedAt, &from, &until)
	r.Terms = FromColumn(terms)
	p.settle(reviewed)
	if reviewed != nil {
		r.ReviewedAt = *reviewed
	}
	if from != nil {
		r.from = *from
	}
	if until != nil {
		r.until = *until
	}
	return r, err
}
