package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// The stream of events has a size. Handled events are kept for reading until it is
// nearly used, then the oldest of them go; events that somebody has not handled
// never go. When those alone fill it, publishers are refused one after another, the
// first on a ticket's way first: each step's events are handled by publishing only
// later ones, so what stands behind always finds room and the line moves again.

// errFull marks an error of Publish: the bus has no room for this event now.
var errFull = errors.New("the bus is full")

// share of the size up to which events of a type are taken.
func share(typ pipeline.EventType) float64 {
	switch typ {
	case pipeline.TicketReceived:
		return 0.80
	case pipeline.TicketUpdated, pipeline.DraftRequested:
		return 0.88
	case pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftSkipped:
		return 0.94
	}
	return 1
}

// Handled events go from roomFrom of the size on, down to roomTo.
const (
	roomFrom = 0.75
	roomTo   = 0.60
)

// filling is what this process knows of how full the stream is.
type filling struct {
	mu     sync.Mutex
	bytes  int64
	limit  int64 // 0: none
	read   time.Time
	sweep  time.Time // not before
	warned time.Time
}

const (
	// fillingFor is how long a reading counts.
	fillingFor = 2 * time.Second
	// sweepAgain is the time to the next sweep after one that found too little to
	// remove. The server forgets on a purge what a consumer was about to hand out
	// again and does so after AckWait: sweeping all the time would slow down the
	// very work that makes room.
	sweepAgain = 30 * time.Second
)

// admit refuses an event that the stream has no room for. The error kind is
// Unavailable.
func (b *Bus) admit(ctx context.Context, typ pipeline.EventType, size int) error {
	f := &b.filling
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.read) > fillingFor {
		if err := b.readFilling(ctx); err != nil {
			return err
		}
	}
	if err := b.admitDisk(ctx, typ, int64(size)); err != nil || f.limit <= 0 {
		return err
	}
	if float64(f.bytes) > roomFrom*float64(f.limit) && time.Now().After(f.sweep) {
		if err := b.makeRoom(ctx); err != nil {
			b.c.Log.Warn("handled events not removed from the full bus", "error", err)
		}
		if err := b.readFilling(ctx); err != nil {
			return err
		}
		if float64(f.bytes) > roomFrom*float64(f.limit) {
			f.sweep = time.Now().Add(sweepAgain)
		}
	}
	if float64(f.bytes)+float64(size) > share(typ)*float64(f.limit) {
		if time.Since(f.warned) > time.Minute {
			f.warned = time.Now()
			b.c.Log.Error("the bus is full of events that nobody has handled; new ones are refused", "type", typ, "bytes", f.bytes, "limit", f.limit)
		}
		return full(typ, f.bytes, f.limit)
	}
	f.bytes += int64(size)
	return nil
}

// admitDisk refuses an event that the disk of the embedded server has no room for:
// the first on a ticket's way leaves the whole reserve to what follows it, as with the
// stream's size. The caller holds the lock. The error kind is Unavailable.
func (b *Bus) admitDisk(ctx context.Context, typ pipeline.EventType, size int64) error {
	if b.c.Free == nil {
		return nil
	}
	free, reserve, err := b.c.Free()
	if err != nil {
		return nil // the server itself will say so
	}
	f := &b.filling
	if free < 2*reserve && time.Now().After(f.sweep) {
		f.sweep = time.Now().Add(sweepAgain)
		if err := b.removeHandled(ctx, f.bytes*3/4); err != nil {
			b.c.Log.Warn("handled events not removed from a disk that is nearly full", "error", err)
		}
	}
	leaves := float64(reserve) * (1 - share(typ)) / (1 - share(pipeline.TicketReceived))
	if free-size >= int64(leaves) {
		return nil
	}
	if time.Since(f.warned) > time.Minute {
		f.warned = time.Now()
		b.c.Log.Error("the disk of the bus is nearly full; new events are refused", "type", typ, "free_mib", free>>20, "reserve_mib", reserve>>20)
	}
	return pipeline.Errorf(pipeline.Unavailable, "%w: %s is not taken with %d MiB free on the disk", errFull, typ, free>>20)
}

