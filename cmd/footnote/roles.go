package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/bots/filing"
	"footnote/bots/intake"
	"footnote/bots/slack"
	"footnote/knowledge/learning"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/pipeline/drafting"
	"footnote/pipeline/loss"
	"footnote/pipeline/tracking"
	"footnote/review"
	"footnote/review/work"
)

// Roles of a process. Several processes with different roles share one
// installation; drafters scale by adding processes.
const (
	roleIngress   = "ingress"
	roleTracking  = "tracking"
	roleDrafting  = "drafting"
	roleDelivery  = "delivery"
	roleKnowledge = "knowledge"
	roleConsole   = "console"
)

var allRoles = []string{roleIngress, roleTracking, roleDrafting, roleDelivery, roleKnowledge, roleConsole}

// role is one job of a process: build adds its routes, parts and consumers, and
// starts nothing.
type role struct {
	name  string
	build func(context.Context, *process) error
}

// roles in the order in which a ticket meets them.
func roles() []role {
	return []role{
		{roleIngress, buildIngress},     // webhooks in, reconcile poll, sandbox desk
		{roleTracking, buildTracking},   // timelines, outcomes, dead letters
		{roleDrafting, buildDrafting},   // drafts
		{roleDelivery, buildDelivery},   // approved replies out
		{roleKnowledge, buildKnowledge}, // sync of the sources, learning
		{roleConsole, buildConsole},     // web console, Slack, reviews
	}
}

// rolesNamed are the roles of these names, in the order of roles. A name that is
// none is Invalid.
func rolesNamed(names []string) ([]role, error) {
	for _, n := range names {
		if !slices.Contains(allRoles, n) {
			return nil, pipeline.Errorf(pipeline.Invalid, "there is no role %q; there are %s", n, strings.Join(allRoles, ", "))
		}
	}
	return slices.DeleteFunc(roles(), func(r role) bool { return !slices.Contains(names, r.name) }), nil
}

// Workers that catching up and reading desks depend on.
const (
	trackingWorkers = 12
	draftingWorkers = 8
)

func buildIngress(_ context.Context, p *process) error {
	a := p.app
	if err := a.openSandbox(); err != nil {
		return err
	}
	if a.sandbox != nil {
		p.mux.Handle("/sandbox/", a.sandbox.Handler())
		p.closing(func() {
			if err := a.sandbox.Close(); err != nil {
				a.log.Error("sandbox desk not closed", "error", err)
			}
		})
	}
	hooks, err := intake.New(intake.Config{Desks: a.desks, Publisher: a.p.bus, Quarantine: intake.NewQuarantine(a.p.pool), Log: a.log, Metrics: a.metrics.registry})
	if err != nil {
		return fmt.Errorf("build intake: %w", err)
	}
	hooks.Install(p.mux)
	for _, d := range a.desks {
		if w, ok := d.(bots.Watcher); ok {
			p.run(func(ctx context.Context) error { // one desk that gives up stops nobody else's
				if err := w.Watch(ctx, a.p.bus.Publish); err != nil {
					a.log.Error("desk stopped listening; the poll still asks it", "desk", d.Name(), "error", err)
				}
				return nil
			})
		}
	}
	if a.c.Reconcile > 0 {
		rec, err := intake.NewReconciler(intake.ReconcileConfig{Desks: a.desks, Publisher: a.p.bus, Watermarks: intake.NewWatermarks(a.p.pool),
			Interval: a.c.Reconcile, Alone: a.p.lease.Do, Log: a.log, Metrics: a.metrics.registry})
		if err != nil {
			return fmt.Errorf("build reconciler: %w", err)
		}
		p.run(rec.Run)
	}
	return nil
}

func buildTracking(ctx context.Context, p *process) error {
	a := p.app
	if err := a.wait.until(ctx, "PostgreSQL", a.tracker.RecordHoldout); err != nil {
		return err
	}
	p.consume("tracking", trackingWorkers, tracking.Handles, a.tracker.Handle)
	p.run(a.tracker.Run)
	p.run(func(ctx context.Context) error { return a.p.bus.ConsumeDead(ctx, "dead-letters", a.tracker.HandleDead) })
	p.repeatAlone("sweep", time.Minute, a.sweep)
	p.repeatAlone("catch-up", catchUpEvery, a.catchUp)
	p.repeatAlone("bus-losses", lossEvery, a.lookForLosses)
	p.repeatAlone("tidy", tidyEvery, a.tidyUp)
	return nil
}

func buildDrafting(_ context.Context, p *process) error {
	p.consume("drafting", draftingWorkers, drafting.Handles, p.app.drafter.Handle)
	if p.app.gateway != nil {
		p.repeat(anewEvery, p.app.writeAnew)
	}
	return nil
}

