package bus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// big is an event of about ten kilobytes.
func big(typ pipeline.EventType, desk, id string) pipeline.Event {
	return pipeline.NewEvent(typ, id, pipeline.TicketRef{Desk: desk, ID: id}, time.Now(), strings.Repeat("x", 10_000))
}

// fresh makes the next Publish look how full the bus is.
func (b *Bus) fresh() {
	b.filling.mu.Lock()
	defer b.filling.mu.Unlock()
	b.filling.read, b.filling.sweep = time.Time{}, time.Time{}
}

func messages(t *testing.T, b *Bus, subject string) (n uint64) {
	t.Helper()
	stream, err := b.js.Stream(t.Context(), streamEvents)
	if err != nil {
		t.Fatal(err)
	}
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(subject))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range info.State.Subjects {
		n += k
	}
	return n
}

// TestHandledEventsMakeRoom publishes five times what the bus holds to a consumer
// that handles all of it, while another desk's events stay unhandled.
func TestHandledEventsMakeRoom(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	b := start(t, Config{Size: size})
	handled := make(chan string, 1000)
	waiting := make(chan struct{}, 1000)
	consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}}, func(_ context.Context, e pipeline.Event) error {
		if e.Desk == "broken" {
			waiting <- struct{}{}
			return &pipeline.RetryAfterError{After: time.Hour, Err: errors.New("429")}
		}
		handled <- e.ID
		return nil
	})
	for i := range 20 {
		publish(t, b, big(pipeline.TicketReceived, "broken", fmt.Sprint("b", i)))
		receive(t, waiting, "the desk that waits")
	}
	for i := range 5 * size / 10_000 {
		b.fresh()
		publish(t, b, big(pipeline.TicketReceived, "healthy", fmt.Sprint("h", i)))
		receive(t, handled, "the healthy desk")
	}
	u, err := b.Usage(t.Context())
	if err != nil || u.Limit != size || u.Bytes > size || u.Bytes < size/3 {
		t.Fatalf("%+v, %v", u, err)
	}
	if n := messages(t, b, "fn.ticket.received.broken.>"); n != 20 {
		t.Fatalf("%d of 20 unhandled events are left", n)
	}
}

// TestFullBusRefusesTheFirstStep fills the bus with events that nobody handles:
// webhooks are refused before it is full, later steps go on, and once the events
// are handled all is taken again and every event has been handled once.
func TestFullBusRefusesTheFirstStep(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Size: 1 << 20})
	var open atomic.Bool
	var count sync.Map
	var handled atomic.Int64
	done := make(chan struct{}, 10_000)
	full := make(chan struct{}, 10_000)
	consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Workers: 1, AckWait: time.Second}, func(ctx context.Context, e pipeline.Event) error {
		if !open.Load() {
			return &pipeline.RetryAfterError{After: 20 * time.Millisecond, Err: errors.New("later")}
		}
		b.fresh()
		err := b.Publish(ctx, e.Follow(pipeline.DraftRequested, "draft/"+e.ID, time.Now(), strings.Repeat("y", 30_000)))
		if err != nil {
			if !errors.Is(err, errFull) {
				return err
			}
			full <- struct{}{}
			return &pipeline.RetryAfterError{After: 20 * time.Millisecond, Err: err} // sooner than a bus that is full by itself would
		}
		if _, twice := count.LoadOrStore(e.ID, true); !twice {
			handled.Add(1)
			done <- struct{}{}
		}
		return nil
	})
	var drafting atomic.Bool
	consume(t, b, Consumer{Name: "d", Types: []pipeline.EventType{pipeline.DraftRequested}, Workers: 1, AckWait: time.Second}, func(context.Context, pipeline.Event) error {
		if !drafting.Load() {
			return &pipeline.RetryAfterError{After: 20 * time.Millisecond, Err: errors.New("later")}
		}
		return nil
	})
	taken := 0
	for refused := false; !refused; {
		b.fresh()
		err := b.Publish(t.Context(), big(pipeline.TicketReceived, "desk", fmt.Sprint(taken)))
		switch {
		case err == nil:
			taken++
		case pipeline.KindOf(err) == pipeline.Unavailable && errors.Is(err, errFull):
			refused = true
		default:
			t.Fatal(err)
		}
		if taken > 200 {
			t.Fatal("the bus takes more than it holds")
		}
	}
	if taken < 70 {
		t.Fatalf("only %d events fit", taken)
	}
	publish(t, b, big(pipeline.DraftDecided, "desk", "decision"))
	open.Store(true)
	receive(t, full, "the first step has no room for its follow-ups")
	drafting.Store(true) // the later step makes room
	for range taken {
		receive(t, done, "what was taken is handled")
	}
	b.fresh()
	publish(t, b, big(pipeline.TicketReceived, "desk", "again"))
	receive(t, done, "webhooks are taken again")
	if n := int(handled.Load()); n != taken+1 {
		t.Fatalf("%d of %d handled", n, taken+1)
	}
}

