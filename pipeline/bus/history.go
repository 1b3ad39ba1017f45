package bus

import (
	"context"
	"encoding/json"
	"errors"
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
			out = append(out, Stored{e, m.Time})
		}
	}
	return out, nil
}
