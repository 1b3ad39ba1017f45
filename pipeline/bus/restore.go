package bus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// A server may come back without its files, and somebody may delete a stream. Both
// are noticed where a stream is used; then it is made again, with the register of
// desks and consumers, and every lane opens anew at the oldest event. What was in the
// stream is not the bus's to bring back: see package loss.

// restoring is what one process must write down again.
type restoring struct {
	one    sync.Mutex // one at a time; the others do not wait
	mu     sync.Mutex
	last   time.Time
	stages map[string]Consumer
}

// restoreEvery bounds how often a process looks for streams that are gone.
const restoreEvery = time.Second

// remember keeps a consumer of this process for the register.
func (r *restoring) remember(c Consumer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stages == nil {
		r.stages = map[string]Consumer{}
	}
	r.stages[c.Name] = c
}

// missing tells errors that a stream which is gone leads to, among others.
func missing(err error) bool {
	return errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, jetstream.ErrConsumerDeleted)
}

// restoreAfter is Restore when err may come from a stream that is gone; it tells
// whether trying again may help.
func (b *Bus) restoreAfter(ctx context.Context, err error) bool {
	if err == nil || !missing(err) {
		return false
	}
	n, rerr := b.Restore(ctx)
	if rerr != nil {
		b.c.Log.Debug("streams not made again", "error", rerr)
	}
	return n > 0
}

// Restore makes streams again that the server says it does not have, and returns how
// many. A stream that does not answer is left alone: it has lost its servers, not its
// events. The error kind is Unavailable.
func (b *Bus) Restore(ctx context.Context) (int, error) {
	r := &b.restoring
	if !r.one.TryLock() {
		return 0, nil
	}
	defer r.one.Unlock()
	if time.Since(r.last) < restoreEvery {
		return 0, nil
	}
	defer func() { r.last = time.Now() }()
	_, err := b.Streams(ctx)
	n := countMissing(err)
	if n == 0 {
		return 0, nil // Ready has the rest of the error
	}
	b.c.Log.Error("streams are gone; they are made again", "streams", n, "error", err)
	if err := b.streams(ctx); err != nil {
		return 0, err
	}
	return n, b.register(ctx)
}

// countMissing counts streams that the server does not have among joined errors.
func countMissing(err error) int {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		n := 0
		for _, e := range joined.Unwrap() {
			n += countMissing(e)
		}
		return n
	}
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 1
	}
	return 0
}

// register writes down again which desks and consumers this process knows.
func (b *Bus) register(ctx context.Context) error {
	b.desks.mu.Lock()
	desks := map[string]string{}
	for token, name := range b.desks.names {
		desks[token] = name
	}
	b.desks.mu.Unlock()
	for token, name := range desks {
		if _, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: "lane.desk." + token, Data: []byte(name), Header: nats.Header{}}); err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "register desk %s: %w", name, err)
		}
	}
	b.restoring.mu.Lock()
	var stages []Consumer
	for _, c := range b.restoring.stages {
		stages = append(stages, c)
	}
	b.restoring.mu.Unlock()
	for _, c := range stages {
		if err := b.registerStage(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// newlyMade resets what is remembered of sequences when the stream of events is another
// one than before; the caller holds b.removing.
func (b *Bus) newlyMade(at time.Time) {
	if !b.made.Equal(at) {
		b.made, b.removed = at, nil
	}
}

// Handled tells whether every event up to a sequence of the stream of events is
// handled by every consumer that a process has served lately. The error kind is
// Unavailable.
func (b *Bus) Handled(ctx context.Context, seq uint64) (bool, error) {
	if err := b.readRegister(ctx); err != nil {
		return false, err
	}
	stages, err := b.stages(ctx)
	if err != nil {
		return false, err
	}
	tokens, _ := b.desks.list()
	for _, token := range tokens {
		for _, s := range stages {
			cons, err := b.js.Consumer(ctx, streamEvents, laneName(s.Name, token))
			if errors.Is(err, jetstream.ErrConsumerNotFound) {
				return false, nil // not opened yet
			}
			if err != nil {
				return false, pipeline.Errorf(pipeline.Unavailable, "ask consumer %s: %w", s.Name, err)
			}
			info := cons.CachedInfo()
			if info.NumPending == 0 && info.NumAckPending == 0 || info.AckFloor.Stream >= seq {
				continue
			}
			return false, nil
		}
	}
	return true, nil
}
