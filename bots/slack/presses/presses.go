package presses

import (
	"footnote/bots"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
)

// Presses carries out what people press on cards and send in forms.
type Presses struct {
	*client.Client
	cards    *cards.Cards
	reviewer bots.Reviewer
	snoozer  bots.Snoozer // nil: nothing can be put off
}

// New calls nobody. snoozer may be nil.
func New(c *cards.Cards, reviewer bots.Reviewer, snoozer bots.Snoozer) *Presses {
	return &Presses{Client: c.Client, cards: c, reviewer: reviewer, snoozer: snoozer}
}
