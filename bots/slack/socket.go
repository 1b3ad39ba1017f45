package slack

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"time"

	"github.com/slack-go/slack/socketmode"

	"footnote/bots/slack/client"
	"footnote/bots/slack/requests"
)

// runSocket keeps a Socket Mode connection until ctx ends. The client library
// reconnects by itself; what makes it give up (tokens) is tried again every Retry.
func (c *Chat) runSocket(ctx context.Context) {
	for ctx.Err() == nil {
		err := c.connect(ctx)
		c.SocketUp(false)
		if ctx.Err() != nil {
			return
		}
		_, code := client.Classify(err)
		c.SocketBroke(code, "The socket to Slack cannot be opened. "+client.Repair(code))
		c.Log.Error("socket given up; trying again", "after", c.Retry, "error", err)
		t := time.NewTimer(c.Retry)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}

// connect runs the library's client and reads its events without ever blocking it.
func (c *Chat) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sm := socketmode.New(c.API, socketmode.OptionReadLimit(4<<20), socketmode.OptionLog(log.New(io.Discard, "", 0)))
	read := make(chan struct{})
	go func() {
		defer close(read)
		for {
			select {
			case e := <-sm.Events:
				c.socketEvent(ctx, sm, e)
			case <-ctx.Done():
				return
			}
		}
	}()
	err := sm.RunContext(ctx)
	cancel()
	<-read
	return err
}

func (c *Chat) socketEvent(ctx context.Context, sm *socketmode.Client, e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeHello:
		c.SocketUp(true)
		c.Log.Info("connected to Slack")
	case socketmode.EventTypeConnecting:
		c.SocketUp(false)
	case socketmode.EventTypeConnectionError:
		c.SocketBroke("no_connection", "The socket to Slack cannot be opened. Check the network, the app token and that Socket Mode is on.")
		c.Log.Warn("socket not connected; trying again", "error", e.Data)
	case socketmode.EventTypeErrorBadMessage:
		// The library does not read everything Slack sends, and does not
		// ack what it cannot read.
		if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			var q socketmode.Request
			if json.Unmarshal(bad.Message, &q) == nil {
				c.envelope(ctx, sm, q)
				return
			}
			c.Unread(ctx, "not a message of the socket", bad.Message)
			return
		}
		c.Count("unreadable")
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		if e.Request != nil {
			c.envelope(ctx, sm, *e.Request)
		}
	}
}

// envelope takes the work on and then acks, so that Slack delivers again what no
// more work is taken for; it waits for the work only where the ack is its answer,
// or says that something is stored.
func (c *Chat) envelope(ctx context.Context, sm *socketmode.Client, q socketmode.Request) {
	if q.EnvelopeID == "" {
		return
	}
	ack := func(ctx context.Context, payload any) {
		if err := sm.AckCtx(ctx, q.EnvelopeID, payload); err != nil {
			c.Log.Warn("envelope not acked", "error", err)
		}
	}
	if q.RetryAttempt > 0 {
		c.Count("retried")
	}
	switch q.Type {
	case socketmode.RequestTypeEventsAPI:
		e, err := client.ReadEvent(q.Payload)
		if err != nil {
			ack(ctx, nil)
			c.Unread(ctx, "not an event: "+err.Error(), q.Payload)
			return
		}
		c.Work(ctx, "event", func(ctx context.Context) { // some are stored first, and that may take a while
			if c.event(ctx, e) { // without an ack it comes again
				ack(ctx, nil)
			}
		})
	case socketmode.RequestTypeSlashCommands:
		var s requests.Slash
		if err := json.Unmarshal(q.Payload, &s); err != nil {
			ack(ctx, nil)
			c.Unread(ctx, "not a command: "+err.Error(), q.Payload)
			return
		}
		c.Work(ctx, "command", func(ctx context.Context) { ack(ctx, c.requests.Slashed(ctx, s)) })
	case socketmode.RequestTypeInteractive:
		in, err := client.ReadInteraction(q.Payload)
		if err != nil {
			ack(ctx, nil)
			c.Unread(ctx, "not an interaction: "+err.Error(), q.Payload)
			return
		}
		if in.Type == "message_action" {
			c.Work(ctx, "shortcut", func(ctx context.Context) {
				if c.requests.Shortcut(ctx, in) {
					ack(ctx, nil)
				}
			})
			return
		}
		if in.Type != "view_submission" {
			if _, ok := c.interact(ctx, in); ok {
				ack(ctx, nil)
			}
			return
		}
		c.Work(ctx, "form", func(ctx context.Context) {
			if answer, ok := c.interact(ctx, in); ok {
				ack(ctx, answer)
			}
		})
	default:
		ack(ctx, nil)
		c.Count("unknown_event")
	}
}
