package bots

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"footnote/pipeline"
)

// Pulsed is a desk that knows whether it answers; all adapters are.
type Pulsed interface {
	Pulse() *Pulse
}

// PulseOf returns a desk's pulse, nil when it has none.
func PulseOf(d Desk) *Pulse {
	if p, ok := d.(Pulsed); ok {
		return p.Pulse()
	}
	return nil
}

// Pulse is what the calls to one desk came to, whoever made them. The zero value is a
// desk that nobody has called yet; a nil one takes nothing in. Safe for concurrent use.
type Pulse struct {
	mu    sync.Mutex
	s     PulseState
	calls int64
}

// Calls counts the calls that this process made to the desk.
func (p *Pulse) Calls() int64 {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func (p *Pulse) count() {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.calls++
	}
}

// PulseState is a desk as the latest calls met it.
type PulseState struct {
	Called   time.Time // the latest call ended; zero: none yet
	Heard    time.Time // the desk answered last
	Failures int       // in a row, until now; 0: the latest call was answered
	Since    time.Time // the first of them
	Refused  bool      // it answers, and refuses our credentials
	Reason   string    // of the latest failure, in plain words
}

// oneFailure is how long one failure alone says nothing.
const oneFailure = 10 * time.Second

// Away tells whether the desk does not answer, or refuses us: two calls in a row
// failed, or one did and none was answered for a while.
func (s PulseState) Away(now time.Time) bool {
	return s.Failures > 1 || s.Failures == 1 && now.Sub(s.Since) >= oneFailure
}

// State returns what is known.
func (p *Pulse) State() PulseState {
	if p == nil {
		return PulseState{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.s
}

// Answered takes in that the desk answered, whatever it said.
func (p *Pulse) Answered(now time.Time) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.s = PulseState{Called: now, Heard: now}
}

// Failed takes in that it did not, or refused our credentials.
func (p *Pulse) Failed(now time.Time, refused bool, reason string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.s.Failures == 0 {
		p.s.Since = now
	}
	p.s.Failures++
	p.s.Called, p.s.Refused, p.s.Reason = now, refused, Plain(reason, 200)
}

// clocksDiffer is how exactly a time comes back from another process.
const clocksDiffer = 100 * time.Millisecond

// Learn takes in what another process knows, when it called later.
func (p *Pulse) Learn(s PulseState) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.Called.After(p.s.Called.Add(clocksDiffer)) {
		p.s = s
	}
}

// Tell takes in the end of a call that has an error with a kind, nil for success.
// A caller that gave up for its own reasons, and a desk that asks to wait, say nothing.
func (p *Pulse) Tell(ctx context.Context, now time.Time, err error) {
	p.count()
	_, later := errors.AsType[*pipeline.RetryAfterError](err)
	switch kind := pipeline.KindOf(err); {
	case later, errors.Is(ctx.Err(), context.Canceled):
	case err == nil, kind == pipeline.NotFound, kind == pipeline.Invalid, kind == pipeline.Conflict:
		p.Answered(now)
	case kind == pipeline.Denied:
		p.Failed(now, true, pipeline.Say(err))
	default:
		p.Failed(now, false, pipeline.Say(err))
	}
}

type agentsKey struct{}

// WithAgentsKey marks calls that are made with a key of an agent, not with our own.
func WithAgentsKey(ctx context.Context) context.Context {
	return context.WithValue(ctx, agentsKey{}, true)
}

// http takes in the end of an HTTP call. A 403 is about one thing of many, and a 429
// comes from a desk that is well.
func (p *Pulse) http(ctx context.Context, now time.Time, resp *http.Response, err error) {
	p.count()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
	case err != nil:
		p.Failed(now, false, connectionWords(err))
	case resp.StatusCode == http.StatusTooManyRequests:
	case resp.StatusCode == http.StatusUnauthorized && ctx.Value(agentsKey{}) != nil:
		p.Answered(now) // one agent's key says nothing about ours
	case resp.StatusCode == http.StatusUnauthorized:
		p.Failed(now, true, "it refuses our credentials (401)")
	case resp.StatusCode >= 500, resp.StatusCode == http.StatusRequestTimeout:
		p.Failed(now, false, "it answered "+strconv.Itoa(resp.StatusCode))
	default:
		p.Answered(now)
	}
}

func connectionWords(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "it cannot be reached"
	}
	if timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); ok && timeout.Timeout() {
		return "it did not answer in time"
	}
	return "the connection broke"
}
