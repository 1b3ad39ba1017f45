package bots

import (
	"context"
	"strings"

	"footnote/pipeline"
)

const (
	askUnread = "It is not known whether the desk has this reply, and the desk cannot be read. Look at the ticket before you send it again."
	askAbsent = "The desk failed to take this reply twice and does not show it. Look at the ticket before you send it again."
)

// probe looks for an unknown reply in the desk's thread. Only a reply that was
// absent twice, a settle time apart, is posted again, and only once.
func (d *Delivery) probe(ctx context.Context, row delivery) error {
	desk, ok := d.desks[row.desk]
	if !ok {
		return d.settle(ctx, row, pipeline.DeliveryAsked, "", askUnread)
	}
	reader, ok := ReaderOf(desk)
	if !ok {
		return d.settle(ctx, row, pipeline.DeliveryAsked, "", askUnread)
	}
	data, err := pipeline.Decode[pipeline.DecidedData](row.event)
	if err != nil {
		return err
	}
	readCtx, cancel := context.WithTimeout(ctx, d.c.ReadTimeout)
	thread, err := safeThread(readCtx, reader, row.event.Ref())
	cancel()
	if err != nil {
		if pipeline.KindOf(err) == pipeline.NotFound || row.tries+1 >= d.c.ProbeTries {
			return d.settle(ctx, row, pipeline.DeliveryAsked, "", askUnread)
		}
		return d.wait(ctx, row, err)
	}
	d.release(row.desk)
	d.c.Step(StepProbed)
	f := finder{marker: row.marker, text: data.Reply.Text, after: data.Message, byText: byText(desk)}
	if m, ok := f.find(thread); ok {
		return d.settle(ctx, row, pipeline.DeliverySent, m.ID, "")
	}
	next := row
	next.absent, next.tries = row.absent+1, 0
	switch {
	case next.absent < 2:
		_, err = d.move(ctx, row, next, d.c.Settle)
	case row.resends < maxResends:
		next.state, next.absent, next.resends = pipeline.DeliveryQueued, 0, row.resends+1
		next.reason = "The desk does not have the reply; sending it once more."
		_, err = d.move(ctx, row, next, 0)
	default:
		return d.settle(ctx, row, pipeline.DeliveryAsked, "", askAbsent)
	}
	return err
}

// byText tells whether a desk's replies may have to be recognised by their text.
func byText(d Desk) bool { m := d.Can().Marker; return m == MarkerText || m == MarkerBoth }

// finder recognises our reply in a thread.
type finder struct {
	marker string
	text   string
	after  string // the answered message: what stands before it is not our reply
	byText bool   // the desk may have lost the marker
}

func (f finder) find(t pipeline.Ticket) (pipeline.Message, bool) {
	for _, m := range t.Messages {
		if m.Marker == f.marker {
			return m, true
		}
	}
	if !f.byText {
		return pipeline.Message{}, false
	}
	for _, m := range later(t, f.after) {
		if m.Public && (m.Role == pipeline.RoleAgent || m.Role == pipeline.RoleBot) && normal(m.Text) == normal(f.text) {
			return m, true
		}
	}
	return pipeline.Message{}, false
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
