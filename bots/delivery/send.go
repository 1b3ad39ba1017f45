package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// send checks a queued reply against the desk and posts it once.
func (d *Delivery) send(ctx context.Context, row delivery) error {
	desk, ok := d.desks[row.desk]
	if !ok {
		return d.settle(ctx, row, pipeline.DeliveryFailed, "", fmt.Sprintf("Nothing was sent: no desk named %q is configured.", bots.Plain(row.desk, 60)))
	}
	data, err := pipeline.Decode[pipeline.DecidedData](row.event)
	if err != nil {
		return err
	}
	// Checked when it was stored; checked again on what is really sent.
	if why := refuseApproval(row.event, data); why != "" || data.Hash != row.hash {
		d.c.Log.Error("REFUSED to send: the stored approval does not hold", "delivery", row.id, "reason", why)
		return d.settle(ctx, row, pipeline.DeliveryFailed, "", "Nothing was sent: the reply is not the one that was approved (its hash differs).")
	}
	seen, done, err := d.check(ctx, desk, row, data)
	if done || err != nil {
		return err
	}
	d.c.Step(StepRead)

	next := row
	begin := d.now()
	next.state, next.attempt, next.reason, next.absent, next.looks = pipeline.DeliverySending, row.attempt+1, "", 0, 0
	next.ticketAt = before(seen, begin)
	row, err = d.move(ctx, row, next, d.c.SendTimeout+leaseMargin)
	if err != nil {
		return err
	}
	d.c.Step(StepSending)
	// A process that slept here must not wake up and post: others may already
	// be probing. Both clocks are asked, since a suspended machine stops one.
	if now := d.now(); now.Sub(begin) > d.c.SendTimeout/2 || now.Round(0).Sub(begin.Round(0)) > d.c.SendTimeout/2 {
		return d.requeue(ctx, row, 0, "This process was held up; nothing was sent yet.")
	}
	postCtx, cancel := context.WithTimeout(ctx, d.c.SendTimeout/2)
	remote, err := safePost(postCtx, desk, bots.Post{Ticket: data.Reply.Ticket, Text: data.Reply.Text, Marker: row.marker,
		Author: data.By, Recipient: data.Reply.Recipient, Citations: data.Reply.Citations, Seen: seen})
	cancel()
	d.c.Step(StepPosted)
	return d.posted(ctx, row, remote, err)
}

// check looks, right before the POST, whether the reply may still be sent. seen
// is when the ticket, as it was read, had last changed. done means that the row
// was moved and there is nothing to post now.
func (d *Delivery) check(ctx context.Context, desk bots.Desk, row delivery, data pipeline.DecidedData) (seen time.Time, done bool, err error) {
	readCtx, cancel := context.WithTimeout(ctx, d.c.ReadTimeout)
	defer cancel()
	if reader, ok := bots.ReaderOf(desk); ok {
		thread, err := safeThread(readCtx, reader, row.event.Ref())
		switch {
		case pipeline.KindOf(err) == pipeline.NotFound:
			return seen, true, d.settle(ctx, row, pipeline.DeliveryFailed, "", "Nothing was sent: the desk does not have this ticket any more.")
		case err != nil:
			return seen, true, d.wait(ctx, row, err)
		}
		if m, ok := row.sought(data).Find(thread, row.attempt > 0 && losesMarker(desk)); ok && m.Public {
			return seen, true, d.settle(ctx, row, pipeline.DeliverySent, m.ID, "")
		} else if ok {
			return seen, true, d.settle(ctx, row, pipeline.DeliveryAsked, "", bots.AskHidden)
		}
		if row.attempt == 0 {
			if done, err := d.probeEarlier(readCtx, desk, row); done || err != nil {
				return seen, true, err
			}
		}
		seen = thread.UpdatedAt
		if why := d.staleThread(thread, data.Message); why != "" {
			return seen, true, d.settle(ctx, row, pipeline.DeliveryStale, "", why)
		}
		if row.resends > 0 {
			if done, err := d.probeBefore(readCtx, desk, row, data); done || err != nil {
				return seen, true, err
			}
		}
	}
	if d.c.Fresh == nil {
		return seen, false, nil
	}
	switch err := d.c.Fresh.Fresh(readCtx, row.event); {
	case err == nil:
		return seen, false, nil
	case errors.Is(err, pipeline.ErrUndone):
		return seen, true, d.settle(ctx, row, pipeline.DeliveryUndone, "", "")
	case pipeline.KindOf(err) == pipeline.Conflict:
		return seen, true, d.settle(ctx, row, pipeline.DeliveryStale, "", pipeline.Say(err))
	default: // not the desk's fault: the others may go on
		next := row
		next.tries, next.reason = row.tries+1, "Waiting: it could not be checked whether the approval is still current."
		d.c.Log.Warn("check freshness", "delivery", row.id, "error", err)
		_, err = d.move(ctx, row, next, d.backoff(next.tries))
		return seen, true, err
	}
}

