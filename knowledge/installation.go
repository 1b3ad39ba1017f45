package knowledge

import (
	"context"
	"sync/atomic"

	"footnote/pipeline"
)

// installation is what a process knows of its installation and its index.
type installation struct {
	id   atomic.Pointer[string]
	gaps atomic.Pointer[string]
}

// OpenIndex returns this installation's index; kinds as Collections.Current, and
// Unavailable when Postgres does not say which installation this is.
func (k *Knowledge) OpenIndex(ctx context.Context) (Index, error) {
	id, err := k.Installation(ctx)
	if err != nil {
		return nil, err
	}
	return k.Collections.Current(ctx, id)
}

// Installation returns the id of this installation: of its database, with which it moves.
func (k *Knowledge) Installation(ctx context.Context) (string, error) {
	if id := k.installed.id.Load(); id != nil {
		return *id, nil
	}
	id, err := findInstallation(ctx, k.Pool)
	if err != nil {
		return "", pipeline.Errorf(pipeline.Unavailable, "The database does not say which installation this is: %w", err)
	}
	k.installed.id.Store(&id)
	return id, nil
}

// Gaps says what the index is known to lack; empty when nothing. Until it is there
// again, searches are refused, for what they did not find would be missing without a
// word.
func (k *Knowledge) Gaps() string {
	if s := k.installed.gaps.Load(); s != nil {
		return *s
	}
	return ""
}

// SetGaps says what the index lacks; empty for nothing.
func (k *Knowledge) SetGaps(what string) { k.installed.gaps.Store(&what) }
