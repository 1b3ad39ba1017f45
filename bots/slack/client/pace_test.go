package client

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"footnote/pipeline"
)

// TestPace: three at once, then one a second; what is further away goes back
// to the queue.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(time.Now)
		start := time.Now()
		for range paceBurst + 2 {
			if err := p.Wait(t.Context(), "C1"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 2*paceEvery {
			t.Errorf("%d messages took %s, want 2s", paceBurst+2, d)
		}
		if err := p.Wait(t.Context(), "C2"); err != nil || time.Since(start) != 2*paceEvery {
			t.Errorf("another channel waited: %v", err)
		}
		var wg sync.WaitGroup
		refused := 0
		var mu sync.Mutex
		for range 20 {
			wg.Go(func() {
				if err := p.Wait(t.Context(), "C1"); err != nil {
					mu.Lock()
					defer mu.Unlock()
					refused++
				}
			})
		}
		wg.Wait()
		if refused == 0 {
			t.Error("20 messages at once all waited")
		}
		synctest.Wait()
	})
}

// TestThreadYields: notes come after cards: while cards are waiting for their
// turn, a note goes back to the queue and the card is not held up by it.
func TestThreadYields(t *testing.T) {
	t.Parallel()
	at := time.Now()
	p := NewPacer(func() time.Time { return at })
	for range paceBurst - 1 {
		if err := p.Yield("C1", 1); err != nil {
			t.Fatalf("a quiet channel has no room: %v", err)
		}
	}
	if err := p.Yield("C1", 1); err == nil {
		t.Fatal("a note took the place that is kept for a card")
	}
	if err := p.Wait(t.Context(), "C1"); err != nil {
		t.Fatal(err)
	}
	err := p.Yield("C1", 1)
	if r, ok := errors.AsType[*pipeline.RetryAfterError](err); !ok || r.After != 2*paceEvery {
		t.Errorf("come back: %v, want in 2s", err)
	}
	at = at.Add(2 * paceEvery)
	if err := p.Yield("C1", 1); err != nil {
		t.Error(err)
	}
}
