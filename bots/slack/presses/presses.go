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
}

// New calls nobody.
func New(c *cards.Cards, reviewer bots.Reviewer) *Presses {
	return &Presses{Client: c.Client, cards: c, reviewer: reviewer}
}
