package slack

import (
	"context"
	"sync"
	"time"

	"footnote/pipeline"
)

const (
	paceEvery = time.Second     // Slack takes about one message a second and channel
	paceBurst = 5               // and forgives short bursts
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
	at, wait := p.due(key)
	if wait > paceWait {
		p.mu.Unlock()
		return tooMany(wait)
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

// Yield takes a token of the key only when one is there and another stays for
// whoever waits for a card: threads and reports come after approvals. It never
// waits; *pipeline.RetryAfterError says when to come back.
func (p *pacer) Yield(_ context.Context, key string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, wait := p.due(key)
	if wait += paceEvery; wait > 0 {
		return tooMany(wait)
	}
	p.next[key] = at.Add(paceEvery)
	return nil
}

// due is when the next token of the key is there, and how long that is from
// now: negative while the burst lasts. mu is held.
func (p *pacer) due(key string) (at time.Time, wait time.Duration) {
	now := p.now()
	at = p.next[key]
	if full := now.Add(-(paceBurst - 1) * paceEvery); at.Before(full) {
		at = full
	}
	return at, at.Sub(now)
}

func tooMany(wait time.Duration) error {
	return &pipeline.RetryAfterError{After: wait, Err: pipeline.Errorf(pipeline.Unavailable, "many cards are waiting for Slack")}
}
