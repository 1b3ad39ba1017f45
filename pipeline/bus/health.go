package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// Stream is how one stream stands on the server.
type Stream struct {
	Name    string
	Made    time.Time // when the stream was created
	Last    uint64    // sequence of the newest event it ever had
	Copies  int       // it is to have
	Current int       // copies in step with the leader, which is one of them
	Cluster bool      // the server is one of several
	Behind  []string  // servers whose copy is away or not in step
	// Damaged is how many events the server found unreadable on its disk and left out.
	Damaged int
}

// streamNames are all streams, the one of events first.
var streamNames = []string{streamEvents, streamDead, streamLanes, streamTries, streamLarge}

// Streams asks every stream, not the account: an account answers while the streams
// in it have lost their server. The error kind is Unavailable and names the stream
// that is missing or does not answer.
func (b *Bus) Streams(ctx context.Context) ([]Stream, error) {
	out, errs := make([]Stream, len(streamNames)), make([]error, len(streamNames))
	var wg sync.WaitGroup
	for i, name := range streamNames {
		wg.Go(func() { out[i], errs[i] = b.askStream(ctx, name) })
	}
	wg.Wait()
	return out, errors.Join(errs...)
}

// answerWait is how long one stream may take to answer. A stream whose servers are
// away never does.
const answerWait = 3 * time.Second

func (b *Bus) askStream(ctx context.Context, name string) (Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	m, err := b.nc.RequestWithContext(ctx, "$JS.API.STREAM.INFO."+name, nil)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return Stream{}, pipeline.Errorf(pipeline.Unavailable, "NATS answers and has no JetStream: %w", err)
	case err != nil && b.nc.IsConnected():
		return Stream{}, pipeline.Errorf(pipeline.Unavailable, "stream %s does not answer; too many of the servers that hold its copies are away: %w", name, err)
	case err != nil:
		return Stream{}, pipeline.Errorf(pipeline.Unavailable, "NATS does not answer: %w", err)
	}
	var info struct {
		Error *jetstream.APIError `json:"error"`
		jetstream.StreamInfo
		State struct {
			Last uint64 `json:"last_seq"`
			Lost *struct {
				Msgs []uint64 `json:"msgs"`
			} `json:"lost"` // the client library does not hand it on
		} `json:"state"`
	}
	if err := json.Unmarshal(m.Data, &info); err != nil {
		return Stream{}, fmt.Errorf("read state of stream %s: %w", name, err)
	}
	if info.Error != nil {
		if info.Error.ErrorCode == jetstream.JSErrCodeStreamNotFound {
			return Stream{}, pipeline.Errorf(pipeline.Unavailable, "stream %s is missing: %w", name, jetstream.ErrStreamNotFound)
		}
		return Stream{}, pipeline.Errorf(pipeline.Unavailable, "stream %s: %w", name, info.Error)
	}
	s := Stream{Name: name, Made: info.Created, Last: info.State.Last, Copies: info.Config.Replicas, Current: 1}
	if l := info.State.Lost; l != nil {
		s.Damaged = len(l.Msgs)
	}
	c := info.Cluster
	if c == nil || c.Name == "" {
		return s, nil
	}
	s.Cluster = true
	if c.Leader == "" {
		return s, pipeline.Errorf(pipeline.Unavailable, "stream %s has no leader", name)
	}
	for _, r := range c.Replicas {
		if r.Current && !r.Offline {
			s.Current++
			continue
		}
		s.Behind = append(s.Behind, r.Name)
	}
	return s, nil
}

// Events is the stream of events. The error kind is Unavailable.
func (b *Bus) Events(ctx context.Context) (Stream, error) { return b.askStream(ctx, streamEvents) }

// Ready tells whether every stream answers. The error kind is Unavailable.
func (b *Bus) Ready(ctx context.Context) error {
	_, err := b.Streams(ctx)
	return err
}

// Copies tells whether the streams have the copies that they are to have, and more
// than one where there are several servers. The error kind is Unavailable.
func (b *Bus) Copies(ctx context.Context) error {
	list, err := b.Streams(ctx)
	if err != nil {
		return err
	}
	var bad []string
	for _, s := range list {
		switch {
		case s.Current < s.Copies:
			bad = append(bad, fmt.Sprintf("%s has %d of %d copies in step (not: %s)", s.Name, s.Current, s.Copies, strings.Join(s.Behind, ", ")))
		case s.Cluster && s.Copies < 2:
			bad = append(bad, fmt.Sprintf("%s has one copy on a cluster: the death of one server stops the installation", s.Name))
		case b.c.Replicas > s.Copies:
			bad = append(bad, fmt.Sprintf("%s has %d copies, %d are set", s.Name, s.Copies, b.c.Replicas))
		}
	}
	if bad != nil {
		return pipeline.Errorf(pipeline.Unavailable, "%s", strings.Join(bad, "; "))
	}
	return nil
}
