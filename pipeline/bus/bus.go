package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"footnote/pipeline"
)

// Streams on the server.
const (
	streamEvents = "FOOTNOTE"
	streamDead   = "FOOTNOTE_DEAD"
	streamLanes  = "FOOTNOTE_LANES" // the register of desks and consumers
	streamTries  = "FOOTNOTE_TRIES" // what is not settled at once
	streamLarge  = "FOOTNOTE_LARGE" // data too large for an event
)

// Config of a Bus.
type Config struct {
	// Embedded is the in-process server; nil means URL.
	Embedded *Embedded
	URL      string // e.g. nats://host:4222; several separated by commas
	Creds    string // path of a credentials file; optional
	Token    string // of the server at URL, unless it stands in the URL; optional
	// Replicas of each stream; 0 means as many as it has, and for a new stream 3 on
	// a cluster that has three servers, else 1.
	Replicas int
	// Keep is how long events stay readable after everybody has handled them; 0
	// means 30 days. What somebody has not handled is kept for as long as it takes.
	Keep time.Duration
	// Size bounds the events kept, in bytes; 0 means as the stream is, which has
	// no bound at first. Near it the oldest handled events go before Keep, and when
	// none is left new ones are refused. Data too large for an event has as much.
	Size int64
	// Free is how many bytes the disk of the embedded server has left, and the reserve
	// below which new messages are refused, so that what is under way can end; nil: the
	// disk is not looked at.
	Free func() (free, reserve int64, err error)
	// Shrink allows to make copies, size or age of existing streams less.
	Shrink bool
	// Transient tells errors that a retry may cure although nobody classified
	// them, such as a lost database connection; may be nil.
	Transient func(error) bool
	// Observe is told of every handled message; may be nil.
	Observe func(consumer string, typ pipeline.EventType, verdict string, took time.Duration)
	// Step is called at every point where a crash must do no harm, with its
	// name; the fault campaign kills the process there. May be nil.
	Step func(point string)
	Log  *slog.Logger
}

// Bus is safe for concurrent use.
type Bus struct {
	c     Config
	nc    *nats.Conn
	js    jetstream.JetStream
	tries jetstream.Stream
	desks desks

	storing   failing // how publishing events went last
	restoring restoring

	filling  filling
	removing sync.Mutex
	made     time.Time          // when the stream of events was
	removed  map[lineage]uint64 // up to where this process had each one removed
}

// Connect connects and makes sure that the streams exist. The error kind is
// Unavailable when the server cannot be reached.
func Connect(ctx context.Context, c Config) (*Bus, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Step == nil {
		c.Step = func(string) {}
	}
	opts := []nats.Option{nats.Name("footnote"), nats.MaxReconnects(-1), nats.ReconnectWait(500 * time.Millisecond),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				c.Log.Warn("bus disconnected; reconnecting", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { c.Log.Info("bus connected again") }),
	}
	if c.Creds != "" {
		opts = append(opts, nats.UserCredentials(c.Creds))
	}
	if c.Token != "" && c.Embedded == nil && !strings.Contains(c.URL, "@") {
		opts = append(opts, nats.Token(c.Token))
	}
	var nc *nats.Conn
	var err error
	if c.Embedded != nil {
		nc, err = c.Embedded.connect(opts...)
	} else {
		nc, err = nats.Connect(c.URL, opts...)
	}
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "connect to NATS: %w", err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	b := &Bus{c: c, nc: nc, js: js, desks: desks{names: map[string]string{}, changed: make(chan struct{})}}
	if err := b.streams(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return b, nil
}

// Close flushes and closes the connection; consumers must have ended.
func (b *Bus) Close() {
	if err := b.nc.FlushTimeout(2 * time.Second); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.c.Log.Debug("bus flush", "error", err)
	}
	b.nc.Close()
}

var tracer = otel.Tracer("footnote/bus")
var propagator = propagation.TraceContext{}

// Publish stores the event and returns once the server has it on disk. The same
// ID published again within the dedupe window (1 h) is stored once. Data of more
// than 256 KiB is stored apart; whoever reads the event gets it whole. The error
// kind is Unavailable, also while the bus is full, or Invalid for an event that the
// bus will never take.
func (b *Bus) Publish(ctx context.Context, e pipeline.Event) error {
	err := b.publish(ctx, e)
	if b.restoreAfter(ctx, err) {
		err = b.publish(ctx, e)
	}
	return err
}

func (b *Bus) publish(ctx context.Context, e pipeline.Event) error {
	e, err := b.setAside(ctx, e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if e.Trace != "" && !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = propagator.Extract(ctx, propagation.MapCarrier{"traceparent": e.Trace})
	}
	ctx, span := tracer.Start(ctx, "publish "+string(e.Type), trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(attribute.String("event.id", e.ID), attribute.String("ticket", e.Ticket)))
	defer span.End()
	if span.SpanContext().IsValid() {
		carrier := propagation.MapCarrier{}
		propagator.Inject(ctx, carrier)
		e.Trace = carrier["traceparent"]
	}
	data, err := json.Marshal(e)
	if err != nil {
		return pipeline.Errorf(pipeline.Invalid, "write event %s: %w", e.ID, err)
	}
	if err := b.Register(ctx, e.Desk); err != nil {
		return err
	}
	if err := b.admit(ctx, e.Type, len(data)+perEvent); err != nil {
		return err
	}
	b.c.Step("publish.before " + string(e.Type))
	begin := time.Now()
	err = b.store(ctx, &nats.Msg{Subject: e.Subject(), Data: data, Header: about(e)}, e.ID)
	b.c.Step("publish.after " + string(e.Type))
	b.stored(begin, err)
	switch {
	case err == nil:
		return nil
	case refused(err):
		return pipeline.Errorf(pipeline.Invalid, "the bus refuses event %s (%d bytes): %w", e.ID, len(data), err)
	case isFull(err):
		return pipeline.Errorf(pipeline.Unavailable, "%w: event %s is not taken", errFull, e.ID)
	default:
		span.RecordError(err)
		return pipeline.Errorf(pipeline.Unavailable, "store event %s: %w", e.ID, err)
	}
}

