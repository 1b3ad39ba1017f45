package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/pipeline/text"
	"footnote/review/trace"
)

type traceCmd struct {
	ID   string `arg:"" help:"A reference (FN-…), event id, ticket (desk/id), draft, decision, delivery or card id."`
	JSON bool   `help:"Print JSON."`
}

// Run carries the command to the installation.
func (cmd *traceCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *traceCmd) run(ctx context.Context, a *app, out io.Writer) error {
	t, err := a.explainer().Explain(ctx, strings.TrimSpace(cmd.ID))
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(out, t)
	}
	return printTrace(out, t)
}

func printTrace(out io.Writer, t trace.Trace) error {
	fmt.Fprintf(out, "%s is %s", t.ID, t.Is)
	if t.Ticket != nil {
		fmt.Fprintf(out, ", ticket %s", t.Ticket)
	}
	if t.Message != "" {
		fmt.Fprintf(out, ", message %s", t.Message)
	}
	fmt.Fprint(out, ".\n\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	day := ""
	for _, s := range t.Steps {
		if d := s.At.UTC().Format("2 Jan 2006 (UTC)"); d != day {
			day = d
			fmt.Fprintln(w, d)
		}
		what := text.FirstLine(s.What, 100)
		if s.Detail != "" {
			what += ": " + text.FirstLine(s.Detail, 400)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.At.UTC().Format("15:04:05.000"), s.Kind, what, text.FirstLine(s.ID, 120))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if t.Missing != "" {
		fmt.Fprintf(out, "\nNot shown: %s\n", t.Missing)
	}
	return nil
}

// explainer explains ids, for the command and the console.
func (a *app) explainer() *trace.Explainer { return trace.New(a.p.pool, keptEvents{a.p.bus}) }

// keptEvents are the events on the bus.
type keptEvents struct{ b *bus.Bus }

func (k keptEvents) Find(ctx context.Context, id string) (trace.Event, error) {
	e, err := k.b.Find(ctx, id)
	return trace.Event(e), err
}

func (k keptEvents) History(ctx context.Context, ref pipeline.TicketRef) ([]trace.Event, error) {
	stored, err := k.b.History(ctx, ref)
	out := make([]trace.Event, len(stored))
	for i, e := range stored {
		out[i] = trace.Event(e)
	}
	return out, err
}
