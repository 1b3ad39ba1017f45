package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"footnote/pipeline"
)

// keep is how long handled events stay readable.
func (b *Bus) keep() time.Duration {
	if b.c.Keep <= 0 {
		return 30 * 24 * time.Hour
	}
	return b.c.Keep
}

// streams makes sure that every stream is there.
func (b *Bus) streams(ctx context.Context) error {
	for _, s := range []jetstream.StreamConfig{
		{Name: streamEvents, Subjects: []string{"fn.>"}, Duplicates: time.Hour, Discard: jetstream.DiscardNew, MaxBytes: b.c.Size}, // no age: Sweep knows what is handled
		{Name: streamDead, Subjects: []string{"dead.>"}, Duplicates: time.Hour},
		{Name: streamLanes, Subjects: []string{"lane.>"}, MaxMsgsPerSubject: 1},
		{Name: streamTries, Subjects: []string{"tries.>"}, MaxMsgsPerSubject: 1, MaxAge: 14 * 24 * time.Hour},
		{Name: streamLarge, Subjects: []string{"large.>"}, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, MaxBytes: b.c.Size}, // no age: Sweep knows what is referenced
	} {
		s.Storage, s.Retention, s.Replicas = jetstream.FileStorage, jetstream.LimitsPolicy, b.c.Replicas
		if err := b.stream(ctx, s); err != nil {
			return err
		}
	}
	var err error
	if b.tries, err = b.js.Stream(ctx, streamTries); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "open stream %s: %w", streamTries, err)
	}
	return nil
}

// stream creates a stream, or gives an existing one what it lacks. Copies, size
// and age are never made less than they are unless Config.Shrink says so: a process
// with other settings, or with the defaults, must not undo what an operator gave
// the stream. The embedded server's stream gets its first size here, for the
// server is ours; elsewhere one without a limit keeps none.
func (b *Bus) stream(ctx context.Context, want jetstream.StreamConfig) error {
	old, err := b.js.Stream(ctx, want.Name)
	switch {
	case err == nil:
		info := old.CachedInfo()
		had := info.Config
		want.Placement = had.Placement
		if want.MaxBytes <= 0 {
			want.MaxBytes = had.MaxBytes
		}
		if want.Replicas == 0 {
			want.Replicas = had.Replicas
		}
		if b.c.Shrink {
			break
		}
		want.Replicas = max(want.Replicas, had.Replicas)
		if want.MaxAge > 0 && (had.MaxAge == 0 || had.MaxAge > want.MaxAge) {
			want.MaxAge = had.MaxAge
		}
		switch {
		case had.MaxBytes > 0:
			want.MaxBytes = max(want.MaxBytes, had.MaxBytes)
		case b.c.Embedded == nil:
			want.MaxBytes = -1
		case want.MaxBytes > 0:
			want.MaxBytes = max(want.MaxBytes, int64(info.State.Bytes)*5/4)
		}
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return pipeline.Errorf(pipeline.Unavailable, "find stream %s: %w", want.Name, err)
	case want.Replicas == 0 && b.nc.ConnectedClusterName() != "":
		want.Replicas = 3
	case want.Replicas == 0:
		want.Replicas = 1
	}
	_, err = b.js.CreateOrUpdateStream(ctx, want)
	if tooFewServers(err) && b.c.Replicas == 0 && want.Replicas > 1 {
		want.Replicas = 1
		_, err = b.js.CreateOrUpdateStream(ctx, want)
	}
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "create stream %s: %w", want.Name, err)
	}
	return nil
}

// tooFewServers tells the server's refusal of more copies than it has servers.
func tooFewServers(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (api.ErrorCode == 10005 || api.ErrorCode == 10074 || api.ErrorCode == 10023)
}
