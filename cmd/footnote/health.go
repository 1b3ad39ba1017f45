package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/pipeline/loss"
)

// nameLanes is the check whose finding is a wait, not a fault.
const nameLanes = "desks"

// checks lists every dependency of this process.
func (a *app) checks() []check {
	list := []check{
		{name: "NATS", run: a.proven("NATS", func(ctx context.Context) error { return errors.Join(a.p.bus.Ready(ctx), a.p.bus.Prove(ctx)) }),
			advice: "Start the NATS server of nats_url, or leave nats_url empty to use the embedded one. A stream that does not answer needs more than half of its servers. `df` shows whether its disk is full; make room, and it goes on by itself."},
		{name: "copies of events", run: a.p.bus.Copies, optional: true, advice: "Start the servers that are named; they catch up by themselves. More copies: set nats_replicas=3 and restart one process."},
		{name: "events", run: func(ctx context.Context) error { return loss.Check(ctx, a.p.pool) }, optional: true,
			advice: "Look at the disk and the log of the NATS server. Desks that cannot be polled, such as a webhook desk without webhook_changed_url, may have told of tickets that are gone: compare them."},
		{name: "PostgreSQL", run: a.proven("PostgreSQL", func(ctx context.Context) error { return proveDatabase(ctx, a.p.pool) }),
			advice: "Start the server of database_url, or leave it empty to use a private one. `df` shows whether its disk is full; make room, and it goes on by itself."},
		{name: "search index", tell: a.checkIndex, advise: indexAdvice, optional: true},
		{name: "backlog", run: a.checkBacklog, optional: true, advice: "Messages wait for their outcome. Look at /operations for dead letters, and at the log."},
	}
	if a.embedded() {
		list = append(list, check{name: "data directory", run: a.proven("data", func(context.Context) error { return proveFolder(a.c.Data) }),
			advice: "Make room on its disk (`df` shows it), make it writable, or set FOOTNOTE_DATA to another one."})
	}
	list = append(list,
		check{name: "outbox", run: a.checkOutbox, optional: true, advice: "Decided events wait for the bus and go out by themselves once it takes them. Look at NATS."},
		check{name: "dead letters", run: a.checkLetters, optional: true, advice: "Open Operations in the console: mend the cause that each names, then replay it."})
	list = append(list, check{name: "room", run: a.checkRoom, optional: true, advice: "Handle what waits (see Operations), give more room (nats_size, database_size, the disk), or keep less: `footnote retention` says what would go."})
	list = append(list, check{name: "processes", run: a.checkProcesses, optional: true, advice: "Give all processes of the installation the same settings and restart those that are named; `footnote config` prints what one has."})
	list = append(list, check{name: nameLanes, run: a.checkLanes, optional: true, advice: "Work of these desks comes again by itself; the other desks go on. Look at the desk, its key and its limits."})
	list = append(list, a.deskChecks()...)
	list = append(list, a.showChecks()...)
	list = append(list, a.modelChecks()...)
	if a.chat != nil {
		list = append(list, check{name: "Slack", run: a.checkChat, optional: true, advice: "The console works meanwhile. Look at the Slack tokens and the channel."})
	}
	return list
}

// proofFor is how long a proof counts: whoever asks for readiness must not be able
// to make every store write.
const proofFor = 3 * time.Second

// proof is the last answer of a check that writes.
type proof struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// proven runs a check that writes at most every few seconds, however many ask; all
// lists of checks share the answer.
func (a *app) proven(name string, run func(context.Context) error) func(context.Context) error {
	kept, _ := a.proofs.LoadOrStore(name, new(proof))
	p := kept.(*proof)
	return func(ctx context.Context) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if time.Since(p.at) > proofFor {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*time.Second)
			defer cancel()
			p.err, p.at = run(ctx), time.Now()
		}
		return p.err
	}
}

// proveDatabase proves that the server takes writes and has them on its disk: a
// message in its log needs no table, and the commit waits for the disk.
func proveDatabase(ctx context.Context, pool *pgxpool.Pool) error {
	var ro bool
	if err := pool.QueryRow(ctx, `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean`).Scan(&ro); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "PostgreSQL does not answer: %w", err)
	}
	if ro {
		return pipeline.Errorf(pipeline.Unavailable, "PostgreSQL is read only")
	}
	if _, err := pool.Exec(ctx, `SELECT pg_logical_emit_message(true, 'footnote', 'proof')`); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "PostgreSQL stores nothing: %w", err)
	}
	return nil
}

// proveFolder proves that a folder takes data and has it on its disk.
func proveFolder(dir string) (err error) {
	f, err := os.CreateTemp(dir, "proof-*")
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "takes no data: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, werr := f.Write(make([]byte, 64<<10))
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "takes no data: %w", err)
	}
	return nil
}

// lateBacklog is how many messages without an outcome are worth a warning.
const lateBacklog = 500

func (a *app) checkBacklog(ctx context.Context) error {
	n, err := a.tracker.Pending(ctx)
	if err != nil {
		return err
	}
	if n > lateBacklog {
		return pipeline.Errorf(pipeline.Unavailable, "customer messages without an outcome yet: %d", n)
	}
	return nil
}

// lateOutbox is how long a decided event may take to the bus before health says so.
const lateOutbox = time.Minute

