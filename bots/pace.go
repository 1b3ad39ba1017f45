package bots

import (
	"context"
	"sync"
	"time"

	"footnote/pipeline"
)

// PacerConfig says how fast a platform may be called.
type PacerConfig struct {
	Every   time.Duration // one call, for each key
	Burst   int           // so many at once are forgiven
	MaxWait time.Duration // what would wait longer goes back to the queue
	Busy    string        // what that error says
	Now     func() time.Time
}

// Pacer spaces calls: a token bucket for each key. Safe for concurrent use.
type Pacer struct {
	c    PacerConfig
	mu   sync.Mutex
	next map[string]time.Time // when the key's next token is due, without the burst
}

// NewPacer builds a Pacer with full buckets.
func NewPacer(c PacerConfig) *Pacer { return &Pacer{c: c, next: map[string]time.Time{}} }

// Wait takes a token of the key. It returns *pipeline.RetryAfterError without
// waiting, and takes nothing, when the token is more than MaxWait away.
func (p *Pacer) Wait(ctx context.Context, key string) error {
	wait, err := p.take(key, p.c.MaxWait)
	if err != nil || wait <= 0 {
		return err
	}
	return Sleep(ctx, wait)
}

// Yield takes a token of the key only when one is there and spare others stay for
// whoever comes first. It never waits; *pipeline.RetryAfterError says when to come
// back.
func (p *Pacer) Yield(key string, spare int) error {
	_, err := p.take(key, -time.Duration(spare)*p.c.Every)
	return err
}

// take takes the key's next token when it is due within a time, and says how long
// that is from now: negative while the burst lasts.
func (p *Pacer) take(key string, within time.Duration) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.c.Now()
	at := p.next[key]
	if full := now.Add(-time.Duration(p.c.Burst-1) * p.c.Every); at.Before(full) {
		at = full
	}
	wait := at.Sub(now)
	if wait > within { // it comes to be within a time below zero after now
		return 0, &pipeline.RetryAfterError{After: wait - min(within, 0), Err: pipeline.Errorf(pipeline.Unavailable, "%s", p.c.Busy)}
	}
	p.next[key] = at.Add(p.c.Every)
	return wait, nil
}

// Sleep returns after d, or ctx's error.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
