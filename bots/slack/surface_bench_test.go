package slack

import (
	"slices"
	"sync"
	"testing"
	"time"

	"footnote/bots/bottest"
)

// TestMentionAck sends mentions at 100 a second while no question is answered:
// each is stored and acked all the same, and answered once when answers come.
func TestMentionAck(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		const n = 100
		s := newSalon(t, transport)
		gate := make(chan struct{})
		s.knows.gate = gate
		took := make([]time.Duration, n)
		var wg sync.WaitGroup
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := range n {
			<-tick.C
			wg.Go(func() {
				start := time.Now()
				a := bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"}
				var err error
				if a.ID, err = s.slack.Mention(s.ctx, a); err != nil { // a busy machine: Slack delivers what was not taken again
					a.Retry = 1
					_, err = s.slack.Mention(s.ctx, a)
				}
				if err != nil {
					t.Error(err)
				}
				took[i] = time.Since(start)
			})
		}
		wg.Wait()
		slices.Sort(took)
		t.Logf("ack of a stored request at 100/s over %s: p50 %s, p99 %s", transport, took[n/2], took[n*99/100])
		if n := len(s.answers(lounge)); n != 0 {
			t.Errorf("%d answers while none was there", n)
		}
		close(gate)
		s.ended(n)
		if got := len(s.answers(lounge)); got != n {
			t.Errorf("%d answers to %d mentions", got, n)
		}
	})
}
