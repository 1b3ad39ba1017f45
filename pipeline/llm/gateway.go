package llm

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"footnote/pipeline"
)

const (
	defaultDeadline   = 20 * time.Second
	defaultTimeout    = 12 * time.Second
	defaultRetryAfter = 3 * time.Second
	defaultMaxOutput  = 1500
	baseBackoff       = 250 * time.Millisecond

	breakerFailures = 5
	breakerWindow   = 30 * time.Second
	breakerDelay    = 15 * time.Second
)

// Gateway asks providers in order. It is safe for concurrent use.
type Gateway struct {
	cfg    Config
	routes []*route
	budget *budget
}

// route is one provider with its breaker.
type route struct {
	Provider
	breaker circuitbreaker.CircuitBreaker[any]
	silent  atomic.Pointer[fault] // why the last call got no answer; nil when it got one
	ask     func(ctx context.Context, r Request) (answer, *fault)
}

// New builds a Gateway. Error kind Invalid: no provider, or one without a name
// or model, or two with the same name.
func New(c Config) (*Gateway, error) {
	if len(c.Providers) == 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, "A model gateway needs at least one provider.")
	}
	if c.Deadline == 0 {
		c.Deadline = defaultDeadline
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
		if p.Schema == "" {
			p.Schema = JSONSchema
		}
		ask, err := openAI(p)
		if err != nil {
			return nil, err
		}
		g.routes = append(g.routes, &route{Provider: p, ask: ask, breaker: newBreaker(c.Log, p)})
	}
	return g, nil
}

func newBreaker(log *slog.Logger, p Provider) circuitbreaker.CircuitBreaker[any] {
	return circuitbreaker.NewBuilder[any]().
		WithFailureThresholdPeriod(breakerFailures, breakerWindow).
		WithSuccessThreshold(1).
		WithDelay(breakerDelay).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			log.Warn("model provider breaker", "provider", p.Name, "model", p.Model, "from", e.OldState.String(), "to", e.NewState.String())
		}).
		Build()
}

// State is one provider as the health page shows it.
type State struct {
	Provider string
	Model    string
	Breaker  string // closed | open | half-open
	Silent   string // why the last call got no answer; "" when it got one, or none was made
}

// States returns the providers in order.
func (g *Gateway) States() []State {
	out := make([]State, len(g.routes))
	for i, r := range g.routes {
		out[i] = State{Provider: r.Name, Model: r.Model, Breaker: r.breaker.State().String(), Silent: r.silent.Load().report()}
	}
	return out
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
	ctx, cancel := context.WithTimeout(ctx, g.cfg.Deadline)
	defer cancel()
	start := time.Now()
	var reasons []Reason
	var cost int64
	for i, p := range g.routes {
		left := len(g.routes) - 1 - i
		a, spent, f := g.try(ctx, p, r, schema, left)
		cost += spent
		if again, ok := repair(&r, a, f); ok && ctx.Err() == nil {
			reasons = append(reasons, Reason{Provider: p.Name, Model: p.Model, Code: f.code, Detail: f.detail})
			a, spent, f = g.try(ctx, p, again, schema, left)
			cost += spent
		}
		if f == nil {
			return Response{JSON: book.RestoreJSON(a.json), Provider: p.Name, Model: a.model, Usage: a.usage, CostMicros: cost, Duration: time.Since(start), Failures: reasons}, nil
		}
		reasons = append(reasons, Reason{Provider: p.Name, Model: p.Model, Code: f.code, Detail: f.detail})
		if ctx.Err() != nil {
			break
		}
	}
	return Response{}, failed(reasons, cost)
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

// try asks one provider, again after a passing fault. left is the number of
// providers behind it, which get their share of the time.
func (g *Gateway) try(ctx context.Context, p *route, r Request, schema *validator, left int) (answer, int64, *fault) {
	var cost int64
	for attempt := 0; ; attempt++ {
		a, spent, f := g.once(ctx, p, r, schema, left)
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

// once makes one call: breaker, budget, call, judgement, ledger.
func (g *Gateway) once(ctx context.Context, p *route, r Request, schema *validator, left int) (answer, int64, *fault) {
	if !p.breaker.TryAcquirePermit() {
		return answer{}, 0, &fault{code: codeBreaker, detail: "paused after repeated failures"}
	}
	most := p.Price.cost(estimate(r))
	if !g.budget.reserve(ctx, most) {
		p.release()
		return answer{}, 0, &fault{code: codeBudget, detail: "the daily model budget is used up"}
	}
	callCtx, cancel := context.WithTimeout(ctx, p.share(ctx, left))
	defer cancel()
	start := time.Now()
	a, f := p.ask(callCtx, r)
	took := time.Since(start)
	p.silent.Store(f)
	a.usage = settleUsage(a.usage, r, f)
	cost := p.Price.cost(a.usage)
	g.budget.settle(most, cost)
	if f == nil {
		f = judge(a, r, schema)
	}
	p.mark(f)
	g.record(ctx, Call{At: start, Purpose: r.Purpose, Correlation: r.Correlation, Provider: p.Name, Model: orElse(a.model, p.Model), PromptHash: r.PromptHash,
		Usage: a.usage, CostMicros: cost, Duration: took, Error: f.report()})
	return a, cost, f
}

// share bounds one call so that the providers behind it still get a turn.
func (p *route) share(ctx context.Context, left int) time.Duration {
	d := p.Timeout
	if end, ok := ctx.Deadline(); ok && left > 0 {
		d = min(d, time.Until(end)*6/10)
	}
	return d
}

// mark tells the breaker. A provider that answered counts as up, whatever we
// think of the answer.
func (p *route) mark(f *fault) {
	if f != nil && f.down {
		p.breaker.RecordFailure()
		return
	}
	p.breaker.RecordSuccess()
}

// release gives back a permit that led to no call. A half-open breaker has no
// such thing: it stays half-open until its probe is recorded, so it is opened
// again and probes after its delay.
func (p *route) release() {
	if p.breaker.IsHalfOpen() {
		p.breaker.RecordFailure()
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
