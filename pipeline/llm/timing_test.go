package llm

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeGateway has one route that is answered by a function: pure timing, no I/O.
func fakeGateway(t *testing.T, whole time.Duration, ask func(context.Context) *fault) *Gateway {
	g := gateway(t, Config{Providers: []Provider{{Name: "a", Model: "m", BaseURL: "http://127.0.0.1:1/v1", Timeout: whole}}, Retries: -1})
	g.routes[0].ask = func(ctx context.Context, _ Request) (answer, *fault) {
		if f := ask(ctx); f != nil {
			return answer{}, f
		}
		return answer{json: []byte(`{"abstain":true,"reason":"","sentences":[]}`), finish: "stop", usage: Usage{Input: 1, Output: 1}}, nil
	}
	return g
}

func TestBreakerTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, down := 0, true
		g := fakeGateway(t, 5*time.Second, func(context.Context) *fault {
			calls++
			if down {
				return &fault{code: codeServer, down: true}
			}
			return nil
		})
		ask := func() bool {
			_, err := g.Complete(t.Context(), request())
			return err == nil
		}
		// Five failures spread over more than the window do not open it.
		for range 5 {
			ask()
			time.Sleep(11 * time.Second)
		}
		if calls != 5 || g.States()[0].Breaker != "closed" {
			t.Fatalf("%d calls, %+v", calls, g.States())
		}
		time.Sleep(breakerWindow)
		calls = 0
		for range 9 {
			ask()
		}
		if calls != breakerCalls || g.States()[0].Breaker != "open" {
			t.Fatalf("%d calls, %+v", calls, g.States())
		}
		time.Sleep(breakerDelay + time.Second)
		ask() // one probe, which fails
		ask()
		if calls != breakerCalls+1 || g.States()[0].Breaker != "open" {
			t.Fatalf("half-open lets one probe through: %d calls, %+v", calls, g.States())
		}
		down = false
		time.Sleep(breakerDelay + time.Second)
		first, second := ask(), ask()
		if !first || !second || g.States()[0].Breaker != "closed" {
			t.Fatalf("%+v", g.States())
		}
	})
}

func TestHalfOpenLetsOneProbeThroughAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, down := 0, true
		g := fakeGateway(t, 5*time.Second, func(context.Context) *fault {
			calls++
			if down {
				return &fault{code: codeServer, down: true}
			}
			time.Sleep(time.Second)
			return nil
		})
		for range breakerCalls {
			_, _ = g.Complete(t.Context(), request())
		}
		time.Sleep(breakerDelay + time.Second)
		down, calls = false, 0
		done := make(chan error, 10)
		for range 10 {
			go func() {
				_, err := g.Complete(t.Context(), request())
				done <- err
			}()
		}
		ok := 0
		for range 10 {
			if <-done == nil {
				ok++
			}
		}
		if calls != 1 || ok != 1 {
			t.Fatalf("%d probes, %d answers", calls, ok)
		}
	})
}

func TestCallTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := fakeGateway(t, 5*time.Second, func(ctx context.Context) *fault {
			<-ctx.Done()
			return classify(ctx, ctx.Err(), wire{})
		})
		begin := time.Now()
		_, err := g.Complete(t.Context(), request())
		if d := time.Since(begin); d != 5*time.Second || Reasons(err)[0].Code != codeTimeout {
			t.Fatalf("%v after %s", err, d)
		}
	})
}

func TestBudgetTurnsAtMidnightUTC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(100, nil)
		if !b.reserve(t.Context(), 80) || b.reserve(t.Context(), 30) {
			t.Fatal("reservations are not added up")
		}
		b.settle(80, 95)
		if b.reserve(t.Context(), 10) {
			t.Fatal("over the limit")
		}
		time.Sleep(24 * time.Hour)
		if !b.reserve(t.Context(), 100) {
			t.Fatal("a new day has a new budget")
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{"3": 3 * time.Second, "0.5": 500 * time.Millisecond, "": 0, "soon": 0, "-1": 0, "1e300": 0, "NaN": 0,
		"Mon, 02 Nov 2026 10:00:07 GMT": 7 * time.Second, "Mon, 02 Nov 2026 09:00:00 GMT": 0} {
		if got := retryAfter(http.Header{"Retry-After": {v}}, now); got != want {
			t.Errorf("%q: %s, want %s", v, got, want)
		}
	}
	if got := retryAfter(http.Header{"Retry-After-Ms": {"250"}}, now); got != 250*time.Millisecond {
		t.Error(got)
	}
}

// TestBreakerGoesByRate: failures among many answers do not pause a provider, and a
// slow one that fails half of the time is paused, however long its calls take.
func TestBreakerGoesByRate(t *testing.T) {
	for _, c := range []struct {
		name  string
		took  time.Duration
		fails func(call int) bool
		want  string
	}{
		{"one in three", 100 * time.Millisecond, func(n int) bool { return n%3 == 0 }, "closed"},
		{"two in three", 100 * time.Millisecond, func(n int) bool { return n%3 != 0 }, "open"},
		{"two in three, each 60 s", time.Minute, func(n int) bool { return n%3 != 0 }, "open"},
		{"the last five of fifty", 100 * time.Millisecond, func(n int) bool { return n > 45 }, "closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				g := fakeGateway(t, 90*time.Second, func(context.Context) *fault {
					time.Sleep(c.took)
					if calls++; c.fails(calls) {
						return &fault{code: codeServer, down: true}
					}
					return nil
				})
				for range 50 {
					_, _ = g.Complete(t.Context(), request())
				}
				if got := g.States()[0].Breaker; got != c.want {
					t.Errorf("%s after %d calls, want %s", got, calls, c.want)
				}
			})
		})
	}
}

