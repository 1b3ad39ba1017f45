package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"footnote/bots/delivery"
	"footnote/knowledge/ingest"
	"footnote/pipeline/drafting"
	"footnote/pipeline/llm"
)

// retentionSettings are how long each kind of data is kept; docs/retention.md says why.
type retentionSettings struct {
	KeepTickets     time.Duration `yaml:"keep_tickets" env:"FOOTNOTE_KEEP_TICKETS" default:"9600h" help:"how long words and persons of finished tickets are kept; 0, here and below: for ever; docs/retention.md"`
	KeepDrafts      time.Duration `yaml:"keep_drafts" env:"FOOTNOTE_KEEP_DRAFTS" default:"9600h" help:"sentences and passages of decided drafts"`
	KeepRequests    time.Duration `yaml:"keep_requests" env:"FOOTNOTE_KEEP_REQUESTS" default:"720h" help:"threads kept with outcomes"`
	KeepDeliveries  time.Duration `yaml:"keep_deliveries" env:"FOOTNOTE_KEEP_DELIVERIES" default:"2160h" help:"texts of replies that ended"`
	KeepOutbox      time.Duration `yaml:"keep_outbox" env:"FOOTNOTE_KEEP_OUTBOX" default:"168h" help:"events of decisions once they are on the bus"`
	KeepModelCalls  time.Duration `yaml:"keep_model_calls" env:"FOOTNOTE_KEEP_MODEL_CALLS" default:"9600h" help:"single calls to models"`
	KeepDeadLetters time.Duration `yaml:"keep_dead_letters" env:"FOOTNOTE_KEEP_DEAD_LETTERS" default:"720h" help:"dead letters after they were replayed; others stay"`
	KeepVersions    time.Duration `yaml:"keep_versions" env:"FOOTNOTE_KEEP_VERSIONS" default:"9600h" help:"document versions after they were replaced"`
}

// check finds ages that cannot be meant.
func (s retentionSettings) check(p *problems) {
	for key, d := range map[string]time.Duration{"keep_tickets": s.KeepTickets, "keep_drafts": s.KeepDrafts, "keep_requests": s.KeepRequests, "keep_deliveries": s.KeepDeliveries,
		"keep_outbox": s.KeepOutbox, "keep_model_calls": s.KeepModelCalls, "keep_dead_letters": s.KeepDeadLetters, "keep_versions": s.KeepVersions} {
		if d != 0 && d < 24*time.Hour {
			p.bad("%s: %s is less than a day; 0 keeps for ever", key, d)
		}
	}
}

// aged is one kind of thing that goes when it is old. Its area does the removing;
// docs/retention.md says why each has the age it has.
type aged struct {
	name   string
	what   string // that goes
	age    time.Duration
	forget func(ctx context.Context, before time.Time, limit int, dry bool) (int64, error)
}

// retained lists everything that goes by age. The audit log is not among it.
func (a *app) retained() []aged {
	pool := a.p.pool
	return []aged{
		{"tickets", "words and persons of tickets that are done", a.c.KeepTickets, a.tracker.ForgetWords},
		{"search", "what was searched of tickets whose words are gone", a.c.KeepTickets, a.work.ForgetWords},
		{"drafts", "sentences and passages of drafts that are decided", a.c.KeepDrafts, drafting.Store{Pool: pool}.Forget},
		{"requests", "threads kept with outcomes", a.c.KeepRequests, a.tracker.ForgetRequests},
		{"deliveries", "texts of replies that ended", a.c.KeepDeliveries, func(ctx context.Context, before time.Time, limit int, dry bool) (int64, error) {
			return delivery.Forget(ctx, pool, before, limit, dry)
		}},
		{"outbox", "events that are on the bus", a.c.KeepOutbox, a.tracker.Outbox().Forget},
		{"model calls", "single calls to models", a.c.KeepModelCalls, llm.Store{Pool: pool}.Forget},
		{"dead letters", "dead letters that were replayed", a.c.KeepDeadLetters, a.tracker.ForgetLetters},
		{"versions", "document versions that were replaced", a.c.KeepVersions, func(ctx context.Context, before time.Time, limit int, dry bool) (int64, error) {
			return ingest.ForgetVersions(ctx, pool, before, limit, dry)
		}},
	}
}

const (
	tidyEvery = 10 * time.Minute
	tidyBatch = 500 // rows in one transaction
	tidyRound = 200 // batches of one kind in one round: what is left goes in the next
)

// tidyLock is the advisory lock of the process that tidies up.
const tidyLock = 0x666e746964790001

// tidyUp removes what is old, in one process at a time.
func (a *app) tidyUp(ctx context.Context) {
	if err := a.forgetOld(ctx, func(name string, n int64) { a.log.Info("old data removed", "kind", name, "rows", n) }); err != nil && ctx.Err() == nil {
		a.log.Warn("old data not removed; trying again later", "error", err)
	}
}

// forgetOld makes one round over everything that goes by age, and tells what went.
// It does nothing while another process is at it.
func (a *app) forgetOld(ctx context.Context, tell func(name string, n int64)) error {
	conn, err := a.p.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("tidy up: %w", err)
	}
	defer conn.Release()
	var mine bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(tidyLock)).Scan(&mine); err != nil {
		return fmt.Errorf("tidy up: %w", err)
	}
	if !mine {
		return nil
	}
	defer func() { // also when ctx ended: the connection goes back to the pool
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, int64(tidyLock)); err != nil {
			_ = conn.Conn().Close(ctx) // which gives the lock back
		}
	}()
	if err := noteSize(ctx, a.p.pool); err != nil {
		return err
	}
	for _, k := range a.retained() {
		if k.age <= 0 {
			continue
		}
		var sum int64
		for range tidyRound {
			n, err := k.forget(ctx, time.Now().Add(-k.age), tidyBatch, false)
			if err != nil {
				return err
			}
			if sum += n; n < tidyBatch {
				break
			}
		}
		if sum > 0 {
			tell(k.name, sum)
		}
	}
	return a.p.bus.Sweep(ctx)
}

type retentionCmd struct {
	Now bool `help:"Remove it now instead of saying what would go."`
}

// Run carries the command to the installation.
func (cmd *retentionCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *retentionCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if cmd.Now {
		return a.forgetOld(ctx, func(name string, n int64) { fmt.Fprintf(out, "%s: %d removed\n", name, n) })
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tKEPT\tWOULD GO NOW\tWHAT")
	for _, k := range a.retained() {
		if k.age <= 0 {
			fmt.Fprintf(w, "%s\tfor ever\t0\t%s\n", k.name, k.what)
			continue
		}
		n, err := k.forget(ctx, time.Now().Add(-k.age), 0, true)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", k.name, days(k.age), n, k.what)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	sizes, err := a.sizes(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, s := range sizes {
		line := fmt.Sprintf("%s: %s", s.name, size(s.bytes))
		if s.limit > 0 {
			line += " of " + size(s.limit)
		}
		if s.perDay > 0 {
			line += fmt.Sprintf(", %s a day", size(s.perDay))
		}
		fmt.Fprintln(out, line)
	}
	return nil
}

func days(d time.Duration) string {
	if d < 48*time.Hour {
		return d.String()
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
