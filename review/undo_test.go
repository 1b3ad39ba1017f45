package review

import (
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/pipeline"
)

// holding makes a world whose approvals wait before they leave.
func holding(t *testing.T) *world {
	t.Helper()
	w := setup(t)
	w.Service = New(Config{Pool: w.pool, Publisher: w.bus, Tickets: threads{}, Checker: banned("evil.example"), UndoFor: 10 * time.Second})
	return w
}

func (w *world) approve(t *testing.T) pipeline.Decided {
	t.Helper()
	out, err := w.Decide(t.Context(), pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.Approve, By: ana, Surface: "console", Hash: w.find(t).ApproveHash})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) undo(t *testing.T, by pipeline.Agent) error {
	t.Helper()
	_, err := w.Decide(t.Context(), pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.Undo, By: by, Surface: "console", Seen: pipeline.StateApproved})
	return err
}

// approvals are the events of approvals that came to the bus, oldest first.
func (w *world) approvals(t *testing.T) (out []pipeline.Event) {
	t.Helper()
	if _, err := w.publishBatch(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range w.bus.events {
		if d, err := pipeline.Decode[pipeline.DecidedData](e); err == nil && e.Type == pipeline.DraftDecided && d.Reply != nil {
			out = append(out, e)
		}
	}
	return out
}

func TestUndo(t *testing.T) {
	t.Parallel()
	w := holding(t)
	done := w.approve(t)
	if r := w.find(t); !r.Undoable() || r.SendAt.Sub(done.At) != 10*time.Second {
		t.Fatalf("approved at %s, leaves at %s, can be taken back: %v", done.At, r.SendAt, r.Undoable())
	}
	e := w.approvals(t)[0]
	if d, _ := pipeline.Decode[pipeline.DecidedData](e); !d.SendAt.Equal(done.At.Add(10 * time.Second)) {
		t.Errorf("the event says %s", d.SendAt)
	}
	if err := w.undo(t, ben); pipeline.KindOf(err) != pipeline.Conflict || !strings.Contains(err.Error(), "Ana approved this") {
		t.Errorf("somebody else took it back: %v", err)
	}
	if err := w.undo(t, ana); err != nil {
		t.Fatal(err)
	}
	if err := w.undo(t, ana); err != nil {
		t.Errorf("the second click: %v", err)
	}
	r := w.find(t)
	if r.State != pipeline.StateReturned || r.Delivery != pipeline.DeliveryUndone || r.Text == "" || r.Work.Why != pipeline.WhyUndone || r.Work.Owner.ID != ana.ID || r.Undoable() || r.Unsure() {
		t.Errorf("taken back is %+v", r)
	}
	if err := w.Fresh(t.Context(), e); err != pipeline.ErrUndone {
		t.Errorf("what was taken back may leave: %v", err)
	}
	again := w.approve(t)
	if err := w.Fresh(t.Context(), e); err == nil {
		t.Error("the first approval leaves beside the second")
	}
	second := w.approvals(t)[1]
	if err := w.Fresh(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if err := w.undo(t, ana); pipeline.KindOf(err) != pipeline.Conflict || !strings.Contains(err.Error(), "being sent") {
		t.Errorf("taken back after it began to leave: %v", err)
	}
	if r := w.find(t); r.State != pipeline.StateApproved || r.DecidedAt.IsZero() || !r.DecidedAt.Equal(again.At) {
		t.Errorf("the draft is %+v", r)
	}
}

// TestUndoOrSend: of an approval that is taken back while delivery begins, exactly one
// of the two happens.
func TestUndoOrSend(t *testing.T) {
	t.Parallel()
	w := holding(t)
	undone, sent := 0, 0
	for range 12 {
		w.approve(t)
		all := w.approvals(t)
		e := all[len(all)-1]
		var group sync.WaitGroup
		var undo, fresh error
		start := make(chan struct{})
		group.Go(func() { <-start; undo = w.undo(t, may) })
		group.Go(func() { <-start; fresh = w.Fresh(t.Context(), e) })
		close(start)
		group.Wait()
		if (undo == nil) == (fresh == nil) {
			t.Fatalf("taken back: %v; may leave: %v", undo, fresh)
		}
		if undo == nil {
			undone++
			continue
		}
		sent++
		w.exec(t, `UPDATE reviews SET state = 'open', begun_at = NULL`)
	}
	t.Logf("%d taken back, %d left", undone, sent)
}

// TestUndoNeverContradictsTheDesk: a process from before that posts all the same is
// believed.
func TestUndoNeverContradictsTheDesk(t *testing.T) {
	t.Parallel()
	w := holding(t)
	done := w.approve(t)
	if err := w.undo(t, ana); err != nil {
		t.Fatal(err)
	}
	e := pipeline.NewEvent(pipeline.ReplyDelivered, "delivered", ref, time.Now(), pipeline.Delivered{Draft: w.draft.ID, Decision: done.ID, State: pipeline.DeliverySent, At: time.Now()})
	if err := w.Handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if r := w.find(t); r.State != pipeline.StateSent {
		t.Errorf("the desk has it, and the draft is %s", r.State)
	}
}

// TestScriptsWaitForNothing: the delay is for people.
func TestScriptsWaitForNothing(t *testing.T) {
	t.Parallel()
	w := holding(t)
	if _, err := w.Decide(t.Context(), pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.Approve, By: ana, Surface: pipeline.SurfaceDemo, Hash: w.find(t).ApproveHash}); err != nil {
		t.Fatal(err)
	}
	if r := w.find(t); !r.SendAt.IsZero() || r.Undoable() {
		t.Errorf("%+v", r)
	}
}
