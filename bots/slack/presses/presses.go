package presses

import (
	"context"

	"footnote/bots"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/pipeline"
)

// Presses carries out what people press on cards and send in forms.
type Presses struct {
	*client.Client
	cards    *cards.Cards
	reviewer bots.Reviewer
	snoozer  bots.Snoozer // nil: nothing can be put off
	takers   bots.Takers  // nil: tickets are handed off to anybody
}

// CardLinks are the addresses of the newest card of each ticket, as far as there is one.
func (c *Presses) CardLinks(ctx context.Context, refs []pipeline.TicketRef) map[pipeline.TicketRef]string {
	return c.cards.Links(ctx, refs)
}

// New calls nobody. snoozer and takers may be nil.
func New(c *cards.Cards, reviewer bots.Reviewer, snoozer bots.Snoozer, takers bots.Takers) *Presses {
	return &Presses{Client: c.Client, cards: c, reviewer: reviewer, snoozer: snoozer, takers: takers}
}
