package slack

import (
	"slices"
	"sync"
	"testing"
	"time"

	"footnote/bots/bottest"
)

// TestMentionAck sends mentions at 100 a second: each is stored and acked long
// before Slack would deliver it again, and answered once.
func TestMentionAck(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		const n = 100
		s := newSalon(t, transport)
		took := make([]time.Duration, n)
		var wg sync.WaitGroup
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := range n {
			<-tick.C
			wg.Go(func() {
				start := time.Now()
				if _, err := s.slack.Mention(s.ctx, bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"}); err != nil {
					t.Error(err)
				}
				took[i] = time.Since(start)
			})
		}
		wg.Wait()
		slices.Sort(took)
		t.Logf("ack of a stored request at 100/s over %s: p50 %s, p99 %s", transport, took[n/2], took[n*99/100])
		if took[n-1] > 3*time.Second {
			t.Errorf("the slowest ack took %s: Slack delivers again after 3 s", took[n-1])
		}
		s.ended(n)
		if got := len(s.answers(lounge)); got != n {
			t.Errorf("%d answers to %d mentions", got, n)
		}
	})
}
