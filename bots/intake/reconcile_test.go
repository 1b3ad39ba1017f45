package intake_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest/flaky"
	"footnote/bots/intake"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func newReconciler(t *testing.T, d bots.Desk, b bots.Publisher, w intake.Watermarks, c *flaky.Clock) *intake.Reconciler {
	t.Helper()
	r, err := intake.NewReconciler(intake.ReconcileConfig{Desks: []bots.Desk{d}, Publisher: b, Watermarks: w, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReconcileFindsEverything: of 100 messages whose webhooks got lost none
// stays unknown, and those that arrived are not doubled.
func TestReconcileFindsEverything(t *testing.T) {
	t.Parallel()
	c, b := flaky.NewClock(), flaky.NewBus()
	d, marks := flaky.NewDesk(c), intake.NewWatermarks(pgtest.New(t))
	r := newReconciler(t, d, b, marks, c)
	for i := range 100 {
		ticket := fmt.Sprintf("t%d", i%20)
		id := d.Write(ticket, pipeline.RoleCustomer, "Hello")
		if i%3 != 0 { // this webhook arrived
			m := pipeline.Message{ID: id, Role: pipeline.RoleCustomer, Text: "Hello", Public: true, At: c.Now()}
			e := bots.MessageReceived(pipeline.Ticket{TicketRef: pipeline.TicketRef{Desk: "fake", ID: ticket}}, m, c.Now())
			if err := b.Publish(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		if c.Advance(20 * time.Second); i%10 == 9 {
			if _, err := r.Pass(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := len(b.All()); got != 100 {
		t.Fatalf("%d events for 100 messages", got)
	}
	if n, err := r.Pass(t.Context(), d); err != nil || n != 0 {
		t.Fatalf("a pass over known messages published %d, %v", n, err)
	}
}

// TestReconcileWatermark: it moves only when everything was published.
func TestReconcileWatermark(t *testing.T) {
	t.Parallel()
	c, b := flaky.NewClock(), flaky.NewBus()
	d, marks := flaky.NewDesk(c), intake.NewWatermarks(pgtest.New(t))
	r := newReconciler(t, d, b, marks, c)
	if _, err := marks.Watermark(t.Context(), "fake"); pipeline.KindOf(err) != pipeline.NotFound {
		t.Fatalf("error %v, want not found", err)
	}
	d.Write("old", pipeline.RoleCustomer, "written long before Footnote came")
	c.Advance(3 * time.Hour)
	d.Write("t1", pipeline.RoleCustomer, "Hello")
	b.SetAway(true)
	if _, err := r.Pass(t.Context(), d); err == nil {
		t.Fatal("a pass without the bus succeeded")
	}
	if _, err := marks.Watermark(t.Context(), "fake"); pipeline.KindOf(err) != pipeline.NotFound {
		t.Fatalf("the watermark moved: %v", err)
	}
	b.SetAway(false)
	if n, err := r.Pass(t.Context(), d); err != nil || n != 1 {
		t.Fatalf("published %d, %v; want only what is new", n, err)
	}
	at, err := marks.Watermark(t.Context(), "fake")
	if err != nil || !at.Equal(c.Now()) {
		t.Fatalf("watermark %v, %v", at, err)
	}
	if err := marks.Advance(t.Context(), "fake", at.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if again, _ := marks.Watermark(t.Context(), "fake"); !again.Equal(at) {
		t.Fatalf("the watermark went back to %v", again)
	}
	c.Advance(2 * time.Hour) // our own downtime
	d.Write("t2", pipeline.RoleCustomer, "Hello?")
	c.Advance(2 * time.Hour)
	fresh := newReconciler(t, d, b, marks, c) // a new process knows nothing
	if _, err := fresh.Pass(t.Context(), d); err != nil || len(b.All()) != 2 {
		t.Fatalf("%d events, %v", len(b.All()), err)
	}
	d.SetDown(true)
	if _, err := fresh.Pass(t.Context(), d); pipeline.KindOf(err) == pipeline.NotFound || err == nil {
		t.Fatalf("a desk that is down: %v", err)
	}
}

// TestReconcileRun polls at once and ends with its context.
func TestReconcileRun(t *testing.T) {
	t.Parallel()
	c, b := flaky.NewClock(), flaky.NewBus()
	d := flaky.NewDesk(c)
	d.Write("t1", pipeline.RoleCustomer, "Hello")
	done := make(chan struct{})
	r := newReconciler(t, d, &flaky.Watcher{Bus: b, Want: 1, Done: done}, intake.NewWatermarks(pgtest.New(t)), c)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	<-done
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
