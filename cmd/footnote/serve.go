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
	"golang.org/x/sys/unix"

	"footnote/bots/intake"
	"footnote/migrations"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/review/console"
	"footnote/review/presence"
	"footnote/review/saved"
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

// part is something that runs until its context ends. It returns nil then, and an
// error only when this process cannot go on without it.
type part func(context.Context) error

// process is one running Footnote being put together: roles add routes, parts and
// consumers. Nothing runs before all of them are built, so that a role that cannot
// be built leaves nothing running behind.
type process struct {
	app   *app
	mux   *http.ServeMux
	parts []part
	stop  closers // after every part has ended, also when none was started
}

// run adds a part.
func (p *process) run(f part) { p.parts = append(p.parts, f) }

// repeat adds a part that does f now and then.
func (p *process) repeat(d time.Duration, f func(context.Context)) {
	p.run(func(ctx context.Context) error { return every(ctx, d, func() { f(ctx) }) })
}

// repeatAlone is repeat for what one process of the installation does each time.
func (p *process) repeatAlone(name string, d time.Duration, f func(context.Context)) {
	p.repeat(d, func(ctx context.Context) {
		_, err := p.app.p.lease.Do(ctx, name, d, func(ctx context.Context) error { f(ctx); return nil })
		if err != nil && ctx.Err() == nil {
			p.app.log.Warn("work not done; trying again", "work", name, "error", err)
		}
	})
}

// closing closes what was opened while building: at once when the process stops,
// for requests may wait for it, and also when a later role cannot be built. f may
// be called twice.
func (p *process) closing(f func()) {
	p.stop.add(f)
	p.run(func(ctx context.Context) error { <-ctx.Done(); f(); return nil })
}

// consume adds a consumer of the bus; its name is durable.
func (p *process) consume(name string, workers int, types []pipeline.EventType, h bus.Handler) {
	c := p.app.c
	p.run(func(ctx context.Context) error {
		return p.app.p.bus.Consume(ctx, bus.Consumer{Name: name, Types: types, Workers: workers, AckWait: c.AckWait, Grace: c.Grace}, p.app.spoil(name, h))
	})
}

// serve runs the roles until ctx ends or a part fails for good; ready is closed
// once requests are taken. Work that is under way when ctx ends may finish within
// the grace period; what is left over is redelivered by the bus.
func (a *app) serve(ctx context.Context, names []string, ready chan<- struct{}) error {
	chosen, err := rolesNamed(names)
	if err != nil {
		return err
	}
	if a.front == nil { // whoever opened the app did not wait for anything
		if a.front, err = openFront(a.c); err != nil {
			return err
		}
	}
	defer a.front.close()
	a.url = a.front.url
	a.elsewhere = !slices.Contains(names, roleKnowledge)
	a.shows = slices.Contains(names, roleConsole)

	if err := a.ownIndex(ctx); err != nil {
		return err
	}
	p := &process{app: a, mux: http.NewServeMux()}
	defer p.stop.run()
	for _, r := range chosen {
		if err := r.build(ctx, p); err != nil {
			return fmt.Errorf("role %s: %w", r.name, err)
		}
	}
	if err := a.addUpkeep(p); err != nil {
		return err
	}
	a.openLanes(ctx)
	entrance := a.doors()
	p.run(a.register(names))

	g, ctx := errgroup.WithContext(ctx)
	for _, f := range p.parts {
		g.Go(func() error { return f(ctx) })
	}
	a.front.open(measured(a.metrics, a.log, entrance.Handler(onlyText(p.mux))))
	g.Go(func() error { return a.front.serve(ctx) })
	announced := a.announce()
	defer func() { announced.end() }() // after Wait
	g.Go(func() error {                // the file may be another process's, until that ends
		return every(ctx, 5*time.Second, func() {
			if announced.f == nil {
				announced = a.announce()
			}
		})
	})
	close(ready)
	return g.Wait()
}