// Once a model answers again, drafts that were written without it are asked for anew:
// few at a time, for customers who write now come first.
const (
	anewEvery  = 5 * time.Second
	anewAtOnce = 2
)

// writeAnew asks again for drafts of tickets whose model was away.
func (a *app) writeAnew(ctx context.Context) {
	if !a.gateway.Well() || a.c.Paused {
		return
	}
	drafts := drafting.Store{Pool: a.p.pool}
	waiting, err := drafts.Awaited(ctx, anewAtOnce)
	for _, id := range waiting {
		asked, failed := a.review.WriteAnew(ctx, id)
		if failed == nil && !asked {
			failed = drafts.Settled(ctx, id)
		}
		err = errors.Join(err, failed)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Warn("drafts that waited for a model not asked for again; trying again", "error", err)
	}
}

func buildDelivery(_ context.Context, p *process) error {
	a := p.app
	sender, err := delivery.New(delivery.Config{Desks: a.desks, Pool: a.p.pool, Publisher: a.p.bus, Fresh: a.review,
		Courteous: func(raw string) bool { return drafting.Courtesy(raw) != 0 },
		Settle:    a.c.Settle, SendTimeout: a.c.SendLimit, Step: a.step, Log: a.log, Metrics: a.metrics.registry})
	if err != nil {
		return fmt.Errorf("build delivery: %w", err)
	}
	p.consume("delivery", 4, delivery.Handles, sender.Handle)
	p.run(sender.Run)
	show, err := a.shower()
	if err != nil {
		return fmt.Errorf("show drafts in desks: %w", err)
	}
	if show.Any() {
		p.consume("desk-notes", 2, delivery.ShowHandles, a.afterReview(show.Handle))
	}
	file, err := a.filer()
	if err != nil {
		return fmt.Errorf("file tickets at desks: %w", err)
	}
	if file.Any() {
		p.consume("desk-filing", 2, filing.Handles, file.Handle)
	}
	return nil
}

func buildKnowledge(_ context.Context, p *process) error {
	a := p.app
	p.run(a.keepKnowledge)
	p.consume("learning", 2, learning.HandlesLearning, a.learner().Handle)
	p.run(a.keepProving)
	return nil
}

func buildConsole(_ context.Context, p *process) error {
	a := p.app
	con, err := a.console()
	if err != nil {
		return err
	}
	p.mux.Handle("/", con.Handler())
	p.closing(con.Close)
	p.consume("review", 8, review.Handles, a.review.Handle)
	p.consume("work", 4, work.Handles, a.work.Handle)
	p.run(a.review.Run)
	p.run(a.work.Run)
	p.run(func(ctx context.Context) error {
		return a.auditLog.Run(ctx, func(err error) { a.log.Warn("audit log not verified; trying again", "error", err) })
	})
	p.run(func(ctx context.Context) error {
		return a.reports.Run(ctx, func(err error) { a.log.Warn("report not brought up to date; trying again", "error", err) })
	})
	if a.chat != nil {
		p.mux.Handle("/slack/", a.chat.Routes())
		p.consume("slack", 4, slack.Handles, a.afterReview(a.chat.Handle))
		p.run(a.chat.Run)
	}
	return nil
}

// afterReview hands on an event once review has taken it in: a card and a note
// are drawn from the review, and each reads the bus for itself.
func (a *app) afterReview(next bus.Handler) bus.Handler {
	return func(ctx context.Context, e pipeline.Event) error {
		if err := a.review.Handle(ctx, e); err != nil {
			return err
		}
		return next(ctx, e)
	}
}

// lossEvery is how often the streams are compared with what they had.
const lossEvery = 5 * time.Second

// lookForLosses has what the bus lost asked for again where it came from.
func (a *app) lookForLosses(ctx context.Context) {
	watch := loss.New(loss.Config{Pool: a.p.pool, Bus: eventStream{a.p.bus}, Settled: a.tracker.Outbox().Strip, Log: a.log, Sources: []loss.Source{
		a.tracker.Outbox().Again,
		func(ctx context.Context, since time.Time) (int, error) { return delivery.Again(ctx, a.p.pool, since) },
		func(ctx context.Context, since time.Time) (int, error) { return intake.Rewind(ctx, a.p.pool, since) },
	}})
	if err := watch.Look(ctx); err != nil && ctx.Err() == nil {
		a.log.Debug("streams not compared with what they had", "error", err) // health tells what is away
	}
}

// eventStream is the bus as losses see it.
type eventStream struct{ *bus.Bus }

func (e eventStream) Events(ctx context.Context) (loss.Stream, error) {
	s, err := e.Bus.Events(ctx)
	return loss.Stream{Name: s.Name, Made: s.Made, Last: s.Last, Damaged: s.Damaged}, err
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
