// Package demo drives customers' tickets through an installation with nobody at the
// keyboard: scripted customers write at the sandbox desk, scripted agents decide on
// what is drafted, and the desk's own ledger says what was really sent.
//
// In: tickets, and gold spans where there are some; out: a Summary. It decides
// nothing about drafts and starts no part: whoever runs it gives it the running ones.
package demo

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots/sandbox"
)

// Config is what a demo runs on.
type Config struct {
	Pool   *pgxpool.Pool // of the installation; only read
	Desk   Desk
	Ledger func() []sandbox.Entry // of that desk
	Agents *Agents                // somebody gives them the drafts
	// Asks says how a ticket's last customer message was searched for and drafted;
	// needed with Gold only.
	Asks    func(ctx context.Context, ticket string) (Asked, error)
	Tickets []Ticket
	Gold    map[string][]Span // by Ticket.ID; nil: nothing is scored
	Rate    float64           // tickets a second
	Out     io.Writer         // progress
}

// Demo is one run.
type Demo struct {
	c      Config
	opened map[string]Ticket // by id at the desk
}

// Run writes the tickets, waits until all is decided and sent or nothing moves any
// more, and counts. What the report has, Decisions and HandlingMS, is left out.
func Run(ctx context.Context, c Config) (Summary, error) {
	d := &Demo{c: c, opened: map[string]Ticket{}}
	start := time.Now()
	if err := d.write(ctx); err != nil {
		return Summary{}, err
	}
	if err := d.settle(ctx); err != nil {
		return Summary{}, err
	}
	return d.summary(ctx, time.Since(start))
}

// write opens every ticket at the sandbox desk, at the given rate.
func (d *Demo) write(ctx context.Context) error {
	tick := time.NewTicker(time.Duration(float64(time.Second) / max(d.c.Rate, 0.1)))
	defer tick.Stop()
	for i, t := range d.c.Tickets {
		if i > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
		id, err := d.c.Desk.Open(ctx, t)
		if err != nil {
			return fmt.Errorf("write ticket %s: %w", t.ID, err)
		}
		d.opened[id] = t
		if (i+1)%100 == 0 || i+1 == len(d.c.Tickets) {
			fmt.Fprintf(d.c.Out, "  written %d, approved so far %d\n", i+1, d.c.Agents.Approvals())
		}
	}
	return nil
}

// settle waits until every ticket has its outcome, every draft its decision and
// every approval its delivery, or until nothing moves any more.
func (d *Demo) settle(ctx context.Context) error {
	const patience = 60 * time.Second
	var last progress
	since := time.Now()
	for {
		now, err := d.progress(ctx)
		if err != nil {
			return err
		}
		if now.missing == 0 && now.pending == 0 && now.undelivered == 0 && now.undecided <= len(d.c.Agents.Refused()) {
			return nil
		}
		if now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > patience {
			fmt.Fprintf(d.c.Out, "  nothing moves any more: %d tickets unknown, %d without outcome, %d undecided, %d undelivered\n", now.missing, now.pending, now.undecided, now.undelivered)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
