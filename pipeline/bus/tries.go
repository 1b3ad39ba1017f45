package bus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// tries is what is known of an event that was not settled at once. The server
// counts deliveries, which are also waits, restarts and kills; what decides is
// counted here: failures only. One message per event in the stream of tries,
// gone once the event is settled.
type tries struct {
	Failures int           `json:"failures"`
	Since    time.Time     `json:"since,omitzero"` // the first failure
	Waited   time.Duration `json:"waited,omitempty"`
	Wait     bool          `json:"wait,omitempty"` // it waits; else it failed
	Until    time.Time     `json:"until"`          // it comes again
	Reason   string        `json:"reason"`
	Event    string        `json:"event"`
	Desk     string        `json:"desk"`
	Ticket   string        `json:"ticket"`
	Consumer string        `json:"consumer"`

	kept bool // it is in the stream
}

// shortWait is not worth writing down.
const shortWait = 5 * time.Second

func triesSubject(c Consumer, desk string, seq uint64) string {
	return fmt.Sprintf("tries.%s.%s.%d", c.Name, deskToken(desk), seq)
}

// findTries returns what is known of an event that came before. What cannot be
// read counts as nothing: an event is tried once too often rather than given up
// too early.
func (b *Bus) findTries(ctx context.Context, c Consumer, md *jetstream.MsgMetadata, e pipeline.Event) tries {
	t := tries{Event: e.ID, Desk: e.Desk, Ticket: e.Ticket, Consumer: c.Name}
	if md.NumDelivered <= 1 {
		return t
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	m, err := b.tries.GetLastMsgForSubject(ctx, triesSubject(c, e.Desk, md.Sequence.Stream))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return t
	}
	if err == nil {
		err = json.Unmarshal(m.Data, &t)
	}
	if err != nil {
		b.c.Log.Debug("earlier tries of an event not read", "event", e.ID, "error", err)
	}
	t.kept = true
	return t
}

// keepTries writes down why an event comes again.
func (b *Bus) keepTries(c Consumer, md *jetstream.MsgMetadata, t tries) {
	data, err := json.Marshal(t)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err = b.js.PublishMsg(ctx, &nats.Msg{Subject: triesSubject(c, t.Desk, md.Sequence.Stream), Data: data, Header: nats.Header{}})
	}
	if err != nil {
		b.c.Log.Debug("tries of an event not kept", "event", t.Event, "error", err)
	}
}

// forgetTries removes what was written down of a settled event.
func (b *Bus) forgetTries(c Consumer, md *jetstream.MsgMetadata, t tries) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := b.tries.Purge(ctx, jetstream.WithPurgeSubject(triesSubject(c, t.Desk, md.Sequence.Stream))); err != nil {
		b.c.Log.Debug("tries of a settled event not removed", "event", t.Event, "error", err)
	}
}

// failed adds one failure.
func (t *tries) failed(now time.Time, delay time.Duration, err error) {
	if t.Failures++; t.Since.IsZero() {
		t.Since = now
	}
	t.Wait, t.Until, t.Reason = false, now.Add(delay), short(err, 300)
}

// waits adds a wait, which is no failure.
func (t *tries) waits(now time.Time, delay time.Duration, err error) {
	t.Wait, t.Until, t.Reason = true, now.Add(delay), short(err, 300)
	t.Waited += delay
}

func short(err error, n int) string {
	r := []rune(err.Error())
	return string(r[:min(len(r), n)])
}

// Late is a lane whose events come again later.
type Late struct {
	Consumer, Desk string
	// Waiting events were asked to come again at Until or before; that is no failure.
	Waiting int
	Until   time.Time // the latest of the waiting ones
	// Failing events are tried again; Since is when the oldest failed first.
	Failing int
	Since   time.Time
	Reason  string // of one of them
}

// maxLate bounds how many events Late looks at.
const maxLate = 50_000

// Late lists the lanes with events that wait or fail, by desk and consumer. A wait
// shorter than five seconds is not seen. The error kind is Unavailable.
func (b *Bus) Late(ctx context.Context) ([]Late, error) {
	cons, err := b.js.OrderedConsumer(ctx, streamTries, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"tries.>"}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy})
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "read what waits: %w", err)
	}
	found := map[[2]string]*Late{}
	for seen := 0; seen < maxLate; {
		batch, err := cons.FetchNoWait(1000)
		if err != nil {
			return nil, pipeline.Errorf(pipeline.Unavailable, "read what waits: %w", err)
		}
		before := seen
		for m := range batch.Messages() {
			seen++
			var t tries
			if json.Unmarshal(m.Data(), &t) != nil {
				continue
			}
			l := found[[2]string{t.Desk, t.Consumer}]
			if l == nil {
				l = &Late{Consumer: t.Consumer, Desk: t.Desk}
				found[[2]string{t.Desk, t.Consumer}] = l
			}
			l.add(t)
		}
		if seen == before {
			break
		}
	}
	out := make([]Late, 0, len(found))
	for _, l := range found {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(x, y Late) int {
		return cmp.Or(cmp.Compare(x.Desk, y.Desk), cmp.Compare(x.Consumer, y.Consumer))
	})
	return out, nil
}

func (l *Late) add(t tries) {
	l.Reason = t.Reason
	if t.Wait {
		l.Waiting++
		if t.Until.After(l.Until) {
			l.Until = t.Until
		}
		return
	}
	if l.Failing++; l.Since.IsZero() || t.Since.Before(l.Since) {
		l.Since = t.Since
	}
}