func (a *app) checkOutbox(ctx context.Context) error {
	late, err := a.tracker.Outbox().Late(ctx, lateOutbox)
	if err != nil {
		return err
	}
	if late.Events == 0 {
		return nil
	}
	say := fmt.Sprintf("%s for the bus since %s", counted(late.Events, "event waits", "events wait"), clock(late.Since, time.Now()))
	if late.Reason != "" {
		say += fmt.Sprintf(" (%s: %s)", late.Type, late.Reason)
	}
	return pipeline.Errorf(pipeline.Unavailable, "%s", say)
}

// checkLetters tells of what was given up on, also by the outbox.
func (a *app) checkLetters(ctx context.Context) error {
	n, last, err := a.tracker.Unreplayed(ctx)
	if err != nil || n == 0 {
		return err
	}
	return pipeline.Errorf(pipeline.Unavailable, "%s for somebody; the latest: %s gave up on %s (%s)", counted(n, "dead letter waits", "dead letters wait"), last.Consumer, last.Type, last.Reason)
}

// deadLetters is the figure of footnote_dead_letters.
func (a *app) deadLetters(ctx context.Context) (int, error) {
	n, _, err := a.tracker.Unreplayed(ctx)
	return n, err
}

func (a *app) checkChat(context.Context) error {
	s := a.chat.Status()
	switch {
	case s.Problem != "":
		return pipeline.Errorf(pipeline.Unavailable, "%s (since %s)", s.Problem, clock(s.Since, time.Now()))
	case !s.Ready && a.chat.Running():
		return pipeline.Errorf(pipeline.Unavailable, "not connected to Slack yet")
	}
	return nil
}

type readyCmd struct{}

// Run asks the process that listens on the address of the settings, for supervisors
// and containers that have no other way to ask.
func (readyCmd) Run(ctx context.Context, g globals) error {
	c, err := g.load()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return pipeline.Errorf(pipeline.Invalid, "listen: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("ask for readiness: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "nobody listens on port %s: %w", port, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return pipeline.Errorf(pipeline.Unavailable, "not ready (%s); footnote doctor says more", resp.Status)
	}
	return nil
}

type doctorCmd struct{}

// Run carries the command to the installation; when it cannot be opened at all,
// that is the finding.
func (cmd *doctorCmd) Run(ctx context.Context, g globals) error { return g.openOrBegin(ctx, cmd) }

func (cmd *doctorCmd) run(ctx context.Context, a *app, out io.Writer) error {
	a.askModels(ctx)
	checks := append(a.checks(), a.deepChecks()...)
	results, ready := runChecks(ctx, checks)
	results = append(results, a.diagnoseChat(ctx)...)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range results {
		state := "ok"
		switch {
		case !r.OK && r.Optional:
			state = "REDUCED"
		case !r.OK:
			state = "BROKEN"
		}
		fmt.Fprintf(w, "%s\t%s\t%d ms\t%s\n", state, r.Name, r.TookMS, strings.TrimPrefix(strings.TrimSuffix(r.Found+": "+r.Problem, ": "), ": "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range results {
		if !r.OK {
			fmt.Fprintf(out, "\n%s: %s\n", r.Name, r.Advice)
		}
	}
	if !ready {
		return pipeline.Errorf(pipeline.Unavailable, "not ready")
	}
	return nil
}

// checkDisks asks an external NATS whether an acknowledged event is on disk.
func (a *app) checkDisks(ctx context.Context) error {
	if a.c.NATSURL == "" {
		return nil // the embedded one is ours: it is
	}
	if a.c.NATSMonitor == "" {
		return pipeline.Errorf(pipeline.Invalid, "whether NATS has events on disk before it acknowledges them cannot be seen from here: nats_monitor is not set")
	}
	var monitors []string
	for m := range strings.SplitSeq(a.c.NATSMonitor, ",") {
		monitors = append(monitors, strings.TrimSpace(m))
	}
	return bus.CheckDisks(ctx, monitors)
}

// deepChecks are too slow or too noisy for readiness.
func (a *app) deepChecks() []check {
	list := []check{
		{name: "disks of NATS", optional: true, run: a.checkDisks, advice: "Set sync_interval: always in the jetstream block of each server, as deploy/nats.conf does, and nats_monitor to their monitoring addresses."},
		{name: "schema", advice: "Restart footnote: it applies migrations at start.", run: func(ctx context.Context) error {
			pending, err := migrations.Pending(ctx, a.p.pool)
			if err == nil && pending {
				err = pipeline.Errorf(pipeline.Unavailable, "migrations are pending")
			}
			return err
		}},
		{name: "doors", optional: true, advice: "Close what is named, or set public_url; README says how.", run: a.checkDoors},
		{name: "knowledge", optional: true, advice: "Set knowledge to a folder and run `footnote knowledge sync`; `footnote knowledge list` shows what was quarantined.", run: a.checkKnowledge},
		{name: "webhook secrets", optional: true, advice: "Set the secret of each desk; until then its route refuses everything.", run: func(context.Context) error {
			var closed []string
			for _, d := range a.desks {
				if !d.Can().Inbound {
					closed = append(closed, d.Name())
				}
			}
			if closed != nil {
				return pipeline.Errorf(pipeline.Invalid, "no secret for %s", strings.Join(closed, ", "))
			}
			return nil
		}},
	}
	return list
}
