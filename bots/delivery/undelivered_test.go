package delivery_test

import (
	"testing"

	"footnote/bots"
	"footnote/bots/bottest/flaky"
	"footnote/pipeline"
)

// TestUndelivered: a reply that was sent and came back ends as undelivered, once,
// with its reason; a report about another reply changes nothing.
func TestUndelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk, e := w.held(t, 0)
	w.step(t, 0, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliverySent, 1)
	data, err := pipeline.Decode[pipeline.DecidedData](e)
	if err != nil {
		t.Fatal(err)
	}
	now := w.clock.Now()
	if err := w.handle(bots.UndeliveredReceived(e.Ref(), bots.MarkerFor("0198d9c0-0000-7000-8000-0000000000ff"), "no", now, now)); err != nil {
		t.Fatal(err)
	}
	w.want(t, tk, pipeline.DeliverySent, 1)
	for range 2 {
		if err := w.handle(bots.UndeliveredReceived(e.Ref(), bots.MarkerFor(data.Decision), "The reply was not delivered to ada@example.org: 550 no such user.", now, now)); err != nil {
			t.Fatal(err)
		}
	}
	w.want(t, tk, pipeline.DeliveryUndelivered, 1)
	ends := w.bus.Ended(tk)
	if n := len(ends); n != 2 || ends[n-1].State != pipeline.DeliveryUndelivered || ends[n-1].Reason == "" {
		t.Errorf("%+v", ends)
	}
}
