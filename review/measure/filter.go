package measure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// Filter selects what a report covers.
type Filter struct {
	// From and To bound ticket activity; To is exclusive. A zero From means the last
	// 30 days, a zero To means now.
	From, To time.Time
	Desk     string // empty means all
	// Queue is that of the ticket now. Agent is who did it, by id or address: messages,
	// outcomes, response times and deliveries belong to nobody and are then 0. Empty
	// means all.
	Queue, Agent string
}

// Choice is a value that a filter can take.
type Choice struct{ ID, Name string }

// Choices are the values that a report can be filtered by.
type Choices struct {
	Desks, Queues []string
	Agents        []Choice
}

// maxChoices bounds each list of choices.
const maxChoices = 200

// only restricts facts f to what the filter names, beside the period; its arguments
// are appended. What is not named is left out of the SQL, so that plans see it.
func (f Filter) only(args *[]any) string {
	var b strings.Builder
	for _, c := range []struct{ column, value string }{{"desk", f.Desk}, {"queue", f.Queue}, {"agent", f.Agent}} {
		if c.value == "" {
			continue
		}
		*args = append(*args, c.value)
		fmt.Fprintf(&b, "\n		           AND f.%s = $%d", c.column, len(*args))
		if c.column != "desk" {
			fmt.Fprintf(&b, " AND f.%s <> ''", c.column) // the words of the index
		}
	}
	return b.String()
}

// check fills in what the filter leaves open. The error kind is Invalid for a
// period, a desk, a queue or an agent that can have no figures.
func (r *Reporter) check(ctx context.Context, f Filter) (Filter, error) {
	if f.To.IsZero() {
		f.To = time.Now()
	}
	if f.From.IsZero() {
		f.From = f.To.AddDate(0, 0, -30)
	}
	switch {
	case !f.From.Before(f.To):
		return f, pipeline.Errorf(pipeline.Invalid, "The period ends before it begins. Choose a first day that is not after the last.")
	case f.To.Sub(f.From) > MaxDays*24*time.Hour:
		return f, pipeline.Errorf(pipeline.Invalid, "A report covers at most two years (%d days). Choose a shorter period.", MaxDays)
	}
	if f.Desk != "" {
		known, err := r.desks(ctx)
		switch {
		case err != nil:
			return f, err
		case len(known) == 0:
			return f, pipeline.Errorf(pipeline.Invalid, "There is no desk %q: no desk has a ticket yet.", f.Desk)
		case !slices.Contains(known, f.Desk):
			return f, pipeline.Errorf(pipeline.Invalid, "There is no desk %q. Desks with tickets: %s.", f.Desk, strings.Join(known, ", "))
		}
	}
	if f.Queue != "" {
		var known bool
		if err := r.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM report_facts WHERE queue = $1 AND queue <> '')`, f.Queue).Scan(&known); err != nil {
			return f, fmt.Errorf("find queue: %w", err)
		}
		if !known {
			return f, pipeline.Errorf(pipeline.Invalid, "There is no ticket in a queue %q. Write its name as the desk does.", f.Queue)
		}
	}
	if f.Agent != "" {
		var id string
		err := r.pool.QueryRow(ctx, `
			SELECT coalesce((SELECT id FROM agents WHERE id = $1), (SELECT min(id) FROM agents WHERE lower(email) = lower($1)),
			                (SELECT agent FROM report_facts WHERE agent = $1 AND agent <> '' LIMIT 1), '')`, f.Agent).Scan(&id)
		if err != nil {
			return f, fmt.Errorf("find agent: %w", err)
		}
		if id == "" {
			return f, pipeline.Errorf(pipeline.Invalid, "There is no agent %q. Give the id or the address of a person who signed in.", f.Agent)
		}
		f.Agent = id
	}
	return f, nil
}

// desks lists those with tickets, live or imported.
func (r *Reporter) desks(ctx context.Context) (known []string, err error) {
	// from one desk to the next in the index: there are few, with millions of tickets
	err = r.pool.QueryRow(ctx, `
		WITH RECURSIVE live (desk) AS (
		    SELECT min(desk) FROM tickets
		    UNION ALL
		    SELECT (SELECT min(t.desk) FROM tickets t WHERE t.desk > live.desk) FROM live WHERE live.desk IS NOT NULL
		), past (desk) AS (
		    SELECT min(desk) FROM desk_history
		    UNION ALL
		    SELECT (SELECT min(h.desk) FROM desk_history h WHERE h.desk > past.desk) FROM past WHERE past.desk IS NOT NULL
		)
		SELECT coalesce(array_agg(desk ORDER BY desk), '{}')
		  FROM (SELECT desk FROM live UNION SELECT desk FROM past) d
		 WHERE desk IS NOT NULL`).Scan(&known)
	if err != nil {
		return nil, fmt.Errorf("list desks: %w", err)
	}
	return known, nil
}

// Choices lists what reports can be filtered by, at most 200 of each: desks and queues
// with tickets, and people who did something, by name.
func (r *Reporter) Choices(ctx context.Context) (c Choices, err error) {
	if c.Desks, err = r.desks(ctx); err != nil {
		return c, err
	}
	err = r.pool.QueryRow(ctx, `
		WITH RECURSIVE v (queue, n) AS (
		    SELECT min(queue), 1 FROM report_facts WHERE queue <> ''
		    UNION ALL
		    SELECT (SELECT min(f.queue) FROM report_facts f WHERE f.queue <> '' AND f.queue > v.queue), n + 1
		      FROM v
		     WHERE v.queue IS NOT NULL
		       AND n < $1)
		SELECT coalesce(array_agg(queue ORDER BY queue), '{}') FROM v WHERE queue IS NOT NULL`, maxChoices).Scan(&c.Queues)
	if err != nil {
		return c, fmt.Errorf("list queues: %w", err)
	}
	rows, err := r.pool.Query(ctx, `
		WITH RECURSIVE v (agent, n) AS (
		    SELECT min(agent), 1 FROM report_facts WHERE agent <> ''
		    UNION ALL
		    SELECT (SELECT min(f.agent) FROM report_facts f WHERE f.agent <> '' AND f.agent > v.agent), n + 1
		      FROM v
		     WHERE v.agent IS NOT NULL
		       AND n < $1)
		SELECT v.agent, coalesce(nullif(a.name, ''), nullif(a.email, ''), v.agent)
		  FROM v
		  LEFT JOIN agents a ON a.id = v.agent
		 WHERE v.agent IS NOT NULL
		 ORDER BY 2, 1`, maxChoices)
	if err == nil {
		c.Agents, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Choice])
	}
	if err != nil {
		return c, fmt.Errorf("list agents: %w", err)
	}
	return c, nil
}
