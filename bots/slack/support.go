package slack

import (
	"context"

	"footnote/pipeline"
)

// Support takes messages, and reactions to them, in channels that are a desk's:
// customers write there. It is filled in cmd, so that desk and chat share one connection.
type Support interface {
	// Take stores what an event about a message or a reaction says; raw is Slack's whole
	// event, verified. False for a channel that is no desk's. Slack is told that
	// the event arrived only after Take; after an error it delivers it again.
	// Invalid means that it need not.
	Take(ctx context.Context, channel string, raw []byte) (bool, error)
}

// supported hands an event to the desk whose channel it is in: the chat itself
// answers nobody there, not even who mentions it. ours says whether there is
// such a desk, stored whether Slack may be told that the event arrived.
func (c *Chat) supported(ctx context.Context, e event) (ours, stored bool) {
	if c.cfg.Support == nil {
		return false, false
	}
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteFor)
	defer cancel()
	channel := idOf(e.Event.Channel)
	if channel == "" {
		channel = idOf(e.Event.Item.Channel)
	}
	ours, err := c.cfg.Support.Take(note, channel, e.raw)
	switch {
	case err == nil && ours:
		c.status.count("support")
	case err == nil:
	case pipeline.KindOf(err) == pipeline.Invalid:
		c.unread(ctx, "not a message in a support channel: "+err.Error(), e.raw)
	default:
		c.log.Error("message in a support channel not stored; Slack delivers it again", "error", err)
		return true, false
	}
	return ours, true
}
