package work

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Limits of a search. Of a word that is in few tickets these are read by the word;
// of one that is in many, rows are read in the order of listing and asked for it,
// which finds a page soon.
const (
	fewMatches = 10_000
	patience   = 250 * time.Millisecond // with beginnings of words, before whole words are taken
)

// found is what a search comes to: which words, and whether few tickets have them.
// The zero value is no search.
type found struct {
	query string
	few   bool
}

// search looks how many tickets have the words, or their beginnings. Where so many
// words begin like that that it takes long, only whole words are searched.
func (s *Service) search(ctx context.Context, words string) (found, error) {
	f := found{query: query(words, false)}
	if f.query == "" {
		return f, nil
	}
	few, err := s.fewHave(ctx, f.query)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "57014" && ctx.Err() == nil { // cancelled: it took too long
		f.query = query(words, true)
		few, err = s.fewHave(ctx, f.query)
		if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "57014" && ctx.Err() == nil {
			return f, nil // as many as there are
		}
	}
	if err != nil {
		return f, fmt.Errorf("look how many match: %w", err)
	}
	f.few = few
	return f, nil
}

func (s *Service) fewHave(ctx context.Context, query string) (few bool, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		// The first bounds words that are everywhere, the second many words.
		var b pgx.Batch
		b.Queue(fmt.Sprintf("SET LOCAL gin_fuzzy_search_limit = %d", 2*fewMatches))
		b.Queue(fmt.Sprintf("SET LOCAL statement_timeout = %d", patience.Milliseconds()))
		b.Queue(`
			SELECT count(*) <= $2
			  FROM (SELECT FROM work_words x
			         WHERE x.words @@ to_tsquery('simple', $1)
			         LIMIT $2 + 1) few`, query, fewMatches).QueryRow(func(r pgx.Row) error { return r.Scan(&few) })
		return tx.SendBatch(ctx, &b).Close()
	})
	return few, err
}

// sources are what the parts of a filter are read from: work itself, in the order
// of an index each, or with a search for few tickets these at once.
func (f found) sources(parts []string, a *args) (with string, from []string) {
	if f.query == "" {
		for _, p := range parts {
			from = append(from, "work w WHERE "+p)
		}
		return "", from
	}
	query := "to_tsquery('simple', " + a.add(f.query) + ")"
	if f.few {
		return fmt.Sprintf("WITH found AS MATERIALIZED (SELECT desk, ticket FROM work_words WHERE words @@ %s LIMIT %d)", query, fewMatches),
			[]string{"found x JOIN work w ON w.desk = x.desk AND w.ticket = x.ticket WHERE (" + strings.Join(parts, " OR ") + ")"}
	}
	for _, p := range parts {
		from = append(from, "work w WHERE "+p+" AND EXISTS (SELECT FROM work_words x WHERE x.desk = w.desk AND x.ticket = w.ticket AND x.words @@ "+query+" OFFSET 0)")
	}
	return "", from
}

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
	n, to := make([]int64, len(parts)), make([]any, len(parts))
	for i := range n {
		to[i] = &n[i]
	}
	if len(parts) > 0 {
		with, from := f.sources(parts, &a)
		sql := make([]string, len(parts))
		for i := range sql {
			if sql[i] = fmt.Sprintf("count(*) FILTER (WHERE %s)", parts[i]); !f.few {
				sql[i] = fmt.Sprintf("(SELECT count(*) FROM (SELECT FROM %s LIMIT %d) few)", from[i], most+1)
			}
		}
		all := with + " SELECT " + strings.Join(sql, ", ")
		if f.few {
			all += " FROM " + from[0]
		}
		if err := s.pool.QueryRow(ctx, all, a...).Scan(to...); err != nil {
			return nil, fmt.Errorf("count queue: %w", err)
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

// listSQL takes a page of rows first, and then looks up what they show.
const listSQL = `%s
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
	by := func(row string) string {
		return fmt.Sprintf(" ORDER BY %[1]swaits_at %[2]s, %[1]sdesk %[2]s, %[1]sticket %[2]s", row, order)
	}
	with, from := f.sources(parts, &a)
	for i := range from {
		from[i] = fmt.Sprintf("(SELECT w.* FROM %s %s LIMIT %d)", from[i], by("w."), limit)
	}
	rows, err := s.pool.Query(ctx, fmt.Sprintf(listSQL, with, strings.Join(from, " UNION ALL "), by(""), limit, by("w.")), a...)
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (q Row, err error) {
		q.Work, err = scanWork(r, &q.Subject, &q.Requester.ID, &q.Requester.Name, &q.Requester.Email, &q.Language, &q.Queue, &q.Arm,
			&q.Excerpt, &q.Outcome, &q.Reason, &q.Abstained, &q.Confidence, &q.Delivery)
		return q, err
	})
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", err)
	}
	return out, nil
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
