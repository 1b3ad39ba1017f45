package measure

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// drill is the query for the tickets behind a figure: the facts of one noun, with
// what a line says about them.
type drill struct {
	draft, value, detail, at, join string
	largest                        bool // first; else the newest
}

const durationSQL = `(f.value / 1000)::numeric(12, 1) || ' s'`

// drills maps the noun of a figure to its query.
var drills = map[string]drill{
	"handling": {value: durationSQL, largest: true,
		detail: `x.spans || CASE x.spans WHEN 1 THEN ' span, ' ELSE ' spans, ' END || t.arm`,
		join: `CROSS JOIN LATERAL (
		           SELECT count(*) AS spans
		             FROM spans s
		            WHERE s.desk = f.desk AND s.ticket = f.ticket AND s.ended_at IS NOT NULL AND s.kind = split_part(f.part, ':', 1)) x`},
	"first_response": {value: durationSQL, largest: true},
	"resolution":     {value: durationSQL, largest: true},
	"outcome": {draft: `coalesce(o.draft::text, '')`, value: `f.part`, detail: `coalesce(o.reason, '')`,
		join: `LEFT JOIN outcomes o ON o.desk = f.desk AND o.ticket = f.ticket AND o.message = f.key`},
	"decision": {draft: `f.key`, value: `f.part`, detail: `CASE WHEN r.distance > 0 THEN (r.distance * 100)::numeric(5, 1) || ' % edited' ELSE '' END`,
		join: `LEFT JOIN reviews r ON r.draft = f.key::uuid`},
	"delivery": {draft: `coalesce(d.draft::text, '')`, value: `f.part`, detail: `coalesce(d.reason, '')`, at: `coalesce(d.updated_at, f.at)`,
		join: `LEFT JOIN deliveries d ON d.id = f.key::uuid`},
}

// called is a ticket's subject; a chat has none and is called by the customer's first words.
const called = `coalesce(nullif(t.subject, ''), (SELECT left(regexp_replace(m.text, '\s+', ' ', 'g'), 140) FROM messages m WHERE m.desk = t.desk AND m.ticket = t.id AND m.role = 'customer' AND m.public AND m.text <> '' ORDER BY m.at, m.id LIMIT 1), '')`

// sql selects desk, ticket, subject, draft, value, detail, at of the facts of a noun
// ($1) and parts ($2) in [$3, $4), from bucket $5 on; $6 is the limit. only restricts
// them further.
func (d drill) sql(only string) string {
	// in these words the index gives the newest in order
	order, where := `f.at DESC`, `f.part = ($2::text[])[1] AND f.bucket = $5`
	if d.largest {
		order, where = `f.value DESC, f.at DESC`, `f.part = ANY ($2) AND f.bucket >= $5`
	}
	return `
		SELECT f.desk, f.ticket, ` + called + `, ` + cmp.Or(d.draft, `''`) + `, ` + d.value + `, ` + cmp.Or(d.detail, `''`) + `, ` + cmp.Or(d.at, `f.at`) + `
		  FROM (SELECT f.*
		          FROM report_facts f
		         WHERE f.noun = $1
		           AND ` + where + `
		           AND f.at >= $3
		           AND f.at < $4` + only + `
		         ORDER BY ` + order + `
		         LIMIT $6) f
		  JOIN tickets t ON t.desk = f.desk AND t.id = f.ticket
		  ` + d.join + `
		 ORDER BY ` + order
}

// parts are those of report_facts behind a figure's part.
func parts(noun, part string) []string {
	switch noun {
	case "first_response", "resolution":
		return []string{""}
	case "handling":
		kind, arm, _ := strings.Cut(cmp.Or(part, "measured"), ":")
		if arm != "" {
			return []string{kind + ":" + arm}
		}
		return []string{kind + ":" + string(pipeline.ArmTreatment), kind + ":" + string(pipeline.ArmControl)}
	}
	return []string{part}
}

// floor is the bucket above which the largest values lie, at least limit of them.
func floor(ctx context.Context, tx pgx.Tx, d Drill, scopes []string, noun string, parts []string) (int16, error) {
	_, from, to := d.edges()
	levels, numbers := blocks(from, to)
	var at int16
	err := tx.QueryRow(ctx, `
		SELECT coalesce(max(bucket), 0)
		  FROM (SELECT u.bucket, sum(sum(u.n)) OVER (ORDER BY u.bucket DESC) AS above
		          FROM unnest($2::smallint[], $3::int[]) AS b (level, block)
		          JOIN report_counts c ON c.scope = ANY ($1) AND c.level = b.level AND c.block = b.block
		         CROSS JOIN unnest(c.buckets, c.counts) AS u (bucket, n)
		         WHERE c.noun = $4
		           AND c.part = ANY ($5)
		         GROUP BY u.bucket) x
		 WHERE above >= $6`, scopes, levels, numbers, noun, parts, d.Limit).Scan(&at)
	if err != nil {
		return 0, fmt.Errorf("find the largest: %w", err)
	}
	return at, nil
}

// Tickets lists the tickets behind a figure, the largest or newest first. The
// error kind is Invalid for an unknown figure, and as for Report.
func (r *Reporter) Tickets(ctx context.Context, d Drill) ([]Ticket, error) {
	f, err := r.check(ctx, d.Filter)
	if err != nil {
		return nil, err
	}
	noun, part, _ := strings.Cut(d.Figure, ":")
	q, ok := drills[noun]
	if !ok {
		return nil, pipeline.Errorf(pipeline.Invalid, "There is no figure %q.", d.Figure)
	}
	if d.Filter = f; d.Limit <= 0 || d.Limit > 10_000 {
		d.Limit = 200
	}
	if _, err := r.Refresh(ctx, refreshWait); err != nil {
		return nil, err
	}
	var out []Ticket
	err = r.snapshot(ctx, func(tx pgx.Tx) error {
		parts := parts(noun, part)
		var from int16
		scopes, err := r.scopes(ctx, tx, f)
		if err != nil {
			return err
		}
		if q.largest && len(scopes) > 0 {
			if from, err = floor(ctx, tx, d, scopes, noun, parts); err != nil {
				return err
			}
		}
		args := []any{noun, parts, f.From, f.To, from, d.Limit}
		only := f.only(&args)
		rows, err := tx.Query(ctx, q.sql(only), args...)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Ticket, err error) {
			err = row.Scan(&t.Ref.Desk, &t.Ref.ID, &t.Subject, &t.Draft, &t.Value, &t.Detail, &t.At)
			return t, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tickets behind %s: %w", d.Figure, err)
	}
	return out, nil
}
