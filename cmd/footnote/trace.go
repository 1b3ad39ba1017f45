package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"footnote/pipeline"
)

type traceCmd struct {
	ID   string `arg:"" help:"A reference (FN-…), event id, ticket (desk/id), draft, decision, delivery or card id."`
	JSON bool   `help:"Print JSON."`
}

// Run carries the command to the installation.
func (cmd *traceCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *traceCmd) run(ctx context.Context, a *app, out io.Writer) error {
	t, err := a.trace(ctx, strings.TrimSpace(cmd.ID))
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(out, t)
	}
	return t.print(out)
}

// trace is everything that is known about one thing, oldest first.
type trace struct {
	ID      string              `json:"id"`
	Is      string              `json:"is"` // what the id names
	Ticket  *pipeline.TicketRef `json:"ticket,omitempty"`
	Message string              `json:"message,omitempty"` // when the chain is about one message
	Steps   []traceStep         `json:"steps"`
	Missing string              `json:"missing,omitempty"` // what could not be read, and why
}

// traceStep is one thing that happened.
type traceStep struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"` // event, message, outcome, draft, check, model, decision, delivery, card, request, error, …
	ID     string    `json:"id,omitempty"`
	What   string    `json:"what"`
	Detail string    `json:"detail,omitempty"`
}

// trace explains an id. The error kind is NotFound for one that names nothing.
func (a *app) trace(ctx context.Context, id string) (trace, error) {
	if id == "" {
		return trace{}, pipeline.Errorf(pipeline.Invalid, "Say what to trace: a reference, event, ticket, draft, decision or delivery.")
	}
	t := trace{ID: id}
	s := traceStore{a.p.pool}
	found, err := s.find(ctx, id)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		// Not every event leaves its id in the database; the bus keeps them a month.
		if e, berr := a.p.bus.Find(ctx, id); berr == nil {
			found, err = traced{is: "an event", ref: e.Event.Ref()}, nil
		}
	}
	if err != nil {
		return t, err
	}
	t.Is = found.is
	if found.request != "" {
		if t.Steps, err = s.request(ctx, found.request); err != nil {
			return t, err
		}
	}
	if found.ref.ID != "" {
		t.Ticket, t.Message = &found.ref, found.message
		steps, err := s.ticket(ctx, found.ref, found.message)
		if err != nil {
			return t, err
		}
		events, err := a.p.bus.History(ctx, found.ref)
		if err != nil {
			t.Missing = "events on the bus: " + err.Error()
		}
		for _, e := range events {
			if found.message == "" || aboutMessage(e.Event, found.message) {
				steps = append(steps, traceStep{At: e.At, Kind: "event", ID: e.Event.ID, What: told(e.Event), Detail: "caused by " + cmp.Or(e.Event.Causation, "the desk")})
			}
		}
		t.Steps = append(t.Steps, steps...)
	}
	slices.SortStableFunc(t.Steps, func(x, y traceStep) int { return x.At.Compare(y.At) })
	return t, nil
}

// told is an event's type, and for outcomes what was recorded: the table keeps
// the last one only, and a message that drafting was paused for had another.
func told(e pipeline.Event) string {
	if e.Type != pipeline.OutcomeRecorded {
		return string(e.Type)
	}
	r, err := pipeline.Decode[pipeline.Recorded](e)
	if err != nil {
		return string(e.Type)
	}
	if r.Reason == "" {
		return fmt.Sprintf("%s, %s", e.Type, r.Kind)
	}
	return fmt.Sprintf("%s, %s: %s", e.Type, r.Kind, r.Reason)
}

// aboutMessage tells whether an event is about the message, or about the whole
// ticket.
func aboutMessage(e pipeline.Event, message string) bool {
	var d struct {
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal(e.Data, &d) != nil || len(d.Message) == 0 {
		return true
	}
	var id string
	var m pipeline.Message
	if json.Unmarshal(d.Message, &id) == nil {
		return id == "" || id == message
	}
	return json.Unmarshal(d.Message, &m) != nil || m.ID == message
}

func (t trace) print(out io.Writer) error {
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
		what := firstLine(s.What, 100)
		if s.Detail != "" {
			what += ": " + firstLine(s.Detail, 400)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.At.UTC().Format("15:04:05.000"), s.Kind, what, firstLine(s.ID, 120))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if t.Missing != "" {
		fmt.Fprintf(out, "\nNot shown: %s\n", t.Missing)
	}
	return nil
}
