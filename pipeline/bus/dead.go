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
func (b *Bus) bury(consumer string, md *jetstream.MsgMetadata, e pipeline.Event, failures int, cause error) error {
	if w, err := b.whole(context.Background(), e); err == nil && e.Stored != "" {
		if _, err := b.setAside(context.Background(), w); err != nil { // anew: it stays as long as the letter
			return err
		}
	}
	data, err := json.Marshal(pipeline.DeadLetter{Consumer: consumer, Reason: short(cause, 2000), Deliveries: failures, At: time.Now().UTC(), Event: e})
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
	open := func(ctx context.Context) (jetstream.Consumer, error) {
		cons, err := b.js.CreateOrUpdateConsumer(ctx, streamDead, jetstream.ConsumerConfig{Durable: name,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: c.AckWait, MaxDeliver: -1})
		if err != nil {
			return nil, pipeline.Errorf(pipeline.Unavailable, "create consumer %s: %w", name, err)
		}
		return cons, nil
	}
	w := newWork(ctx, c)
	b.pull(w, open, func(ctx context.Context, m jetstream.Msg) bool { return b.handleDead(ctx, m, h) })
	w.end()
	return nil
}

func (b *Bus) handleDead(ctx context.Context, m jetstream.Msg, h func(ctx context.Context, d pipeline.DeadLetter) error) bool {
	var d pipeline.DeadLetter
	err := json.Unmarshal(m.Data(), &d)
	if err == nil {
		d.Event, err = b.whole(ctx, d.Event)
	}
	if pipeline.KindOf(err) == pipeline.NotFound {
		err = nil // the letter says so, and is kept without
	}
	if err == nil {
		err = h(ctx, d)
	}
	if err == nil {
		_ = m.Ack() // a lost ack brings the letter again, and keeping it is idempotent
		return true
	}
	b.c.Log.Error("dead letter not kept; trying again", "event", d.Event.ID, "error", err)
	n := 1
	if md, merr := m.Metadata(); merr == nil {
		n = int(min(md.NumDelivered, 1000))
	}
	_ = m.NakWithDelay(backoff(n))
	return false
}
