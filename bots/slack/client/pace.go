package client

import (
	"time"

	"footnote/bots"
)

const (
	paceEvery = time.Second     // Slack takes about one message a second and channel
	paceBurst = 5               // and forgives short bursts
	paceWait  = 5 * time.Second // longer waits go back to the queue
)

// NewPacer spaces posts to each channel.
func NewPacer(now func() time.Time) *bots.Pacer {
	return bots.NewPacer(bots.PacerConfig{Every: paceEvery, Burst: paceBurst, MaxWait: paceWait, Busy: "many cards are waiting for Slack", Now: now})
}
