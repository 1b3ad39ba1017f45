package door

import (
	"net/http"
	"sync"
	"time"
)

// Rule bounds the requests that it matches, for each address (or session) and in all.
// A bound of 0 does not bound.
type Rule struct {
	Name  string
	Match func(*http.Request) bool
	// Cookie, if the request has it, is what is counted by instead of the address.
	Cookie string
	// One request is given back every Every, up to Burst at once; the same in all.
	Every, EveryAll time.Duration
	Burst, BurstAll int
	// Failures: only requests that end with a status of 400 or more count.
	Failures bool
	// AtOnce is how many may run at the same time.
	AtOnce, AtOnceAll int
	// Say is the sentence for whoever is turned away.
	Say string
}

// maxKeys is how many addresses a rule remembers: whoever has more at hand than that
// meets the bound in all.
const maxKeys = 20_000

// counts are what a rule has let in.
type counts struct {
	Rule
	mu     sync.Mutex
	all    time.Time // when the next request in all is due, as next
	next   map[string]time.Time
	now    map[string]int
	nowAll int
}

func newCounts(r Rule) *counts {
	return &counts{Rule: r, next: map[string]time.Time{}, now: map[string]int{}}
}

// enter lets one request in; leave is to be called with its status at its end. It is
// nil when there is no room, and wait is when to come back.
func (c *counts) enter(key string, now time.Time) (leave func(status int), wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.AtOnce > 0 && c.now[key] >= c.AtOnce || c.AtOnceAll > 0 && c.nowAll >= c.AtOnceAll {
		return nil, 10 * time.Second
	}
	one, waitOne := take(c.next[key], now, c.Every, c.Burst)
	all, waitAll := take(c.all, now, c.EveryAll, c.BurstAll)
	if wait := max(waitOne, waitAll); wait > 0 {
		return nil, wait
	}
	if c.Every > 0 {
		c.remember(key, one, now)
	}
	c.all = all
	c.now[key]++
	c.nowAll++
	return func(status int) { c.leave(key, status) }, 0
}

func (c *counts) leave(key string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nowAll--; c.now[key] <= 1 {
		delete(c.now, key)
	} else {
		c.now[key]--
	}
	if c.Failures && status < http.StatusBadRequest { // given back
		if at, ok := c.next[key]; ok {
			c.next[key] = at.Add(-c.Every)
		}
		c.all = c.all.Add(-c.EveryAll)
	}
}

// take is a bucket of burst tokens, of which one comes back every time: at is when the
// token after the last would be due. wait above 0 means that there is none.
func take(at, now time.Time, every time.Duration, burst int) (next time.Time, wait time.Duration) {
	if every <= 0 || burst <= 0 {
		return at, 0
	}
	if full := now.Add(-time.Duration(burst-1) * every); at.Before(full) {
		at = full
	}
	if wait := at.Sub(now); wait > 0 {
		return at, wait
	}
	return at.Add(every), 0
}

// remember keeps when a key's next request is due. What is due anyway is forgotten
// when there are too many.
func (c *counts) remember(key string, at, now time.Time) {
	if len(c.next) >= maxKeys {
		for k, t := range c.next {
			if !t.After(now.Add(-time.Duration(c.Burst-1) * c.Every)) {
				delete(c.next, k)
			}
		}
		if len(c.next) >= maxKeys {
			clear(c.next)
		}
	}
	c.next[key] = at
}
