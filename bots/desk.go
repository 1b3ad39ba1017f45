package bots

import (
	"context"
	"net/http"
	"time"

	"footnote/pipeline"
)

// What a desk can do besides is in small interfaces of their own, which an
// adapter fills where its platform allows: Reader, Poller (below), Noter,
// DraftKeeper, Tagger, Mover, Watcher (note.go), Historian (history.go), Checker,
// Installer (check.go), Prober (probe.go), Signer (standing.go), Pulsed
// (pulse.go), Pinger, Metered (row.go).

// Desk is a helpdesk, or any other place with tickets that Footnote answers.
// One folder per platform fills it; bottest.Desk is its conformance suite. All
// methods are safe for concurrent use.
type Desk interface {
	// Name is the desk's name in Footnote's configuration, part of every
	// ticket reference and of the route /hooks/{name}.
	Name() string
	// Can tells what this desk is able to do. It does not change after start.
	Can() Capabilities
	// Parse verifies a webhook over its raw body and reads the events in it,
	// which may be none. Denied for a bad or missing signature, Invalid for a
	// body that is not what the platform sends. It does no I/O and never
	// panics, whatever the bytes.
	Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error)
	// Post sends one public reply and returns its identifier at the desk. It
	// makes one attempt, keeps the text byte for byte, and returns its failure
	// as *PostError; VerdictOf reads any other error as Ambiguous. ctx has a
	// deadline.
	Post(ctx context.Context, p Post) (remoteID string, err error)
}

// Reader is a desk whose tickets can be read; Capabilities.ReadBack says so.
type Reader interface {
	// Thread returns the ticket as it is now, messages oldest first, with our
	// markers on our replies. NotFound when there is no such ticket (any more);
	// Denied when our credentials are refused; Unavailable when the desk
	// cannot be reached.
	Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error)
}

// Poller is a desk that lists what changed; Capabilities.Poll says so.
type Poller interface {
	// Changed returns the tickets with any change at or after since, by the
	// desk's clock, each once. It pages through all of them.
	Changed(ctx context.Context, since time.Time) ([]Row, error)
}

// Helpdesk is a desk that can do all that helpdesks can; adapters assert it.
type Helpdesk interface {
	Desk
	Reader
	Poller
	Noter
	Tagger
	Mover
	Historian
	Checker
	Installer
	Signer
}

// MarkerKind says how our mark on a reply survives in a desk.
type MarkerKind string

const (
	// MarkerField is a field of the message that the desk returns as it was
	// sent: Message.Marker holds it again.
	MarkerField MarkerKind = "field"
	// MarkerText means there is no such field: a reply is recognised by its
	// text, an agent's public message equal but for white space.
	MarkerText MarkerKind = "text"
	// MarkerBoth is a field that not every account keeps: a reply is looked for
	// by its field first, then by its text.
	MarkerBoth MarkerKind = "both"
)

// Capabilities of one desk.
type Capabilities struct {
	// Inbound is false when no signing secret is configured: the route
	// /hooks/{name} stays closed.
	Inbound bool
	// ReadBack: the desk is a Reader. Without it an ambiguous send ends as
	// asked, and nothing can be checked before sending.
	ReadBack bool
	// Poll: the desk is a Poller (and a Reader), so that missed webhooks are found.
	Poll bool
	// Hints: webhooks do not carry the whole message; the thread must be read.
	Hints bool
	// Marker says how replies are found again; empty means MarkerField.
	Marker MarkerKind
	// AgentName: replies appear under the approving agent's name, where the desk
	// knows that agent (Signer).
	AgentName bool
	// Absence says what it proves that a reply is not found; empty: nothing, so
	// that an ambiguous send is never repeated without a person.
	Absence Absence
}

// Post is one approved reply on its way to a desk.
type Post struct {
	Ticket    pipeline.TicketRef
	Text      string // exactly what was approved
	Marker    string // to be carried by the message at the desk
	Author    pipeline.Agent
	Recipient pipeline.Person
	Citations []pipeline.Citation
	// Seen is Ticket.UpdatedAt of the thread that was read right before, zero
	// when it was not: a desk that can must refuse when the ticket changed
	// since (verdict Moved).
	Seen time.Time
}

// ReaderOf returns the desk as a Reader, and false when it cannot be read.
func ReaderOf(d Desk) (Reader, bool) {
	r, ok := d.(Reader)
	return r, ok && d.Can().ReadBack
}

// PollerOf returns the desk as a Poller, and false when it cannot list changes.
func PollerOf(d Desk) (Poller, bool) {
	p, ok := d.(Poller)
	return p, ok && d.Can().Poll
}
