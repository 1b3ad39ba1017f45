package tracking

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// TestSkippedByDesk: what a desk's rule leaves out has its outcome and its place in
// the list, and is drafted once a person takes it in, whatever rules say.
func TestSkippedByDesk(t *testing.T) {
	t.Parallel()
	tr, rec, _ := setup(t, Config{})
	m := message("m1", pipeline.RoleSystem, 0, "This is an automatic reply. Where is my parcel?")
	m.Skipped = "It came by a mailing list."
	handle(t, tr, received("1", m), received("1", m))
	if got := rec.of(pipeline.DraftRequested); len(got) != 0 {
		t.Fatalf("drafted: %+v", got)
	}
	if got := rec.of(pipeline.TicketUpdated); len(got) != 1 { // so that its work is known
		t.Errorf("told %+v", got)
	}
	list, err := tr.Skipped(t.Context(), 10)
	if err != nil || len(list) != 1 || list[0].Rule != m.Skipped || list[0].Message != "m1" || list[0].Subject != "Help" {
		t.Fatalf("%+v, %v", list, err)
	}
	audited := 0
	also := func(pgx.Tx) error { audited++; return nil }
	if err := tr.TakeIn(t.Context(), list[0].Ticket, "m1", pipeline.Agent{ID: "grace"}, also); err != nil {
		t.Fatal(err)
	}
	asked := rec.of(pipeline.DraftRequested)
	if len(asked) != 1 || audited != 1 {
		t.Fatalf("asked %d, audited %d", len(asked), audited)
	}
	r, err := pipeline.Decode[pipeline.Requested](asked[0])
	if err != nil || r.Message != "m1" || len(r.Ticket.Messages) != 1 || r.Ticket.Messages[0].Role != pipeline.RoleCustomer || r.Ticket.Revision != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := tr.TakeIn(t.Context(), list[0].Ticket, "m1", pipeline.Agent{ID: "grace"}, also); pipeline.KindOf(err) != pipeline.Conflict {
		t.Errorf("twice: %v", err)
	}
	handle(t, tr, received("1", m)) // the desk says the same again
	if list, err = tr.Skipped(t.Context(), 10); err != nil || len(list) != 0 || len(rec.of(pipeline.DraftRequested)) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestTakeInAutomatic: so is what our own rule left out.
func TestTakeInAutomatic(t *testing.T) {
	t.Parallel()
	tr, rec, _ := setup(t, Config{})
	handle(t, tr, received("1", message("m1", pipeline.RoleCustomer, 0, "I am out of the office until Monday. This is an automatic reply.")))
	list, err := tr.Skipped(t.Context(), 10)
	if err != nil || len(list) != 1 || len(rec.of(pipeline.DraftRequested)) != 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := tr.TakeIn(t.Context(), list[0].Ticket, "m1", pipeline.Agent{ID: "grace"}, func(pgx.Tx) error { return nil }); err != nil || len(rec.of(pipeline.DraftRequested)) != 1 {
		t.Errorf("%v", err)
	}
}
