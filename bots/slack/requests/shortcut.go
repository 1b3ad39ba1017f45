package requests

import (
	"context"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
)

// ShortcutDraft is the message shortcut's callback id in the manifest.
const ShortcutDraft = "draft_reply"

// shortcutTitle heads its form.
const shortcutTitle = "Draft a reply"

// Shortcut takes the message shortcut: a draft of a reply to what somebody
// wrote. False when no more work is taken or the request could not be stored.
func (c *Requests) Shortcut(ctx context.Context, in client.Interaction) bool {
	if in.CallbackID != ShortcutDraft {
		c.Count("unknown_interaction")
		return true
	}
	r := request{surface: fromShortcut, source: in.ID(), user: in.User.ID, team: in.User.TeamID, channel: in.Channel.ID, ts: in.Message.TS, text: written(in.Message.Message),
		responseURL: in.ResponseURL, trigger: in.TriggerID}
	if r.source == "" {
		r.source = "shortcut/" + r.user + "/" + r.channel + "/" + r.ts + "/" + in.ActionTS
	}
	if err := c.take(ctx, r); err != nil {
		c.Log.Error("shortcut not noted", "error", err)
		return c.Work(ctx, "shortcut", func(ctx context.Context) {
			c.Tell(ctx, in, "Footnote's database does not answer, so nothing was done. Try again in a moment.")
		})
	}
	return true
}

// openShortcut opens the form before anything else: the permission to do so
// lives three seconds. Without it the draft comes as a private message.
func (c *Requests) openShortcut(ctx context.Context, r *request) {
	if r.view != "" || r.trigger == "" {
		return
	}
	b, err := layout.SayPage(WaitWords).Body()
	if err != nil {
		return
	}
	v, err := c.API.OpenViewContext(ctx, r.trigger, shortcutView(b.Rich))
	if err != nil {
		_, code := client.Classify(err)
		if code == "expired_trigger_id" {
			c.Count("expired")
		}
		c.Log.Info("form not opened; the draft comes as a message", "reference", r.ref, "reason", code)
		return
	}
	r.view = v.View.ID
	if err := keepRequest(ctx, c.Pool, *r); err != nil {
		c.Log.Warn("form not kept", "reference", r.ref, "error", err)
	}
}

func shortcutView(m layout.Message) api.ModalViewRequest {
	return api.ModalViewRequest{Type: api.VTModal, Title: layout.Plain(shortcutTitle), Close: layout.Plain("Close"), CallbackID: fromShortcut, Blocks: api.Blocks{BlockSet: m.Blocks}}
}

// fillShortcut shows the draft in its form. A form that the person has closed
// meanwhile needs no answer any more.
func (c *Requests) fillShortcut(ctx context.Context, r *request, b layout.Body) error {
	if r.view == "" {
		return c.respond(ctx, r, b)
	}
	err := c.EitherLayout(b, func(m layout.Message) error {
		_, err := c.API.UpdateViewContext(ctx, shortcutView(m), "", "", r.view)
		return err
	})
	switch v, code := client.Classify(err); {
	case v == client.Done:
		return nil
	case code == "not_found" || code == "view_not_found":
		c.Count("closed")
		return nil
	case v == client.Refused:
		return c.respond(ctx, r, b)
	}
	return c.Refusal("views", "fill in form", err)
}
