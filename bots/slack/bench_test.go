package slack

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/pipeline"
)

// latency is how long the fake workspace takes for each call, as Slack would.
const latency = 20 * time.Millisecond

// percentiles reports p50 and p99 of what was measured.
func percentiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(p float64) float64 {
		return float64(took[min(len(took)-1, int(p*float64(len(took))))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(0, "ns/op") // the mean says nothing here
}

// BenchmarkPress is the time from a press of Claim or Release until the card in
// Slack has changed, one press after the other, over 50 cards: with PostgreSQL,
// with a review in memory, and within the pace that Slack allows.
func BenchmarkPress(b *testing.B) {
	for _, transport := range []string{"socket", "http"} {
		b.Run(transport, func(b *testing.B) {
			w := newWorld(b, transport)
			for i := range 50 {
				w.proposed(func(r *pipeline.Review) {
					r.Draft.Message, r.Draft.Ticket.ID = fmt.Sprint("m-", i), fmt.Sprint("T-", i)
				})
			}
			w.slack.SetLatency(latency)
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				card := w.cards()[i%50]
				action := card.Buttons()[0] // Claim, then Release, then Claim again
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				start := time.Now()
				if err := w.slack.Click(ctx, "U1ADA", card, action); err != nil {
					b.Fatal(err)
				}
				if err := w.slack.Wait(ctx, func() bool { return w.cards()[i%50].Edits > card.Edits }); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
				cancel()
			}
			percentiles(b, took)
		})
	}
}

// BenchmarkAck is the time until Slack has its answer to an event, at 100
// events a second, each of which is work: one in three is a press of a button.
func BenchmarkAck(b *testing.B) {
	for _, transport := range []string{"socket", "http"} {
		b.Run(transport, func(b *testing.B) {
			w := newWorld(b, transport)
			w.proposed()
			card := w.card()
			w.slack.SetLatency(latency)
			var mu sync.Mutex
			var took []time.Duration
			var wg sync.WaitGroup
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for i := 0; b.Loop(); i++ {
				<-tick.C
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
					defer cancel()
					start := time.Now()
					var err error
					if i%3 == 0 {
						err = w.slack.Press(ctx, bottest.SlackPress{User: "U1ADA", Message: card, Action: cards.ActClaim})
					} else {
						err = w.slack.Event(ctx, uuid.NewString(), map[string]any{"type": "user_change", "user": map[string]any{"id": "U1ADA"}}, 0)
					}
					if err != nil {
						b.Error(err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					took = append(took, time.Since(start))
				})
			}
			wg.Wait()
			idle(w.chat)
			percentiles(b, took)
		})
	}
}