// posted records what the POST came to.
func (d *Delivery) posted(ctx context.Context, row delivery, remote string, err error) error {
	verdict := bots.VerdictOf(err)
	d.posts.WithLabelValues(d.label(row.desk), string(verdict)).Inc()
	say := "the desk did not say why"
	pe, classified := errors.AsType[*bots.PostError](err)
	if classified && pe.Say != "" {
		say = bots.Plain(pe.Say, 300)
	}
	if err != nil {
		d.c.Log.Warn("post reply", "delivery", row.id, "desk", row.desk, "verdict", verdict, "error", err)
	}
	switch verdict {
	case bots.Accepted:
		d.release(row.desk)
		return d.settle(ctx, row, pipeline.DeliverySent, remote, "")
	case bots.Refused:
		d.release(row.desk)
		return d.settle(ctx, row, pipeline.DeliveryFailed, "", "Nothing was sent: "+say+".")
	case bots.Throttled:
		return d.requeue(ctx, row, max(pe.After, d.hold(row.desk, pe.After)), "Waiting: the desk asked us to slow down.")
	case bots.Moved: // the next read says whether the reply is stale
		return d.requeue(ctx, row, d.c.Backoff, "Waiting: the ticket changed at the last moment; reading it again.")
	case bots.NotSent:
		return d.requeue(ctx, row, d.holdAway(row.desk), "Waiting: the desk cannot be reached.")
	}
	d.hold(row.desk, 0)
	next := row
	next.state, next.absent, next.looks, next.tries = pipeline.DeliveryUnknown, 0, 0, 0
	next.reason = "Not known yet whether the desk has the reply (" + say + "); looking."
	_, err = d.move(ctx, row, next, d.c.Settle)
	return err
}

// requeue puts a reply back that the desk certainly does not have.
func (d *Delivery) requeue(ctx context.Context, row delivery, after time.Duration, reason string) error {
	next := row
	next.state, next.attempt, next.reason = pipeline.DeliveryQueued, row.attempt-1, reason
	_, err := d.move(ctx, row, next, after)
	return err
}

// wait leaves the row in its state for a while: the desk cannot be read.
func (d *Delivery) wait(ctx context.Context, row delivery, cause error) error {
	after := time.Duration(0)
	if ra, ok := errors.AsType[*pipeline.RetryAfterError](cause); ok {
		after = d.hold(row.desk, ra.After)
	} else {
		after = d.holdAway(row.desk)
	}
	next := row
	next.tries, next.reason = row.tries+1, "Waiting: the desk cannot be read ("+bots.Plain(pipeline.Say(cause), 200)+")."
	d.c.Log.Warn("read desk", "delivery", row.id, "desk", row.desk, "tries", next.tries, "error", cause)
	_, err := d.move(ctx, row, next, after)
	return err
}

// holdAway leaves alone a desk that cannot be reached, until it answers to anybody, or
// for longer with each failure in a row. It returns when the row is due: where calls
// are heard of, the desk alone is held, so that nothing is in the row's way afterwards.
func (d *Delivery) holdAway(desk string) time.Duration {
	after := d.hold(desk, 0)
	if bots.PulseOf(d.desks[desk]) == nil {
		return after
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.holds[desk]
	h.away = time.Now() // the pulse's clock
	d.holds[desk] = h
	return min(after, d.c.Backoff)
}

// back tells whether a desk was heard of since it was found away.
func (d *Delivery) back(desk string, h hold) bool {
	return !h.away.IsZero() && bots.PulseOf(d.desks[desk]).State().Heard.After(h.away)
}

// hold leaves a desk alone for at least after, longer with each failure in a
// row, and returns for how long.
func (d *Delivery) hold(desk string, after time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.holds[desk]
	h.fails++
	after = max(after, d.backoff(h.fails))
	h.until, h.away = d.now().Add(after), time.Time{}
	d.holds[desk] = h
	return after
}

func (d *Delivery) release(desk string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.holds, desk)
}

// held lists the desks to be left alone now: those that are away, and those that
// have their share of workers already. A desk that stalls must not take the
// workers of the others, so one that failed last gets one at a time, and none
// gets the last worker where there are several desks.
func (d *Delivery) held() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := []string{}
	for name := range d.desks {
		h, failed := d.holds[name]
		share := d.c.Workers
		if failed {
			share = 1
		} else if len(d.desks) > 1 {
			share = max(1, share-1)
		}
		if failed && d.now().Before(h.until) && !d.back(name, h) || d.busy[name] >= share {
			names = append(names, name)
		}
	}
	return names
}

func (d *Delivery) now() time.Time {
	if d.c.Now != nil {
		return d.c.Now()
	}
	return time.Now()
}

func (d *Delivery) backoff(fails int) time.Duration {
	return min(d.c.Backoff<<min(max(fails-1, 0), 20), d.c.MaxBackoff)
}

// safePost makes a panic in an adapter an ambiguous outcome.
func safePost(ctx context.Context, desk bots.Desk, p bots.Post) (id string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &bots.PostError{Verdict: bots.Ambiguous, Say: "an error on our side", Err: fmt.Errorf("panic: %v", r)}
		}
	}()
	return desk.Post(ctx, p)
}

func safeThread(ctx context.Context, r bots.Reader, ref pipeline.TicketRef) (t pipeline.Ticket, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read thread: panic: %v", p)
		}
	}()
	return r.Thread(ctx, ref)
}
