package slack

import (
	"context"
	"sync"
	"time"
)

// locks serialises work on one card within this process.
type locks struct {
	mu sync.Mutex
	m  map[string]*keyLock
}

type keyLock struct {
	held chan struct{}
	n    int // holders and waiters
}

// lock waits for the key and returns how to give it back.
func (l *locks) lock(ctx context.Context, key string) (unlock func(), err error) {
	l.mu.Lock()
	if l.m == nil {
		l.m = map[string]*keyLock{}
	}
	k := l.m[key]
	if k == nil {
		k = &keyLock{held: make(chan struct{}, 1)}
		l.m[key] = k
	}
	k.n++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if k.n--; k.n == 0 {
			delete(l.m, key)
		}
	}
	select {
	case k.held <- struct{}{}:
		return func() { <-k.held; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
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