// TestFullBusIsAWait lets a handler find the bus full: that is no failure.
func TestFullBusIsAWait(t *testing.T) {
	t.Parallel()
	b := &Bus{}
	for range 20 {
		tr := tries{Failures: 4}
		got, delay := b.verdict(Consumer{}.defaults(), time.Now(), time.Now(), &tr, fmt.Errorf("publish: %w", full(pipeline.DraftRequested, 9, 10)))
		if got != "wait" || delay <= 0 || tr.Failures != 4 {
			t.Fatal(got, delay, tr)
		}
	}
}

// TestSweepRemovesOldHandledEvents keeps what one of two consumers has not handled,
// and what a consumer without a lane yet would take.
func TestSweepRemovesOldHandledEvents(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Keep: time.Nanosecond})
	handled := make(chan string, 100)
	waits := make(chan string, 100)
	consume(t, b, Consumer{Name: "all", Types: []pipeline.EventType{pipeline.TicketReceived, pipeline.DraftRequested}}, func(_ context.Context, e pipeline.Event) error {
		handled <- e.ID
		return nil
	})
	consume(t, b, Consumer{Name: "slow", Types: []pipeline.EventType{pipeline.DraftRequested}}, func(_ context.Context, e pipeline.Event) error {
		if e.Desk == "one" {
			waits <- e.ID
			return &pipeline.RetryAfterError{After: time.Hour, Err: errors.New("429")}
		}
		handled <- e.ID
		return nil
	})
	for _, desk := range []string{"one", "two"} {
		publish(t, b, big(pipeline.TicketReceived, desk, desk+"/r"), big(pipeline.DraftRequested, desk, desk+"/d"), big(pipeline.OutcomeRecorded, desk, desk+"/o"))
	}
	for range 5 {
		receive(t, handled, "handling")
	}
	receive(t, waits, "waiting")
	if err := b.registerStage(t.Context(), Consumer{Name: "never-started", Types: []pipeline.EventType{pipeline.OutcomeRecorded}}); err != nil {
		t.Fatal(err)
	}
	want := map[string]uint64{"fn.ticket.received.>": 0, "fn.draft.requested.one.>": 1, "fn.draft.requested.two.>": 0, "fn.outcome.recorded.>": 2}
	settled := func() bool {
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for subject, n := range want {
			if messages(t, b, subject) != n {
				return false
			}
		}
		return true
	}
	for deadline := time.Now().Add(time.Minute); !settled(); { // the server counts an acknowledgement in its own time
		if time.Now().After(deadline) {
			for subject, n := range want {
				t.Errorf("%s: %d left, want %d", subject, messages(t, b, subject), n)
			}
			return
		}
	}
}

func TestDaysLeft(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		u    Usage
		want float64
	}{
		{Usage{Limit: 1000, PerDay: 100}, 8},
		{Usage{Limit: 1000, PerDay: 100, UnhandledBytes: 300}, 5},
		{Usage{Limit: 1000, PerDay: 100, UnhandledBytes: 900}, 0},
		{Usage{PerDay: 100, UnhandledBytes: 300}, math.Inf(1)},
		{Usage{Limit: 1000}, math.Inf(1)},
	} {
		if got := tc.u.DaysLeft(); got != tc.want {
			t.Errorf("%+v: %g days, want %g", tc.u, got, tc.want)
		}
	}
}

// TestStreamSizes connects with other sizes to a stream that has one.
func TestStreamSizes(t *testing.T) {
	t.Parallel()
	b := start(t, Config{Size: 10 << 20})
	for _, tc := range []struct {
		c    Config
		want int64
	}{
		{Config{}, 10 << 20},
		{Config{Size: 1 << 20}, 10 << 20},
		{Config{Size: 20 << 20}, 20 << 20},
		{Config{Size: 5 << 20, Shrink: true}, 5 << 20},
	} {
		tc.c.Embedded = b.c.Embedded
		other, err := Connect(t.Context(), tc.c)
		if err != nil {
			t.Fatal(err)
		}
		u, err := other.Usage(t.Context())
		other.Close()
		if err != nil || u.Limit != tc.want {
			t.Errorf("%d, shrink %v: limit %d, want %d (%v)", tc.c.Size, tc.c.Shrink, u.Limit, tc.want, err)
		}
	}
}