func full(typ pipeline.EventType, bytes, limit int64) error {
	return pipeline.Errorf(pipeline.Unavailable, "%w: %s is not taken with %d of %d MiB in use by events that nobody has handled", errFull, typ, bytes>>20, limit>>20)
}

// readFilling reads the stream's state; the caller holds the lock.
func (b *Bus) readFilling(ctx context.Context) error {
	info, err := b.eventsInfo(ctx)
	if err != nil {
		return err
	}
	b.filling.bytes, b.filling.limit, b.filling.read = int64(info.State.Bytes), max(0, info.Config.MaxBytes), time.Now()
	return nil
}

func (b *Bus) eventsInfo(ctx context.Context) (*jetstream.StreamInfo, error) {
	stream, err := b.js.Stream(ctx, streamEvents)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "ask stream of events: %w", err)
	}
	info := stream.CachedInfo()
	b.removing.Lock()
	b.newlyMade(info.Created)
	b.removing.Unlock()
	return info, nil
}

// lineage is one type of event of one desk, which goes as one.
type lineage struct {
	typ   pipeline.EventType
	token string
}

// floors returns up to which sequence each lineage is handled by everybody who
// takes it. A consumer that no process has served for as long as events are kept
// holds nothing back any more.
func (b *Bus) floors(ctx context.Context, last uint64) (map[lineage]uint64, error) {
	if err := b.readRegister(ctx); err != nil {
		return nil, err
	}
	stages, err := b.stages(ctx)
	if err != nil {
		return nil, err
	}
	tokens, _ := b.desks.list()
	floors := map[lineage]uint64{}
	for _, token := range tokens {
		for _, typ := range pipeline.EventTypes {
			floors[lineage{typ, token}] = last
		}
		for _, s := range stages {
			var floor uint64
			cons, err := b.js.Consumer(ctx, streamEvents, laneName(s.Name, token))
			switch {
			case err == nil:
				floor = cons.CachedInfo().AckFloor.Stream
			case !errors.Is(err, jetstream.ErrConsumerNotFound): // not opened yet: nothing is handled
				return nil, pipeline.Errorf(pipeline.Unavailable, "ask consumer %s: %w", s.Name, err)
			}
			for _, typ := range s.takes() {
				l := lineage{typ, token}
				floors[l] = min(floors[l], floor)
			}
		}
	}
	return floors, nil
}

func (s stage) takes() []pipeline.EventType {
	if len(s.Types) == 0 {
		return pipeline.EventTypes
	}
	return s.Types
}

// stages are the consumers in the register that a process has served lately.
func (b *Bus) stages(ctx context.Context) ([]stage, error) {
	stream, err := b.js.Stream(ctx, streamLanes)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "open the register: %w", err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter("lane.stage.*"))
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "read the register: %w", err)
	}
	var out []stage
	for subject := range info.State.Subjects {
		m, err := stream.GetLastMsgForSubject(ctx, subject)
		if err != nil {
			return nil, pipeline.Errorf(pipeline.Unavailable, "read the register: %w", err)
		}
		var s stage
		if err := json.Unmarshal(m.Data, &s); err != nil {
			return nil, fmt.Errorf("read the register: %w", err)
		}
		if time.Since(s.Seen) < b.keep()+24*time.Hour {
			out = append(out, s)
		}
	}
	return out, nil
}

// remove deletes handled events up to a sequence.
func (b *Bus) remove(ctx context.Context, floors map[lineage]uint64, upTo uint64) error {
	stream, err := b.js.Stream(ctx, streamEvents)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "open stream of events: %w", err)
	}
	for l, floor := range floors {
		seq := min(floor, upTo)
		if seq <= b.removedTo(l) {
			continue
		}
		subject := "fn." + string(l.typ) + "." + l.token + ".>"
		if err := stream.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeSequence(seq+1)); err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "remove handled events %s: %w", subject, err)
		}
		b.markRemoved(l, seq)
	}
	return nil
}

