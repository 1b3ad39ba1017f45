package work

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Limits of a search. Of words that are in few tickets these are read by the words;
// of words that are in many, rows are read in the order of listing and asked for them,
// which finds a page soon.
const (
	fewMatches = 3_000
	mostWalked = 50_000                 // rows that are asked for the words; then the words are looked up, however many have them
	patience   = 250 * time.Millisecond // with beginnings of words, before whole words are taken
)

// found is what a search comes to: which words, and which tickets have them if they
// are few. The zero value is no search.
type found struct {
	words          string
	query          string
	few            bool
	desks, tickets []string // of few
}

// search looks which tickets have the words, or their beginnings. Where so many
// words begin like that that it takes long, only whole words are searched.
func (s *Service) search(ctx context.Context, words string) (found, error) {
	f := found{words: words, query: query(words, false)}
	if f.query == "" {
		return f, nil
	}
	many, err := s.expectMany(ctx, f.query)
	if err != nil || many {
		return f, err
	}
	err = s.match(ctx, &f)
	if tookLong(ctx, err) {
		f.query = query(words, true)
		if err = s.match(ctx, &f); tookLong(ctx, err) {
			return f, nil // as many as there are
		}
	}
	if err != nil {
		return f, fmt.Errorf("look which tickets match: %w", err)
	}
	return f, nil
}

// tookLong tells whether a statement was cancelled for its time.
func tookLong(ctx context.Context, err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "57014" && ctx.Err() == nil
}

// surelyMany is the share of tickets from which PostgreSQL's statistics are believed:
// for words that it does not know it assumes half a percent.
const surelyMany = .02

// expectMany tells whether PostgreSQL's statistics say that words are common: then
// they need not be looked up to know it, which takes long for these alone.
func (s *Service) expectMany(ctx context.Context, query string) (bool, error) {
	var plan []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	var b pgx.Batch
	var all float64
	b.Queue(`SELECT reltuples FROM pg_class WHERE oid = 'work_words'::regclass`).QueryRow(func(r pgx.Row) error { return r.Scan(&all) })
	// EXPLAIN takes no arguments; query has made quotes of the words.
	b.Queue("EXPLAIN (FORMAT JSON) SELECT FROM work_words x WHERE x.words @@ to_tsquery('simple', '" + strings.ReplaceAll(query, "'", "''") + "')").
		QueryRow(func(r pgx.Row) error { return r.Scan(&plan) })
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return false, fmt.Errorf("estimate how many match: %w", err)
	}
	return len(plan) > 0 && surely(plan[0].Plan.Rows, all), nil
}

func surely(expected, all float64) bool { return expected > max(2*fewMatches, surelyMany*all) }

// match reads the tickets that have the words, unless they are many.
func (s *Service) match(ctx context.Context, f *found) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var b pgx.Batch
		b.Queue(fmt.Sprintf("SET LOCAL statement_timeout = %d", patience.Milliseconds()))
		b.Queue(`
			SELECT coalesce(array_agg(x.desk), '{}'), coalesce(array_agg(x.ticket), '{}')
			  FROM (SELECT desk, ticket FROM work_words x
			         WHERE x.words @@ to_tsquery('simple', $1)
			         LIMIT $2 + 1) x`, f.query, fewMatches).QueryRow(func(r pgx.Row) error { return r.Scan(&f.desks, &f.tickets) })
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		if f.few = len(f.tickets) <= fewMatches; !f.few {
			f.desks, f.tickets = nil, nil
		}
		return nil
	})
}

