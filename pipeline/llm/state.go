package llm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// State is one provider as health shows it.
type State struct {
	Provider string
	Model    string
	Breaker  string // closed | open | half-open
	Rerank   string // the breaker of what is judged for searches
	Silent   string // why the last call got no answer, in the provider's own words too; "" when it got one, or none was made
	Code     string // of Silent, as in Reason
	Asked    bool   // it was called at all
	Mode     SchemaMode
	Held     time.Time // until when it wants to be left alone; zero when it does not
}

// Well tells whether it answers who drafts, as far as is known.
func (s State) Well() bool {
	return s.Asked && s.Silent == "" && s.Breaker == "closed" && s.Held.IsZero()
}

// Problem says what is the matter with it, for operators; "" when nothing is known to be.
func (s State) Problem() string {
	var out []string
	if s.Silent != "" {
		out = append(out, s.Silent)
	}
	if !s.Held.IsZero() {
		out = append(out, "wants to be left alone until "+s.Held.UTC().Format("15:04:05 UTC"))
	}
	if s.Breaker != "closed" {
		out = append(out, "is paused after repeated failures (breaker "+s.Breaker+")")
	}
	if s.Rerank != "" && s.Rerank != "closed" {
		out = append(out, "is too slow or failing as reranker (breaker "+s.Rerank+")")
	}
	return strings.Join(out, "; ")
}

// vital is whether an endpoint answers.
type vital struct {
	silent atomic.Pointer[fault] // why the last call got no answer; nil when it got one
	asked  atomic.Bool           // it was called at all
}

func (v *vital) note(f *fault) {
	v.silent.Store(f)
	v.asked.Store(true)
}

func (v *vital) well() bool { return v.asked.Load() && v.silent.Load() == nil }

// keepAsking asks at once, and while it is not well again and again, ever less often,
// until ctx ends.
func keepAsking(ctx context.Context, well func() bool, ask func()) {
	ask()
	for wait := probeEvery; sleep(ctx, wait); {
		if !well() {
			ask()
			wait = min(2*wait, probeLeast)
		}
		if well() {
			wait = probeEvery
		}
	}
}

// States returns the providers in order.
func (g *Gateway) States() []State {
	out := make([]State, len(g.routes))
	for i, r := range g.routes {
		f := r.silent.Load()
		out[i] = State{Provider: r.Name, Model: r.Model, Breaker: r.breaker.State().String(), Rerank: r.rerank.State().String(), Silent: f.said(), Asked: r.asked.Load(), Mode: r.form.now.Load().Mode}
		if f != nil {
			out[i].Code = f.code
		}
		if until := time.Unix(0, r.held.Load()); time.Now().Before(until) {
			out[i].Held = until
		}
	}
	return out
}

// Well tells whether a provider answers, as far as is known.
func (g *Gateway) Well() bool { return slices.ContainsFunc(g.States(), State.Well) }

// dollars writes micro-USD.
func dollars(micros int64) string { return fmt.Sprintf("$%.2f", float64(micros)/1e6) }

func joined(s []string) string { return strings.Join(s, "; ") }