func (b *Bus) removedTo(l lineage) uint64 {
	b.removing.Lock()
	defer b.removing.Unlock()
	return b.removed[l]
}

func (b *Bus) markRemoved(l lineage, seq uint64) {
	b.removing.Lock()
	defer b.removing.Unlock()
	if b.removed == nil {
		b.removed = map[lineage]uint64{}
	}
	b.removed[l] = max(b.removed[l], seq)
}

// makeRoom removes handled events, the oldest first, until the stream is at
// roomTo of its size or nothing handled is left.
func (b *Bus) makeRoom(ctx context.Context) error {
	info, err := b.eventsInfo(ctx)
	if err != nil || info.Config.MaxBytes <= 0 {
		return err
	}
	return b.removeHandled(ctx, int64(roomTo*float64(info.Config.MaxBytes)))
}

// removeHandled removes handled events, the oldest first, until so many bytes are
// left or nothing handled is.
func (b *Bus) removeHandled(ctx context.Context, target int64) error {
	info, err := b.eventsInfo(ctx)
	if err != nil {
		return err
	}
	floors, err := b.floors(ctx, info.State.LastSeq)
	if err != nil {
		return err
	}
	first, last := info.State.FirstSeq, info.State.LastSeq
	for part := 1.0; part <= 4; part++ { // events differ in size: a quarter more each time
		over := float64(info.State.Bytes) - float64(target)
		if over <= 0 {
			return nil
		}
		span := float64(last-first+1) * min(1, over/float64(info.State.Bytes)+0.25*(part-1))
		if err := b.remove(ctx, floors, first+uint64(math.Ceil(span))); err != nil {
			return err
		}
		if info, err = b.eventsInfo(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Sweep removes events that everybody has handled and that are older than Keep,
// or the oldest ones when the stream is nearly full, dead letters likewise, and
// large data that went with them.
// Several processes may do it at once. The error kind is Unavailable.
func (b *Bus) Sweep(ctx context.Context) error {
	if err := b.makeRoom(ctx); err != nil {
		return err
	}
	info, err := b.eventsInfo(ctx)
	if err != nil {
		return err
	}
	before := time.Now().Add(-b.keep())
	if info.State.Msgs > 0 && info.State.FirstTime.Before(before) {
		floors, err := b.floors(ctx, info.State.LastSeq)
		if err != nil {
			return err
		}
		seq, err := b.seqAt(ctx, streamEvents, before, info.State.LastSeq)
		if err != nil {
			return err
		}
		if err := b.remove(ctx, floors, seq); err != nil {
			return err
		}
	}
	if err := b.sweepDead(ctx, before); err != nil {
		return err
	}
	return b.removeLarge(ctx, time.Now())
}

func (b *Bus) sweepDead(ctx context.Context, before time.Time) error {
	stream, err := b.js.Stream(ctx, streamDead)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "open stream of dead letters: %w", err)
	}
	info := stream.CachedInfo()
	if info.State.Msgs == 0 || !info.State.FirstTime.Before(before) {
		return nil
	}
	floor, err := b.seqAt(ctx, streamDead, before, info.State.LastSeq)
	if err != nil {
		return err
	}
	readers := 0
	list := stream.ListConsumers(ctx)
	for c := range list.Info() {
		readers++
		floor = min(floor, c.AckFloor.Stream)
	}
	if err := list.Err(); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "ask readers of dead letters: %w", err)
	}
	if readers == 0 || floor == 0 {
		return nil
	}
	if err := stream.Purge(ctx, jetstream.WithPurgeSequence(floor+1)); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "remove kept dead letters: %w", err)
	}
	return nil
}

