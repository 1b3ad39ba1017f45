package bots

import (
	"cmp"
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

const (
	askUnread = "It is not known whether the desk has this reply: the desk cannot be read."
	askGone   = "It is not known whether the desk has this reply: the ticket is deleted, merged, or where Footnote may not look, and the reply may be with it."
	askAbsent = "The desk failed to take this reply twice and does not show it."
	askHidden = "The desk has this reply, but as a private note now: the customer may have got it by mail before, or not at all."
	askMoved  = "It is not known whether the desk has this reply: the customer's message is not in the ticket any more. It was merged, split or moved, and the reply may have gone with it."
	askChange = "It is not known whether the desk has this reply: the ticket does not show it, but has changed since. It may have been edited, deleted, or moved to another ticket."
	askTrace  = "It is not known whether the desk has this reply: the ticket does not show it, and the desk does not tell whether it was there and was deleted or moved."
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
		return Trace{Kind: TraceUnsure, Why: askGone}, nil
	}
	if err != nil {
		return Trace{}, err
	}
	return s.In(thread, d.Can()), nil
}

// In looks for the reply in its ticket, as it was read from a desk that can do so
// much.
func (s Sought) In(t pipeline.Ticket, can Capabilities) Trace {
	if m, ok := s.find(t, can.Marker == MarkerText || can.Marker == MarkerBoth); ok {
		if !m.Public {
			return Trace{Kind: TraceUnsure, Why: askHidden}
		}
		return Trace{Kind: TraceFound, RemoteID: m.ID}
	}
	here := slices.ContainsFunc(t.Messages, func(m pipeline.Message) bool { return m.ID == s.After })
	switch {
	case !here:
		return Trace{Kind: TraceUnsure, Why: askMoved}
	case can.Absence != AbsenceUnchanged, s.TicketAt.IsZero(), t.UpdatedAt.IsZero():
		return Trace{Kind: TraceUnsure, Why: askTrace}
	case !t.UpdatedAt.Truncate(time.Microsecond).Equal(s.TicketAt.Truncate(time.Microsecond)): // as the database keeps it
		return Trace{Kind: TraceUnsure, Why: askChange}
	}
	return Trace{Kind: TraceAbsent}
}

// losesMarker tells whether a desk's replies may have to be recognised by their text.
func losesMarker(d Desk) bool { m := d.Can().Marker; return m == MarkerText || m == MarkerBoth }

