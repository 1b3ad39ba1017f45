package slack

import (
	"context"
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
