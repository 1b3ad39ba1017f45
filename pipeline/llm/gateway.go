package llm

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"footnote/pipeline"
)

const (
	defaultTimeout    = 12 * time.Second
	defaultRetryAfter = 3 * time.Second
	defaultMaxOutput  = 1500
	baseBackoff       = 250 * time.Millisecond

	// A provider is paused when half of its calls of a window fail, once there were
	// enough of them to tell.
	breakerCalls  = 5
	breakerRate   = 0.5
	breakerWindow = 30 * time.Second
	breakerDelay  = 15 * time.Second

	// longestHold bounds how long a provider's Retry-After is believed.
	longestHold = 10 * time.Minute
)

// purposeRerank has a breaker of its own: a search waits two seconds for it and a draft
// much longer, so that what is too slow for one says nothing for the other.
const purposeRerank = "rerank"

// Gateway asks providers in order. It is safe for concurrent use.
type Gateway struct {
	cfg    Config
	routes []*route
	budget *budget
}

// route is one provider with its breakers.
type route struct {
	Provider
	breaker circuitbreaker.CircuitBreaker[any]
	rerank  circuitbreaker.CircuitBreaker[any]
	vital
	held  atomic.Int64  // until when it wants to be left alone, in Unix nanoseconds
	turns chan struct{} // one for each call at once; nil: no limit
	form  *form
	ask   func(ctx context.Context, r Request) (answer, *fault)
}

// New builds a Gateway. Error kind Invalid: no provider, or one without a name
// or model, or two with the same name.
func New(c Config) (*Gateway, error) {
	if len(c.Providers) == 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, "A model gateway needs at least one provider.")
	}
	if c.Retries == 0 {
		c.Retries = 1
	}
	if c.MaxRetryAfter == 0 {
		c.MaxRetryAfter = defaultRetryAfter
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{cfg: c, budget: newBudget(c.DailyBudget, c.Ledger)}
	seen := map[string]bool{}
	for _, p := range c.Providers {
		if p.Name == "" || p.Model == "" || seen[p.Name] {
			return nil, pipeline.Errorf(pipeline.Invalid, "Provider %q needs a name of its own and a model.", p.Name)
		}
		seen[p.Name] = true
		if p.Timeout == 0 {
			p.Timeout = defaultTimeout
		}
		how := newForm(p, c.Forms)
		ask, err := openAI(p, how)
		if err != nil {
			return nil, err
		}
		r := &route{Provider: p, ask: ask, form: how, breaker: newBreaker(c.Log, p, "drafts"), rerank: newBreaker(c.Log, p, purposeRerank)}
		if p.Parallel > 0 {
			r.turns = make(chan struct{}, p.Parallel)
		}
		g.routes = append(g.routes, r)
	}
	if c.Deadline == 0 {
		g.cfg.Deadline = Chain(g.timeouts())
	}
	return g, nil
}

// Chain is the deadline that gives each provider a whole call, and the first one more
// for a repair.
func Chain(timeouts []time.Duration) time.Duration {
	sum := timeouts[0]
	for _, t := range timeouts {
		sum += t
	}
	return sum
}

func (g *Gateway) timeouts() []time.Duration {
	out := make([]time.Duration, len(g.routes))
	for i, r := range g.routes {
		out[i] = r.Timeout
	}
	return out
}

// Context is how many tokens prompt and answer may have together so that every
// provider can take them; 0 when none says.
func (g *Gateway) Context() int {
	least := 0
	for _, r := range g.routes {
		if r.Provider.Context > 0 && (least == 0 || r.Provider.Context < least) {
			least = r.Provider.Context
		}
	}
	return least
}

func newBreaker(log *slog.Logger, p Provider, of string) circuitbreaker.CircuitBreaker[any] {
	return circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(breakerRate, breakerCalls, max(breakerWindow, breakerCalls*p.Timeout)). // slow ones need longer for as many
		WithSuccessThreshold(1).
		WithDelay(breakerDelay).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			log.Warn("model provider breaker", "of", of, "provider", p.Name, "model", p.Model, "from", e.OldState.String(), "to", e.NewState.String())
		}).
		Build()
}

