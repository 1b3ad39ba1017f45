package measure

import (
	"maps"
	"testing"
	"time"

	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/review/volume"
)

// TestReportOfOneQueue: the report of a queue, read from facts, is the report of an
// installation that has nothing but the tickets of that queue, read from counts.
// Reports of agents share out what agents did, and each line behind a figure is theirs.
func TestReportOfOneQueue(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Now()
	if err := volume.Fill(t.Context(), pool, volume.Config{Tickets: 1500, Days: 40, Seed: 5, Now: now}); err != nil {
		t.Fatal(err)
	}
	exec(t, pool, `INSERT INTO report_changes (desk, ticket) SELECT desk, id FROM tickets, generate_series(1, 15)`)
	r := New(pool)
	if left, err := r.Refresh(t.Context(), 0); err != nil || left != 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	all := LastDays(30, now)
	choices, err := r.Choices(t.Context())
	if err != nil || len(choices.Queues) < 2 || len(choices.Agents) < 2 || len(choices.Desks) < 2 {
		t.Fatalf("%+v %v", choices, err)
	}
	total := report(t, r, all)
	whole := map[pipeline.OutcomeKind]int{}
	f := all
	var of []Report
	for _, f.Queue = range choices.Queues {
		rep := report(t, r, f)
		for k, n := range rep.Outcomes {
			whole[k] += n
		}
		of = append(of, rep)
	}
	for k := range whole { // of tickets that no queue has
		var n int
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM report_facts WHERE noun = 'outcome' AND part = $1 AND queue = '' AND at >= $2 AND at < $3`, string(k), all.From, all.To).Scan(&n); err != nil {
			t.Fatal(err)
		}
		whole[k] += n
	}
	if !maps.Equal(whole, total.Outcomes) {
		t.Errorf("the outcomes of all queues are %v, of the report %v", whole, total.Outcomes)
	}
	decided, handled, handledInAll := 0, 0, 0
	for _, h := range total.Handling {
		handledInAll += h.N
	}
	for _, agent := range choices.Agents {
		f := all
		f.Agent = agent.ID
		rep := report(t, r, f)
		decided += rep.Decided
		for _, h := range rep.Handling {
			handled += h.N
		}
		lines, err := r.Tickets(t.Context(), Drill{Filter: f, Figure: "decision:edit", Limit: 1000})
		if err != nil || len(lines) != rep.Decisions["edit"] {
			t.Errorf("%s edited %d, behind it are %d tickets (%v)", agent.Name, rep.Decisions["edit"], len(lines), err)
		}
		for _, l := range lines {
			var by string
			if err := pool.QueryRow(t.Context(), `SELECT decided_by FROM reviews WHERE draft = $1`, l.Draft).Scan(&by); err != nil || by != agent.ID {
				t.Errorf("behind the edits of %s is one of %s (%v)", agent.ID, by, err)
			}
		}
	}
	if decided != total.Decided || handled != handledInAll || decided == 0 || handled == 0 {
		t.Errorf("agents decided %d of %d and handled %d of %d", decided, total.Decided, handled, handledInAll)
	}
	// Nothing but the first queue is left.
	queue := choices.Queues[0]
	for _, sql := range []string{`SET session_replication_role = replica`, `DELETE FROM tickets WHERE queue <> '` + queue + `'`,
		`DELETE FROM outcomes x WHERE NOT EXISTS (SELECT FROM tickets t WHERE t.desk = x.desk AND t.id = x.ticket)`,
		`DELETE FROM drafts x WHERE NOT EXISTS (SELECT FROM tickets t WHERE t.desk = x.desk AND t.id = x.ticket)`,
		`TRUNCATE report_facts, report_counts`} {
		exec(t, pool, sql)
	}
	exec(t, pool, `INSERT INTO report_changes (desk, ticket) SELECT desk, id FROM tickets`)
	if _, err := r.Refresh(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	alone := report(t, r, all)
	if a, b := pretty(t, of[0]), pretty(t, alone); a != b {
		t.Errorf("the report of queue %s:\n%s\nof an installation with nothing else:\n%s", queue, a, b)
	}
	for _, f := range []Filter{{Queue: "no such queue"}, {Agent: "nobody"}} {
		if _, err := r.Report(t.Context(), f); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func report(t *testing.T, r *Reporter, f Filter) Report {
	t.Helper()
	rep, err := r.Report(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}
