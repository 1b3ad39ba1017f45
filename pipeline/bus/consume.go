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

// Consumer describes one durable reader of events, with a lane for each desk.
type Consumer struct {
	Name  string // also the name in dead letters
	Types []pipeline.EventType
	// Workers is how many events of one desk are handled at once in this process
	// at most; 0 means 8. They are shared by all desks, of which each has one
	// more of its own.
	Workers int
	// AckWait is how long the server waits for a dead worker before it gives
	// the event to another; living workers renew it. 0 means 30 s.
	AckWait time.Duration
	// MaxFailures bounds tries of an event that fails for an unknown reason; waits
	// and restarts do not count. 0 means 5.
	MaxFailures int
	// Grace is how long running handlers may finish once ctx has ended; 0 means 10 s.
	Grace time.Duration
}

// maxAway is how long an event is tried again while what it needs is away. An
// event that stood in line behind others longer than that is tried for maxTried.
const (
	maxAway  = 24 * time.Hour
	maxTried = time.Hour
)

// fullWait is how long an event waits whose handler found the bus full.
const fullWait = 5 * time.Second

// Consume handles events of all desks until ctx ends: it then takes no more work,
// lets running handlers finish within Grace, cancels them, and returns. Each desk
// has a lane of its own; one for a desk that is new opens within seconds.
func (b *Bus) Consume(ctx context.Context, c Consumer, h Handler) error {
	c = c.defaults()
	b.restoring.remember(c)
	for n := 1; ; n++ {
		err := b.begin(ctx, c)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil // stopped before it began
		}
		if pipeline.KindOf(err) != pipeline.Unavailable {
			return err
		}
		b.c.Log.Warn("consumer not begun yet; trying again", "consumer", c.Name, "error", err)
		b.restoreAfter(ctx, err)
		pause(ctx, backoff(n))
	}
	w := newWork(ctx, c)
	var lanes sync.WaitGroup
	open := map[string]bool{}
	seen := time.Now()
	for ctx.Err() == nil {
		tokens, changed := b.desks.list()
		for _, token := range tokens {
			if open[token] {
				continue
			}
			open[token] = true
			lanes.Go(func() {
				b.pull(w, func(ctx context.Context) (jetstream.Consumer, error) { return b.openLane(ctx, c, token, 0) },
					func(ctx context.Context, m jetstream.Msg) bool { return b.handle(ctx, c, m, h) })
			})
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-time.After(registerEvery):
			if err := b.readRegister(ctx); err != nil {
				b.c.Log.Debug("register of desks not read", "consumer", c.Name, "error", err)
				b.restoreAfter(ctx, err)
			}
		}
		if time.Since(seen) > time.Hour && b.registerStage(ctx, c) == nil {
			seen = time.Now()
		}
	}
	lanes.Wait()
	w.end()
	return nil
}

// begin writes the consumer down and takes over from one without lanes.
func (b *Bus) begin(ctx context.Context, c Consumer) error {
	if err := b.readRegister(ctx); err != nil {
		return err
	}
	if err := b.registerStage(ctx, c); err != nil {
		return err
	}
	return b.adopt(ctx, c)
}

func (c Consumer) defaults() Consumer {
	if c.Workers <= 0 {
		c.Workers = 8
	}
	if c.AckWait <= 0 {
		c.AckWait = 30 * time.Second
	}
	if c.MaxFailures <= 0 {
		c.MaxFailures = 5
	}
	if c.Grace <= 0 {
		c.Grace = 10 * time.Second
	}
	return c
}

// work is what the lanes of one consumer share in this process.
type work struct {
	take   context.Context // ends: no more is taken
	finish context.Context // ends: handlers are cancelled
	cancel context.CancelFunc
	grace  time.Duration
	pool   *pool
	wg     sync.WaitGroup
	name   string
}

func newWork(ctx context.Context, c Consumer) *work {
	w := &work{take: ctx, grace: c.Grace, pool: newPool(c.Workers), name: c.Name}
	w.finish, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return w
}

// end waits for running handlers, and cancels them after the grace period.
func (w *work) end() {
	timer := time.AfterFunc(w.grace, w.cancel)
	defer timer.Stop()
	w.wg.Wait()
	w.cancel()
}

// pull reads the messages of one lane and runs handle on them, until no more is
// to be taken. A durable that is gone is made again.
func (b *Bus) pull(w *work, open func(context.Context) (jetstream.Consumer, error), handle func(context.Context, jetstream.Msg) bool) {
	lane := w.pool.lane()
	var cons jetstream.Consumer
	for w.take.Err() == nil {
		var err error
		if cons == nil {
			cons, err = open(w.take)
		}
		if err == nil {
			err = b.read(w, lane, cons, handle)
		}
		if w.take.Err() == nil {
			b.c.Log.Debug("reading interrupted; starting again", "consumer", w.name, "error", err)
			b.restoreAfter(w.take, err)
			cons = nil
			pause(w.take, 200*time.Millisecond)
		}
	}
}

// fetchWait is how long one request for messages stays open at the server.
const fetchWait = 5 * time.Second

// read asks for one message at a time when a worker could take it, until no more
// is to be taken or the server interrupts. While nothing comes no worker is held.
// One request at a time: the client's own iterator was seen to stall for half a
// minute with no request under way.
func (b *Bus) read(w *work, lane *slots, cons jetstream.Consumer, handle func(context.Context, jetstream.Msg) bool) error {
	for lane.room(w.take) {
		m, err := fetch(w.take, cons)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		stop := keepAlive(m, fetchWait) // another lane may have taken the worker meanwhile
		taken := lane.take(w.take)
		stop()
		if !taken {
			_ = m.Nak() // another process takes it
			break
		}
		w.wg.Go(func() {
			well := false
			defer func() { lane.give(well) }()
			well = handle(w.finish, m)
		})
	}
	return w.take.Err()
}

