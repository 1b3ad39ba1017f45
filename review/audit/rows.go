package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Ref names one row of a table that an entry vouches for: what it holds is written
// into the log with the entry, so that a later change of the table shows.
type Ref struct {
	Table string // spans, decisions, reviews, deliveries, outcomes
	Key   string // its id; of a review its draft; of an outcome the JSON list of desk, ticket and message
}

// prints select, of the rows of a table with the keys $1, the key, what never
// changes once the row is vouched for, and what only a later entry may change.
// Times are microseconds since 1970.
var prints = map[string]string{
	"spans": `
		SELECT id::text, concat_ws(' ', desk, ticket, agent, kind, ` + micros("started_at") + `), concat_ws(' ', ` + micros("ended_at") + `, ended_by, active_ms)
		  FROM spans WHERE id = ANY ($1::uuid[])`,
	"decisions": `
		SELECT id::text, concat_ws(' ', draft, kind, agent, ` + micros("at") + `, hash), ''
		  FROM decisions WHERE id = ANY ($1::uuid[])`,
	"reviews": `
		SELECT draft::text, 'sent', coalesce(` + micros("sent_at") + `::text, '')
		  FROM reviews WHERE draft = ANY ($1::uuid[])`,
	"deliveries": `
		SELECT id::text, concat_ws(' ', decision, draft, ` + micros("created_at") + `, hash), ''
		  FROM deliveries WHERE id = ANY ($1::uuid[])`,
	"outcomes": `
		SELECT k.key, ` + micros("o.arrived_at") + `::text, coalesce(o.kind, 'pending')
		  FROM unnest($1::text[]) AS k (key)
		  JOIN outcomes o ON o.desk = k.key::json->>0 AND o.ticket = k.key::json->>1 AND o.message = k.key::json->>2`,
}

func micros(column string) string { return `(extract(epoch FROM ` + column + `) * 1000000)::bigint` }

// print is what a row holds.
type print struct{ fixed, open string }

// between stands between the fixed and the open part of a print in the log.
const between = " | "

func (p print) String() string {
	if p.open == "" {
		return p.fixed
	}
	return p.fixed + between + p.open
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// readPrints reads rows of one table; keys of rows that are not there are not in
// the answer.
func readPrints(ctx context.Context, q querier, table string, keys []string) (map[string]print, error) {
	sql, ok := prints[table]
	if !ok {
		return nil, fmt.Errorf("vouch for rows: no table %q", table)
	}
	rows, err := q.Query(ctx, sql, keys)
	if err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", table, err)
	}
	out := map[string]print{}
	var key string
	var p print
	var fixed *string // null where the column is
	if _, err := pgx.ForEachRow(rows, []any{&key, &fixed, &p.open}, func() error {
		if p.fixed = ""; fixed != nil {
			p.fixed = *fixed
		}
		out[key] = p
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", table, err)
	}
	return out, nil
}

// vouch adds to the entry's detail what its rows hold now.
func (e *Entry) vouch(ctx context.Context, q querier) error {
	byTable := map[string][]string{}
	for _, r := range e.Rows {
		byTable[r.Table] = append(byTable[r.Table], r.Key)
	}
	detail := map[string]string{}
	for k, v := range e.Detail {
		detail[k] = v
	}
	for table, keys := range byTable {
		found, err := readPrints(ctx, q, table, keys)
		if err != nil {
			return err
		}
		for key, p := range found {
			detail[table+"/"+key] = p.String()
		}
	}
	e.Detail = detail
	return nil
}

// claim is what one entry of the log says about one row.
type claim struct {
	Ref
	seq int64
	print
}

// claims are those of an entry.
func (e Entry) claims(seq int64) []claim {
	var out []claim
	for k, v := range e.Detail {
		table, key, ok := strings.Cut(k, "/")
		if _, known := prints[table]; !ok || !known {
			continue
		}
		c := claim{Ref: Ref{table, key}, seq: seq, print: print{fixed: v}}
		if i := strings.LastIndex(v, between); i >= 0 {
			c.print = print{v[:i], v[i+len(between):]}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b claim) int { return strings.Compare(a.Table+a.Key, b.Table+b.Key) })
	return out
}

// Vouched tells whether a key of an entry's detail is about a row of a table.
func Vouched(key string) bool {
	table, _, ok := strings.Cut(key, "/")
	_, known := prints[table]
	return ok && known
}

// Different is a row that is not as the log says.
type Different struct {
	Ref
	Seq int64  // of the entry; 0: none tells of the row
	Log string // what it says
	Now string // what the table holds; empty: the row is gone
}

func (d Different) Error() string {
	if d.Seq == 0 {
		return fmt.Sprintf("%s %s was put there outside Footnote: no row of the log tells of it", d.Table, d.Key)
	}
	if d.Now == "" {
		return fmt.Sprintf("%s %s is gone; row %d of the log says it was %q", d.Table, d.Key, d.Seq, d.Log)
	}
	return fmt.Sprintf("%s %s is %q; row %d of the log says %q", d.Table, d.Key, d.Now, d.Seq, d.Log)
}
