// Package health knows which desks answer. In: what calls to desks came to, in this
// process (bots.Pulse) and in others (table desk_health); out: one state a desk, for
// readiness, the console and whoever holds work back. A desk of which nothing was heard
// for a while is asked something small, so that one that is gone is noticed before a
// reply needs it, and one that is back before its back-off ends.
//
// It decides nothing: what a state means for a reply is delivery's business.
package health

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
)

// Config of a Watch.
type Config struct {
	Desks []bots.Desk
	Pool  *pgxpool.Pool
	// Alone runs f unless another process did so under this name within the period; nil:
	// there is no other process.
	Alone func(ctx context.Context, name string, every time.Duration, f func(context.Context) error) (bool, error)
	Every time.Duration // between looks; 0 means 3 s
	Quiet time.Duration // a desk that was not called for so long is asked; 0 means 15 s, and 30 s where calls count (bots.Metered)
	Again time.Duration // and one that does not answer after so long; 0 means 6 s
	Limit time.Duration // of one such call; 0 means 40 s, and 15 s where calls count
	Log   *slog.Logger
}

// Watch is safe for concurrent use.
type Watch struct {
	c Config

	mu     sync.Mutex
	others map[string]bots.PulseState // of desks without an adapter here
	asking map[string]bool
	wg     sync.WaitGroup
}

// New builds a Watch.
func New(c Config) *Watch {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{{&c.Every, 3 * time.Second}, {&c.Again, 6 * time.Second}} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if c.Alone == nil {
		c.Alone = func(ctx context.Context, _ string, _ time.Duration, f func(context.Context) error) (bool, error) {
			return true, f(ctx)
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Watch{c: c, others: map[string]bots.PulseState{}, asking: map[string]bool{}}
}

// Run keeps states until ctx ends, and returns nil.
func (w *Watch) Run(ctx context.Context) error {
	defer w.wg.Wait()
	t := time.NewTicker(w.c.Every)
	defer t.Stop()
	for {
		for _, d := range w.c.Desks {
			w.askIfQuiet(ctx, d)
		}
		if err := w.share(ctx); err != nil && ctx.Err() == nil {
			w.c.Log.Debug("health of desks not shared", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// askIfQuiet asks a desk of which too little is known, in the background.
func (w *Watch) askIfQuiet(ctx context.Context, d bots.Desk) {
	s := bots.PulseOf(d).State()
	since, _ := w.pace(d)
	if s.Failures > 0 {
		since = w.c.Again
	}
	if _, can := bots.PollerOf(d); !can || bots.PulseOf(d) == nil || time.Since(s.Called) < since {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asking[d.Name()] {
		return
	}
	w.asking[d.Name()] = true
	w.wg.Go(func() {
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asking[d.Name()] = false
		}()
		// The lease keeps processes from asking all at once; without a database each asks.
		did, err := w.c.Alone(ctx, "desk-health/"+d.Name(), since, func(ctx context.Context) error { w.Ask(ctx, d); return nil })
		if err != nil && !did && ctx.Err() == nil {
			w.Ask(ctx, d)
		}
	})
}

// pace is how long a desk may be quiet, and how long it may take to answer. With the
// reconcile poll of every minute, a desk that counts calls is called twice in an idle
// one; one that is gone is still noticed within a minute.
func (w *Watch) pace(d bots.Desk) (quiet, limit time.Duration) {
	quiet, limit = 15*time.Second, 40*time.Second
	if _, counts := d.(bots.Metered); counts {
		quiet, limit = 30*time.Second, 15*time.Second
	}
	return cmp.Or(w.c.Quiet, quiet), cmp.Or(w.c.Limit, limit)
}

// Ask asks a desk for what changed from now on, which is next to nothing; its pulse
// takes in what comes of it.
func (w *Watch) Ask(ctx context.Context, d bots.Desk) {
	if _, ok := bots.PollerOf(d); !ok {
		return
	}
	_, limit := w.pace(d)
	ctx, cancel := context.WithTimeout(bots.InLane(ctx, bots.LanePoll), limit)
	defer cancel()
	if err := bots.Ping(ctx, d, time.Now()); err != nil && ctx.Err() == nil {
		w.c.Log.Debug("desk asked whether it is there", "desk", d.Name(), "error", err)
	}
}

// State is what is known of a desk.
func (w *Watch) State(desk string) bots.PulseState {
	for _, d := range w.c.Desks {
		if p := bots.PulseOf(d); p != nil && d.Name() == desk {
			return p.State()
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.others[desk]
}

// share writes down what this process heard last and takes in what others did.
func (w *Watch) share(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	st := store{w.c.Pool}
	known := map[string]*bots.Pulse{}
	for _, d := range w.c.Desks {
		p := bots.PulseOf(d)
		if p == nil {
			continue
		}
		known[d.Name()] = p
		if s := p.State(); !s.Called.IsZero() {
			if err := st.save(ctx, d.Name(), s, time.Now()); err != nil {
				return err
			}
		}
	}
	all, err := st.load(ctx, time.Now())
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for desk, s := range all {
		if p := known[desk]; p != nil {
			p.Learn(s)
			continue
		}
		w.others[desk] = s
	}
	return nil
}
