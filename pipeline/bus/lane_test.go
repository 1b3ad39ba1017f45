package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

func eventAt(desk, id string) pipeline.Event {
	return pipeline.NewEvent(pipeline.TicketReceived, id, pipeline.TicketRef{Desk: desk, ID: "T" + id}, time.Now(), map[string]string{"id": id})
}

func publish(t *testing.T, b *Bus, events ...pipeline.Event) {
	t.Helper()
	for _, e := range events {
		if err := b.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWaitingDeskStopsNoOther lets more events of one desk wait than a consumer
// may have out: those of another desk still come.
func TestWaitingDeskStopsNoOther(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	var waiting sync.WaitGroup
	waiting.Add(maxUnsettled)
	got := make(chan string, 10)
	consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}}, func(_ context.Context, e pipeline.Event) error {
		if e.Desk == "broken" {
			waiting.Done() // panics when more are out than may be
			return &pipeline.RetryAfterError{After: time.Hour, Err: errors.New("429")}
		}
		got <- e.Desk
		return nil
	})
	for i := range maxUnsettled + 100 {
		publish(t, b, eventAt("broken", fmt.Sprint("b", i)))
	}
	waiting.Wait()
	publish(t, b, eventAt("healthy", "h"), eventAt("zendesk eu.*", "z"))
	desks := map[string]bool{receive(t, got, "the healthy desk"): true, receive(t, got, "the desk with a hard name"): true}
	if !desks["healthy"] || !desks["zendesk eu.*"] {
		t.Fatal(desks)
	}
	late, err := b.Late(t.Context())
	if err != nil || len(late) != 1 {
		t.Fatal(late, err)
	}
	if l := late[0]; l.Desk != "broken" || l.Consumer != "c" || l.Waiting != maxUnsettled || l.Failing != 0 || time.Until(l.Until) < 50*time.Minute {
		t.Fatalf("%+v", l)
	}
	if n, err := b.Backlog(t.Context(), "c"); err != nil || n < maxUnsettled+100 {
		t.Fatalf("backlog %d, %v", n, err)
	}
}

// TestStalledDeskStopsNoOther blocks every handler of two desks.
func TestStalledDeskStopsNoOther(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	release := make(chan struct{})
	var stalled atomic.Int64
	began := make(chan string, 100)
	consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Workers: 4}, func(_ context.Context, e pipeline.Event) error {
		if e.Desk != "healthy" {
			stalled.Add(1)
			began <- e.Desk
			<-release
			return nil
		}
		began <- "healthy " + e.ID
		return nil
	})
	defer close(release)
	for i := range 20 {
		publish(t, b, eventAt("stalled", fmt.Sprint("s", i)), eventAt("too", fmt.Sprint("t", i)))
	}
	for range 4 {
		receive(t, began, "stalling")
	}
	for i := range 20 {
		publish(t, b, eventAt("healthy", fmt.Sprint(i)))
	}
	for seen := 0; seen < 20; {
		if got := receive(t, began, "the healthy desk"); got != "stalled" && got != "too" {
			seen++
		}
	}
	if n := stalled.Load(); n > 5 { // four workers, three of them shared, and one of its own for the second desk
		t.Fatalf("%d stalled at once", n)
	}
}

// TestWaitsAreNoFailures lets an event wait often before it fails.
func TestWaitsAreNoFailures(t *testing.T) {
	t.Parallel()
	verdicts := make(chan string, 100)
	b := start(t, Config{Observe: func(_ string, _ pipeline.EventType, v string, _ time.Duration) { verdicts <- v }})
	var calls atomic.Int64
	consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Workers: 1, MaxFailures: 2}, func(context.Context, pipeline.Event) error {
		switch n := calls.Add(1); {
		case n <= 8, n == 10:
			return &pipeline.RetryAfterError{After: time.Millisecond, Err: errors.New("429")}
		case n == 9:
			return errors.New("odd")
		}
		return nil
	})
	publish(t, b, event("x"))
	want := []string{"wait", "wait", "wait", "wait", "wait", "wait", "wait", "wait", "retry", "wait", "ack"}
	for i, w := range want {
		if v := receive(t, verdicts, "verdict"); v != w {
			t.Fatalf("verdict %d is %s, want %s", i, v, w)
		}
	}
	if late, err := b.Late(t.Context()); err != nil || len(late) != 0 {
		t.Fatal("a settled event still counts:", late, err)
	}
}

