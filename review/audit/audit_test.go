package audit

import (
	"fmt"
	"os"
	"testing"
	"time"

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
		t.Errorf("what was walked past is walked again after a minute: %+v, %v", s, err)
	}
	l.walk.Since = l.walk.Since.Add(-time.Minute)
	if s, err := l.State(t.Context()); err != nil || s.Rows != 3 || s.Broken == nil || s.Broken.Seq != 4 {
		t.Errorf("a changed row: %+v, %v", s, err)
	}
}

// TestLogWalksOn: a page waits for the new rows only; while somebody walks, it is
// told how far they came.
func TestLogWalksOn(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	add := func(n int) {
		t.Helper()
		for range n {
			if err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
				return Append(t.Context(), tx, Entry{Actor: "footnote", Action: "account.created", Object: "agent/x"})
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(3)
	l := NewLog(pool)
	l.walking.Lock()
	if s, err := l.State(t.Context()); err != nil || !s.Behind || s.Rows != 0 {
		t.Errorf("while another walks: %+v, %v", s, err)
	}
	l.walking.Unlock()
	if s, err := l.State(t.Context()); err != nil || s.Behind || s.Rows != 3 {
		t.Errorf("walked: %+v, %v", s, err)
	}
	first := l.walk.Since
	add(2)
	if s, err := l.State(t.Context()); err != nil || s.Behind || s.Rows != 5 || !s.Since.Equal(first) {
		t.Errorf("walked on: %+v, %v", s, err)
	}
	if at := anew(first, 10_000_000); !at.Equal(first.Add(10_000 * time.Second)) {
		t.Errorf("ten million rows are walked again at %v", at.Sub(first))
	}
}

// TestSealBegins: the first time nothing of before is vouched for, and then only
// what is new, each once.
func TestSealBegins(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	seal := func(wantRows, wantClaims int64) {
		t.Helper()
		if err := Seal(t.Context(), pool); err != nil {
			t.Fatal(err)
		}
		if s, err := Check(t.Context(), pool); err != nil || s.Rows != wantRows || s.Checked != wantClaims || len(s.Different) != 0 || s.Broken != nil {
			t.Fatalf("%+v, %v: want %d rows that say %d things", s, err, wantRows, wantClaims)
		}
	}
	exec(`INSERT INTO tickets (desk, id, created_at, status_at) VALUES ('a/b', '"1"', now(), now())`)
	message := func(id string, recorded string) {
		exec(`INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ('a/b', '"1"', $1, 'customer', '', true, now(), 1)`, id)
		exec(`INSERT INTO outcomes (desk, ticket, message, kind, recorded_at) VALUES ('a/b', '"1"', $1, 'skipped', now() - $2::interval)`, id, recorded)
	}
	message("before", "2 days")
	seal(1, 0)
	seal(1, 0)
	exec(`DELETE FROM audit_log`)
	if err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		return Append(t.Context(), tx, Entry{Actor: "footnote", Action: sealed, Object: "rows", Detail: map[string]string{"until": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)}})
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 2*sealBatch + 3 {
		message(fmt.Sprint(i), fmt.Sprintf("%d s", 3000-i))
	}
	message("too new", "3 s")
	seal(4, 2*sealBatch+3)
	exec(`UPDATE outcomes SET kind = 'proposed', recorded_at = now() WHERE message = '7'`) // recorded again a moment ago
	seal(4, 2*sealBatch+3)
	exec(`UPDATE outcomes SET recorded_at = (SELECT max((detail->>'until')::timestamptz) FROM audit_log) + interval '1 microsecond' WHERE message = '7'`)
	seal(5, 2*sealBatch+4)
	exec(`UPDATE outcomes SET kind = 'failed' WHERE message = '7'`)
	if s, err := Check(t.Context(), pool); err != nil || len(s.Different) != 1 || s.Different[0].Key != `["a/b", "\"1\"", "7"]` {
		t.Errorf("%+v, %v", s, err)
	}
}
