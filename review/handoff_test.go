package review

import (
	"strings"
	"testing"

	"footnote/pipeline"
	"footnote/review/work"
)

func (w *world) handOff(t *testing.T, by pipeline.Agent, to, queue string) error {
	t.Helper()
	_, err := w.Decide(t.Context(), pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.HandOff, By: by, Surface: "console", Reason: "Needs access to the account", To: to, Queue: queue})
	return err
}

// TestHandOffToSomebody: a ticket stands with whom it was handed to, with the note, can
// be handed on, and is anybody's once the customer writes again.
func TestHandOffToSomebody(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.exec(t, `INSERT INTO agents (id, name, email, role) VALUES ('own', 'Owner', 'own@example.com', 'owner')`)
	w.exec(t, `INSERT INTO agents (id, name, email, role, disabled_at) VALUES ('off', 'Off', 'off@example.com', 'agent', now())`)
	for _, to := range []string{"nobody", "own", "off", ana.ID} {
		if err := w.handOff(t, ana, to, ""); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("handed to %s: %v", to, err)
		}
	}
	if err := w.handOff(t, ana, ben.ID, "billing"); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("handed to both: %v", err)
	}
	for range 2 { // a double click
		if err := w.handOff(t, ana, ben.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	var decisions int
	if err := w.pool.QueryRow(t.Context(), `SELECT count(*) FROM decisions`).Scan(&decisions); err != nil || decisions != 1 {
		t.Errorf("%d decisions, %v", decisions, err)
	}
	r := w.find(t)
	if r.Work.State != pipeline.WorkToWrite || r.Work.Why != pipeline.WhyHandedOff || r.Work.Owner.ID != ben.ID || r.Reason != "For Ben: Needs access to the account" {
		t.Errorf("handed off is %+v, %q", r.Work, r.Reason)
	}
	mine, err := work.New(work.Config{Pool: w.pool}).Queue(t.Context(), work.Filter{View: work.Mine, Agent: ben.ID, Limit: 10})
	if err != nil || len(mine.Rows) != 1 {
		t.Errorf("Ben has %d tickets, %v", len(mine.Rows), err)
	}
	if err := w.handOff(t, ben, "", "billing"); err != nil { // and on
		t.Fatal(err)
	}
	if r := w.find(t); r.Work.Owner.ID != "" || !strings.HasPrefix(r.Reason, "For billing: ") {
		t.Errorf("handed on is %+v, %q", r.Work, r.Reason)
	}
	queue := func() (q string) {
		t.Helper()
		if err := w.pool.QueryRow(t.Context(), `SELECT queue FROM work`).Scan(&q); err != nil {
			t.Fatal(err)
		}
		return q
	}
	if q := queue(); q != "billing" {
		t.Errorf("it stands in %q", q)
	}
	w.exec(t, `INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ('sandbox', '1', 'm2', 'customer', 'And the other one?', true, now() + interval '1 second', 2)`)
	w.exec(t, `UPDATE tickets SET revision = 2`)
	if err := w.Handle(t.Context(), pipeline.NewEvent(pipeline.TicketUpdated, "u", ref, w.draft.CreatedAt, pipeline.Updated{})); err != nil {
		t.Fatal(err)
	}
	if q := queue(); q != "" {
		t.Errorf("after the customer wrote again it stands in %q", q)
	}
}
