package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// Stored is an event with when the bus took it.
type Stored struct {
	Event pipeline.Event
	At    time.Time
}

// maxHistory bounds how many events of one ticket are read.
const maxHistory = 5000

// History returns the events of a ticket that the bus still keeps, in the order
// in which they came. The error kind is Unavailable.
func (b *Bus) History(ctx context.Context, ref pipeline.TicketRef) ([]Stored, error) {
	stream, err := b.js.Stream(ctx, streamEvents)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "open stream: %w", err)
	}
	subject := pipeline.Event{Type: "*.*", Desk: ref.Desk, Ticket: ref.ID}.Subject()
	var out []Stored
	for seq := uint64(1); len(out) < maxHistory; {
		m, err := stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return out, pipeline.Errorf(pipeline.Unavailable, "read history of %s: %w", ref, err)
		}
		seq = m.Sequence + 1
		var e pipeline.Event
		if json.Unmarshal(m.Data, &e) == nil && e.Ref() == ref { // long names may share a subject
			out = append(out, Stored{b.wholeIfKept(ctx, e), m.Time})
		}
	}
	return out, nil
}

// maxSearched bounds how many events Find looks through, newest last.
const maxSearched = 1_000_000

// Find looks an event up by its id, through the headers of everything the bus
// still keeps: for explaining, not for work. The error kinds are NotFound and
// Unavailable.
func (b *Bus) Find(ctx context.Context, id string) (Stored, error) {
	none := pipeline.Errorf(pipeline.NotFound, "The bus keeps no event %q.", id)
	cons, err := b.js.OrderedConsumer(ctx, streamEvents, jetstream.OrderedConsumerConfig{FilterSubjects: subjects(nil, "*"), HeadersOnly: true})
	if err != nil {
		return Stored{}, pipeline.Errorf(pipeline.Unavailable, "search events: %w", err)
	}
	for seen := 0; seen < maxSearched; {
		batch, err := cons.FetchNoWait(2000)
		if err != nil {
			return Stored{}, pipeline.Errorf(pipeline.Unavailable, "search events: %w", err)
		}
		before := seen
		for m := range batch.Messages() {
			seen++
			if m.Headers().Get(jetstream.MsgIDHeader) != id {
				continue
			}
			meta, err := m.Metadata()
			if err != nil {
				return Stored{}, fmt.Errorf("read event %s: %w", id, err)
			}
			return b.at(ctx, meta.Sequence.Stream)
		}
		if seen == before {
			return Stored{}, none
		}
	}
	return Stored{}, none
}

// at reads one event by its place in the stream.
func (b *Bus) at(ctx context.Context, seq uint64) (Stored, error) {
	stream, err := b.js.Stream(ctx, streamEvents)
	if err != nil {
		return Stored{}, pipeline.Errorf(pipeline.Unavailable, "open stream: %w", err)
	}
	m, err := stream.GetMsg(ctx, seq)
	if err != nil {
		return Stored{}, pipeline.Errorf(pipeline.Unavailable, "read event: %w", err)
	}
	var e pipeline.Event
	if err := json.Unmarshal(m.Data, &e); err != nil {
		return Stored{}, fmt.Errorf("read event: %w", err)
	}
	return Stored{b.wholeIfKept(ctx, e), m.Time}, nil
}
