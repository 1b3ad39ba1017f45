package review

import (
	"testing"
	"time"

	"footnote/pipeline"
)

// TestUndelivered: a reply that was sent and did not reach the customer comes back as
// work, with its reason, and stays so whatever the events' order and whoever looks.
func TestUndelivered(t *testing.T) {
	t.Parallel()
	w := holding(t)
	w.approve(t)
	e := w.approvals(t)[0]
	d, err := pipeline.Decode[pipeline.DecidedData](e)
	if err != nil {
		t.Fatal(err)
	}
	ended := func(typ pipeline.EventType, state pipeline.DeliveryState, why string) {
		t.Helper()
		end := e.Follow(typ, "delivery/"+string(state), time.Now(), pipeline.Delivered{Delivery: "1", Decision: d.Decision, Draft: d.Draft, State: state, Reason: why, Hash: d.Hash, By: d.By, At: time.Now()})
		if err := w.Handle(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	ended(pipeline.ReplyDelivered, pipeline.DeliverySent, "")
	w.exec(t, `INSERT INTO messages (desk, ticket, id, role, text, public, at, revision, marker)
	           VALUES ($1, $2, 'ours', 'agent', 'Open settings.', true, now() + interval '1 minute', 2, 'fn-' || $3::text)`, e.Desk, e.Ticket, d.Decision)
	w.exec(t, `UPDATE tickets SET revision = 2 WHERE desk = $1 AND id = $2`, e.Desk, e.Ticket)
	if r := w.find(t); r.State != pipeline.StateSent {
		t.Fatalf("sent is %+v", r.State)
	}
	const why = "The reply was not delivered to ada@example.org: no such user."
	for range 2 {
		ended(pipeline.ReplyReturned, pipeline.DeliveryUndelivered, why)
		ended(pipeline.ReplyDelivered, pipeline.DeliverySent, "") // again, late
	}
	if err := w.Handle(t.Context(), e.Follow(pipeline.TicketUpdated, "updated", time.Now(), pipeline.Updated{Revision: 2, Cause: "agent_reply"})); err != nil {
		t.Fatal(err)
	}
	r := w.find(t)
	if r.State != pipeline.StateReturned || r.Delivery != pipeline.DeliveryUndelivered || r.Reason != why || r.Work.State != pipeline.WorkToReview || r.Work.Why != pipeline.WhyReturned {
		t.Errorf("came back as %s, %s, %q, %+v", r.State, r.Delivery, r.Reason, r.Work)
	}
}
