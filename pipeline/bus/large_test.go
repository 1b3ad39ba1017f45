package bus

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// lengthy is an event with about n bytes of data.
func lengthy(id string, n int) pipeline.Event {
	return pipeline.NewEvent(pipeline.DraftRequested, id, pipeline.TicketRef{Desk: "sandbox", ID: "7"}, time.Now(),
		map[string]string{"text": strings.Repeat("A mail with its whole history below. ", n/37)})
}

// TestLargeEventsStaySmallOnTheBus: an event of nine mails of 130 kB passes, is
// small on the wire, and whole for whoever handles, explains or buries it.
func TestLargeEventsStaySmallOnTheBus(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	want := lengthy("large", 9*130_000)
	for range 2 {
		if err := b.Publish(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	stream, err := b.js.Stream(t.Context(), streamEvents)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := stream.GetLastMsgForSubject(t.Context(), want.Subject()); err != nil || len(m.Data) > maxData {
		t.Errorf("the event has %d bytes on the wire, %v", len(m.Data), err)
	}
	if s, err := b.js.Stream(t.Context(), streamLarge); err != nil || s.CachedInfo().State.Msgs != uint64(len(want.Data)/maxPart+1) {
		t.Errorf("its data published twice is kept in %d parts, %v", s.CachedInfo().State.Msgs, err)
	}

	handled, letters := make(chan pipeline.Event, 1), make(chan pipeline.DeadLetter, 1)
	stop := consume(t, b, Consumer{Name: "drafting"}, func(_ context.Context, e pipeline.Event) error {
		handled <- e
		return pipeline.Errorf(pipeline.Invalid, "no")
	})
	defer stop()
	same := func(who string, got pipeline.Event) {
		t.Helper()
		if string(got.Data) != string(want.Data) || got.Stored != "" {
			t.Errorf("%s gets %d bytes of data, stored %q; want %d bytes", who, len(got.Data), got.Stored, len(want.Data))
		}
	}
	same("the handler", <-handled)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- b.ConsumeDead(ctx, "dead-letters", func(_ context.Context, d pipeline.DeadLetter) error { letters <- d; return nil })
	}()
	same("the dead letter", (<-letters).Event)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	history, err := b.History(t.Context(), want.Ref())
	if err != nil || len(history) != 1 {
		t.Fatalf("history of %d events, %v", len(history), err)
	}
	same("the history", history[0].Event)
	if found, err := b.Find(t.Context(), "large"); err != nil {
		t.Error(err)
	} else {
		same("a search by id", found.Event)
	}
}

func TestWhatIsTooLargeForEverIsRefusedForGood(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	if err := b.Publish(t.Context(), lengthy("huge", maxLarge+1000)); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("an event over the limit: %v", err)
	}
	e := lengthy("subject", 10)
	e.Type = "draft requested.x"
	if err := b.Publish(t.Context(), e); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("an event with a subject that cannot be: %v", err)
	}
}

// TestLargeDataGoesWithItsEvent: data stays while its event is kept, whatever its
// age, and goes when no event of its time is left.
func TestLargeDataGoesWithItsEvent(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	if err := b.Publish(t.Context(), lengthy("large", 300_000)); err != nil {
		t.Fatal(err)
	}
	parts := func() uint64 {
		s, err := b.js.Stream(t.Context(), streamLarge)
		if err != nil {
			t.Fatal(err)
		}
		return s.CachedInfo().State.Msgs
	}
	later := time.Now().Add(90 * 24 * time.Hour)
	if err := b.removeLarge(t.Context(), later); err != nil || parts() != 3 {
		t.Errorf("%d parts while the event is kept, %v", parts(), err)
	}
	s, err := b.js.Stream(t.Context(), streamEvents)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context(), jetstream.WithPurgeSubject("fn.>")); err != nil {
		t.Fatal(err)
	}
	if err := b.removeLarge(t.Context(), later); err != nil || parts() != 0 {
		t.Errorf("%d parts after the event went, %v", parts(), err)
	}
}
