package llm

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// fakeGateway has one route that is answered by a function: pure timing, no I/O.
func fakeGateway(t *testing.T, ask func(context.Context) *fault) *Gateway {
	g := gateway(t, Config{Providers: []Provider{{Name: "a", Model: "m", BaseURL: "http://127.0.0.1:1/v1", Timeout: 5 * time.Second}}, Retries: -1})
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
		g := fakeGateway(t, func(context.Context) *fault {
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
		if calls != breakerFailures || g.States()[0].Breaker != "open" {
			t.Fatalf("%d calls, %+v", calls, g.States())
		}
		time.Sleep(breakerDelay + time.Second)
		ask() // one probe, which fails
		ask()
		if calls != breakerFailures+1 || g.States()[0].Breaker != "open" {
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
		g := fakeGateway(t, func(context.Context) *fault {
			calls++
			if down {
				return &fault{code: codeServer, down: true}
			}
			time.Sleep(time.Second)
			return nil
		})
		for range breakerFailures {
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
		g := fakeGateway(t, func(ctx context.Context) *fault {
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