// fetch returns the next message, or nil when none came for a while. It asks for no
// heartbeats: the client keeps room for two answers to a request for one message,
// and in a process that was slow for two seconds they pushed the message out, which
// then came again only after AckWait. A server that is gone shows within fetchWait.
func fetch(ctx context.Context, cons jetstream.Consumer) (m jetstream.Msg, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	batch, err := cons.Fetch(1, jetstream.FetchContext(ctx))
	if err != nil {
		return nil, err
	}
	for got := range batch.Messages() {
		m = got
	}
	if m != nil {
		return m, nil
	}
	if err := batch.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	return nil, nil
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
// and carries out the verdict. It tells whether the event went well: neither
// failed nor waits.
func (b *Bus) handle(ctx context.Context, c Consumer, m jetstream.Msg, h Handler) bool {
	start := time.Now()
	md, err := m.Metadata()
	if err != nil {
		b.c.Log.Error("message without metadata", "consumer", c.Name, "error", err)
		return false
	}
	var e pipeline.Event
	if err := json.Unmarshal(m.Data(), &e); err != nil {
		err = pipeline.Errorf(pipeline.Invalid, "read event: %w", err)
		b.finish(c, m, md, pipeline.Event{ID: fmt.Sprintf("unreadable/%d", md.Sequence.Stream)}, tries{}, err)
		return true
	}
	stop := keepAlive(m, c.AckWait/3)
	t := b.findTries(ctx, c, md, e)
	b.c.Step("handle.before " + c.Name + " " + string(e.Type))
	whole, err := b.whole(ctx, e)
	if err == nil {
		err = b.call(ctx, c, whole, h)
	}
	b.c.Step("handle.after " + c.Name + " " + string(e.Type))
	stop()
	if err != nil && ctx.Err() != nil {
		return false // shutting down: the server gives the event to another
	}
	verdict := b.finish(c, m, md, e, t, err)
	if b.c.Observe != nil {
		b.c.Observe(c.Name, e.Type, verdict, time.Since(start))
	}
	return verdict == "ack" || verdict == "dead"
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

// finish carries out what the error means and names it for metrics: ack, wait,
// retry or dead.
func (b *Bus) finish(c Consumer, m jetstream.Msg, md *jetstream.MsgMetadata, e pipeline.Event, t tries, err error) string {
	verdict, delay := b.verdict(c, md.Timestamp, time.Now(), &t, err)
	log := b.c.Log.With("consumer", c.Name, "event", e.ID, "ticket", e.Ticket, "failures", t.Failures)
	var ackErr error
	switch verdict {
	case "ack":
		if err != nil {
			log.Info("event settled by a conflict", "reason", err)
		}
		ackErr = m.Ack()
	case "wait":
		log.Info("event waits", "for", delay, "reason", err)
		if t.kept || delay >= shortWait {
			b.keepTries(c, md, t)
		}
		ackErr = m.NakWithDelay(delay)
	case "retry":
		log.Warn("event failed; trying again", "after", delay, "error", err)
		b.keepTries(c, md, t)
		ackErr = m.NakWithDelay(delay)
	case "dead":
		log.Error("event given up", "error", err)
		if derr := b.bury(c.Name, md, e, t.Failures, err); derr != nil {
			log.Error("dead letter not stored; trying again", "error", derr)
			return b.postpone(m, verdict)
		}
		ackErr = m.Term()
	}
	if t.kept && (verdict == "ack" || verdict == "dead") {
		b.forgetTries(c, md, t)
	}
	if ackErr != nil {
		log.Debug("verdict not delivered; the event will come again", "error", ackErr)
	}
	return verdict
}

func (b *Bus) postpone(m jetstream.Msg, verdict string) string {
	if err := m.NakWithDelay(5 * time.Second); err != nil {
		b.c.Log.Debug("verdict not delivered; the event will come again", "error", err)
	}
	return verdict
}

// verdict says what an error means for an event that was published at, and adds
// it to the event's tries. How often the server delivered it plays no part.
func (b *Bus) verdict(c Consumer, at, now time.Time, t *tries, err error) (string, time.Duration) {
	if err == nil {
		return "ack", 0
	}
	if ra, ok := errors.AsType[*pipeline.RetryAfterError](err); ok {
		delay := max(ra.After, 10*time.Millisecond)
		t.waits(now, delay, err)
		return "wait", delay
	}
	if errors.Is(err, errFull) { // it passes as others handle what fills the bus
		t.waits(now, fullWait, err)
		return "wait", fullWait
	}
	kind := pipeline.KindOf(err)
	if kind == pipeline.Internal && (errors.Is(err, context.DeadlineExceeded) || b.c.Transient != nil && b.c.Transient(err)) {
		kind = pipeline.Unavailable
	}
	if kind == pipeline.Conflict {
		return "ack", 0
	}
	delay := backoff(t.Failures + 1)
	t.failed(now, delay, err)
	switch kind {
	case pipeline.Invalid, pipeline.NotFound, pipeline.Denied:
		return "dead", 0
	case pipeline.Unavailable:
		tried, age := now.Sub(t.Since), now.Sub(at)-t.Waited
		if tried > maxAway || tried > maxTried && age > maxAway {
			return "dead", 0
		}
	default:
		if t.Failures >= c.MaxFailures {
			return "dead", 0
		}
	}
	return "retry", delay
}

// backoff grows from 200 ms by doubling to 30 s.
func backoff(n int) time.Duration {
	return min(30*time.Second, 200*time.Millisecond<<min(n-1, 10))
}
