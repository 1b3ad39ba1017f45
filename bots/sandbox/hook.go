package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"footnote/bots"
)

// Hook is one webhook on its way.
type Hook struct {
	ID   string // Webhook-Id: the same on retries
	Body []byte // bots.Inbound
	try  int
}

// Duplicate is a network that sends every webhook n times.
func Duplicate(n int) func(Hook) []Hook {
	return func(h Hook) (out []Hook) {
		for range n {
			out = append(out, h)
		}
		return out
	}
}

// DropEvery is a network that loses every n-th webhook.
func DropEvery(n int) func(Hook) []Hook {
	count := 0
	return func(h Hook) []Hook {
		if count++; count%n == 0 {
			return nil
		}
		return []Hook{h}
	}
}

// Swap is a network that sends webhooks in pairs, the later one first. A last
// one without a partner stays under way.
func Swap() func(Hook) []Hook {
	var kept []Hook
	return func(h Hook) []Hook {
		if kept == nil {
			kept = []Hook{h}
			return nil
		}
		out := append([]Hook{h}, kept...)
		kept = nil
		return out
	}
}

// sender delivers webhooks in order, one at a time; those that fail are tried
// again later without holding up the others.
type sender struct {
	c    Config
	keys bots.WebhookKeys
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex
	cond   *sync.Cond
	queue  []Hook
	retry  map[*time.Timer]bool
	busy   bool
	closed bool
}

func newSender(c Config, keys bots.WebhookKeys) *sender {
	s := &sender{c: c, keys: keys, retry: map[*time.Timer]bool{}}
	s.cond = sync.NewCond(&s.mu)
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.wg.Go(s.run)
	return s
}

// add puts a webhook in the queue.
func (s *sender) add(n int, in bots.Inbound) {
	body, err := json.Marshal(in)
	if err != nil { // strings, times and bools always marshal
		panic(err)
	}
	h := Hook{ID: fmt.Sprintf("sandbox-%d", n), Body: body}
	hooks := []Hook{h}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c.Network != nil {
		hooks = s.c.Network(h)
	}
	s.queue = append(s.queue, hooks...)
	s.cond.Broadcast()
}

func (s *sender) run() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for len(s.queue) == 0 && !s.closed {
			s.cond.Wait()
		}
		if s.closed {
			return
		}
		h := s.queue[0]
		s.queue, s.busy = s.queue[1:], true
		s.mu.Unlock()
		err := s.send(h)
		s.mu.Lock()
		s.busy = false
		if err != nil && !s.closed {
			s.later(h, err)
		}
		s.cond.Broadcast()
	}
}

// later plans the next try, or gives up. The caller holds mu.
func (s *sender) later(h Hook, err error) {
	if h.try >= len(s.c.Retries) {
		s.c.Log.Warn("sandbox: webhook lost", "id", h.ID, "tries", h.try+1, "error", err)
		return
	}
	wait := s.c.Retries[h.try]
	h.try++
	var t *time.Timer
	t = time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.retry[t] {
			delete(s.retry, t)
			s.queue = append(s.queue, h)
			s.cond.Broadcast()
		}
	})
	s.retry[t] = true
}

func (s *sender) send(h Hook) error {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.c.WebhookURL, bytes.NewReader(h.Body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	s.keys.Sign(r.Header, h.ID, s.c.Now(), h.Body)
	resp, err := s.c.HTTP.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("webhook answered %d", resp.StatusCode)
	}
	return nil
}

// settled waits until nothing is queued, under way or planned.
func (s *sender) settled() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for (len(s.queue) > 0 || s.busy || len(s.retry) > 0) && !s.closed {
		s.cond.Wait()
	}
}

func (s *sender) close() {
	s.stop()
	s.mu.Lock()
	s.closed = true
	for t := range s.retry {
		t.Stop()
	}
	s.cond.Broadcast()
	s.mu.Unlock()
	s.wg.Wait()
}
