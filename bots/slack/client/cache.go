package client

import (
	"sync"
	"time"
)

// cacheSize bounds what a cache remembers; beyond it everything is forgotten.
const cacheSize = 10_000

// cache remembers what Slack says about people or channels by their id, each for
// a time. The zero value is empty; it is safe for concurrent use.
type cache[V any] struct {
	mu sync.Mutex
	m  map[string]remembered[V]
}

type remembered[V any] struct {
	value V
	until time.Time
}

func (k *cache[V]) get(id string, now time.Time) (V, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.m[id]
	return r.value, ok && now.Before(r.until)
}

func (k *cache[V]) put(id string, v V, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil || len(k.m) >= cacheSize {
		k.m = map[string]remembered[V]{}
	}
	k.m[id] = remembered[V]{v, until}
}

func (k *cache[V]) forget(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.m, id)
}

func (k *cache[V]) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.m = nil
}
