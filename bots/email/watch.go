package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
	"footnote/pipeline"
)

// maxPause is the longest wait between tries to connect.
const maxPause = 5 * time.Minute

// Watch tells new mail at once where the server has IDLE, else at every
// interval. A mail is marked as told only after publish took its event.
func (d *Desk) Watch(ctx context.Context, publish func(context.Context, pipeline.Event) error) error {
	defer d.Close()
	for pause := time.Second; ctx.Err() == nil; pause = min(2*pause, maxPause) {
		begin := time.Now()
		if err := d.listen(ctx, publish); err != nil && ctx.Err() == nil {
			d.c.Log.Warn("listen to mailbox", "desk", d.c.Name, "error", err)
		}
		if time.Since(begin) > maxPause {
			pause = time.Second
		}
		d.pauseFor(ctx, pause)
	}
	return nil
}

func wait(ctx context.Context, what <-chan time.Time) {
	select {
	case <-ctx.Done():
	case <-what:
	}
}

// pauseFor waits, and no longer once any call reaches the server again.
func (d *Desk) pauseFor(ctx context.Context, pause time.Duration) {
	begin, t := d.c.Now(), time.NewTicker(min(pause, time.Second))
	defer t.Stop()
	for until := time.Now().Add(pause); ctx.Err() == nil && time.Now().Before(until); {
		wait(ctx, t.C)
		if d.pulse.State().Heard.After(begin) {
			return
		}
	}
}

// listen tells mail until the connection or publish fails, or ctx ends.
func (d *Desk) listen(ctx context.Context, publish func(context.Context, pipeline.Event) error) error {
	bell := make(chan struct{}, 1)
	c, err := d.login(ctx, func() {
		select {
		case bell <- struct{}{}:
		default: // it rings already
		}
	})
	if err != nil {
		return err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err := d.attended(c, func() error {
		_, err := c.Select(d.c.Inbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	}); err != nil {
		return classify(err)
	}
	for ctx.Err() == nil {
		if err := d.turn(ctx, c, bell, publish); err != nil {
			return err
		}
	}
	return nil
}

// turn tells what is new, and waits for the bell or the interval. IDLE begins
// first: mail that comes before it may ring no bell.
func (d *Desk) turn(ctx context.Context, c *line, bell <-chan struct{}, publish func(context.Context, pipeline.Event) error) error {
	idle, err := (*imapclient.IdleCommand)(nil), error(nil)
	if c.Caps().Has(imap.CapIdle) {
		if idle, err = c.Idle(); err != nil {
			return classify(err)
		}
	}
	if err := d.tell(ctx, publish); err != nil {
		return err
	}
	t := time.NewTimer(d.c.Interval)
	defer t.Stop()
	select {
	case <-bell:
	case <-t.C:
	case <-ctx.Done():
	case <-c.Closed():
	}
	err = d.attended(c, func() error {
		if idle == nil {
			return c.Noop().Wait()
		}
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
	if errors.Is(err, errSilent) {
		d.pulse.Tell(ctx, d.c.Now(), err)
	}
	return classify(err)
}

// tell reads what is new and publishes it, in order.
func (d *Desk) tell(ctx context.Context, publish func(context.Context, pipeline.Event) error) error {
	limited, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := d.session(limited, func(c *imapclient.Client) error { return d.sync(limited, c) }); err != nil {
		return fmt.Errorf("read mailbox: %w", err)
	}
	for {
		rows, err := d.store.untold(limited)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return d.tellGone(limited, publish)
		}
		for _, r := range rows {
			e := d.event(r, d.c.Now())
			if err := publish(limited, e); err != nil {
				return fmt.Errorf("publish %s: %w", e.ID, err)
			}
			if r.undelivered != "" {
				e := bots.UndeliveredReceived(d.ref(r.ticket), r.undelivered, r.rule, r.seenAt, d.c.Now())
				if err := publish(limited, e); err != nil {
					return fmt.Errorf("publish %s: %w", e.ID, err)
				}
			}
			if err := d.store.markTold(limited, r.message); err != nil {
				return err
			}
		}
	}
}
