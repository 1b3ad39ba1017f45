package slackdesk

import (
	"context"

	"footnote/bots"
	"footnote/pipeline"
)

// Standing tells in whose name a reply would stand: the app's, or the agent's where
// the settings say so.
func (d *Desk) Standing(ctx context.Context, a pipeline.Agent) (bots.Standing, error) {
	if d.c.Names && bots.Plain(a.Name, maxName) != "" {
		return bots.Standing{Own: true, Name: a.Name}, nil
	}
	if _, err := d.whoami(ctx); err != nil {
		return bots.Standing{}, err
	}
	s := bots.Standing{Name: "the Slack app", Why: bots.Setting(d.c.Name, "names") + " is off: set it to true, and give the app the scope chat:write.customize."}
	if d.c.Names {
		s.Why = "Your account here has no name."
	}
	return s, nil
}