// Spent returns what was spent today (UTC) and the daily budget, in micro-USD;
// a budget of 0 means none.
func (g *Gateway) Spent() (spent, limit int64) { return g.budget.today() }

// Complete returns the first whole answer. When there is none the error wraps a
// *FailedError with every provider's reason; its kind is Budget when only the
// budget stood in the way, else Unavailable. A bad schema is Invalid. It
// returns within the deadline or as soon as ctx ends.
func (g *Gateway) Complete(ctx context.Context, r Request) (Response, error) {
	schema, err := compile(r.Schema)
	if err != nil {
		return Response{}, err
	}
	if r.MaxOutputTokens == 0 {
		r.MaxOutputTokens = defaultMaxOutput
	}
	book := masked(&r)
	back, ok := g.routes[0].turn(ctx)
	if !ok {
		return Response{}, failed([]Reason{g.routes[0].reason(&fault{code: codeTimeout, detail: "had no turn in time"})}, 0)
	}
	defer func() { back() }()
	ctx, cancel := context.WithTimeout(ctx, g.cfg.Deadline)
	defer cancel()
	start := time.Now()
	var reasons []Reason
	var cost int64
	for i, p := range g.routes {
		if i > 0 {
			back()
			if back, ok = p.turn(ctx); !ok {
				reasons = append(reasons, p.reason(&fault{code: codeTimeout, detail: "had no turn in time"}))
				break
			}
		}
		for again, ok := r, true; ok; {
			a, spent, f := g.try(ctx, p, again, schema, g.routes[i+1:])
			cost += spent
			if f == nil {
				return Response{JSON: book.RestoreJSON(a.json), Provider: p.Name, Model: a.model, Usage: a.usage, CostMicros: cost, Duration: time.Since(start), Failures: reasons}, nil
			}
			reasons = append(reasons, p.reason(f))
			if ctx.Err() != nil {
				return Response{}, failed(reasons, cost)
			}
			if again, ok = repair(&r, a, f); !ok {
				again, ok = p.reform(&r, f)
			}
		}
	}
	return Response{}, failed(reasons, cost)
}

// turn waits until the provider may take one more call, and returns what gives the turn
// back; false when ctx ends before.
func (p *route) turn(ctx context.Context) (func(), bool) {
	if p.turns == nil {
		return func() {}, true
	}
	select {
	case p.turns <- struct{}{}:
		return sync.OnceFunc(func() { <-p.turns }), true
	case <-ctx.Done():
		return func() {}, false
	}
}

func (p *route) reason(f *fault) Reason {
	return Reason{Provider: p.Name, Model: p.Model, Code: f.code, Detail: f.detail}
}

// repair builds the question that follows a rejected answer, once.
func repair(r *Request, a answer, f *fault) (Request, bool) {
	if f == nil || f.code != codeRejected || r.Repair == nil {
		return *r, false
	}
	ask := r.Repair
	r.Repair = nil
	again := *r
	again.Purpose = "repair"
	again.User = ask(a.json, f.cause)
	return again, again.User != ""
}

// try asks one provider, again after a passing fault. behind are the providers after
// it, which get their share of the time.
func (g *Gateway) try(ctx context.Context, p *route, r Request, schema *validator, behind []*route) (answer, int64, *fault) {
	var cost int64
	p.form.recall(ctx)
	for attempt := 0; ; attempt++ {
		a, spent, f := g.once(ctx, p, r, schema, behind)
		cost += spent
		if f != nil && f.again && ctx.Err() == nil { // there are few forms
			attempt--
			continue
		}
		if f == nil || !f.retry || attempt >= g.cfg.Retries || ctx.Err() != nil {
			return a, cost, f
		}
		wait := baseBackoff << attempt
		wait += rand.N(wait / 2)
		if f.after > 0 {
			wait = f.after
		}
		if wait > g.cfg.MaxRetryAfter || !sleep(ctx, wait) {
			return a, cost, f
		}
	}
}

