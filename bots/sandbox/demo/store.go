package demo

import (
	"context"
	"fmt"
	"unicode/utf8"

	"footnote/pipeline"
)

// progress is what a demo still waits for.
type progress struct{ missing, pending, undecided, undelivered int }

func (d *Demo) progress(ctx context.Context) (p progress, err error) {
	var known int
	err = d.c.Pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM tickets),
		       (SELECT count(*) FROM outcomes WHERE kind IS NULL),
		       (SELECT count(*) FROM draft_states WHERE state IN ('open', 'claimed') AND NOT outdated),
		       (SELECT count(*) FROM draft_states WHERE state = 'approved')`).Scan(&known, &p.pending, &p.undecided, &p.undelivered)
	if err != nil {
		return p, fmt.Errorf("watch progress: %w", err)
	}
	p.missing = len(d.c.Tickets) - known
	return p, nil
}

// newest is the outcome of each ticket's newest customer message, and how many
// milliseconds went from webhook to draft; -1 without a draft.
const newest = `
	WITH newest AS (
	  SELECT DISTINCT ON (o.ticket) coalesce(o.kind, '') AS kind,
	         coalesce(extract(epoch FROM dr.created_at - (o.event ->> 'received_at')::timestamptz) * 1000, -1)::float8 AS took
	    FROM outcomes o
	    JOIN messages m ON m.desk = o.desk AND m.ticket = o.ticket AND m.id = o.message
	    LEFT JOIN drafts dr ON dr.id = o.draft
	   ORDER BY o.ticket, m.at DESC)`

func (d *Demo) countOutcomes(ctx context.Context, s *Summary) error {
	s.Outcomes = map[pipeline.OutcomeKind]int{}
	rows, err := d.c.Pool.Query(ctx, newest+` SELECT kind, count(*) FROM newest GROUP BY kind`)
	if err != nil {
		return fmt.Errorf("count outcomes: %w", err)
	}
	defer rows.Close()
	s.WithoutOutcome = len(d.c.Tickets)
	for rows.Next() {
		var kind pipeline.OutcomeKind
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return fmt.Errorf("count outcomes: %w", err)
		}
		if kind != "" {
			s.Outcomes[kind] = n
			s.WithoutOutcome -= n
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("count outcomes: %w", err)
	}
	// percentile_disc is the nearest rank.
	err = d.c.Pool.QueryRow(ctx, newest+`
		SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY took), 0),
		       coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY took), 0)
		  FROM newest
		 WHERE kind <> '' AND took >= 0`).Scan(&s.P50MS, &s.P99MS)
	if err != nil {
		return fmt.Errorf("measure times to drafts: %w", err)
	}
	return nil
}

// reply is one text of one ticket.
type reply struct{ ticket, text string }

// approved counts the replies that people approved.
func (d *Demo) approved(ctx context.Context) (map[reply]int, error) {
	rows, err := d.c.Pool.Query(ctx, `
		SELECT ticket, text
		  FROM reviews
		 WHERE kind IN ('approve', 'edit')
		   AND state IN ('approved', 'sent', 'returned')`)
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	defer rows.Close()
	out := map[reply]int{}
	for rows.Next() {
		var r reply
		if err := rows.Scan(&r.ticket, &r.text); err != nil {
			return nil, fmt.Errorf("read approvals: %w", err)
		}
		out[r]++
	}
	return out, rows.Err()
}

// goldPassages returns the passages of every document that has a gold span, in
// character offsets of its raw text.
func (d *Demo) goldPassages(ctx context.Context) (map[string]Span, error) {
	docs := map[string]bool{}
	for _, spans := range d.c.Gold {
		for _, g := range spans {
			docs[g.Document] = true
		}
	}
	rows, err := d.c.Pool.Query(ctx, `
		SELECT p.id::text, d.path, v.text, p.start_at, p.end_at
		  FROM passages p
		  JOIN documents d ON d.id = p.document AND d.version = p.version
		  JOIN document_versions v ON v.document = p.document AND v.version = p.version
		 WHERE d.deleted_at IS NULL`)
	if err != nil {
		return nil, fmt.Errorf("read passages: %w", err)
	}
	defer rows.Close()
	out := map[string]Span{}
	for rows.Next() {
		var id, path, text string
		var start, end int
		if err := rows.Scan(&id, &path, &text, &start, &end); err != nil {
			return nil, fmt.Errorf("read passages: %w", err)
		}
		if docs[path] {
			from := utf8.RuneCountInString(text[:start])
			out[id] = Span{Document: path, Start: from, End: from + utf8.RuneCountInString(text[start:end])}
		}
	}
	return out, rows.Err()
}