// sources are what the parts of a filter are read from: work itself, in the order
// of an index each, or with a search that found few tickets these at once. Of words
// that many have, the first mostWalked rows are asked for them; with all, the words are
// looked up.
func (f found) sources(parts []string, by string, all bool, a *args) (from []string) {
	if f.query == "" {
		for _, p := range parts {
			from = append(from, "work w WHERE "+p)
		}
		return from
	}
	either := "(" + strings.Join(parts, " OR ") + ")"
	if f.few {
		// in sub-queries, so that one plan serves any number of tickets
		return []string{"unnest((SELECT " + a.add(f.desks) + "::text[]), (SELECT " + a.add(f.tickets) + "::text[])) AS x (desk, ticket) JOIN work w ON w.desk = x.desk AND w.ticket = x.ticket WHERE " + either}
	}
	query := "to_tsquery('simple', " + a.add(f.query) + ")"
	if all {
		return []string{"(SELECT desk, ticket FROM work_words WHERE words @@ " + query + " OFFSET 0) x JOIN work w ON w.desk = x.desk AND w.ticket = x.ticket WHERE " + either}
	}
	for _, p := range parts {
		from = append(from, fmt.Sprintf("(SELECT w.* FROM work w WHERE %s %s LIMIT %d) w WHERE EXISTS (SELECT FROM work_words x WHERE x.desk = w.desk AND x.ticket = w.ticket AND x.words @@ %s OFFSET 0)", p, by, mostWalked, query))
	}
	return from
}

// walks tells whether rows are asked for the words.
func (f found) walks() bool { return f.query != "" && !f.few }

// count counts the parts of views, each up to most and one.
func (s *Service) count(ctx context.Context, f found, views map[View][]string, a args, most int) (map[View]Count, error) {
	number := map[string]int{} // of a part: views share them
	var parts []string
	for _, ps := range views {
		for _, p := range ps {
			if _, ok := number[p]; !ok {
				number[p] = len(parts)
				parts = append(parts, p)
			}
		}
	}
	n, err := s.countParts(ctx, f, parts, a, most, false)
	if err != nil {
		return nil, err
	}
	if f.walks() && len(parts) > 0 && slices.Max(n) <= int64(most) { // the matches lie further back
		if n, err = s.countParts(ctx, f, parts, a, most, true); err != nil {
			return nil, err
		}
	}
	out := map[View]Count{}
	for v, ps := range views {
		c := 0
		for _, p := range ps {
			c += int(n[number[p]])
		}
		out[v] = Count{min(c, most), c > most}
	}
	return out, nil
}

func (s *Service) countParts(ctx context.Context, f found, parts []string, a args, most int, all bool) ([]int64, error) {
	n, to := make([]int64, len(parts)), make([]any, len(parts))
	for i := range n {
		to[i] = &n[i]
	}
	if len(parts) == 0 {
		return n, nil
	}
	a = slices.Clone(a)
	once := f.few || all // one source has all parts
	from := f.sources(parts, "ORDER BY w.waits_at DESC, w.desk DESC, w.ticket DESC", all, &a)
	sql := make([]string, len(parts))
	for i := range sql {
		if sql[i] = fmt.Sprintf("count(*) FILTER (WHERE %s)", parts[i]); !once {
			sql[i] = fmt.Sprintf("(SELECT count(*) FROM (SELECT FROM %s LIMIT %d) few)", from[i], most+1)
		}
	}
	query := "SELECT " + strings.Join(sql, ", ")
	if once {
		query += " FROM " + from[0]
	}
	if err := s.pool.QueryRow(ctx, query, a...).Scan(to...); err != nil {
		return nil, fmt.Errorf("count queue: %w", err)
	}
	return n, nil
}

// listSQL takes a page of rows first, and then looks up what they show.
const listSQL = `
	SELECT ` + workColumns + `,
	       -- a chat without a subject is named by its first words
	       coalesce(nullif(t.subject, ''), (SELECT left(x.text, 240) FROM messages x
	                                         WHERE x.desk = t.desk AND x.ticket = t.id AND x.role = 'customer' AND x.public AND x.text <> ''
	                                         ORDER BY x.at, x.received_at, x.id LIMIT 1), ''),
	       t.requester_id, t.requester_name, t.requester_email, t.locale, t.queue, t.arm,
	       coalesce(left(m.text, 240), ''), coalesce(o.kind, ''), coalesce(o.reason, ''),
	       coalesce(d.abstained, '') <> '', coalesce(d.confidence, 0), coalesce(r.delivery, '')
	  FROM (SELECT * FROM (%s) parts %s LIMIT %d) w
	  JOIN tickets t ON t.desk = w.desk AND t.id = w.ticket
	  LEFT JOIN messages m ON m.desk = w.desk AND m.ticket = w.ticket AND m.id = w.message
	  LEFT JOIN outcomes o ON o.desk = w.desk AND o.ticket = w.ticket AND o.message = w.message
	  LEFT JOIN drafts d ON d.id = w.draft
	  LEFT JOIN reviews r ON r.draft = w.draft
	  LEFT JOIN agents g ON g.id = w.owner AND w.owner <> '' %s`