// TestFailuresOutliveTheProcess counts failures of two processes as one sum.
func TestFailuresOutliveTheProcess(t *testing.T) {
	t.Parallel()
	s, err := Embed(EmbedConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	verdicts := make(chan string, 100)
	for i, want := range []string{"retry", "retry", "dead"} {
		b, err := Connect(t.Context(), Config{Embedded: s, Observe: func(_ string, _ pipeline.EventType, v string, _ time.Duration) { verdicts <- v }})
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan struct{}, 100)
		stop := consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Workers: 1, MaxFailures: 3}, func(ctx context.Context, _ pipeline.Event) error {
			first <- struct{}{}
			if len(first) > 1 {
				<-ctx.Done() // only one failure by each process
			}
			return errors.New("odd")
		})
		if i == 0 {
			publish(t, b, event("x"))
		}
		if v := receive(t, verdicts, "verdict"); v != want {
			t.Fatalf("process %d: %s, want %s", i, v, want)
		}
		stop()
		b.Close()
	}
}

func TestVerdictCountsFailures(t *testing.T) {
	t.Parallel()
	b := &Bus{}
	away := pipeline.Errorf(pipeline.Unavailable, "away")
	wait := &pipeline.RetryAfterError{After: 30 * time.Hour, Err: away}
	now := time.Now()
	for name, tc := range map[string]struct {
		age   time.Duration
		tries tries
		err   error
		want  string
	}{
		"the first error of an old event that waited":     {age: 31 * time.Hour, tries: tries{Waited: 30 * time.Hour}, err: away, want: "retry"},
		"the first error of an event that stood in line":  {age: 100 * time.Hour, err: away, want: "retry"},
		"an event that stood in line and failed for long": {age: 100 * time.Hour, tries: tries{Failures: 9, Since: now.Add(-2 * time.Hour)}, err: away, want: "dead"},
		"an event that waited a day and failed for long":  {age: 31 * time.Hour, tries: tries{Failures: 9, Since: now.Add(-2 * time.Hour), Waited: 28 * time.Hour}, err: away, want: "retry"},
		"away for a day": {age: 25 * time.Hour, tries: tries{Failures: 900, Since: now.Add(-25 * time.Hour)}, err: away, want: "dead"},
		"waits for days": {age: 900 * time.Hour, tries: tries{Failures: 900, Since: now.Add(-899 * time.Hour)}, err: wait, want: "wait"},
		"the fourth failure for an unknown reason":             {tries: tries{Failures: 3}, err: errors.New("odd"), want: "retry"},
		"the fifth failure for an unknown reason":              {tries: tries{Failures: 4}, err: errors.New("odd"), want: "dead"},
		"a wait after four failures, which is still only four": {tries: tries{Failures: 4}, err: wait, want: "wait"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := b.verdict(Consumer{}.defaults(), now.Add(-tc.age), now, &tc.tries, tc.err)
			if got != tc.want {
				t.Fatalf("%s, want %s", got, tc.want)
			}
		})
	}
}

// TestDeskOfAnotherProcess publishes for a desk that the reader has not heard of.
func TestDeskOfAnotherProcess(t *testing.T) {
	t.Parallel()
	s, err := Embed(EmbedConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	var both [2]*Bus
	for i := range both {
		if both[i], err = Connect(t.Context(), Config{Embedded: s}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(both[i].Close)
	}
	got := make(chan string, 1)
	consume(t, both[0], Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}}, func(_ context.Context, e pipeline.Event) error {
		got <- e.Desk
		return nil
	})
	publish(t, both[1], eventAt("zendesk-eu", "1"))
	if desk := receive(t, got, "an event of the new desk"); desk != "zendesk-eu" {
		t.Fatal(desk)
	}
}

// TestLanesTakeOver starts on a server that an earlier version has used, with one
// durable for all desks: what it had handled does not come again.
func TestLanesTakeOver(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	for i := range 6 {
		publish(t, b, eventAt("one", fmt.Sprint("a", i)), eventAt("two", fmt.Sprint("b", i)))
	}
	stream, err := b.js.Stream(t.Context(), streamLanes)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context()); err != nil { // earlier versions knew no register
		t.Fatal(err)
	}
	old, err := b.js.CreateOrUpdateConsumer(t.Context(), streamEvents, jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckExplicitPolicy,
		MaxDeliver: -1, FilterSubjects: []string{"fn.ticket.received.>"}})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := old.Fetch(8)
	if err != nil {
		t.Fatal(err)
	}
	for m := range batch.Messages() {
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Connect(t.Context(), Config{Embedded: b.c.Embedded})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	got := make(chan string, 20)
	consume(t, again, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Workers: 1}, func(_ context.Context, e pipeline.Event) error {
		got <- e.ID
		return nil
	})
	seen := map[string]bool{}
	for range 4 {
		seen[receive(t, got, "an event left over")] = true
	}
	publish(t, b, eventAt("one", "last"), eventAt("two", "last too"))
	for range 2 {
		seen[receive(t, got, "a new event")] = true
	}
	for _, id := range []string{"a4", "b4", "a5", "b5", "last", "last too"} {
		if !seen[id] {
			t.Errorf("%s did not come; %v did", id, seen)
		}
	}
}
