package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"footnote/bots"
	"footnote/bots/slack"
	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/pipeline/drafting"
	"footnote/pipeline/tracking"
	"footnote/review"
	"footnote/review/audit"
	"footnote/review/console"
)

// Roles of a process. Several processes with different roles share one
// installation; drafters scale by adding processes.
const (
	roleIngress   = "ingress"   // webhooks in, reconcile poll, sandbox desk
	roleTracking  = "tracking"  // timelines, outcomes, dead letters
	roleDrafting  = "drafting"  // drafts
	roleDelivery  = "delivery"  // approved replies out
	roleKnowledge = "knowledge" // sync of the sources
	roleConsole   = "console"   // web console, Slack, reviews
)

var allRoles = []string{roleIngress, roleTracking, roleDrafting, roleDelivery, roleKnowledge, roleConsole}

// Workers that catching up and reading desks depend on.
const (
	trackingWorkers = 12
	draftingWorkers = 8
)

// during starts the roles, calls f once the process takes requests, and stops
// everything when f returns or ctx ends.
func (a *app) during(ctx context.Context, roles []string, f func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan struct{})
	done := make(chan error, 1)
	go func() { done <- a.serve(ctx, roles, ready) }()
	select {
	case err := <-done:
		return err
	case <-ready:
	}
	ferr := make(chan error, 1)
	go func() { ferr <- f(ctx) }()
	select {
	case err := <-ferr:
		cancel()
		return errors.Join(err, <-done)
	case err := <-done: // a part failed: f sees its context end
		cancel()
		return errors.Join(err, <-ferr)
	}
}

// serve runs the roles until ctx ends or a part fails for good. Every part is
// started here; ready is closed once requests are taken. Work that is under way
// when ctx ends may finish within the grace period; what is left over is
// redelivered by the bus.
func (a *app) serve(ctx context.Context, roles []string, ready chan<- struct{}) error {
	for _, r := range roles {
		if !slices.Contains(allRoles, r) {
			return pipeline.Errorf(pipeline.Invalid, "there is no role %q; there are %s", r, strings.Join(allRoles, ", "))
		}
	}
	ln, err := listen(a.c.Listen)
	if err != nil {
		return err
	}
	a.url = "http://" + reachable(ln.Addr())
	g, ctx := errgroup.WithContext(ctx)
	mux := http.NewServeMux()
	mux.Handle("POST /ops/run", a.runRoute())

	consume := func(name string, workers int, types []pipeline.EventType, h bus.Handler) {
		g.Go(func() error {
			return a.p.bus.Consume(ctx, bus.Consumer{Name: name, Types: types, Workers: workers, AckWait: a.c.AckWait, Grace: a.c.Grace}, a.spoil(name, h))
		})
	}
	for _, d := range a.desks { // their lanes are open before their first event
		if err := a.p.bus.Register(ctx, d.Name()); err != nil {
			a.log.Warn("lane of a desk not opened yet; its first event opens it", "desk", d.Name(), "error", err)
		}
	}
	has := func(role string) bool { return slices.Contains(roles, role) }
	a.elsewhere = !has(roleKnowledge)

	if has(roleIngress) {
		if err := a.openSandbox(); err != nil {
			ln.Close()
			return err
		}
		intake, err := bots.NewIntake(bots.IntakeConfig{Desks: a.desks, Publisher: a.p.bus, Quarantine: bots.NewQuarantine(a.p.pool), Log: a.log, Metrics: a.metrics.registry})
		if err != nil {
			ln.Close()
			return fmt.Errorf("build intake: %w", err)
		}
		intake.Install(mux)
		if a.sandbox != nil {
			mux.Handle("/sandbox/", a.sandbox.Handler())
			g.Go(func() error { <-ctx.Done(); return a.sandbox.Close() })
		}
		for _, d := range a.desks {
			if w, ok := d.(bots.Watcher); ok {
				g.Go(func() error { // one desk that gives up stops nobody else's
					if err := w.Watch(ctx, a.p.bus.Publish); err != nil {
						a.log.Error("desk stopped listening; the poll still asks it", "desk", d.Name(), "error", err)
					}
					return nil
				})
			}
		}
		if a.c.Reconcile > 0 {
			rec, err := bots.NewReconciler(bots.ReconcileConfig{Desks: a.desks, Publisher: a.p.bus, Watermarks: bots.NewWatermarks(a.p.pool),
				Interval: a.c.Reconcile, Log: a.log, Metrics: a.metrics.registry})
			if err != nil {
				ln.Close()
				return fmt.Errorf("build reconciler: %w", err)
			}
			g.Go(func() error { return rec.Run(ctx) })
		}
	}
	if has(roleTracking) {
		if err := a.tracker.RecordHoldout(ctx); err != nil {
			ln.Close()
			return err
		}
		consume("tracking", trackingWorkers, tracking.Handles, a.tracker.Handle)
		g.Go(func() error { return a.p.bus.ConsumeDead(ctx, "dead-letters", a.tracker.HandleDead) })
		g.Go(func() error { return every(ctx, time.Minute, func() { a.sweep(ctx) }) })
		g.Go(func() error { return every(ctx, catchUpEvery, func() { a.catchUp(ctx) }) })
	}
	if has(roleDrafting) {
		consume("drafting", draftingWorkers, drafting.Handles, a.drafter.Handle)
	}
	if has(roleDelivery) {
		delivery, err := bots.NewDelivery(bots.DeliveryConfig{Desks: a.desks, Pool: a.p.pool, Publisher: a.p.bus, Fresh: a.review,
			Settle: a.c.Settle, SendTimeout: a.c.SendLimit, Step: a.step, Log: a.log, Metrics: a.metrics.registry})
		if err != nil {
			ln.Close()
			return fmt.Errorf("build delivery: %w", err)
		}
		consume("delivery", 4, bots.HandlesDelivery, delivery.Handle)
		g.Go(func() error { return delivery.Run(ctx) })
		show, err := a.shower()
		if err != nil {
			ln.Close()
			return fmt.Errorf("show drafts in desks: %w", err)
		}
		if show.Any() {
			consume("desk-notes", 2, bots.HandlesShow, a.showInDesk(show))
		}
	}
	if has(roleKnowledge) {
		g.Go(func() error { return a.keepKnowledge(ctx) })
		consume("learning", 2, knowledge.HandlesLearning, a.learner().Handle)
		g.Go(func() error { return a.keepProving(ctx) })
	}
	if has(roleConsole) {
		con, err := a.console(ctx)
		if err != nil {
			ln.Close()
			return err
		}
		mux.Handle("/", con.Handler())
		g.Go(func() error { <-ctx.Done(); con.Close(); return nil })
		consume("review", 8, review.Handles, a.review.Handle)
		g.Go(func() error { return a.review.Run(ctx) })
		if a.chat != nil {
			mux.Handle("/slack/", a.chat.Routes())
			consume("slack", 4, slack.Handles, a.showInSlack)
			g.Go(func() error { return a.chat.Run(ctx) })
		}
	}
	a.metrics.gauge("footnote_pending_messages", "Customer messages without an outcome yet.", a.tracker.Pending)
	a.metrics.gauge("footnote_outbox_events", "Decided events that are not on the bus yet.", a.review.Waiting)
	a.metrics.registry.MustRegister(newLateMetric(a.p.bus.Late))
	operations(mux, a.metrics, a.checks())
	g.Go(func() error { return serveHTTP(ctx, ln, measured(a.metrics, a.log, mux), a.c.Grace) })
	if a.p.pg != nil {
		g.Go(func() error { return a.watchDatabase(ctx) })
	}
	if a.p.local != nil {
		g.Go(func() error { return every(ctx, time.Minute, func() { a.saveIndex(ctx) }) })
	}
	a.announce()
	close(ready)
	err = g.Wait()
	os.Remove(addressFile(a.c))
	return err
}

