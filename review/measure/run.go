package measure

import (
	"context"
	"time"
)

// refreshEvery is how often Run looks for changes, proveEvery how often it compares
// the counts of queues with the facts.
const (
	refreshEvery = 2 * time.Second
	proveFirst   = 10 * time.Minute
	proveEvery   = 24 * time.Hour
)

// Run keeps the counts up to date until ctx ends, so that whoever asks for a report
// does not wait for it. Several processes may run it on one database. failed is
// told when it cannot; it tries again.
func (r *Reporter) Run(ctx context.Context, failed func(error)) error {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	var proveAt time.Time
	for wait := proveFirst; ; {
		_, err := r.Refresh(ctx, 0)
		if now := time.Now(); err == nil && !now.Before(proveAt) {
			// Again soon: a process of a version that counts no queues may still be running.
			if err = r.ProveQueues(ctx); err == nil {
				proveAt, wait = now.Add(wait), proveEvery
			}
		}
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
