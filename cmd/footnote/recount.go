package main

import (
	"context"
	"fmt"
	"io"

	"footnote/pipeline"
	"footnote/review/work"
)

type recountCmd struct {
	Repair bool `help:"Put rows right that are wrong."`
}

// Run carries the command to the installation.
func (cmd *recountCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

// shownWrong is how many wrong rows are told one by one.
const shownWrong = 50

// run derives the work of every ticket anew and compares it with its row.
func (cmd *recountCmd) run(ctx context.Context, a *app, out io.Writer) error {
	wrong := 0
	seen, err := a.work.Recount(ctx, cmd.Repair, func(w work.Wrong) {
		if wrong++; wrong <= shownWrong {
			fmt.Fprintf(out, "%s is %s, should be %s\n", w.Ticket, standsAt(w.Is), standsAt(w.Want))
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "tickets looked at: %d, wrong: %d\n", seen, wrong)
	switch {
	case wrong == 0:
		return nil
	case cmd.Repair:
		fmt.Fprintln(out, "They were put right.")
		return nil
	}
	return pipeline.Errorf(pipeline.Conflict, "the work of %d tickets is wrong; --repair puts it right", wrong)
}

// standsAt is a row in a few words.
func standsAt(w pipeline.Work) string {
	switch {
	case w.State == "":
		return "missing"
	case w.Why != "":
		return fmt.Sprintf("%s (%s), message %s", w.State, w.Why, w.Message)
	}
	return fmt.Sprintf("%s, message %s", w.State, w.Message)
}
