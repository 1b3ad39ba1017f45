package audit

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// TestLogShowsRowsAndState: rows come newest first, page by page, also those of one
// ticket; a changed row is named.
func TestLogShowsRowsAndState(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	draft := uuid.NewString()
	exec(`INSERT INTO agents (id, name, email, role) VALUES ('ana', 'Ana Ortiz', 'ana@example.com', 'agent')`)
	exec(`INSERT INTO tickets (desk, id, subject, revision, created_at, status_at) VALUES ('sandbox', '1', 'Help', 1, now(), now())`)
	exec(`INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ('sandbox', '1', 'm', 'customer', 'How?', true, now(), 1)`)
	exec(`INSERT INTO drafts (id, desk, ticket, message, revision, version, content, drafter) VALUES ($1, 'sandbox', '1', 'm', 1, 1, '{}', 'extractive')`, draft)
	for i := range 5 {
		e := Entry{Actor: "footnote", Action: "account.created", Object: "agent/x", Detail: map[string]string{"n": fmt.Sprint(i)}}
		if i%2 == 1 {
			e = Entry{Actor: "ana", Action: "draft.approve", Object: "draft/" + draft}
		}
		if err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error { return Append(t.Context(), tx, e) }); err != nil {
			t.Fatal(err)
		}
	}
	l := NewLog(pool)
	seqs := func(f Filter) string {
		t.Helper()
		rows, err := l.List(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, r := range rows {
			out += fmt.Sprintf("%d %s%s, ", r.Seq, r.Name, r.Ticket)
		}
		return out
	}
	if got := seqs(Filter{Limit: 3}); got != "5 /, 4 Ana Ortizsandbox/1, 3 /, " {
		t.Errorf("newest: %s", got)
	}
	if got := seqs(Filter{Limit: 3, Before: 3}); got != "2 Ana Ortizsandbox/1, 1 /, " {
		t.Errorf("older: %s", got)
	}
	if got := seqs(Filter{Limit: 9, Ticket: pipeline.TicketRef{Desk: "sandbox", ID: "1"}}); got != "4 Ana Ortizsandbox/1, 2 Ana Ortizsandbox/1, " {
		t.Errorf("of the ticket: %s", got)
	}
	if s, err := l.State(t.Context()); err != nil || s.Rows != 5 || s.Broken != nil || len(s.Head) != 32 {
		t.Errorf("state %+v, %v", s, err)
	}
	exec(`UPDATE audit_log SET actor = 'ben' WHERE seq = 4`)
	if s, err := l.State(t.Context()); err != nil || s.Broken != nil {
		t.Errorf("within a minute the answer stands: %+v, %v", s, err)
	}
	l.state.At = l.state.At.Add(-stateLives)
	if s, err := l.State(t.Context()); err != nil || s.Rows != 3 || s.Broken == nil || s.Broken.Seq != 4 {
		t.Errorf("a changed row: %+v, %v", s, err)
	}
}
