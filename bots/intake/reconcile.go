package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/bots"
	"footnote/pipeline"
)

// ReconcileConfig configures a Reconciler.
type ReconcileConfig struct {
	Desks      []bots.Desk // those that cannot be polled are left out
	Publisher  bots.Publisher
	Watermarks Watermarks
	Interval   time.Duration // between passes over one desk; 0 means 60 s
	// Overlap is read again on each pass, for clocks that differ and changes
	// that show late; 0 means 5 min.
	Overlap time.Duration
	// First is how far back the very first pass over a desk looks; 0 means 1 h.
	First   time.Duration
	Timeout time.Duration // for one pass; 0 means 5 min
	// Alone runs f unless another process did so under this name within the period,
	// or does; nil: there is no other process.
	Alone   func(ctx context.Context, name string, every time.Duration, f func(context.Context) error) (bool, error)
	Now     func() time.Time
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// Reconciler finds what webhooks did not tell: it polls each desk for changed
// tickets and publishes their messages under the same event ids as the intake,
// so that what is known already collapses. A ticket is read when its row in the
// desk's list changed, once.
type Reconciler struct {
	c         ReconcileConfig
	published *prometheus.CounterVec
	passes    *prometheus.CounterVec
	behind    *prometheus.GaugeVec

	mu   sync.Mutex
	seen [2]map[string]bool // ids published by this process: young and old generation
	read map[string]rows    // by desk: what was read, of the rows of the latest pass
}

// rows are the states of tickets whose threads were read, by ticket.
type rows map[string]string

const seenIDs = 20_000 // per generation

// NewReconciler builds a Reconciler.
func NewReconciler(c ReconcileConfig) (*Reconciler, error) {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{{&c.Interval, time.Minute}, {&c.Overlap, 5 * time.Minute}, {&c.First, time.Hour}, {&c.Timeout, 5 * time.Minute}} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Alone == nil {
		c.Alone = func(ctx context.Context, _ string, _ time.Duration, f func(context.Context) error) (bool, error) {
			return true, f(ctx)
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	r := &Reconciler{c: c, seen: [2]map[string]bool{{}, {}},
		published: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_reconcile_events_total",
			Help: "Events published by the reconcile poll; those known already collapse on the bus."}, []string{"desk"}),
		passes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_reconcile_passes_total",
			Help: "Passes over a desk, by result."}, []string{"desk", "result"}),
		behind: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "footnote_reconcile_watermark_seconds",
			Help: "Unix time up to which a desk's changes were seen."}, []string{"desk"})}
	return r, bots.Register(c.Metrics, r.published, r.passes, r.behind)
}

// Run polls every desk at once and then every interval until ctx ends, and
// returns nil. A failed pass is logged, counted and made again.
func (r *Reconciler) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, d := range r.c.Desks {
		if _, ok := bots.PollerOf(d); !ok {
			continue
		}
		wg.Go(func() { r.watch(ctx, d) })
	}
	wg.Wait()
	return nil
}

func (r *Reconciler) watch(ctx context.Context, d bots.Desk) {
	tick := time.NewTicker(r.c.Interval)
	defer tick.Stop()
	for {
		pass, cancel := context.WithTimeout(ctx, r.c.Timeout)
		_, err := r.c.Alone(pass, "reconcile/"+d.Name(), r.c.Interval, func(ctx context.Context) error {
			_, err := r.Pass(ctx, d)
			return err
		})
		cancel()
		if err != nil && ctx.Err() == nil {
			r.c.Log.Warn("reconcile desk", "desk", d.Name(), "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Pass reads what changed at one desk since the watermark (less the overlap),
// publishes it, and moves the watermark to the time the pass began. It returns
// the number of events published. The watermark stays where it was when
// anything failed, except tickets that are gone.
func (r *Reconciler) Pass(ctx context.Context, d bots.Desk) (n int, err error) {
	defer func() {
		result := "ok"
		if err != nil {
			result = "failed"
		}
		r.passes.WithLabelValues(d.Name(), result).Inc()
	}()
	poller, ok := bots.PollerOf(d)
	reader, ok2 := bots.ReaderOf(d)
	if !ok || !ok2 {
		return 0, pipeline.Errorf(pipeline.Invalid, "desk %q cannot be polled", d.Name())
	}
	ctx = bots.InLane(ctx, bots.LanePoll)
	begin := r.c.Now()
	since, err := r.c.Watermarks.Watermark(ctx, d.Name())
	switch {
	case pipeline.KindOf(err) == pipeline.NotFound:
		since = begin.Add(-r.c.First)
	case err != nil:
		return 0, err
	}
	again, err := r.c.Watermarks.Again(ctx, d.Name())
	if err != nil {
		return 0, err
	}
	if !again.IsZero() { // the bus lost what this process has published
		r.forget()
		if again.Before(since) {
			since = again
		}
	}
	list, err := poller.Changed(ctx, since.Add(-r.c.Overlap))
	if err != nil {
		return 0, fmt.Errorf("list changed tickets: %w", err)
	}
	before, now := r.rowsOf(d.Name()), rows{}
	var failed []error
	for _, row := range list {
		if row.State != "" && before[row.ID] == row.State { // passes overlap
			now[row.ID] = row.State
			continue
		}
		k, err := r.ticket(ctx, reader, row.TicketRef)
		n += k
		switch {
		case err != nil:
			failed = append(failed, err) // one broken ticket must not hide the others
		case row.Settled && row.State != "":
			now[row.ID] = row.State
		}
	}
	r.keepRows(d.Name(), now)
	if err := errors.Join(failed...); err != nil {
		return n, err
	}
	if err := r.c.Watermarks.Advance(ctx, d.Name(), begin); err != nil {
		return n, err
	}
	if !again.IsZero() {
		if err := r.c.Watermarks.Reread(ctx, d.Name(), again); err != nil {
			return n, err
		}
	}
	r.behind.WithLabelValues(d.Name()).Set(float64(begin.Unix()))
	return n, nil
}

func (r *Reconciler) ticket(ctx context.Context, reader bots.Reader, ref pipeline.TicketRef) (n int, err error) {
	t, err := reader.Thread(ctx, ref)
	if pipeline.KindOf(err) == pipeline.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read ticket %s: %w", ref, err)
	}
	now := r.c.Now()
	var events []pipeline.Event
	for _, m := range t.Messages {
		events = append(events, bots.MessageReceived(t, m, now))
	}
	if t.Status == pipeline.StatusSolved && len(t.Messages) > 0 {
		events = append(events, bots.StatusReceived(t, t.Solved(t.Messages[len(t.Messages)-1].At), now))
	}
	for _, e := range events {
		if r.known(e.ID) {
			continue
		}
		if err := r.c.Publisher.Publish(ctx, e); err != nil {
			return n, fmt.Errorf("publish %s: %w", e.ID, err)
		}
		r.remember(e.ID)
		r.published.WithLabelValues(ref.Desk).Inc()
		n++
	}
	return n, nil
}

// known spares the bus what this process published a moment ago; passes overlap.
func (r *Reconciler) known(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[0][id] || r.seen[1][id]
}

// forget lets everything be published again.
func (r *Reconciler) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen, r.read = [2]map[string]bool{{}, {}}, nil
}

func (r *Reconciler) rowsOf(desk string) rows {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read[desk]
}

func (r *Reconciler) keepRows(desk string, now rows) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.read == nil {
		r.read = map[string]rows{}
	}
	r.read[desk] = now
}

func (r *Reconciler) remember(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen[0]) >= seenIDs {
		r.seen[0], r.seen[1] = map[string]bool{}, r.seen[0]
	}
	r.seen[0][id] = true
}