// TestSlowSearchesLeaveDraftsAlone: rerank calls that their search gave up pause the
// reranking and never the drafts; nor does any other call that was given up early.
func TestSlowSearchesLeaveDraftsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := fakeGateway(t, 60*time.Second, func(ctx context.Context) *fault {
			select {
			case <-time.After(10 * time.Second):
				return nil
			case <-ctx.Done():
				return classify(ctx, ctx.Err(), wire{})
			}
		})
		for _, purpose := range []string{purposeRerank, "draft"} {
			for range 20 {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				r := request()
				r.Purpose = purpose
				if _, err := g.Complete(ctx, r); err == nil {
					t.Fatal("it was in time")
				}
				cancel()
			}
			if s := g.States()[0]; s.Breaker != "closed" || s.Rerank != "open" || !strings.Contains(s.Problem(), "reranker") {
				t.Fatalf("after %s: %+v", purpose, s)
			}
		}
		if _, err := g.Complete(t.Context(), request()); err != nil || !g.Well() {
			t.Errorf("a draft that has its time: %v, %+v", err, g.States())
		}
	})
}

// TestWholeDeadlinesAddUp: each provider has its whole time, one after the other, and a
// shorter chain is shared by their lengths.
func TestWholeDeadlinesAddUp(t *testing.T) {
	for _, c := range []struct {
		chain, first, second time.Duration
	}{{0, 90 * time.Second, 30 * time.Second}, {60 * time.Second, 45 * time.Second, 15 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			var took []time.Duration
			g := gateway(t, Config{Retries: -1, Deadline: c.chain, Providers: []Provider{{Name: "a", Model: "m", BaseURL: "http://127.0.0.1:1/v1", Timeout: 90 * time.Second},
				{Name: "b", Model: "m", BaseURL: "http://127.0.0.1:1/v1", Timeout: 30 * time.Second}}})
			for _, r := range g.routes {
				r.ask = func(ctx context.Context, _ Request) (answer, *fault) {
					begin := time.Now()
					<-ctx.Done()
					took = append(took, time.Since(begin))
					return answer{}, classify(ctx, ctx.Err(), wire{})
				}
			}
			_, err := g.Complete(t.Context(), request())
			if len(took) != 2 || took[0].Round(time.Millisecond) != c.first || took[1].Round(time.Millisecond) != c.second {
				t.Errorf("chain %s: %v of %v", c.chain, took, err)
			}
		})
	}
}

// TestRetryAfterHoldsAcrossTickets: what one ticket's call was told counts for all.
func TestRetryAfterHoldsAcrossTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		wait := 2 * time.Minute
		g := fakeGateway(t, 5*time.Second, func(context.Context) *fault {
			if calls++; calls == 1 {
				return &fault{code: codeRate, down: true, after: wait}
			}
			return nil
		})
		for range 30 {
			if _, err := g.Complete(t.Context(), request()); !Away(err) {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if s := g.States()[0]; calls != 1 || s.Held.IsZero() || s.Breaker != "closed" || g.Well() {
			t.Fatalf("%d calls, %+v", calls, s)
		}
		time.Sleep(wait)
		if _, err := g.Complete(t.Context(), request()); err != nil || calls != 2 || !g.Well() {
			t.Errorf("%v after %d calls", err, calls)
		}
	})
}

// TestTurns: a model that works on one answer at a time gets one, however many ask, and
// whoever waits for a turn keeps the time for the answer.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, most := 0, 0
		g := gateway(t, Config{Retries: -1, Providers: []Provider{{Name: "a", Model: "m", BaseURL: "http://127.0.0.1:1/v1", Timeout: 90 * time.Second, Parallel: 1}}})
		g.routes[0].ask = func(ctx context.Context, _ Request) (answer, *fault) {
			busy++
			most = max(most, busy)
			defer func() { busy-- }()
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
				return answer{}, classify(ctx, ctx.Err(), wire{})
			}
			return answer{json: []byte(`{"abstain":true,"reason":"","sentences":[]}`), finish: "stop", usage: Usage{Input: 1, Output: 1}}, nil
		}
		done := make(chan error, 8)
		for range 8 {
			go func() {
				_, err := g.Complete(t.Context(), request())
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if most != 1 {
			t.Errorf("%d at once", most)
		}
	})
}

// TestWatchAsksSilentProvidersSeldom: while all is well nobody is asked; a silent one is
// asked less and less, and at once is well when it answers.
func TestWatchAsksSilentProvidersSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		var down atomic.Bool
		g := gateway(t, Config{Retries: -1, Providers: []Provider{{Name: "a", Model: "m", BaseURL: "http://127.0.0.1:1/v1"}}})
		g.routes[0].ask = func(context.Context, Request) (answer, *fault) {
			if calls.Add(1); down.Load() {
				return answer{}, &fault{code: codeNetwork, detail: "cannot be reached", down: true}
			}
			return answer{json: []byte(`{"ready":true}`), finish: "stop", usage: Usage{Input: 1, Output: 1}}, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { g.Watch(ctx); close(done) }()
		time.Sleep(time.Hour)
		if n := calls.Load(); n != 1 || !g.Well() {
			t.Errorf("%d calls while all was well", n)
		}
		down.Store(true)
		calls.Store(0)
		g.Probe(ctx, true)
		time.Sleep(time.Hour)
		if n := calls.Load(); n < 10 || n > 25 || g.Well() || g.Check() == nil {
			t.Errorf("%d calls in an hour of silence, %+v", n, g.States())
		}
		down.Store(false)
		time.Sleep(probeLeast + time.Second)
		if !g.Well() || g.Check() != nil {
			t.Errorf("%+v", g.States())
		}
		cancel()
		<-done
	})
}