func (s *Service) list(ctx context.Context, f found, parts []string, a args, order string, limit int) ([]Row, error) {
	rows, err := s.listFrom(ctx, f, parts, a, order, limit, false)
	if err == nil && f.walks() && len(rows) < limit { // the matches lie further back
		rows, err = s.listFrom(ctx, f, parts, a, order, limit, true)
	}
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", err)
	}
	return rows, nil
}

func (s *Service) listFrom(ctx context.Context, f found, parts []string, a args, order string, limit int, all bool) ([]Row, error) {
	by := func(row string) string {
		return fmt.Sprintf(" ORDER BY %[1]swaits_at %[2]s, %[1]sdesk %[2]s, %[1]sticket %[2]s", row, order)
	}
	a = slices.Clone(a)
	from := f.sources(parts, by("w."), all, &a)
	for i := range from {
		from[i] = fmt.Sprintf("(SELECT w.* FROM %s %s LIMIT %d)", from[i], by("w."), limit)
	}
	rows, err := s.pool.Query(ctx, fmt.Sprintf(listSQL, strings.Join(from, " UNION ALL "), by(""), limit, by("w.")), a...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (q Row, err error) {
		q.Work, err = scanWork(r, &q.Subject, &q.Requester.ID, &q.Requester.Name, &q.Requester.Email, &q.Language, &q.Queue, &q.Arm,
			&q.Excerpt, &q.Outcome, &q.Reason, &q.Abstained, &q.Confidence, &q.Delivery)
		return q, err
	})
}

// Choices are the values that a filter can take, as they stand in open work.
type Choices struct {
	Desks, Queues, Languages []string
}

// maxChoices bounds each list of choices.
const maxChoices = 100

// Choices lists the desks, queues and languages there are. It jumps from value to
// value in the index, and reads no more rows than it returns.
func (s *Service) Choices(ctx context.Context) (c Choices, err error) {
	for _, x := range []struct {
		column string
		to     *[]string
	}{{"desk", &c.Desks}, {"queue", &c.Queues}, {"language", &c.Languages}} {
		rows, err := s.pool.Query(ctx, fmt.Sprintf(`
			WITH RECURSIVE v AS (
			    SELECT tab, (SELECT min(w.%[1]s) FROM work w WHERE w.tab = t.tab) AS has, 1 AS n
			      FROM (VALUES ('todo'), ('sending'), ('later'), ('done')) t (tab)
			    UNION ALL
			    SELECT v.tab, (SELECT min(w.%[1]s) FROM work w WHERE w.tab = v.tab AND w.%[1]s > v.has), n + 1
			      FROM v
			     WHERE v.has IS NOT NULL
			       AND n < %[2]d)
			SELECT DISTINCT has FROM v WHERE has <> '' ORDER BY has LIMIT %[2]d`, x.column, maxChoices))
		if err != nil {
			return c, fmt.Errorf("list choices: %w", err)
		}
		if *x.to, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return c, fmt.Errorf("list choices: %w", err)
		}
	}
	return c, nil
}

// Wake brings snoozed work back whose time has come, and returns how much.
func (s *Service) Wake(ctx context.Context) (int, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT desk, ticket
		  FROM work
		 WHERE state = 'snoozed'
		   AND due_at <= now()
		 ORDER BY due_at
		 LIMIT 500`)
	if err != nil {
		return 0, fmt.Errorf("list due snoozes: %w", err)
	}
	refs, err := pgx.CollectRows(rows, scanRef)
	if err != nil {
		return 0, fmt.Errorf("list due snoozes: %w", err)
	}
	n := 0
	for _, ref := range refs {
		if err := s.change(ctx, ref, func(pgx.Tx) error { return nil }); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