// reachable is a listening address as this machine reaches it.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// announce lets command lines on this machine find the process.
func (a *app) announce() {
	if err := os.WriteFile(addressFile(a.c), []byte(a.url+"\n"), 0o644); err != nil {
		a.log.Warn("other commands will not find this process", "error", err)
	}
}

// every calls f now and then until ctx ends.
func every(ctx context.Context, d time.Duration, f func()) error {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			f()
		}
	}
}

func (a *app) sweep(ctx context.Context) {
	n, err := a.tracker.Sweep(ctx, 5*time.Minute)
	if err != nil && ctx.Err() == nil {
		a.log.Warn("overdue drafts not asked for again", "error", err)
	}
	if n > 0 {
		a.log.Warn("asked again for overdue drafts", "count", n)
	}
}

func (a *app) saveIndex(ctx context.Context) {
	if err := a.p.local.Save(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("index not saved; it would be rebuilt after a crash", "error", err)
	}
}

// watchDatabase ends the process when the private PostgreSQL is gone for good.
func (a *app) watchDatabase(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-a.p.pg.Done():
		if err := a.p.pg.Err(); err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "the private PostgreSQL stopped: %w", err)
		}
		return nil
	}
}

// showInSlack brings a card up to date after review has taken the same event
// in: a card is drawn from the review, and both read the bus side by side.
func (a *app) showInSlack(ctx context.Context, e pipeline.Event) error {
	if err := a.review.Handle(ctx, e); err != nil {
		return err
	}
	return a.chat.Handle(ctx, e)
}

// console builds the web console over the parts.
func (a *app) console(context.Context) (*console.Console, error) {
	path := ""
	if a.sandbox != nil {
		path = "/sandbox/"
	}
	return console.New(console.Config{Access: a.access, People: a.access, Audit: audit.NewLog(a.p.pool), Review: permitted{a.review}, Tickets: a.review, Reports: a.reports, Knowledge: library{a}, Curation: library{a}, Learning: lessons{a.prover, a}, DeadLetters: letters{a.tracker}, Unread: unread{bots.NewQuarantine(a.p.pool)}, Drafting: draftingSwitch{a}, Traces: traces{a},
		Live: live{a.p.bus}, Parts: a.parts, Previews: a.previews(), PublicURL: a.publicURL(), Sandbox: path, Abstention: a.abstention(), Log: a.log})
}

func (a *app) publicURL() string {
	if a.c.PublicURL != "" {
		return strings.TrimSuffix(a.c.PublicURL, "/")
	}
	return a.url
}
