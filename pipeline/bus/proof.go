package bus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"footnote/pipeline"
)

// proofWait is how long the server may take to store a proof.
const proofWait = 3 * time.Second

// Prove shows that the server stores durably: it stores one small message, and no
// stream has stopped taking events. The error kind is Unavailable.
func (b *Bus) Prove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, proofWait)
	defer cancel()
	if _, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: "lane.proof", Data: []byte(time.Now().UTC().Format(time.RFC3339)), Header: nats.Header{}}); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "NATS stores nothing: %w", err)
	}
	storing := &b.storing
	if b.c.Embedded != nil { // it hears of streams that stopped, whoever writes there
		storing = &b.c.Embedded.failing
	}
	if err := storing.problem(); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "NATS stores no events: %w", err)
	}
	return nil
}
