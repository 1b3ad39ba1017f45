package client

import (
	"context"
	"sync"
	"time"
)

// Stopping tells whether no more work is taken.
func (c *Client) Stopping() bool { return c.jobs.stopping() }

// Working is how many pieces of work run now.
func (c *Client) Working() int {
	c.jobs.mu.Lock()
	defer c.jobs.mu.Unlock()
	return len(c.jobs.cancel)
}

// jobTime bounds one piece of work that follows a press.
const jobTime = 30 * time.Second

// jobs owns the goroutines that follow presses. Its zero value takes work.
type jobs struct {
	mu     sync.Mutex
	closed bool
	next   int
	cancel map[int]context.CancelFunc
	wg     sync.WaitGroup
}

// start runs do on a goroutine of its own; false when no more work is taken.
// The work outlives ctx's end, but not stop.
func (j *jobs) start(ctx context.Context, do func(context.Context)) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTime)
	if j.cancel == nil {
		j.cancel = map[int]context.CancelFunc{}
	}
	id := j.next
	j.next++
	j.cancel[id] = cancel
	j.wg.Go(func() {
		defer func() {
			cancel()
			j.mu.Lock()
			delete(j.cancel, id)
			j.mu.Unlock()
		}()
		do(ctx)
	})
	return true
}

// stopping tells whether no more work is taken.
func (j *jobs) stopping() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closed
}

// stop takes no more work, waits for what runs, cancels it after grace, and
// returns when all has ended. It may be called again.
func (j *jobs) stop(grace time.Duration) {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	t := time.AfterFunc(grace, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		for _, cancel := range j.cancel {
			cancel()
		}
	})
	defer t.Stop()
	j.wg.Wait()
}
