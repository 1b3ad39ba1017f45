package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// bury stores a dead letter for an event that a consumer gave up.
func (b *Bus) bury(consumer string, md *jetstream.MsgMetadata, e pipeline.Event, cause error) error {
	reason := cause.Error()
	if r := []rune(reason); len(r) > 2000 {
		reason = string(r[:2000])
	}
	data, err := json.Marshal(pipeline.DeadLetter{Consumer: consumer, Reason: reason, Deliveries: int(md.NumDelivered), At: time.Now().UTC(), Event: e})
	if err != nil {
		return fmt.Errorf("write dead letter: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err = b.js.PublishMsg(ctx, &nats.Msg{Subject: "dead." + consumer, Data: data, Header: nats.Header{}},
		jetstream.WithMsgID(fmt.Sprintf("%s/%s/%d", consumer, e.ID, md.Sequence.Stream)))
	return err
}

// ConsumeDead handles dead letters of every consumer until ctx ends. A failing
// handler gets the letter again with backoff, for ever: there is nowhere
// further to put it.
func (b *Bus) ConsumeDead(ctx context.Context, name string, h func(ctx context.Context, d pipeline.DeadLetter) error) error {
	c := Consumer{Name: name, Workers: 1}.defaults()
	cons, err := b.js.CreateOrUpdateConsumer(ctx, streamDead, jetstream.ConsumerConfig{Durable: name,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: c.AckWait, MaxDeliver: -1})
	if ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "create consumer %s: %w", name, err)
	}
	return b.pull(ctx, c, cons, func(ctx context.Context, m jetstream.Msg) {
		var d pipeline.DeadLetter
		err := json.Unmarshal(m.Data(), &d)
		if err == nil {
			err = h(ctx, d)
		}
		if err == nil {
			_ = m.Ack() // a lost ack brings the letter again, and keeping it is idempotent
			return
		}
		b.c.Log.Error("dead letter not kept; trying again", "event", d.Event.ID, "error", err)
		n := 1
		if md, merr := m.Metadata(); merr == nil {
			n = int(min(md.NumDelivered, 1000))
		}
		_ = m.NakWithDelay(backoff(n))
	})
}

// Backlog counts events that the consumer has not handled yet.
func (b *Bus) Backlog(ctx context.Context, consumer string) (int, error) {
	cons, err := b.js.Consumer(ctx, streamEvents, consumer)
	if err != nil {
		return 0, pipeline.Errorf(pipeline.Unavailable, "find consumer %s: %w", consumer, err)
	}
	info, err := cons.Info(ctx)
	if err != nil {
		return 0, pipeline.Errorf(pipeline.Unavailable, "ask consumer %s: %w", consumer, err)
	}
	return int(info.NumPending) + info.NumAckPending, nil
}
