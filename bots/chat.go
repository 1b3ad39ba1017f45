package bots

import (
	"context"
	"time"

	"footnote/pipeline"
)

// Chat is a place where agents see and decide drafts: Slack, for one. It is
// told what happened and shows it; every method is idempotent, since events
// may come twice.
type Chat interface {
	// Name is the surface's name in decisions and configuration ("slack").
	Name() string
	// Show brings the cards of the event's ticket up to date. Unavailable asks
	// for redelivery, also as *pipeline.RetryAfterError.
	Show(ctx context.Context, e pipeline.Event) error
}

// Reviewer is how a chat reads and decides drafts. It is filled by review in
// cmd: chats and console call the same code.
type Reviewer interface {
	// Find returns the draft as people see it now. NotFound when there is no
	// such draft.
	Find(ctx context.Context, draft string) (pipeline.Review, error)
	// Decide carries out a person's wish. Conflict when somebody was first, the
	// hash differs or the draft is stale; Denied when the person may not;
	// Invalid when text or reason is missing. The sentence is fit for people.
	Decide(ctx context.Context, d pipeline.Decision) (pipeline.Decided, error)
	// Open records that the agent began to look at the ticket on this surface:
	// it starts or continues a span of handling time.
	Open(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error
	// Check runs the guards over an agent's own text for a draft, before it is
	// sent. It changes nothing.
	Check(ctx context.Context, draft, text string) ([]pipeline.Finding, error)
}

// Snoozer puts tickets off and brings them back. It is filled by review in cmd:
// chats and console call the same code.
type Snoozer interface {
	// Snooze puts a ticket off until a time, or until the customer writes. Invalid
	// (a time that has passed or is over a year away), NotFound, Denied (the person
	// may not) and Conflict (nothing is to be done, or somebody else is on it).
	Snooze(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, until time.Time, surface string) error
	// Unsnooze brings it back now; one that is not put off stays as it is. Denied.
	Unsnooze(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error
}

// Taker is a person or a queue that a ticket can be handed off to; one of Agent (an
// account's id) and Queue is set.
type Taker struct{ Agent, Queue, Name string }

// Takers lists whom the person may hand a ticket off to, besides anybody. It is filled
// in cmd.
type Takers func(ctx context.Context, by pipeline.Agent) ([]Taker, error)

// PastReader tells what became of a ticket's drafts so far. It is filled by
// review in cmd. The error kind is NotFound.
type PastReader interface {
	Past(ctx context.Context, ref pipeline.TicketRef) (pipeline.Past, error)
}

// People finds accounts by what other systems know about them.
type People interface {
	// AgentByEmail returns the account with this address, compared without
	// case. NotFound when there is none.
	AgentByEmail(ctx context.Context, email string) (pipeline.Agent, error)
}
