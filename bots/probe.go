package bots

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/pipeline"
)

// Absence says what it proves at a desk that our reply is not found.
type Absence string

const (
	// AbsenceNothing: a reply can be where nobody looks, or leave no trace. It is
	// never sent again by itself.
	AbsenceNothing Absence = ""
	// AbsenceUnchanged: whatever comes into a ticket moves Ticket.UpdatedAt, by the
	// desk's own clock, and nothing moves it back. A ticket that has not changed
	// since it was read before the POST never got the reply; in one that has, the
	// reply may have been edited, deleted, hidden or moved away.
	AbsenceUnchanged Absence = "unchanged"
	// AbsenceSearched: the desk is a Prober that can search every place where the
	// reply would have to be.
	AbsenceSearched Absence = "searched"
)

// Sought is a reply of ours whose sending broke off.
type Sought struct {
	Ticket pipeline.TicketRef
	Marker string
	Text   string
	After  string // the answered message: what stands before it is not our reply
	// TicketAt is Ticket.UpdatedAt as it was read right before the POST; zero when
	// it is not known or stood in the very second of the POST.
	TicketAt time.Time
}

// Finding kinds of a Trace.
const (
	TraceFound  TraceKind = "found"     // the desk has it, as it was sent
	TraceAbsent TraceKind = "absent"    // proven: the desk never got it
	TraceUnsure TraceKind = "not known" // not found, and that proves nothing; or not as it was sent
)

// TraceKind is what a look for a reply came to.
type TraceKind string

// Trace is what a desk can tell about a reply.
type Trace struct {
	Kind     TraceKind
	RemoteID string // TraceFound
	// Why tells an agent in plain words why it is not known, and where to look.
	Why string
	// Later: it is too early to tell anything; look again after this time.
	Later time.Duration
}

// Prober is a desk that looks for our reply in more places than its ticket's
// thread. It answers TraceAbsent only when every place was searched in which the
// reply would have to be; an error, of a kind as Reader's, means that it could not
// look and is asked again.
type Prober interface {
	Probe(ctx context.Context, s Sought) (Trace, error)
}

// What a person reads who is asked whether the desk has a reply.
const (
	AskGone   = "It is not known whether the desk has this reply: the ticket is deleted, merged, or where Footnote may not look, and the reply may be with it."
	AskHidden = "The desk has this reply, but as a private note now: the customer may have got it by mail before, or not at all."
	AskMoved  = "It is not known whether the desk has this reply: the customer's message is not in the ticket any more. It was merged, split or moved, and the reply may have gone with it."
	AskChange = "It is not known whether the desk has this reply: the ticket does not show it, but has changed since. It may have been edited, deleted, or moved to another ticket."
	AskTrace  = "It is not known whether the desk has this reply: the ticket does not show it, and the desk does not tell whether it was there and was deleted or moved."
)

// Probe looks for a reply at a desk, where the desk's Prober says, else in its
// ticket. Kinds as Reader's; Invalid for a desk that cannot be read.
func Probe(ctx context.Context, d Desk, s Sought) (t Trace, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("look for reply: panic: %v", p)
		}
	}()
	if p, ok := d.(Prober); ok {
		return p.Probe(ctx, s)
	}
	reader, ok := ReaderOf(d)
	if !ok {
		return Trace{}, pipeline.Errorf(pipeline.Invalid, "the desk cannot be read")
	}
	thread, err := reader.Thread(ctx, s.Ticket)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return Trace{Kind: TraceUnsure, Why: AskGone}, nil
	}
	if err != nil {
		return Trace{}, err
	}
	return s.In(thread, d.Can()), nil
}

// In looks for the reply in its ticket, as it was read from a desk that can do so
// much.
func (s Sought) In(t pipeline.Ticket, can Capabilities) Trace {
	if m, ok := s.Find(t, can.Marker == MarkerText || can.Marker == MarkerBoth); ok {
		if !m.Public {
			return Trace{Kind: TraceUnsure, Why: AskHidden}
		}
		return Trace{Kind: TraceFound, RemoteID: m.ID}
	}
	here := slices.ContainsFunc(t.Messages, func(m pipeline.Message) bool { return m.ID == s.After })
	switch {
	case !here:
		return Trace{Kind: TraceUnsure, Why: AskMoved}
	case can.Absence != AbsenceUnchanged, s.TicketAt.IsZero(), t.UpdatedAt.IsZero():
		return Trace{Kind: TraceUnsure, Why: AskTrace}
	case !t.UpdatedAt.Truncate(time.Microsecond).Equal(s.TicketAt.Truncate(time.Microsecond)): // as the database keeps it
		return Trace{Kind: TraceUnsure, Why: AskChange}
	}
	return Trace{Kind: TraceAbsent}
}

// Find recognises our reply in a thread, also one that was made private. byText:
// the desk may have lost the marker.
func (s Sought) Find(t pipeline.Ticket, byText bool) (pipeline.Message, bool) {
	for _, m := range t.Messages {
		if m.Marker == s.Marker {
			return m, true
		}
	}
	if !byText {
		return pipeline.Message{}, false
	}
	var hidden pipeline.Message
	for _, m := range Later(t, s.After) {
		if m.Role != pipeline.RoleAgent && m.Role != pipeline.RoleBot || normal(m.Text) != normal(s.Text) {
			continue
		}
		if m.Public {
			return m, true
		}
		hidden = m
	}
	return hidden, hidden.ID != ""
}

// normal is a text without its white space, which desks change.
func normal(s string) string { return strings.Join(strings.Fields(s), " ") }

// Later returns the messages after the one with this id; all when there is none.
func Later(t pipeline.Ticket, id string) []pipeline.Message {
	for i, m := range t.Messages {
		if m.ID == id {
			return t.Messages[i+1:]
		}
	}
	return t.Messages
}
