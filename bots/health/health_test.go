package health

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bots"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// desk can be asked what changed, and fails when told to.
type desk struct {
	name  string
	pulse bots.Pulse
	down  atomic.Bool
	asked atomic.Int64
}

func (d *desk) Name() string { return d.name }
func (d *desk) Can() bots.Capabilities {
	return bots.Capabilities{Poll: true, ReadBack: true}
}
func (d *desk) Pulse() *bots.Pulse                                             { return &d.pulse }
func (d *desk) Parse(http.Header, []byte, time.Time) ([]pipeline.Event, error) { return nil, nil }
func (d *desk) Post(context.Context, bots.Post) (string, error)                { return "", nil }
func (d *desk) Thread(context.Context, pipeline.TicketRef) (pipeline.Ticket, error) {
	return pipeline.Ticket{}, nil
}
func (d *desk) Changed(context.Context, time.Time) ([]bots.Row, error) {
	d.asked.Add(1)
	if d.down.Load() {
		d.pulse.Failed(time.Now(), false, "it cannot be reached")
		return nil, errors.New("down")
	}
	d.pulse.Answered(time.Now())
	return nil, nil
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never happened:", what)
		}
	}
}

// TestHealsDeskHealth: a desk of which nothing is heard is asked, what one process finds
// out another knows, also one that has no adapter, and so it does when the desk is back.
func TestHealsDeskHealth(t *testing.T) {
	pool := pgtest.New(t)
	here, there := &desk{name: "north"}, &desk{name: "north"}
	cfg := Config{Pool: pool, Every: 20 * time.Millisecond, Quiet: 50 * time.Millisecond, Again: 30 * time.Millisecond}
	asks, knows, without := cfg, cfg, cfg
	asks.Desks, knows.Desks, knows.Quiet, knows.Again = []bots.Desk{here}, []bots.Desk{there}, time.Hour, time.Hour
	there.pulse.Answered(time.Now())
	watches := []*Watch{New(asks), New(knows), New(without)}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, len(watches))
	for _, w := range watches {
		go func() { done <- w.Run(ctx) }()
	}
	t.Cleanup(func() {
		stop()
		for range watches {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	waitFor(t, "the desk is asked", func() bool { return here.asked.Load() > 1 })
	here.down.Store(true)
	for i, w := range watches {
		waitFor(t, "everybody knows that it is away", func() bool { s := w.State("north"); return s.Away(time.Now()) && s.Reason == "it cannot be reached" })
		if s := w.State("north"); s.Since.IsZero() || s.Since.After(time.Now().Add(time.Second)) {
			t.Errorf("process %d says that it is away since %v", i, s.Since)
		}
	}
	here.down.Store(false)
	for _, w := range watches {
		waitFor(t, "everybody knows that it is back", func() bool { s := w.State("north"); return !s.Called.IsZero() && s.Failures == 0 })
	}
	if there.asked.Load() > 0 {
		t.Error("the process that was told asked for itself")
	}
}
