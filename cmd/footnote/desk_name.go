package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"footnote/bots"
	"footnote/pipeline"
	"footnote/review/console"
)

// signatureWait is how long a page waits for a desk to tell in whose name a reply goes.
const signatureWait = 1500 * time.Millisecond

// signature says in whose name a person's reply would stand at a desk. A desk that
// does not answer now tells nothing: the page then says nothing of it.
func (a *app) signature(ctx context.Context, desk string, by pipeline.Agent) console.Signature {
	d, err := a.desk(desk)
	if err != nil || a.health != nil && a.health.State(desk).Away(time.Now()) {
		return console.Signature{}
	}
	ctx, cancel := context.WithTimeout(ctx, signatureWait)
	defer cancel()
	s, err := standing(ctx, d, by)
	if err != nil {
		return console.Signature{}
	}
	return console.Signature{Own: s.Own, Name: s.Name, Why: s.Why, Held: s.Held}
}

// standing asks a desk in whose name a reply of an agent would stand.
func standing(ctx context.Context, d bots.Desk, by pipeline.Agent) (bots.Standing, error) {
	s, ok := d.(bots.Signer)
	if !ok {
		return bots.Standing{}, pipeline.Errorf(pipeline.NotFound, "the desk does not tell in whose name replies go")
	}
	return s.Standing(ctx, by)
}

// printNames says, for an account, in whose name its replies go at every desk: accounts
// and the desks' agents are matched by their addresses.
func (a *app) printNames(ctx context.Context, out io.Writer, by pipeline.Agent) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, d := range a.desks {
		s, err := standing(ctx, d, by)
		switch {
		case err != nil:
			fmt.Fprintf(out, "Replies at %s: not known now in whose name (%s).\n", d.Name(), pipeline.Say(err))
		case s.Own:
			fmt.Fprintf(out, "Replies at %s go in their name.\n", d.Name())
		case s.Held:
			fmt.Fprintf(out, "Replies at %s would be refused. %s\n", d.Name(), s.Why)
		case s.Name != "":
			fmt.Fprintf(out, "Replies at %s go in the name of %s. %s\n", d.Name(), bots.Plain(s.Name, 60), s.Why)
		default:
			fmt.Fprintf(out, "Replies at %s: %s\n", d.Name(), s.Why)
		}
	}
}
