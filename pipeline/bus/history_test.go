package bus

import (
	"fmt"
	"testing"
	"time"

	"footnote/pipeline"
)

// TestHistory: a ticket's events come back in order and no others; any event is
// found by its id, also behind more than one batch of others.
func TestHistory(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	const others = 2100
	mine := pipeline.TicketRef{Desk: "sandbox", ID: "T-9"}
	for i := range others {
		if err := b.Publish(t.Context(), event(fmt.Sprint("other/", i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		if err := b.Publish(t.Context(), pipeline.NewEvent(pipeline.TicketUpdated, fmt.Sprint("mine/", i), mine, time.Now(), nil)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.History(t.Context(), mine)
	if err != nil || len(got) != 3 {
		t.Fatalf("%d events, %v", len(got), err)
	}
	for i, e := range got {
		if e.Event.ID != fmt.Sprint("mine/", i) || e.At.IsZero() || time.Since(e.At) > time.Minute {
			t.Errorf("event %d is %s at %s", i, e.Event.ID, e.At)
		}
	}
	for _, id := range []string{"mine/2", "other/0", fmt.Sprint("other/", others-1)} {
		if e, err := b.Find(t.Context(), id); err != nil || e.Event.ID != id {
			t.Errorf("find %s: %s, %v", id, e.Event.ID, err)
		}
	}
	if _, err := b.Find(t.Context(), "never"); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("find an unknown id: %v", err)
	}
}
