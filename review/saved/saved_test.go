package saved

import (
	"os"
	"strings"
	"testing"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

var ana = pipeline.Agent{ID: "ana", Name: "Ana Ruiz"}

func TestSaveListRemove(t *testing.T) {
	t.Parallel()
	s := New(pgtest.New(t))
	list := func(want string) []Reply {
		t.Helper()
		rs, err := s.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range rs {
			names = append(names, r.Name+"="+r.Text)
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("kept %q, want %q", got, want)
		}
		return rs
	}
	save := func(r Reply, kind pipeline.Kind, ok bool) {
		t.Helper()
		if err := s.Save(t.Context(), ana, r); (err == nil) != ok || !ok && pipeline.KindOf(err) != kind {
			t.Errorf("save %q: %v", r.Name, err)
		}
	}
	save(Reply{Name: " Order \n number ", Text: "Hi {first name},\r\nplease send it."}, 0, true)
	save(Reply{Name: "Bye", Text: "Bye"}, 0, true)
	save(Reply{Name: "Bye", Text: "Another"}, pipeline.Conflict, false)
	save(Reply{Name: "Odd", Text: "Hi {frist name}"}, pipeline.Invalid, false)
	save(Reply{Name: "Open", Text: "Hi {"}, pipeline.Invalid, false)
	save(Reply{Name: "", Text: "x"}, pipeline.Invalid, false)
	save(Reply{Name: "Long", Text: strings.Repeat("x", maxText+1)}, pipeline.Invalid, false)
	save(Reply{Name: "NUL", Text: "a\x00b"}, pipeline.Invalid, false)
	save(Reply{ID: "0198d9c0-0000-7000-8000-0000000000aa", Name: "None", Text: "x"}, pipeline.NotFound, false)
	rs := list("Bye=Bye, Order number=Hi {first name},\nplease send it.")
	save(Reply{ID: rs[0].ID, Name: "Adieu", Text: "Bye!"}, 0, true)
	rs = list("Adieu=Bye!, Order number=Hi {first name},\nplease send it.")
	for range 2 {
		if err := s.Remove(t.Context(), ana, rs[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	list("Order number=Hi {first name},\nplease send it.")
}

func TestFill(t *testing.T) {
	t.Parallel()
	ticket := pipeline.Ticket{TicketRef: pipeline.TicketRef{Desk: "d", ID: "42"}, Subject: "Refund", Requester: pipeline.Person{Name: "Ada  Lovelace"}}
	r := Reply{Text: "{customer} {first name} {agent} {ticket} {subject}"}
	if got := r.Fill(ticket, ana); got != "Ada Lovelace Ada Ana Ruiz 42 Refund" {
		t.Errorf("%q", got)
	}
	ticket.Requester.Name, ticket.Subject = "{agent}", "" // a customer's words are no variables, and what is missing stays
	if got := r.Fill(ticket, ana); got != "{agent} {agent} Ana Ruiz 42 {subject}" {
		t.Errorf("%q", got)
	}
}
