package bots

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Lane says how urgent a call to a desk is. All calls of an account share its
// limit; a lane waits while what is left of it is kept for the lanes before.
type Lane int

const (
	LaneLive   Lane = iota // people wait: replies, checks before them, tickets of webhooks; never waits
	LanePoll               // the reconcile poll: leaves 20 % of the limit
	LaneImport             // history import: leaves 50 % of the limit
)

var laneKeeps = map[Lane]float64{LanePoll: 0.2, LaneImport: 0.5}

type laneKey struct{}

// InLane marks the calls made under a context.
func InLane(ctx context.Context, l Lane) context.Context {
	return context.WithValue(ctx, laneKey{}, l)
}

func laneOf(ctx context.Context) Lane {
	l, _ := ctx.Value(laneKey{}).(Lane)
	return l
}

// Allowance is what a platform's answer says about its limit.
type Allowance struct {
	Limit, Left int           // calls in the window; Limit 0: not told
	Reset       time.Duration // until the window begins anew; 0: not told
}

// ReadAllowance reads the headers of platforms: X-RateLimit-* (Freshdesk's
// -Total, Intercom's absolute -Reset), X-Rate-Limit-*, and ratelimit-*. A reset
// beyond a day is a Unix time.
func ReadAllowance(h http.Header, now time.Time) Allowance {
	num := func(names ...string) (int, bool) {
		for _, name := range names {
			if n, err := strconv.Atoi(strings.TrimSpace(h.Get(name))); err == nil && n >= 0 {
				return n, true
			}
		}
		return 0, false
	}
	var a Allowance
	left, ok := num("X-Rate-Limit-Remaining", "X-RateLimit-Remaining", "Ratelimit-Remaining")
	limit, ok2 := num("X-Rate-Limit", "X-Rate-Limit-Limit", "X-RateLimit-Limit", "X-RateLimit-Total", "Ratelimit-Limit")
	if !ok || !ok2 || limit == 0 {
		return a
	}
	a.Limit, a.Left = limit, min(left, limit)
	if s, ok := num("Ratelimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"); ok {
		a.Reset = time.Duration(s) * time.Second
		if s > 86_400 {
			a.Reset = time.Unix(int64(s), 0).Sub(now)
		}
		a.Reset = min(max(a.Reset, 0), maxWait)
	}
	return a
}

// limiter is one account's share of calls.
type limiter struct {
	now func() time.Time

	mu    sync.Mutex
	limit int // calls per window; 0: unknown, nothing waits
	left  int
	reset time.Time // the window ends
	hold  time.Time // 429 with Retry-After: the slower lanes wait until then
	told  bool      // limit is the desk's own word
	ahead time.Duration
	clock bool // the desk tells its time: ahead of ours by so much
}

// deskNow is the desk's clock, as far as its answers tell it to the second; zero when
// they do not.
func (l *limiter) deskNow() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.clock {
		return time.Time{}
	}
	return l.now().Add(l.ahead)
}

func (l *limiter) budget() Budget {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Budget{PerMinute: l.limit, Told: l.told}
}

const window = time.Minute

// wait returns when a call of the lane may be made, and counts it. The live
// lane never waits. The error is ctx's.
func (l *limiter) wait(ctx context.Context) error {
	lane := laneOf(ctx)
	for {
		d := l.take(lane)
		if d <= 0 {
			return nil
		}
		if err := Sleep(ctx, d); err != nil {
			return err
		}
	}
}

// take counts a call, or says how long to wait before asking again.
func (l *limiter) take(lane Lane) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if lane != LaneLive && now.Before(l.hold) {
		return l.hold.Sub(now)
	}
	if l.limit == 0 {
		return 0
	}
	if !now.Before(l.reset) {
		l.left, l.reset = l.limit, now.Add(window)
	}
	if lane != LaneLive && float64(l.left) <= laneKeeps[lane]*float64(l.limit) {
		return max(l.reset.Sub(now), time.Millisecond)
	}
	l.left = max(l.left-1, 0)
	return 0
}

// learn takes in what an answer says about the limit.
func (l *limiter) learn(status int, h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		l.clock, l.ahead = true, at.Sub(now)
	}
	if a := ReadAllowance(h, now); a.Limit > 0 {
		fresh := l.limit == 0 || !now.Before(l.reset)
		l.limit, l.told = a.Limit, true
		if fresh || a.Left < l.left {
			l.left = a.Left // answers overtake one another: the lower figure is the later one
		}
		if a.Reset > 0 {
			l.reset = now.Add(a.Reset)
		} else if fresh {
			l.reset = now.Add(window)
		}
	}
	if status == http.StatusTooManyRequests {
		after := RetryAfter(h, now)
		if after == 0 {
			after = time.Second
		}
		if until := now.Add(after); until.After(l.hold) {
			l.hold = until
		}
	}
}
