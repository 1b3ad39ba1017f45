package delivery

import (
	"context"
	"time"

	"footnote/pipeline"
)

// settleAgain is when a report comes again that overtook the delivery it is about.
const settleAgain = 30 * time.Second

// reported takes what a desk was told about a reply that it had taken: it did not
// reach the customer. The delivery, final until then, ends as undelivered, and what
// people see follows as for any that came back. Others' events are ignored.
func (d *Delivery) reported(ctx context.Context, e pipeline.Event) error {
	r, err := pipeline.Decode[pipeline.Received](e)
	if err != nil || r.Kind != pipeline.ReceivedUndelivered || r.Undelivered == nil {
		return nil // whoever reads messages says what is wrong with it
	}
	row, err := d.store.takeSent(ctx, e.Desk, r.Undelivered.Marker, leaseMargin)
	switch {
	case pipeline.KindOf(err) == pipeline.NotFound:
		return nil // reported before, or no reply of ours
	case err != nil:
		return err
	case row.state != pipeline.DeliverySent && row.state != pipeline.DeliveryAsked:
		return &pipeline.RetryAfterError{After: settleAgain, Err: pipeline.Errorf(pipeline.Unavailable, "The reply is still being sent.")}
	}
	d.c.Log.Info("a reply did not reach the customer", "delivery", row.id, "ticket", row.event.Ref().String(), "why", r.Undelivered.Why)
	return d.settle(ctx, row, pipeline.DeliveryUndelivered, row.remoteID, r.Undelivered.Why)
}
