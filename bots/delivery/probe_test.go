package delivery_test

import (
	"context"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest/flaky"
	"footnote/pipeline"
)

// prober is a desk that looks for replies itself, and says what it is told to.
type prober struct {
	*flaky.Desk
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

// TestDeliveryArrived: a person who was asked says that the reply arrived; it is then
// as good as found, once, whatever is redelivered.
func TestDeliveryArrived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desk.Has.Absence = bots.AbsenceNothing
	tk := w.approve(t)
	w.step(t, 0, flaky.ResetAfter, 0)
	w.desk.Move(tk)
	for range 4 {
		w.step(t, 30*time.Second, flaky.OK, 0)
	}
	w.want(t, tk, pipeline.DeliveryAsked, 1)
	data, _ := pipeline.Decode[pipeline.DecidedData](w.events[tk])
	said := func(hash string) pipeline.Event {
		return pipeline.NewEvent(pipeline.DraftDecided, "decided/"+flaky.UUID(), w.events[tk].Ref(), w.clock.Now(), pipeline.DecidedData{Decision: flaky.UUID(), Draft: data.Draft,
			Kind: pipeline.Arrived, State: pipeline.StateSent, By: data.By, Hash: hash})
	}
	if err := w.handle(said("of another text")); err != nil {
		t.Fatal(err)
	}
	w.want(t, tk, pipeline.DeliveryAsked, 1)
	w.bus.SetAway(true)
	if err := w.handle(said(data.Hash)); err == nil {
		t.Error("nobody hears of it, and that is no error")
	}
	w.bus.SetAway(false)
	for range 3 {
		if err := w.handle(said(data.Hash)); err != nil {
			t.Fatal(err)
		}
		w.step(t, time.Minute, flaky.OK, 0)
	}
	w.want(t, tk, pipeline.DeliverySent, 1)
	if ends := w.bus.Ended(tk); len(ends) != 2 || ends[1].State != pipeline.DeliverySent || ends[1].Decision != data.Decision {
		t.Errorf("%+v", ends)
	}
}

// TestDeliverySentAgain: a person who was asked sends it again, and the first one
// shows itself only then: nothing is posted.
func TestDeliverySentAgain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]pipeline.DeliveryState{"": pipeline.DeliverySent, "Another text": pipeline.DeliveryStale} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := &prober{Desk: w.desk, says: []bots.Trace{{Kind: bots.TraceUnsure, Why: "Look."}, {Kind: bots.TraceUnsure, Why: "Look."}, {Kind: bots.TraceFound, RemoteID: "r2"}}}
			w.wrapped = p
			w.start()
			tk := w.approve(t)
			w.step(t, 0, flaky.ResetAfter, 0)
			w.step(t, 30*time.Second, flaky.OK, 0)
			w.step(t, 30*time.Second, flaky.OK, 0)
			w.want(t, tk, pipeline.DeliveryAsked, 1)
			w.desk.Move(tk) // to where only the prober looks
			data, _ := pipeline.Decode[pipeline.DecidedData](w.events[tk])
			if text == "" {
				text = data.Reply.Text
			}
			again := flaky.Approval(w.events[tk].Ref(), data.Message, text, w.clock.Now())
			d2, _ := pipeline.Decode[pipeline.DecidedData](again)
			d2.Draft = data.Draft
			if text == data.Reply.Text {
				d2.Reply, d2.Hash = data.Reply, data.Hash
			}
			again = pipeline.NewEvent(pipeline.DraftDecided, "decided/"+d2.Decision, w.events[tk].Ref(), w.clock.Now(), d2)
			if err := w.handle(again); err != nil {
				t.Fatal(err)
			}
			w.step(t, time.Second, flaky.OK, 0)
			ends := w.bus.Ended(tk)
			if len(w.desk.Posts(tk)) != 1 || len(ends) != 2 || ends[1].State != want {
				t.Errorf("%d replies at the desk; %+v", len(w.desk.Posts(tk)), ends)
			}
		})
	}
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
			p := &prober{Desk: w.desk, says: c.says}
			w.wrapped = p
			w.start()
			tk := w.approve(t)
			w.step(t, 0, flaky.ResetBefore, 0)
			for range 60 {
				w.step(t, time.Minute, flaky.OK, 0)
			}
			if r := w.want(t, tk, c.want, c.posts); c.want == pipeline.DeliveryAsked && name != "never reached" && r.Reason == "" {
				t.Error("nobody is told why")
			}
		})
	}
}
