package bots_test

import (
	"context"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// prober is a desk that looks for replies itself, and says what it is told to.
type prober struct {
	*desk
	says  []bots.Trace
	asked int
}

func (p *prober) Probe(context.Context, bots.Sought) (bots.Trace, error) {
	p.asked++
	t := p.says[0]
	if len(p.says) > 1 {
		p.says = p.says[1:]
	}
	if t.Kind == "" {
		return t, pipeline.Errorf(pipeline.Unavailable, "away")
	}
	return t, nil
}

// TestDeliveryAsksTheProber: two proofs in a row and one more before the resend;
// anything else among them asks a person; too early is no look at all.
func TestDeliveryAsksTheProber(t *testing.T) {
	t.Parallel()
	absent, unsure := bots.Trace{Kind: bots.TraceAbsent}, bots.Trace{Kind: bots.TraceUnsure, Why: "Look there."}
	early, found := bots.Trace{Kind: bots.TraceUnsure, Later: 5 * time.Minute}, bots.Trace{Kind: bots.TraceFound, RemoteID: "x1"}
	for name, c := range map[string]struct {
		says  []bots.Trace
		want  pipeline.DeliveryState
		posts int
	}{
		"proven twice":          {[]bots.Trace{absent}, pipeline.DeliverySent, 1},
		"too early, and proven": {[]bots.Trace{early, early, {}, absent}, pipeline.DeliverySent, 1},
		"too early, and found":  {[]bots.Trace{early, found}, pipeline.DeliverySent, 0},
		"never sure":            {[]bots.Trace{unsure}, pipeline.DeliveryAsked, 0},
		"proven once":           {[]bots.Trace{absent, unsure}, pipeline.DeliveryAsked, 0},
		"not sure, then proven": {[]bots.Trace{unsure, absent}, pipeline.DeliveryAsked, 0},
		"not before the resend": {[]bots.Trace{absent, absent, unsure}, pipeline.DeliveryAsked, 0},
		"found before it":       {[]bots.Trace{absent, absent, found}, pipeline.DeliverySent, 0},
		"found at last":         {[]bots.Trace{unsure, found}, pipeline.DeliverySent, 0},
		"never reached":         {[]bots.Trace{{}}, pipeline.DeliveryAsked, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := &prober{desk: w.desk, says: c.says}
			w.wrapped = p
			w.start()
			tk := w.approve(t)
			w.step(t, 0, resetBefore, 0)
			for range 60 {
				w.step(t, time.Minute, ok, 0)
			}
			if r := w.want(t, tk, c.want, c.posts); c.want == pipeline.DeliveryAsked && name != "never reached" && r.Reason == "" {
				t.Error("nobody is told why")
			}
		})
	}
}