// addUpkeep adds what every process has, whatever its roles.
func (a *app) addUpkeep(p *process) error {
	if err := a.addRunRoutes(p.mux); err != nil {
		return err
	}
	a.metrics.gauge("footnote_pending_messages", "Customer messages without an outcome yet.", a.tracker.Pending)
	a.metrics.gauge("footnote_outbox_events", "Decided events that are not on the bus yet.", a.review.Waiting)
	a.metrics.gauge("footnote_dead_letters", "Events that were given up on and not replayed.", a.deadLetters)
	a.health = a.watchDesks()
	p.run(a.health.Run)
	a.watchModels(p)
	a.metrics.registry.MustRegister(newLateMetric(a.p.bus.Late), newSizeMetric(a.sizes), newDeskMetric(a), newModelMetric(a))
	if err := a.operationsAt(p); err != nil {
		return err
	}
	p.repeat(recountEvery, a.recountKnowledge)
	p.run(a.watchIndex)
	p.repeat(restoreEvery, a.restoreStreams)
	p.repeat(restoreEvery, a.restoreSchema)
	if a.p.pg != nil {
		p.run(a.watchDatabase)
	}
	if a.p.local != nil {
		p.repeat(time.Minute, a.saveIndex)
	}
	return nil
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

// announcement is the file that lets command lines on this machine find a process. It
// belongs to one: whoever holds the lock on it.
type announcement struct{ f *os.File }

// announce writes this process's address down, unless another process of the same data
// directory has.
func (a *app) announce() announcement {
	path := addressFile(a.c)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		a.log.Warn("other commands will not find this process", "error", err)
		return announcement{}
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return announcement{}
	}
	mine, err1 := f.Stat()
	there, err2 := os.Stat(path)
	if err1 != nil || err2 != nil || !os.SameFile(mine, there) { // its owner has just removed it: next time
		f.Close()
		return announcement{}
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, a.url+"\n")); err != nil {
		a.log.Warn("other commands will not find this process", "error", err)
	}
	return announcement{f}
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// end removes the file if it is ours.
func (n announcement) end() {
	if n.f != nil {
		os.Remove(n.f.Name())
		n.f.Close()
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

// restoreEvery is how often a process that publishes nothing looks for streams that
// are gone; one that uses them notices at once.
const restoreEvery = 5 * time.Second

func (a *app) restoreStreams(ctx context.Context) {
	if _, err := a.p.bus.Restore(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("streams not made again; trying again", "error", err)
	}
}

// restoreSchema makes the tables again in a database that came back without them, and
// the first account. What was in them is the backup's to bring back.
func (a *app) restoreSchema(ctx context.Context) {
	there, err := migrations.There(ctx, a.p.pool)
	if err != nil || there {
		return // health tells what is away
	}
	a.log.Error("the database has no tables; they are made again, empty")
	if err := migrations.Apply(ctx, a.p.pool); err != nil {
		a.log.Warn("tables not made again; trying again", "error", err)
		return
	}
	if err := a.buildPeople(ctx); err != nil {
		a.log.Warn("first account not made again", "error", err)
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

// console builds the web console over the parts.
func (a *app) console() (*console.Console, error) {
	path := ""
	if a.sandbox != nil {
		path = "/sandbox/"
	}
	return console.New(console.Config{Access: a.access, People: a.access, Audit: a.auditLog, Review: permitted{a.review}, Tickets: a.review, Queue: a.work, Snoozes: a.work, Reports: a.reports, Knowledge: shelves{a}, Curation: shelves{a}, Learning: lessons{a.prover, a}, DeadLetters: letters{a.tracker}, Unread: unread{intake.NewQuarantine(a.p.pool)}, Drafting: draftingSwitch{a}, Skips: skips{a}, Traces: a.explainer(),
		Finder: finder{a}, Presence: presence.New(a.p.pool), Saved: saved.New(a.p.pool), Live: console.NewLive(a.p.bus.Changes), Parts: a.parts, Desk: a.deskState, Signature: a.signature, Previews: a.previews(), PublicURL: a.publicURL(), Sandbox: path, Abstention: a.abstention(), Transient: transient, Log: a.log})
}

func (a *app) publicURL() string {
	if a.c.PublicURL != "" {
		return strings.TrimSuffix(a.c.PublicURL, "/")
	}
	return a.url
}
