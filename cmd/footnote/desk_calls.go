package main

import (
	"context"
	"fmt"
	"time"

	"footnote/bots"
)

// idleAsk is how often a desk that counts calls is asked whether it is there, besides
// the poll.
const idleAsk = time.Minute

// callsFinding says what a desk allows and what an idle minute costs, by polling it once
// as the reconcile poll does. Nothing for a desk that counts no calls.
func (a *app) callsFinding(ctx context.Context, d bots.Desk) []bots.Finding {
	m, ok := d.(bots.Metered)
	p, can := bots.PollerOf(d)
	if !ok || !can || bots.PulseOf(d) == nil {
		return nil
	}
	calls := func(f func() error) (least int64, err error) { // of two tries: others call the desk meanwhile
		for try := range 2 {
			before := bots.PulseOf(d).Calls()
			if err := f(); err != nil {
				return 0, err
			}
			if n := bots.PulseOf(d).Calls() - before; try == 0 || n < least {
				least = n
			}
		}
		return least, nil
	}
	poll, err := calls(func() error { _, err := p.Changed(ctx, time.Now().Add(-6*time.Minute)); return err })
	ask, err2 := calls(func() error { return bots.Ping(ctx, d, time.Now()) })
	if err != nil || err2 != nil {
		return nil // the other findings say what is wrong
	}
	cost := float64(ask) * float64(time.Minute) / float64(idleAsk)
	if a.c.Reconcile > 0 {
		cost += float64(poll) * float64(time.Minute) / float64(a.c.Reconcile)
	}
	return []bots.Finding{callsIn(m.Budget(), cost, bots.Setting(d.Name(), "per_minute"))}
}

// callsIn judges what an idle minute costs of a budget.
func callsIn(b bots.Budget, idle float64, setting string) bots.Finding {
	f := bots.Finding{Name: "calls", OK: true, Saw: fmt.Sprintf("an idle minute costs %.3g; no limit is told or set (%s)", idle, setting)}
	if b.PerMinute == 0 {
		return f
	}
	whose := "as " + setting + " says"
	if b.Told {
		whose = "as the desk tells"
	}
	f.Saw = fmt.Sprintf("an idle minute costs %.3g of %d, %s; polls leave a fifth of them to people's replies, imports half", idle, b.PerMinute, whose)
	if idle > 0.8*float64(b.PerMinute) {
		f.OK, f.Fix = false, "Poll less often (reconcile), or ask the desk for a higher limit: what is over it waits."
	}
	return f
}
