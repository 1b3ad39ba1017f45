package cards

import (
	"footnote/bots"
	"footnote/bots/slack/client"
)

// Cards keeps the cards in the triage channel up to date. All methods may be
// called from several goroutines; any number of processes may do it on the same
// database.
type Cards struct {
	*client.Client
	reviewer bots.Reviewer
	history  bots.PastReader // nil: cards have no thread and do not say what a redraft changed
	locks    locks
}

// New calls nobody. history may be nil.
func New(c *client.Client, reviewer bots.Reviewer, history bots.PastReader) *Cards {
	return &Cards{Client: c, reviewer: reviewer, history: history}
}
