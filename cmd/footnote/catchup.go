package main

import (
	"context"
	"time"

	"footnote/pipeline/tracking"
)

// After a pause two drafts are asked for every two seconds: no faster than Slack
// takes cards, and never while as many are being written as workers there are.
const catchUpEvery = 2 * time.Second

var catchUpPace = tracking.CatchUp{Most: 2, InFlight: draftingWorkers}

// catchUp asks for drafts of messages that came while drafting was paused. What
// waits stands in the database, so a restart changes nothing.
func (a *app) catchUp(ctx context.Context) {
	n, err := a.tracker.CatchUp(ctx, catchUpPace)
	if err != nil && ctx.Err() == nil {
		a.log.Warn("messages that came during a pause not asked for", "error", err)
	}
	if n > 0 {
		a.log.Info("asked for drafts of messages that came during a pause", "count", n)
	}
}
