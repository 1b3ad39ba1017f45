// Package trace explains one thing by its id: what it is, and everything that
// happened to it, oldest first, over all areas.
//
// In comes a reference of Slack (FN-…), a ticket (desk/id), or the id of an event,
// draft, decision, delivery, card or message; out goes a Trace. It reads what the
// areas wrote and the events that the bus still keeps, and writes nothing.
package trace

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// Trace is everything that is known about one thing, oldest first.
type Trace struct {
	ID      string              `json:"id"`
	Is      string              `json:"is"` // what the id names
	Ticket  *pipeline.TicketRef `json:"ticket,omitempty"`
	Message string              `json:"message,omitempty"` // when the chain is about one message
	Steps   []Step              `json:"steps"`
	Missing string              `json:"missing,omitempty"` // what could not be read, and why
}

// Bus is where events are kept for a while.
type Bus interface {
	// Find looks an event up by its id; the error kind is NotFound for none.
	Find(ctx context.Context, id string) (Event, error)
	// History returns a ticket's events that are still kept, oldest first.
	History(ctx context.Context, ref pipeline.TicketRef) ([]Event, error)
}

// Event is an event with when the bus took it.
type Event struct {
	Event pipeline.Event
	At    time.Time
}

// Step is one thing that happened.
type Step struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"` // event, message, outcome, draft, check, model, decision, delivery, card, request, error, …
	ID     string    `json:"id,omitempty"`
	What   string    `json:"what"`
	Detail string    `json:"detail,omitempty"`
}

// Explainer explains ids.
type Explainer struct {
	s   store
	bus Bus
}

// New explains what is in the database, and on the bus.
func New(pool *pgxpool.Pool, bus Bus) *Explainer { return &Explainer{store{pool}, bus} }

// Explain says what an id names and what happened to it. The error kinds are
// Invalid for an empty id and NotFound for one that names nothing; a bus that
// does not answer is said in Missing.
func (x *Explainer) Explain(ctx context.Context, id string) (Trace, error) {
	if id == "" {
		return Trace{}, pipeline.Errorf(pipeline.Invalid, "Say what to trace: a reference, event, ticket, draft, decision or delivery.")
	}
	t, s := Trace{ID: id}, x.s
	found, err := s.find(ctx, id)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		// Not every event leaves its id in the database; the bus keeps them a month.
		if e, berr := x.bus.Find(ctx, id); berr == nil {
			found, err = named{is: "an event", ref: e.Event.Ref()}, nil
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
		events, err := x.bus.History(ctx, found.ref)
		if err != nil {
			t.Missing = "events on the bus: " + err.Error()
		}
		for _, e := range events {
			if found.message == "" || aboutMessage(e.Event, found.message) {
				steps = append(steps, Step{At: e.At, Kind: "event", ID: e.Event.ID, What: told(e.Event), Detail: "caused by " + cmp.Or(e.Event.Causation, "the desk")})
			}
		}
		t.Steps = append(t.Steps, steps...)
	}
	slices.SortStableFunc(t.Steps, func(x, y Step) int { return x.At.Compare(y.At) })
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
