package tracking

import (
	"testing"
	"time"

	"footnote/pipeline"
)

// found is a ticket as a poll tells of it: its messages, and then its status.
func found(ticket string, t pipeline.Ticket, at time.Time, ms ...pipeline.Message) (out []pipeline.Event) {
	for _, m := range ms {
		e := received(ticket, m)
		r, _ := pipeline.Decode[pipeline.Received](e)
		r.Ticket.Status, r.Ticket.SolvedAt, r.Ticket.UpdatedAt = t.Status, t.SolvedAt, t.UpdatedAt
		out = append(out, pipeline.NewEvent(e.Type, e.ID, e.Ref(), e.OccurredAt, r))
	}
	t.TicketRef = pipeline.TicketRef{Desk: "sandbox", ID: ticket}
	return append(out, pipeline.NewEvent(pipeline.TicketReceived, "status/"+ticket, t.TicketRef, at, pipeline.Received{Kind: "status", Ticket: t}))
}

// TestSolvedWhenFirstSeen: a ticket that is over when it is first seen asks for
// nothing, and was solved when the desk says: not when it was found, nor when its
// last message was written.
func TestSolvedWhenFirstSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		solved, updated time.Time
		want            time.Time
	}{
		"the desk tells when":     {t0.Add(54 * time.Second), t0.Add(time.Hour), t0.Add(54 * time.Second)},
		"it tells the last touch": {time.Time{}, t0.Add(50 * time.Second), t0.Add(50 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, rec, pool := setup(t, Config{})
			told := pipeline.Ticket{Status: pipeline.StatusSolved, SolvedAt: c.solved, UpdatedAt: c.updated}
			handle(t, tr, found("1", told, c.want, message("m1", pipeline.RoleCustomer, 0, "How do I cancel?"))...)
			if got := outcomes(t, pool); got["m1"] != "skipped: "+ruleResolved {
				t.Errorf("outcomes %v", got)
			}
			if n := len(rec.of(pipeline.DraftRequested)); n != 0 {
				t.Errorf("%d drafts were asked for", n)
			}
			var solved time.Time
			if err := pool.QueryRow(t.Context(), `SELECT solved_at FROM tickets`).Scan(&solved); err != nil || !solved.Equal(c.want) {
				t.Errorf("solved at %v, %v; want %v", solved, err, c.want)
			}
		})
	}
}

// TestSolvedLaterIsFoundByThePoll: the time is the desk's there too, and a better
// word for it is taken.
func TestSolvedLaterIsFoundByThePoll(t *testing.T) {
	t.Parallel()
	tr, _, pool := setup(t, Config{})
	m := message("m1", pipeline.RoleCustomer, 0, "How do I cancel?")
	handle(t, tr, received("1", m))
	at := t0.Add(53600 * time.Millisecond)
	handle(t, tr, found("1", pipeline.Ticket{Status: pipeline.StatusSolved, UpdatedAt: at}, at, m)...)
	solved := func() (s time.Time) {
		if err := pool.QueryRow(t.Context(), `SELECT solved_at FROM tickets`).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := solved(); !got.Equal(at) {
		t.Fatalf("solved after %v, want 53.6 s", got.Sub(t0))
	}
	handle(t, tr, found("1", pipeline.Ticket{Status: pipeline.StatusSolved, SolvedAt: at.Add(-time.Second), UpdatedAt: at.Add(time.Hour)}, at.Add(time.Hour), m)...)
	if got := solved(); !got.Equal(at.Add(-time.Second)) {
		t.Fatalf("solved after %v, want 52.6 s", got.Sub(t0))
	}
}

// TestSolvedAndWrittenAgain: what the customer writes to a solved ticket asks for a
// draft, though the desk still says solved.
func TestSolvedAndWrittenAgain(t *testing.T) {
	t.Parallel()
	tr, rec, _ := setup(t, Config{})
	at := t0.Add(time.Minute)
	told := pipeline.Ticket{Status: pipeline.StatusSolved, SolvedAt: at}
	handle(t, tr, found("1", told, at, message("m1", pipeline.RoleCustomer, 0, "How do I cancel?"))...)
	handle(t, tr, found("1", told, at, message("m2", pipeline.RoleCustomer, 5, "It came back"))...)
	if reqs := rec.of(pipeline.DraftRequested); len(reqs) != 1 {
		t.Fatalf("%d drafts were asked for, want one for the new message", len(reqs))
	}
}

// TestDetailsAreTold: a ticket that changed its team, language or subject has an
// event, so that lists show it where it is.
func TestDetailsAreTold(t *testing.T) {
	t.Parallel()
	tr, rec, _ := setup(t, Config{})
	e := received("1", message("m1", pipeline.RoleCustomer, 0, "How?"))
	handle(t, tr, e)
	moved := func(queue string) pipeline.Event {
		return pipeline.NewEvent(pipeline.TicketReceived, "moved/"+queue, e.Ref(), t0, pipeline.Received{Kind: "status", Ticket: pipeline.Ticket{TicketRef: e.Ref(), Queue: queue}})
	}
	handle(t, tr, moved("Billing"), moved("Billing"), moved(""))
	n := 0
	for _, u := range rec.of(pipeline.TicketUpdated) {
		if d, err := pipeline.Decode[pipeline.Updated](u); err == nil && d.Cause == "details" {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d events tell of the new team, want 1", n)
	}
}
