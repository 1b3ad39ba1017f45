package presence

import (
	"os"
	"strings"
	"testing"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

var (
	ana = pipeline.Agent{ID: "ana", Name: "Ana"}
	ben = pipeline.Agent{ID: "ben", Name: "Ben"}
	ref = pipeline.TicketRef{Desk: "sandbox", ID: "1"}
)

// TestPresence: two processes on one database tell of each other's pages, and a page
// that is silent, or left, is forgotten.
func TestPresence(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	one, two := New(pool), New(pool)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO tickets (desk, id, subject, revision, created_at, status_at) VALUES ('sandbox', '1', 'Help', 1, now(), now())`)
	for _, a := range []pipeline.Agent{ana, ben} {
		exec(`INSERT INTO agents (id, name, email, role) VALUES ($1, $2, $3, 'agent')`, a.ID, a.Name, a.ID+"@example.com")
	}
	here := func(s *Service, p Page) {
		t.Helper()
		if err := s.Here(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	says := func(want string) {
		t.Helper()
		others, err := two.Others(t.Context(), ref, ben.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := Say(others); got != want {
			t.Errorf("Ben is told %q, want %q", got, want)
		}
	}
	says("")
	here(two, Page{Ticket: ref, ID: "b1", By: ben})
	says("") // not of himself
	here(one, Page{Ticket: ref, ID: "a1", By: ana})
	says("Ana is looking at this ticket.")
	here(one, Page{Ticket: ref, ID: "a2", By: ana, Writing: true}) // a second page of hers
	says("Ana is writing a reply.")
	if err := one.Gone(t.Context(), Page{Ticket: ref, ID: "a2", By: ben}); err != nil { // not his
		t.Fatal(err)
	}
	says("Ana is writing a reply.")
	if err := one.Gone(t.Context(), Page{Ticket: ref, ID: "a2", By: ana}); err != nil {
		t.Fatal(err)
	}
	says("Ana is looking at this ticket.")
	exec(`UPDATE presence SET seen_at = now() - interval '46 seconds' WHERE page = 'a1'`)
	says("")
	here(one, Page{Ticket: ref, ID: "a1", By: ana})
	says("Ana is looking at this ticket.")
	exec(`UPDATE presence SET seen_at = now() - interval '11 minutes' WHERE page = 'a1'`)
	here(two, Page{Ticket: ref, ID: "b1", By: ben})
	var n int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM presence`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows are kept, %v", n, err)
	}
	here(one, Page{Ticket: pipeline.TicketRef{Desk: "sandbox", ID: "none"}, ID: "x", By: ana}) // a ticket that is not: nothing
	if err := one.Here(t.Context(), Page{Ticket: ref, ID: strings.Repeat("x", 65), By: ana}); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("a long name: %v", err)
	}
	if err := one.Here(t.Context(), Page{Ticket: ref, ID: "x"}); pipeline.KindOf(err) != pipeline.Denied {
		t.Errorf("nobody: %v", err)
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	c := pipeline.Agent{ID: "c", Email: "cy@example.com"}
	for want, others := range map[string][]Other{
		"": nil,
		"Ana is writing a reply; Ben and cy@example.com are looking at this ticket.": {{ana, true}, {ben, false}, {c, false}},
		"Ana, Ben and cy@example.com are writing a reply.":                           {{ana, true}, {ben, true}, {c, true}},
	} {
		if got := Say(others); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