// stored takes in how storing an event went.
func (b *Bus) stored(begin time.Time, err error) {
	b.storing.stored(begin, err)
	if b.c.Embedded != nil {
		b.c.Embedded.failing.stored(begin, err)
	}
}

// storeWait is how long one try to store an event waits for the server. When the server
// that led the stream dies, its answer never comes, and another leads within seconds.
const storeWait = 2500 * time.Millisecond

// store stores a message under an id, which makes trying again harmless, until ctx ends.
func (b *Bus) store(ctx context.Context, m *nats.Msg, id string) error {
	for {
		try, cancel := context.WithTimeout(ctx, storeWait)
		_, err := b.js.PublishMsg(try, m, jetstream.WithMsgID(id))
		cancel()
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, nats.ErrTimeout) {
			return err
		}
	}
}

// refused tells errors of publishing that no retry cures.
func refused(err error) bool {
	if errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject) || errors.Is(err, jetstream.ErrInvalidSubject) {
		return true
	}
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && api.ErrorCode == msgTooLarge
}

// msgTooLarge is JetStream's code for a message over the stream's limit.
const msgTooLarge = 10054

// perEvent is what the stream needs for an event beside its JSON, in bytes.
const perEvent = 200

// isFull tells the server's own refusal: the stream or the account is at its limit.
func isFull(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (strings.Contains(api.Description, "maximum bytes exceeded") || api.ErrorCode == 10023 || api.ErrorCode == 10047 || api.ErrorCode == 10122)
}

// Subscribe returns events of the given types (all when empty) as they are
// published from now on, until ctx ends. It is for live views: a slow reader
// loses events.
func (b *Bus) Subscribe(ctx context.Context, types ...pipeline.EventType) (<-chan pipeline.Event, error) {
	return b.follow(ctx, types, false, func(m jetstream.Msg) (e pipeline.Event, ok bool) {
		if json.Unmarshal(m.Data(), &e) != nil {
			return e, false
		}
		e, err := b.whole(ctx, e)
		return e, err == nil
	})
}

// Headers that say what an event is about, for those who need no more.
const (
	headerType   = "Footnote-Type"
	headerDesk   = "Footnote-Desk"
	headerTicket = "Footnote-Ticket"
)

func about(e pipeline.Event) nats.Header {
	return nats.Header{headerType: {url.QueryEscape(string(e.Type))}, headerDesk: {url.QueryEscape(e.Desk)}, headerTicket: {url.QueryEscape(e.Ticket)}}
}

// Changes is Subscribe without what is in the events: id, type, desk and ticket
// only, and nothing else leaves the server.
func (b *Bus) Changes(ctx context.Context) (<-chan pipeline.Event, error) {
	return b.follow(ctx, nil, true, func(m jetstream.Msg) (e pipeline.Event, ok bool) {
		h := m.Headers()
		typ, err1 := url.QueryUnescape(h.Get(headerType))
		desk, err2 := url.QueryUnescape(h.Get(headerDesk))
		ticket, err3 := url.QueryUnescape(h.Get(headerTicket))
		e = pipeline.Event{ID: h.Get(jetstream.MsgIDHeader), Type: pipeline.EventType(typ), Desk: desk, Ticket: ticket}
		return e, errors.Join(err1, err2, err3) == nil && typ != ""
	})
}

// follow reads new events, or their headers, until ctx ends.
func (b *Bus) follow(ctx context.Context, types []pipeline.EventType, headers bool, read func(jetstream.Msg) (pipeline.Event, bool)) (<-chan pipeline.Event, error) {
	cons, err := b.js.OrderedConsumer(ctx, streamEvents, jetstream.OrderedConsumerConfig{
		FilterSubjects: subjects(types, "*"), DeliverPolicy: jetstream.DeliverNewPolicy, HeadersOnly: headers})
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "subscribe: %w", err)
	}
	out := make(chan pipeline.Event, 64)
	cc, err := cons.Consume(func(m jetstream.Msg) {
		e, ok := read(m)
		if !ok {
			return
		}
		select {
		case out <- e:
		default:
		}
	})
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "subscribe: %w", err)
	}
	context.AfterFunc(ctx, func() {
		cc.Stop()
		<-cc.Closed()
		close(out)
	})
	return out, nil
}

// subjects are the filters for types (all when empty) of a desk, by its token; "*"
// means every desk.
func subjects(types []pipeline.EventType, token string) []string {
	if len(types) == 0 {
		return []string{"fn.*.*." + token + ".>"}
	}
	var out []string
	for _, t := range types {
		out = append(out, "fn."+string(t)+"."+token+".>")
	}
	return out
}
