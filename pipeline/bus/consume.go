package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"footnote/pipeline"
)

// Handler takes one event. What its error leads to is said in the package comment.
type Handler func(ctx context.Context, e pipeline.Event) error

// Consumer describes one durable reader of events.
type Consumer struct {
	Name  string // also the name in dead letters
	Types []pipeline.EventType
	// Workers is how many events are handled at once; 0 means 8.
	Workers int
	// AckWait is how long the server waits for a dead worker before it gives
	// the event to another; living workers renew it. 0 means 30 s.
	AckWait time.Duration
	// MaxDeliver bounds tries of an event that fails for an unknown reason; 0 means 5.
	MaxDeliver int
	// Grace is how long running handlers may finish once ctx has ended; 0 means 10 s.
	Grace time.Duration
}

// maxWait is how long an event is retried while what it needs is away.
const maxWait = 24 * time.Hour

// Consume handles events until ctx ends: it then takes no more work, lets
// running handlers finish within Grace, cancels them, and returns.
func (b *Bus) Consume(ctx context.Context, c Consumer, h Handler) error {
	c = c.defaults()
	cons, err := b.js.CreateOrUpdateConsumer(ctx, streamEvents, jetstream.ConsumerConfig{Durable: c.Name, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: c.AckWait, MaxDeliver: -1, MaxAckPending: max(1000, 4*c.Workers), FilterSubjects: subjects(c.Types)})
	if ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "create consumer %s: %w", c.Name, err)
	}
	return b.pull(ctx, c, cons, func(ctx context.Context, m jetstream.Msg) { b.handle(ctx, c, m, h) })
}

func (c Consumer) defaults() Consumer {
	if c.Workers <= 0 {
		c.Workers = 8
	}
	if c.AckWait <= 0 {
		c.AckWait = 30 * time.Second
	}
	if c.MaxDeliver <= 0 {
		c.MaxDeliver = 5
	}
	if c.Grace <= 0 {
		c.Grace = 10 * time.Second
	}
	return c
}

// pull reads messages and runs handle on at most c.Workers at once, until ctx
// ends; then it drains.
func (b *Bus) pull(ctx context.Context, c Consumer, cons jetstream.Consumer, handle func(context.Context, jetstream.Msg)) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var wg sync.WaitGroup
	slots := make(chan struct{}, c.Workers)
	for ctx.Err() == nil {
		err := read(ctx, cons, slots, func(m jetstream.Msg) {
			wg.Go(func() {
				defer func() { <-slots }()
				handle(work, m)
			})
		})
		if ctx.Err() == nil {
			b.c.Log.Debug("reading interrupted; starting again", "consumer", c.Name, "error", err)
			pause(ctx, 200*time.Millisecond)
		}
	}
	timer := time.AfterFunc(c.Grace, cancel)
	defer timer.Stop()
	wg.Wait()
	return nil
}

// fetchWait is how long one request for messages stays open at the server.
const fetchWait = 5 * time.Second

// read takes every free slot, asks the server for as many messages, and starts
// each as it comes, until ctx ends or the server interrupts. One request at a
// time: the client's own iterator was seen to stall for half a minute with no
// request under way.
func read(ctx context.Context, cons jetstream.Consumer, slots chan struct{}, start func(jetstream.Msg)) error {
	for {
		free := take(ctx, slots)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := fetch(ctx, cons, free, slots, start)
		if err != nil {
			return err
		}
	}
}

// fetch makes one request for n messages, whose slots are taken, and gives back
// the slots of those that did not come.
func fetch(ctx context.Context, cons jetstream.Consumer, n int, slots chan struct{}, start func(jetstream.Msg)) error {
	defer func() { give(slots, n) }()
	ctx, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	batch, err := cons.Fetch(n, jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(fetchWait/5))
	if err != nil {
		return err
	}
	for m := range batch.Messages() {
		n--
		start(m)
	}
	if err := batch.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// take waits for one free slot and takes all that are free then.
func take(ctx context.Context, slots chan struct{}) int {
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case slots <- struct{}{}:
		default:
			return n
		}
	}
}

