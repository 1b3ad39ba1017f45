package delivery

import (
	"cmp"
	"context"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

const (
	askUnread = "It is not known whether the desk has this reply: the desk cannot be read."
	askAbsent = "The desk failed to take this reply twice and does not show it."
)

// losesMarker tells whether a desk's replies may have to be recognised by their text.
func losesMarker(d bots.Desk) bool {
	m := d.Can().Marker
	return m == bots.MarkerText || m == bots.MarkerBoth
}

// proofs is how many looks, a settle time apart, must all prove that the desk never
// got a reply. A person is asked when one of them does not.
const proofs = 2

// sought is what is looked for of a delivery.
func (r delivery) sought(data pipeline.DecidedData) bots.Sought {
	return bots.Sought{Ticket: r.event.Ref(), Marker: r.marker, Text: data.Reply.Text, After: data.Message, TicketAt: r.ticketAt}
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
	trace, err := bots.Probe(readCtx, desk, row.sought(data))
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
	if next.tries = 0; trace.Kind == bots.TraceUnsure && trace.Later > 0 {
		_, err = d.move(ctx, row, next, trace.Later)
		return err
	}
	next.looks = row.looks + 1
	switch trace.Kind {
	case bots.TraceFound:
		return d.settle(ctx, row, pipeline.DeliverySent, trace.RemoteID, "")
	case bots.TraceAbsent:
		next.absent = row.absent + 1
	}
	switch {
	case next.looks < proofs:
		_, err = d.move(ctx, row, next, d.c.Settle)
	case next.absent < next.looks:
		return d.settle(ctx, row, pipeline.DeliveryAsked, "", cmp.Or(trace.Why, bots.AskChange))
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
func (d *Delivery) probeBefore(ctx context.Context, desk bots.Desk, row delivery, data pipeline.DecidedData) (done bool, err error) {
	trace, err := bots.Probe(ctx, desk, row.sought(data))
	switch {
	case err != nil:
		return true, d.wait(ctx, row, err)
	case trace.Kind == bots.TraceFound:
		return true, d.settle(ctx, row, pipeline.DeliverySent, trace.RemoteID, "")
	case trace.Kind != bots.TraceAbsent:
		return true, d.settle(ctx, row, pipeline.DeliveryAsked, "", cmp.Or(trace.Why, bots.AskTrace))
	}
	return false, nil
}

// probeEarlier looks for an earlier reply of the same draft, of which a person was
// asked and who then sent it again: it may have shown itself meanwhile. done means
// that the row was moved and there is nothing to post.
func (d *Delivery) probeEarlier(ctx context.Context, desk bots.Desk, row delivery) (done bool, err error) {
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
	trace, err := bots.Probe(ctx, desk, earlier.sought(data))
	switch {
	case err != nil:
		return true, d.wait(ctx, row, err)
	case trace.Kind == bots.TraceFound && earlier.hash == row.hash:
		return true, d.settle(ctx, row, pipeline.DeliverySent, trace.RemoteID, "")
	case trace.Kind == bots.TraceFound:
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

// undo ends the delivery of an approval that was taken back. When that is heard of
// before the approval itself, Fresh tells it again when the reply is due.
func (d *Delivery) undo(ctx context.Context, data pipeline.DecidedData) error {
	if !uuidForm.MatchString(data.Undoes) {
		return pipeline.Errorf(pipeline.Invalid, "undo of draft %s names no approval", data.Draft)
	}
	return d.store.undo(ctx, data.Undoes)
}

// before is a ticket's time of change if a reply posted now cannot share it: some
// desks tell whole seconds. Zero when it can, or when it is not known.
func before(at, now time.Time) time.Time {
	if now.Truncate(time.Second).After(at.Truncate(time.Second)) {
		return at
	}
	return time.Time{}
}

// staleThread says why a thread has moved on since the message that an approval
// answers; empty when it has not.
func (d *Delivery) staleThread(t pipeline.Ticket, answered string) string {
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
	for _, m := range bots.Later(t, answered) {
		switch {
		case !m.Public:
		case m.Role == pipeline.RoleCustomer && len(m.Attachments) == 0 && d.c.Courteous != nil && d.c.Courteous(m.Text):
		case m.Role == pipeline.RoleCustomer:
			return "Nothing was sent: the customer wrote again."
		case m.Role == pipeline.RoleAgent && bots.IsMarker(m.Marker):
			return "Nothing was sent: another approved reply is already in the ticket."
		case m.Role == pipeline.RoleAgent:
			who := bots.Plain(m.Author.Name, 60)
			if who == "" {
				who = "another agent"
			}
			return "Nothing was sent: " + who + " has answered meanwhile."
		}
	}
	return ""
}
