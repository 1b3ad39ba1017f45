package delivery_test

import (
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest/flaky"
	"footnote/bots/delivery"
	"footnote/pipeline"
)

// held stores an approval that leaves later by d.
func (w *world) held(t *testing.T, d time.Duration) (ticket string, approval pipeline.Event) {
	t.Helper()
	w.approve(t)
	ticket = w.tickets[len(w.tickets)-1]
	if _, err := w.pool.Exec(t.Context(), `DELETE FROM deliveries`); err != nil { // again, with a time
		t.Fatal(err)
	}
	approval = w.events[ticket]
	data, err := pipeline.Decode[pipeline.DecidedData](approval)
	if err != nil {
		t.Fatal(err)
	}
	data.SendAt = w.clock.Now().Add(d)
	approval = pipeline.NewEvent(approval.Type, approval.ID, approval.Ref(), approval.OccurredAt, data)
	if err := w.handle(approval); err != nil {
		t.Fatal(err)
	}
	return ticket, approval
}

func undoOf(t *testing.T, approval pipeline.Event) pipeline.Event {
	t.Helper()
	d, err := pipeline.Decode[pipeline.DecidedData](approval)
	if err != nil {
		t.Fatal(err)
	}
	return approval.Follow(pipeline.DraftDecided, "undo/"+d.Decision, approval.OccurredAt, pipeline.DecidedData{Decision: "0198d9c0-0000-7000-8000-0000000000ff",
		Draft: d.Draft, Kind: pipeline.Undo, State: pipeline.StateReturned, Undoes: d.Decision})
}

// TestHeldReplyLeavesLater: nothing is posted before its time, whoever looks, and once
// after it.
func TestHeldReplyLeavesLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk, _ := w.held(t, 10*time.Second)
	w.step(t, 0, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliveryQueued, 0)
	w.step(t, 9*time.Second, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliveryQueued, 0)
	w.step(t, time.Second, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliverySent, 1)
}

func TestUndoneReplyIsNeverSent(t *testing.T) {
	t.Parallel()
	t.Run("told", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk, e := w.held(t, 10*time.Second)
		for range 2 { // redelivered
			if err := w.handle(undoOf(t, e)); err != nil {
				t.Fatal(err)
			}
		}
		w.step(t, time.Hour, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliveryUndone, 0)
		if ends := w.bus.Ended(tk); len(ends) != 0 {
			t.Errorf("published %+v of a reply that was taken back", ends)
		}
	})
	t.Run("told too early", func(t *testing.T) { // the events came the other way round: Fresh says it
		t.Parallel()
		w := newWorld(t)
		fresh := &freshness{err: pipeline.ErrUndone}
		var err error
		if w.d, err = delivery.New(delivery.Config{Desks: []bots.Desk{w.desk}, Pool: w.pool, Publisher: w.bus, Now: w.clock.Now, Fresh: fresh}); err != nil {
			t.Fatal(err)
		}
		tk, _ := w.held(t, 10*time.Second)
		w.step(t, 10*time.Second, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliveryUndone, 0)
		w.step(t, time.Hour, flaky.OK, 0)
		if ends := w.bus.Ended(tk); len(ends) != 0 {
			t.Errorf("published %+v", ends)
		}
	})
	t.Run("too late", func(t *testing.T) { // what was posted is not called undone
		t.Parallel()
		w := newWorld(t)
		tk, e := w.held(t, 10*time.Second)
		w.step(t, 10*time.Second, flaky.ErrorAfter, 0)
		w.want(t, tk, pipeline.DeliveryUnknown, 1)
		if err := w.handle(undoOf(t, e)); err != nil {
			t.Fatal(err)
		}
		w.step(t, 30*time.Second, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliverySent, 1)
	})
}
