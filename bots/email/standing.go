package email

import (
	"context"

	"footnote/bots"
	"footnote/pipeline"
)

// Standing tells in whose name a reply would stand: the agent's, at the mailbox's
// address.
func (d *Desk) Standing(_ context.Context, a pipeline.Agent) (bots.Standing, error) {
	if bots.Plain(a.Name, 100) == "" {
		return bots.Standing{Name: d.address, Why: "Your account here has no name that could stand before the mailbox's address."}, nil
	}
	return bots.Standing{Own: true, Name: a.Name}, nil
}
