package bottest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/intake"
	"footnote/pipeline"
)

// perIdleMinute is how many calls a desk gets in a minute in which nothing happens: one
// of the poll, one to know whether it is there.
const perIdleMinute = 2

// caseIdleMinute: a poll reads only the tickets whose row in the list changed, each
// change once, and misses none; a minute in which nothing happens costs two calls.
func caseIdleMinute(r *run) {
	if _, ok := bots.PollerOf(r.Desk); !ok {
		r.skip("the desk cannot be polled")
	}
	reads := map[pipeline.TicketRef]int{}
	counting := broken{Desk: r.Desk, thread: func(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
		reads[ref]++
		return r.Desk.(bots.Reader).Thread(ctx, ref)
	}}
	rec, err := intake.NewReconciler(intake.ReconcileConfig{Desks: []bots.Desk{counting}, Publisher: r.j, Watermarks: intake.NewWatermarks(r.Pool), Now: r.Now})
	if err != nil {
		r.Fatalf("reconciler: %v", err)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	pass := func() (published int) {
		r.Advance(time.Minute)
		if published, err = rec.Pass(ctx, counting); err != nil {
			r.Fatalf("poll: %v", err)
		}
		return published
	}
	a, _ := r.Begin(Said{Role: pipeline.RoleCustomer, Text: question})
	b, _ := r.Begin(Said{Role: pipeline.RoleCustomer, Text: question + " And cancel it?"})
	pass()
	pass()
	if reads[a] == 0 || reads[b] == 0 {
		r.Errorf("new tickets are read %d and %d times", reads[a], reads[b])
	}
	clear(reads)
	before := bots.PulseOf(r.Desk).Calls()
	if n := pass(); n != 0 {
		r.Errorf("an idle minute told %d events", n)
	}
	if err := bots.Ping(ctx, counting.Desk, r.Now()); err != nil {
		r.Errorf("ping: %v", err)
	}
	if n := bots.PulseOf(r.Desk).Calls() - before; n > perIdleMinute || len(reads) > 0 {
		r.Errorf("an idle minute costs %d calls, of which reads %v; want %d and none", n, reads, perIdleMinute)
	}
	r.Write(a, Said{Role: pipeline.RoleCustomer, Text: "And how do I undo that?"})
	if n := pass(); n == 0 {
		r.Errorf("the poll does not see that the customer wrote")
	}
	pass()
	if reads[a] < 1 || reads[a] > 2 || reads[b] > 0 { // a row that is not settled is read once more
		r.Errorf("after one change the tickets are read %d and %d times", reads[a], reads[b])
	}
}

// caseSetupTwice: setup says the same settings on every run, and no step asks for a
// secret that was not printed or is not the platform's to show; a check that fails says
// what to do.
func caseSetupTwice(r *run) {
	d, ok := r.Desk.(bots.Installer)
	if !ok {
		r.skip("the desk needs no setup")
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	const hook = "https://footnote.example/hooks/desk"
	var before map[string]string
	for range 2 {
		in, err := d.Setup(ctx, hook)
		if err != nil {
			r.Fatalf("setup: %v", err)
		}
		if before != nil && !maps.Equal(before, in.Set) {
			r.Errorf("the settings are %v, and before they were others: %v", in.Set, before)
		}
		before = in.Set
		if slices.ContainsFunc(in.Steps, func(s string) bool { return strings.Contains(s, "printed") }) && in.Set["secret"] == "" {
			r.Errorf("a step needs a secret that is printed nowhere: %q", in.Steps)
		}
	}
	if c, ok := r.Desk.(bots.Checker); ok {
		for _, f := range c.Check(ctx, hook) {
			if !f.OK && (f.Fix == "" || f.Saw == "") {
				r.Errorf("%s fails and does not say what to do: %+v", f.Name, f)
			}
		}
	}
}