// sleep waits, and says false at once when ctx would end before that.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// once makes one call: hold, breaker, budget, call, judgement, ledger.
func (g *Gateway) once(ctx context.Context, p *route, r Request, schema *validator, behind []*route) (answer, int64, *fault) {
	if wait := time.Until(time.Unix(0, p.held.Load())); wait > 0 && (wait > g.cfg.MaxRetryAfter || !sleep(ctx, wait)) {
		return answer{}, 0, &fault{code: codeRate, detail: "asked us to wait"}
	}
	breaker := p.breaker
	if r.Purpose == purposeRerank {
		breaker = p.rerank
	}
	if !breaker.TryAcquirePermit() {
		return answer{}, 0, &fault{code: codeBreaker, detail: "paused after repeated failures"}
	}
	most := p.Price.cost(estimate(r))
	if !g.budget.reserve(ctx, most) {
		release(breaker)
		return answer{}, 0, &fault{code: codeBudget, detail: "the daily model budget is used up"}
	}
	given := p.share(ctx, behind)
	callCtx, cancel := context.WithTimeout(ctx, given)
	defer cancel()
	start := time.Now()
	a, f := p.ask(callCtx, r)
	took := time.Since(start)
	a.usage = settleUsage(a.usage, r, f)
	cost := p.Price.cost(a.usage)
	g.budget.settle(most, cost)
	if f != nil && f.after > 0 {
		p.held.Store(time.Now().Add(min(f.after, longestHold)).UnixNano())
	}
	if f != nil && f.code == codeTimeout && r.Purpose != purposeRerank && took < p.Timeout/2 {
		release(breaker) // who was given up so early may be well
	} else {
		p.note(f)
		if f == nil {
			f = judge(a, r, schema)
		}
		mark(breaker, f)
	}
	if f == nil || f.code == codeRejected {
		if err := p.form.settle(ctx); err != nil {
			g.cfg.Log.Warn("how a provider wants to be asked was not kept", "provider", p.Name, "err", err)
		}
	}
	g.record(ctx, Call{At: start, Purpose: r.Purpose, Correlation: r.Correlation, Provider: p.Name, Model: orElse(a.model, p.Model), PromptHash: r.PromptHash,
		Usage: a.usage, CostMicros: cost, Duration: took, Error: f.report()})
	return a, cost, f
}

// share bounds one call so that the providers behind it still get a turn: each its
// whole time where there is enough, else its part of what is left.
func (p *route) share(ctx context.Context, behind []*route) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return p.Timeout
	}
	all := p.Timeout
	for _, b := range behind {
		all += b.Timeout
	}
	part := float64(p.Timeout) / float64(all)
	return min(p.Timeout, time.Duration(part*float64(time.Until(end))))
}

// mark tells the breaker. A provider that answered counts as up, whatever we think of
// the answer; so does one that says when to come again, which is kept to.
func mark(b circuitbreaker.CircuitBreaker[any], f *fault) {
	if f != nil && f.down && f.after == 0 {
		b.RecordFailure()
		return
	}
	b.RecordSuccess()
}

// release gives back a permit that told nothing. A half-open breaker has no such
// thing: it stays half-open until its probe is recorded, so it is opened again and
// probes after its delay.
func release(b circuitbreaker.CircuitBreaker[any]) {
	if b.IsHalfOpen() {
		b.RecordFailure()
	}
}

// record keeps the call even when the caller's time is over.
func (g *Gateway) record(ctx context.Context, c Call) {
	if g.cfg.Ledger == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := g.cfg.Ledger.Record(ctx, c); err != nil {
		g.cfg.Log.Error("record model call", "provider", c.Provider, "cost_micros", c.CostMicros, "err", err)
	}
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// String names the gateway's first choice, for logs.
func (g *Gateway) String() string {
	return fmt.Sprintf("%s (%s) and %d more", g.routes[0].Name, g.routes[0].Model, len(g.routes)-1)
}
