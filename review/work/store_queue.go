package work

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// from is what the parts of a filter are read from: work itself, in the order of an index
// each.
func from(parts []string) (out []string) {
	for _, p := range parts {
		out = append(out, "work w WHERE "+p)
	}
	return out
}

// count counts the views of a filter without words, each up to most and one.
func (s *Service) count(ctx context.Context, views viewParts, a args, most int) (map[View]Count, error) {
	n, err := s.countEach(ctx, from(views.parts), a, most)
	if err != nil {
		return nil, err
	}
	return views.counts(n, most), nil
}

// countEach counts rows of sources, each up to most and one.
func (s *Service) countEach(ctx context.Context, from []string, a args, most int) ([]int64, error) {
	n, to := make([]int64, len(from)), make([]any, len(from))
	if len(from) == 0 {
		return n, nil
	}
	sql := make([]string, len(from))
	for i := range n {
		to[i], sql[i] = &n[i], fmt.Sprintf("(SELECT count(*) FROM (SELECT FROM %s LIMIT %d) few)", from[i], most+1)
	}
	query, a := used("SELECT "+strings.Join(sql, ", "), a)
	if err := s.pool.QueryRow(ctx, query, a...).Scan(to...); err != nil {
		return nil, fmt.Errorf("count queue: %w", err)
	}
	return n, nil
}

// viewParts are the parts that some views consist of, each once.
type viewParts struct {
	parts []string
	of    map[View][]int // numbers of parts
}

func (p *viewParts) add(v View, parts []string) {
	if p.of == nil {
		p.of = map[View][]int{}
	}
	p.of[v] = []int{}
	for _, x := range parts {
		i := slices.Index(p.parts, x)
		if i < 0 {
			i, p.parts = len(p.parts), append(p.parts, x)
		}
		p.of[v] = append(p.of[v], i)
	}
}

// counts are those of views by those of their parts.
func (p *viewParts) counts(n []int64, most int) map[View]Count {
	out := map[View]Count{}
	for v, parts := range p.of {
		c := 0
		for _, i := range parts {
			c += int(n[i])
		}
		out[v] = Count{min(c, most), c > most}
	}
	return out
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

// listFrom lists rows of sources, which exclude each other.
func (s *Service) listFrom(ctx context.Context, from []string, a args, order string, limit int) ([]Row, error) {
	each := make([]string, len(from))
	for i := range from {
		each[i] = fmt.Sprintf("(SELECT w.* FROM %s %s LIMIT %d)", from[i], by("w.", order), limit)
	}
	rows, err := s.pool.Query(ctx, fmt.Sprintf(listSQL, strings.Join(each, " UNION ALL "), by("", order), limit, by("w.", order)), a...)
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

// by orders rows as they are listed.
func by(row, order string) string {
	return fmt.Sprintf(" ORDER BY %[1]swaits_at %[2]s, %[1]sdesk %[2]s, %[1]sticket %[2]s", row, order)
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