func give(slots chan struct{}, n int) {
	for range n {
		<-slots
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// handle runs the handler on one message, renews its ack deadline meanwhile,
// and carries out the verdict.
func (b *Bus) handle(ctx context.Context, c Consumer, m jetstream.Msg, h Handler) {
	start := time.Now()
	md, err := m.Metadata()
	if err != nil {
		b.c.Log.Error("message without metadata", "consumer", c.Name, "error", err)
		return
	}
	var e pipeline.Event
	if err := json.Unmarshal(m.Data(), &e); err != nil {
		err = pipeline.Errorf(pipeline.Invalid, "read event: %w", err)
		b.finish(c, m, md, pipeline.Event{ID: fmt.Sprintf("unreadable/%d", md.Sequence.Stream)}, err)
		return
	}
	stop := keepAlive(m, c.AckWait/3)
	b.c.Step("handle.before " + c.Name + " " + string(e.Type))
	err = b.call(ctx, c, e, h)
	b.c.Step("handle.after " + c.Name + " " + string(e.Type))
	stop()
	if err != nil && ctx.Err() != nil {
		return // shutting down: the server gives the event to another
	}
	verdict := b.finish(c, m, md, e, err)
	if b.c.Observe != nil {
		b.c.Observe(c.Name, e.Type, verdict, time.Since(start))
	}
}

// call runs the handler inside a span that continues the event's trace; a panic
// becomes an error of this one event.
func (b *Bus) call(ctx context.Context, c Consumer, e pipeline.Event, h Handler) (err error) {
	if e.Trace != "" {
		ctx = propagator.Extract(ctx, propagation.MapCarrier{"traceparent": e.Trace})
	}
	ctx, span := tracer.Start(ctx, c.Name+" "+string(e.Type), trace.WithSpanKind(trace.SpanKindConsumer))
	defer span.End()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler %s panicked: %v", c.Name, p)
			b.c.Log.Error("handler panicked", "consumer", c.Name, "event", e.ID, "panic", p)
		}
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, pipeline.KindOf(err).String())
		}
	}()
	return h(ctx, e)
}

// keepAlive renews the ack deadline until the returned function is called.
func keepAlive(m jetstream.Msg, every time.Duration) func() {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				_ = m.InProgress() // a lost renewal costs a redelivery, no more
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// finish carries out what the error means and names it for metrics.
func (b *Bus) finish(c Consumer, m jetstream.Msg, md *jetstream.MsgMetadata, e pipeline.Event, err error) string {
	verdict, delay := b.verdict(c, md, err)
	log := b.c.Log.With("consumer", c.Name, "event", e.ID, "ticket", e.Ticket, "delivery", md.NumDelivered)
	var ackErr error
	switch verdict {
	case "ack":
		if err != nil {
			log.Info("event settled by a conflict", "reason", err)
		}
		ackErr = m.Ack()
	case "retry":
		log.Warn("event failed; trying again", "after", delay, "error", err)
		ackErr = m.NakWithDelay(delay)
	case "dead":
		log.Error("event given up", "error", err)
		if derr := b.bury(c.Name, md, e, err); derr != nil {
			log.Error("dead letter not stored; trying again", "error", derr)
			ackErr = m.NakWithDelay(5 * time.Second)
			break
		}
		ackErr = m.Term()
	}
	if ackErr != nil {
		log.Debug("verdict not delivered; the event will come again", "error", ackErr)
	}
	return verdict
}

func (b *Bus) verdict(c Consumer, md *jetstream.MsgMetadata, err error) (string, time.Duration) {
	if err == nil {
		return "ack", 0
	}
	n := int(min(md.NumDelivered, 1000))
	if ra, ok := errors.AsType[*pipeline.RetryAfterError](err); ok {
		return "retry", max(ra.After, 10*time.Millisecond)
	}
	kind := pipeline.KindOf(err)
	if kind == pipeline.Internal && (errors.Is(err, context.DeadlineExceeded) || b.c.Transient != nil && b.c.Transient(err)) {
		kind = pipeline.Unavailable
	}
	switch kind {
	case pipeline.Conflict:
		return "ack", 0
	case pipeline.Invalid, pipeline.NotFound, pipeline.Denied:
		return "dead", 0
	case pipeline.Unavailable:
		if time.Since(md.Timestamp) > maxWait {
			return "dead", 0
		}
	default:
		if n >= c.MaxDeliver {
			return "dead", 0
		}
	}
	return "retry", backoff(n)
}

// backoff grows from 200 ms by doubling to 30 s.
func backoff(n int) time.Duration {
	return min(30*time.Second, 200*time.Millisecond<<min(n-1, 10))
}