// seqAt returns the last sequence that was stored before a time; last when all were.
func (b *Bus) seqAt(ctx context.Context, stream string, at time.Time, last uint64) (uint64, error) {
	cons, err := b.js.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &at, HeadersOnly: true})
	if err != nil {
		return 0, pipeline.Errorf(pipeline.Unavailable, "find events of %s: %w", at, err)
	}
	batch, err := cons.FetchNoWait(1)
	if err != nil {
		return 0, pipeline.Errorf(pipeline.Unavailable, "find events of %s: %w", at, err)
	}
	m, ok := <-batch.Messages()
	if !ok {
		return last, nil
	}
	md, err := m.Metadata()
	if err != nil {
		return 0, fmt.Errorf("find events of %s: %w", at, err)
	}
	return md.Sequence.Stream - 1, nil
}

// Usage is how full the stream of events is.
type Usage struct {
	Bytes, Limit int64 // Limit 0: none
	Events       uint64
	// Unhandled events wait for at least one consumer; UnhandledBytes is reckoned
	// from the average size.
	Unhandled, UnhandledBytes int64
	// PerDay is how many bytes the last day brought, or would have at the rate
	// since the first event; 0 while there is less than an hour to judge by.
	PerDay int64
	Oldest time.Time // of the events kept
}

// DaysLeft is how long the unhandled events and what comes at today's rate fit, if
// nothing more were handled, before webhooks are refused; +Inf without a limit or rate.
func (u Usage) DaysLeft() float64 {
	if u.Limit <= 0 || u.PerDay <= 0 {
		return math.Inf(1)
	}
	return max(0, share(pipeline.TicketReceived)*float64(u.Limit)-float64(u.UnhandledBytes)) / float64(u.PerDay)
}

// Usage measures the stream of events. The error kind is Unavailable.
func (b *Bus) Usage(ctx context.Context) (Usage, error) {
	info, err := b.eventsInfo(ctx)
	if err != nil {
		return Usage{}, err
	}
	s := info.State
	u := Usage{Bytes: int64(s.Bytes), Limit: max(0, info.Config.MaxBytes), Events: s.Msgs, Oldest: s.FirstTime}
	if s.Msgs == 0 {
		return u, nil
	}
	size := float64(s.Bytes) / float64(s.Msgs)
	span := min(24*time.Hour, time.Since(s.FirstTime))
	if span >= time.Hour {
		from, err := b.seqAt(ctx, streamEvents, time.Now().Add(-span), s.LastSeq)
		if err != nil {
			return u, err
		}
		u.PerDay = int64(float64(s.LastSeq-min(from, s.LastSeq)) * size * float64(24*time.Hour) / float64(span))
	}
	if u.Unhandled, err = b.unhandled(ctx); err != nil {
		return u, err
	}
	u.UnhandledBytes = min(u.Bytes, int64(float64(u.Unhandled)*size))
	return u, nil
}

// unhandled counts, for each desk, the events that its most backward consumer has
// yet to handle.
func (b *Bus) unhandled(ctx context.Context) (int64, error) {
	stages, err := b.stages(ctx)
	if err != nil {
		return 0, err
	}
	stream, err := b.js.Stream(ctx, streamEvents)
	if err != nil {
		return 0, pipeline.Errorf(pipeline.Unavailable, "open stream of events: %w", err)
	}
	worst := map[string]int64{} // by desk
	list := stream.ListConsumers(ctx)
	for c := range list.Info() {
		name, desk, ok := strings.Cut(c.Name, "__")
		if !ok || !slices.ContainsFunc(stages, func(s stage) bool { return s.Name == name }) {
			continue // a live view
		}
		worst[desk] = max(worst[desk], int64(c.NumPending)+int64(c.NumAckPending))
	}
	if err := list.Err(); err != nil {
		return 0, pipeline.Errorf(pipeline.Unavailable, "ask consumers: %w", err)
	}
	var n int64
	for _, w := range worst {
		n += w
	}
	return n, nil
}
