package bus

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// Events stay small: a lane holds hundreds of them, a server takes none over its
// max_payload, and live views read them all. Data over maxData is written in parts
// to a stream of its own, named by its hash, before the event that refers to it;
// every reader of events puts it back. The same data written twice is stored once.

const (
	maxData  = 256 << 10 // bytes of Data in an event
	maxPart  = 128 << 10
	maxLarge = 64 << 20 // bytes of Data at all
)

// setAside stores Data that is too large and returns the event that refers to it.
// The error kind is Unavailable, or Invalid for data that is too large for that too.
func (b *Bus) setAside(ctx context.Context, e pipeline.Event) (pipeline.Event, error) {
	if len(e.Data) <= maxData {
		return e, nil
	}
	if len(e.Data) > maxLarge {
		return e, pipeline.Errorf(pipeline.Invalid, "event %s has %d bytes, more than the %d that are taken", e.ID, len(e.Data), maxLarge)
	}
	sum := sha256.Sum256(e.Data)
	name, parts := hex.EncodeToString(sum[:]), 0
	for rest := []byte(e.Data); len(rest) > 0; parts++ {
		n := min(len(rest), maxPart)
		part, cancel := context.WithTimeout(ctx, 10*time.Second)
		_, err := b.js.PublishMsg(part, &nats.Msg{Subject: partSubject(name, parts), Data: rest[:n], Header: nats.Header{}})
		cancel()
		if isFull(err) {
			return e, pipeline.Errorf(pipeline.Unavailable, "%w: data of event %s is not taken", errFull, e.ID)
		}
		if err != nil {
			return e, pipeline.Errorf(pipeline.Unavailable, "store data of event %s: %w", e.ID, err)
		}
		rest = rest[n:]
	}
	e.Data, e.Stored = json.RawMessage("null"), fmt.Sprintf("%s/%d", name, parts)
	return e, nil
}

func partSubject(name string, part int) string { return fmt.Sprintf("large.%s.%d", name, part) }

// whole puts Data back that was set aside. The error kind is NotFound when it is
// not kept any more, Invalid when it is not what was stored, or Unavailable.
func (b *Bus) whole(ctx context.Context, e pipeline.Event) (pipeline.Event, error) {
	if e.Stored == "" {
		return e, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	name, count, _ := strings.Cut(e.Stored, "/")
	parts, err := strconv.Atoi(count)
	if err != nil || parts < 1 || parts > maxLarge/maxPart+1 {
		return e, pipeline.Errorf(pipeline.Invalid, "event %s names its data in a way that cannot be read: %q", e.ID, e.Stored)
	}
	stream, err := b.js.Stream(ctx, streamLarge)
	if err != nil {
		return e, pipeline.Errorf(pipeline.Unavailable, "open stream %s: %w", streamLarge, err)
	}
	var data bytes.Buffer
	for n := range parts {
		m, err := stream.GetLastMsgForSubject(ctx, partSubject(name, n))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return e, pipeline.Errorf(pipeline.NotFound, "the data of event %s is not kept any more", e.ID)
		}
		if err != nil {
			return e, pipeline.Errorf(pipeline.Unavailable, "read data of event %s: %w", e.ID, err)
		}
		data.Write(m.Data)
	}
	if sum := sha256.Sum256(data.Bytes()); hex.EncodeToString(sum[:]) != name {
		return e, pipeline.Errorf(pipeline.Invalid, "the stored data of event %s is damaged", e.ID)
	}
	e.Data, e.Stored = data.Bytes(), ""
	return e, nil
}

// wholeIfKept is whole for readers that show what there is.
func (b *Bus) wholeIfKept(ctx context.Context, e pipeline.Event) pipeline.Event {
	if w, err := b.whole(ctx, e); err == nil {
		return w
	}
	return e
}

// largeMargin is more than the time between storing data and publishing its event.
const largeMargin = time.Hour

// maxRemoved bounds how many parts one sweep removes.
const maxRemoved = 5000

// removeLarge removes data that no event or dead letter refers to any more: it is
// older than the oldest of them.
func (b *Bus) removeLarge(ctx context.Context, now time.Time) error {
	before := now
	for _, name := range []string{streamEvents, streamDead} {
		s, err := b.js.Stream(ctx, name)
		if err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "open stream %s: %w", name, err)
		}
		if state := s.CachedInfo().State; state.Msgs > 0 && state.FirstTime.Before(before) {
			before = state.FirstTime
		}
	}
	before = before.Add(-largeMargin)
	s, err := b.js.Stream(ctx, streamLarge)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "open stream %s: %w", streamLarge, err)
	}
	state := s.CachedInfo().State
	for n := 0; n < maxRemoved && state.Msgs > 0 && state.FirstTime.Before(before); n++ {
		if err := s.Purge(ctx, jetstream.WithPurgeSequence(state.FirstSeq+1)); err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "remove old data: %w", err)
		}
		info, err := s.Info(ctx)
		if err != nil {
			return pipeline.Errorf(pipeline.Unavailable, "open stream %s: %w", streamLarge, err)
		}
		state = info.State
	}
	return nil
}
