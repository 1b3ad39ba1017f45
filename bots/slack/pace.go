package slack

import (
	"context"
	"sync"
	"time"

	"footnote/pipeline"
)

const (
	paceEvery = time.Second     // Slack takes about one message a second and channel
	paceBurst = 3               // and forgives short bursts
	paceWait  = 5 * time.Second // longer waits go back to the queue
)

// pacer spaces posts: a token bucket for each key.
type pacer struct {
	now  func() time.Time
	mu   sync.Mutex
	next map[string]time.Time // when the bucket is full again, less the burst
}

func newPacer(now func() time.Time) *pacer { return &pacer{now: now, next: map[string]time.Time{}} }

// Wait takes a token of the key. It returns *pipeline.RetryAfterError without
// waiting, and takes nothing, when the token is more than paceWait away.
func (p *pacer) Wait(ctx context.Context, key string) error {
	p.mu.Lock()
	now := p.now()
	at := p.next[key]
	if full := now.Add(-(paceBurst - 1) * paceEvery); at.Before(full) {
		at = full
	}
	wait := at.Sub(now)
	if wait > paceWait {
		p.mu.Unlock()
		return &pipeline.RetryAfterError{After: wait, Err: pipeline.Errorf(pipeline.Unavailable, "many cards are waiting for Slack")}
	}
	p.next[key] = at.Add(paceEvery)
	p.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
