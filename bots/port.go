package bots

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/pipeline"
)

// Publisher puts events on the bus. Publish returns nil once the event is
// stored for good; the same id twice is one event.
type Publisher interface {
	Publish(ctx context.Context, e pipeline.Event) error
}

// Keeper stores a body that was signed and could not be read, for a person to
// look at; intake.Quarantine fills it.
type Keeper interface {
	Keep(ctx context.Context, desk, reason string, raw []byte, at time.Time) error
}

// ByName indexes desks. Invalid when two have one name.
func ByName(desks []Desk) (map[string]Desk, error) {
	m := make(map[string]Desk, len(desks))
	for _, d := range desks {
		if _, ok := m[d.Name()]; ok {
			return nil, pipeline.Errorf(pipeline.Invalid, "two desks are named %q", d.Name())
		}
		m[d.Name()] = d
	}
	return m, nil
}

// Register registers metrics, where there is a registry.
func Register(r prometheus.Registerer, cs ...prometheus.Collector) error {
	if r == nil {
		return nil
	}
	for _, c := range cs {
		if err := r.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}