// find recognises our reply in a thread, also one that was made private. byText:
// the desk may have lost the marker.
func (s Sought) find(t pipeline.Ticket, byText bool) (pipeline.Message, bool) {
	for _, m := range t.Messages {
		if m.Marker == s.Marker {
			return m, true
		}
	}
	if !byText {
		return pipeline.Message{}, false
	}
	var hidden pipeline.Message
	for _, m := range later(t, s.After) {
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

// proofs is how many looks, a settle time apart, must all prove that the desk never
// got a reply. A person is asked when one of them does not.
const proofs = 2

// sought is what is looked for of a delivery.
func (r delivery) sought(data pipeline.DecidedData) Sought {
	return Sought{Ticket: r.event.Ref(), Marker: r.marker, Text: data.Reply.Text, After: data.Message, TicketAt: r.ticketAt}
}

// probe looks for an unknown reply. Only one whose absence was proven twice, a
// settle time apart, is posted again, and only once; where it is not found and
// that proves nothing, a person is asked after as many looks.
func (d *Delivery) probe(ctx context.Context, row delivery) error {
	desk, ok := d.desks[row.desk]
	if !ok || !desk.Can().ReadBack {
		return d.settle(ctx, row, pipeline.DeliveryAsked, "", askUnread)
	}
	data, err := pipeline.Decode[pipeline.DecidedData](row.event)
	if err != nil {
		return err
	}
	readCtx, cancel := context.WithTimeout(ctx, d.c.ReadTimeout)
	trace, err := Probe(readCtx, desk, row.sought(data))
	cancel()
	if err != nil {
		if row.tries+1 >= d.c.ProbeTries {
			return d.settle(ctx, row, pipeline.DeliveryAsked, "", askUnread)
		}
		return d.wait(ctx, row, err)
	}
	d.release(row.desk)
	d.c.Step(StepProbed)
	next := row
	if next.tries = 0; trace.Kind == TraceUnsure && trace.Later > 0 {
		_, err = d.move(ctx, row, next, trace.Later)
		return err
	}
	next.looks = row.looks + 1
	switch trace.Kind {
	case TraceFound:
		return d.settle(ctx, row, pipeline.DeliverySent, trace.RemoteID, "")
	case TraceAbsent:
		next.absent = row.absent + 1
	}
	switch {
	case next.looks < proofs:
		_, err = d.move(ctx, row, next, d.c.Settle)
	case next.absent < next.looks:
		return d.settle(ctx, row, pipeline.DeliveryAsked, "", cmp.Or(trace.Why, askChange))
	case row.resends < maxResends:
		next.state, next.absent, next.looks, next.resends = pipeline.DeliveryQueued, 0, 0, row.resends+1
		next.reason = "The desk does not have the reply; sending it once more."
		_, err = d.move(ctx, row, next, 0)
	default:
		return d.settle(ctx, row, pipeline.DeliveryAsked, "", askAbsent)
	}
	return err
}

// probeBefore looks once more right before the one resend: what the desk did with
// the first attempt may have shown itself only now. done means that the row was
// moved and there is nothing to post.
func (d *Delivery) probeBefore(ctx context.Context, desk Desk, row delivery, data pipeline.DecidedData) (done bool, err error) {
	trace, err := Probe(ctx, desk, row.sought(data))
	switch {
	case err != nil:
		return true, d.wait(ctx, row, err)
	case trace.Kind == TraceFound:
		return true, d.settle(ctx, row, pipeline.DeliverySent, trace.RemoteID, "")
	case trace.Kind != TraceAbsent:
		return true, d.settle(ctx, row, pipeline.DeliveryAsked, "", cmp.Or(trace.Why, askTrace))
	}
	return false, nil
}

// probeEarlier looks for an earlier reply of the same draft, of which a person was
// asked and who then sent it again: it may have shown itself meanwhile. done means
// that the row was moved and there is nothing to post.
func (d *Delivery) probeEarlier(ctx context.Context, desk Desk, row delivery) (done bool, err error) {
	earlier, err := d.store.asked(ctx, row.draft, row.id)
	if pipeline.KindOf(err) == pipeline.NotFound {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	data, err := pipeline.Decode[pipeline.DecidedData](earlier.event)
	if err != nil {
		return true, err
	}
	trace, err := Probe(ctx, desk, earlier.sought(data))
	switch {
	case err != nil:
		return true, d.wait(ctx, row, err)
	case trace.Kind == TraceFound && earlier.hash == row.hash:
		return true, d.settle(ctx, row, pipeline.DeliverySent, trace.RemoteID, "")
	case trace.Kind == TraceFound:
		return true, d.settle(ctx, row, pipeline.DeliveryStale, "", "Nothing was sent: the reply that was approved before has arrived after all.")
	}
	return false, nil // the person looked, and decided
}

// arrived settles a reply of which a person, who was asked, says that it arrived.
func (d *Delivery) arrived(ctx context.Context, data pipeline.DecidedData) error {
	row, err := d.store.takeAsked(ctx, data.Draft, data.Hash, leaseMargin)
	if pipeline.KindOf(err) == pipeline.NotFound {
		return nil // said before
	}
	if err != nil {
		return err
	}
	d.c.Log.Info("a person says that the reply arrived", "delivery", row.id, "by", data.By.ID)
	return d.settle(ctx, row, pipeline.DeliverySent, "", "")
}

// before is a ticket's time of change if a reply posted now cannot share it: some
// desks tell whole seconds. Zero when it can, or when it is not known.
func before(at, now time.Time) time.Time {
	if now.Truncate(time.Second).After(at.Truncate(time.Second)) {
		return at
	}
	return time.Time{}
}

// normal is a text without its white space, which desks change.
func normal(s string) string { return strings.Join(strings.Fields(s), " ") }

// later returns the messages after the one with this id; all when there is none.
func later(t pipeline.Ticket, id string) []pipeline.Message {
	for i, m := range t.Messages {
		if m.ID == id {
			return t.Messages[i+1:]
		}
	}
	return t.Messages
}

// staleThread says why a thread has moved on since the message that an approval
// answers; empty when it has not.
func staleThread(t pipeline.Ticket, answered string) string {
	if answered == "" {
		return "Nothing was sent: the approval does not name the message that it answers."
	}
	known := false
	for _, m := range t.Messages {
		known = known || m.ID == answered
	}
	if !known {
		return "Nothing was sent: the message that this answers is no longer in the ticket."
	}
	for _, m := range later(t, answered) {
		switch {
		case !m.Public:
		case m.Role == pipeline.RoleCustomer:
			return "Nothing was sent: the customer wrote again."
		case m.Role == pipeline.RoleAgent && IsMarker(m.Marker):
			return "Nothing was sent: another approved reply is already in the ticket."
		case m.Role == pipeline.RoleAgent:
			who := Plain(m.Author.Name, 60)
			if who == "" {
				who = "another agent"
			}
			return "Nothing was sent: " + who + " has answered meanwhile."
		}
	}
	return ""
}
