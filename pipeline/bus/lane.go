package bus

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// A lane is one durable consumer of one desk: its acknowledgements, delays and
// redeliveries are its own. Desks are known by the register, a small stream with
// one message for each: Publish writes a desk down before its first event, and
// every reader opens a lane for what it finds there.

// maxUnsettled is how many events of one lane are out at once, waiting ones
// included. The lane stops there, and only this lane.
const maxUnsettled = 1000

// registerEvery is how often a process looks for desks that others wrote down.
const registerEvery = 2 * time.Second

// desks are those this process knows to be in the register, by subject token.
type desks struct {
	mu      sync.Mutex
	names   map[string]string
	read    time.Time
	changed chan struct{} // closed and replaced when a desk is added
}

func (d *desks) add(token, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.names[token]; known {
		return
	}
	d.names[token] = name
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *desks) has(token string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.names[token]
	return ok
}

// list returns the tokens in order, and a channel that is closed once there are more.
func (d *desks) list() ([]string, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for token := range d.names {
		out = append(out, token)
	}
	slices.Sort(out)
	return out, d.changed
}

// deskToken is how a desk is written in subjects.
func deskToken(desk string) string {
	return strings.Split(pipeline.Event{Type: "a.b", Desk: desk}.Subject(), ".")[3]
}

// Register opens lanes for desks before their first event. It is not needed:
// Publish does the same. The error kind is Unavailable.
func (b *Bus) Register(ctx context.Context, names ...string) error {
	for _, name := range names {
		token := deskToken(name)
		if b.desks.has(token) {
			continue
		}
		if _, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: "lane.desk." + token, Data: []byte(name), Header: nats.Header{}}); err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "register desk %s: %w", name, err)
		}
		b.desks.add(token, name)
	}
	return nil
}

// readRegister takes in the desks that other processes wrote down.
func (b *Bus) readRegister(ctx context.Context) error {
	b.desks.mu.Lock()
	fresh := time.Since(b.desks.read) < registerEvery
	b.desks.mu.Unlock()
	if fresh {
		return nil
	}
	stream, err := b.js.Stream(ctx, streamLanes)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "open the register of desks: %w", err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter("lane.desk.*"))
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "read the register of desks: %w", err)
	}
	for subject := range info.State.Subjects {
		token := strings.TrimPrefix(subject, "lane.desk.")
		if b.desks.has(token) {
			continue
		}
		m, err := stream.GetLastMsgForSubject(ctx, subject)
		if err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "read the register of desks: %w", err)
		}
		b.desks.add(token, string(m.Data))
	}
	b.desks.mu.Lock()
	b.desks.read = time.Now()
	b.desks.mu.Unlock()
	return nil
}

// stage is a consumer as the register knows it: what it takes must not go while
// it has not been handled.
type stage struct {
	Name  string               `json:"name"`
	Types []pipeline.EventType `json:"types"`
	Seen  time.Time            `json:"seen"` // a process takes work for it
}

func (b *Bus) registerStage(ctx context.Context, c Consumer) error {
	data, err := json.Marshal(stage{Name: c.Name, Types: c.Types, Seen: time.Now().UTC()})
	if err != nil {
		return fmt.Errorf("write stage: %w", err)
	}
	if _, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: "lane.stage." + c.Name, Data: data, Header: nats.Header{}}); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "register consumer %s: %w", c.Name, err)
	}
	return nil
}

// laneName is the durable's name on the server.
func laneName(consumer, token string) string {
	for _, r := range token {
		if !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			token = "_" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(token))
			break
		}
	}
	return consumer + "__" + token
}

// openLane finds or creates the durable of one desk. A new one begins at the
// sequence from, or with the oldest event when that is 0.
func (b *Bus) openLane(ctx context.Context, c Consumer, token string, from uint64) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	name := laneName(c.Name, token)
	want := jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy, AckWait: c.AckWait, MaxDeliver: -1,
		MaxAckPending: max(maxUnsettled, 4*c.Workers), FilterSubjects: subjects(c.Types, token), InactiveThreshold: b.keep()}
	if from > 0 {
		want.DeliverPolicy, want.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	}
	old, err := b.js.Consumer(ctx, streamEvents, name)
	if err == nil {
		had := old.CachedInfo().Config
		want.DeliverPolicy, want.OptStartSeq, want.OptStartTime = had.DeliverPolicy, had.OptStartSeq, had.OptStartTime // never changes
	} else if !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, pipeline.Errorf(pipeline.Unavailable, "find consumer %s: %w", name, err)
	}
	cons, err := b.js.CreateOrUpdateConsumer(ctx, streamEvents, want)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "create consumer %s: %w", name, err)
	}
	return cons, nil
}

// adopt takes over from the one consumer for all desks that versions before
// lanes had: every desk with an event gets a lane that begins where it stood.
// What it had handled beyond its floor is handled again, which handlers must
// survive anyway.
func (b *Bus) adopt(ctx context.Context, c Consumer) error {
	old, err := b.js.Consumer(ctx, streamEvents, c.Name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "find consumer %s: %w", c.Name, err)
	}
	stream, err := b.js.Stream(ctx, streamEvents)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "open stream: %w", err)
	}
	from := old.CachedInfo().AckFloor.Stream + 1
	tokens := map[string]bool{}
	for _, filter := range subjects(c.Types, "*") {
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
		if err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "list desks: %w", err)
		}
		for subject := range info.State.Subjects {
			tokens[strings.Split(subject, ".")[3]] = true
		}
	}
	for token := range tokens {
		if _, err := b.openLane(ctx, c, token, from); err != nil {
			return err
		}
		if !b.desks.has(token) {
			if _, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: "lane.desk." + token, Data: []byte(token), Header: nats.Header{}}); err != nil {
				return pipeline.Errorf(pipeline.Unavailable, "register desk %s: %w", token, err)
			}
			b.desks.add(token, token)
		}
	}
	if err := b.js.DeleteConsumer(ctx, streamEvents, c.Name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return pipeline.Errorf(pipeline.Unavailable, "end consumer %s: %w", c.Name, err)
	}
	b.c.Log.Info("one lane for each desk from now on", "consumer", c.Name, "desks", len(tokens), "from", from)
	return nil
}

// Backlog counts events that the consumer has not handled yet, of all desks.
func (b *Bus) Backlog(ctx context.Context, consumer string) (int, error) {
	tokens, _ := b.desks.list()
	n := 0
	for _, token := range tokens {
		cons, err := b.js.Consumer(ctx, streamEvents, laneName(consumer, token))
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			continue // no process has opened it yet
		}
		if err != nil {
			return 0, pipeline.Errorf(pipeline.Unavailable, "find consumer %s: %w", consumer, err)
		}
		info := cons.CachedInfo()
		n += int(info.NumPending) + info.NumAckPending
	}
	return n, nil
}
