package bus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"footnote/pipeline"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("FOOTNOTE_BUS_CHILD"); dir != "" {
		publishForever(dir)
		return
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines left behind:", err)
			code = 1
		}
	}
	os.Exit(code)
}

func start(t *testing.T, c Config) *Bus {
	t.Helper()
	s, err := Embed(EmbedConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c.Embedded = s
	b, err := Connect(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func event(id string) pipeline.Event {
	return pipeline.NewEvent(pipeline.TicketReceived, id, pipeline.TicketRef{Desk: "sandbox", ID: "T 1.2"}, time.Now(), map[string]string{"id": id})
}

// consume runs a consumer in the background and returns a function that stops it.
func consume(t *testing.T, b *Bus, c Consumer, h Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Consume(ctx, c, h) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error("consume:", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func receive[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(time.Minute):
		t.Fatalf("nothing came: %s", what)
		panic("unreachable")
	}
}

func TestPublishedTwiceHandledOnce(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	for range 3 {
		if err := b.Publish(t.Context(), event("a")); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Publish(t.Context(), event("b")); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 10)
	consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Workers: 1}, func(_ context.Context, e pipeline.Event) error {
		got <- e.ID
		return nil
	})
	if a, c := receive(t, got, "first"), receive(t, got, "second"); a != "a" || c != "b" {
		t.Fatalf("handled %q then %q, want a then b", a, c)
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	transient := errors.New("connection reset")
	for name, tc := range map[string]struct {
		err   error // returned on every delivery up to failures
		fails int
		calls int // deliveries wanted
		dead  bool
	}{
		"success":                             {calls: 1},
		"conflict is settled":                 {err: pipeline.Errorf(pipeline.Conflict, "moved on"), fails: 9, calls: 1},
		"invalid dies at once":                {err: pipeline.Errorf(pipeline.Invalid, "junk"), fails: 9, calls: 1, dead: true},
		"denied dies at once":                 {err: pipeline.Errorf(pipeline.Denied, "no"), fails: 9, calls: 1, dead: true},
		"internal is tried MaxFailures times": {err: errors.New("odd"), fails: 99, calls: 3, dead: true},
		"internal heals":                      {err: errors.New("odd"), fails: 1, calls: 2},
		"a wait outlives MaxFailures":         {err: &pipeline.RetryAfterError{After: time.Millisecond, Err: errors.New("429")}, fails: 6, calls: 7},
		"transient outlives MaxFailures":      {err: transient, fails: 3, calls: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdicts := make(chan string, 100)
			b := start(t, Config{Transient: func(err error) bool { return errors.Is(err, transient) },
				Observe: func(_ string, _ pipeline.EventType, v string, _ time.Duration) { verdicts <- v }})
			dead := make(chan pipeline.DeadLetter, 1)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				done <- b.ConsumeDead(ctx, "dead", func(_ context.Context, d pipeline.DeadLetter) error { dead <- d; return nil })
			}()
			t.Cleanup(func() { cancel(); <-done })
			var calls atomic.Int64
			consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Workers: 1, MaxFailures: 3}, func(context.Context, pipeline.Event) error {
				if calls.Add(1) <= int64(tc.fails) {
					return tc.err
				}
				return nil
			})
			if err := b.Publish(t.Context(), event("x")); err != nil {
				t.Fatal(err)
			}
			last := ""
			for range tc.calls {
				last = receive(t, verdicts, "verdict")
			}
			if want := map[bool]string{true: "dead", false: "ack"}[tc.dead]; last != want {
				t.Fatalf("last verdict %q after %d calls, want %q", last, calls.Load(), want)
			}
			if tc.dead {
				d := receive(t, dead, "dead letter")
				if d.Event.ID != "x" || d.Consumer != "c" || d.Reason != tc.err.Error() {
					t.Fatalf("dead letter %+v", d)
				}
			}
			for deadline := time.Now().Add(time.Minute); !tc.dead; runtime.Gosched() { // the server counts an acknowledgement in its own time
				n, err := b.Backlog(t.Context(), "c")
				if err == nil && n == 0 {
					break
				}
				if err != nil || time.Now().After(deadline) {
					t.Fatalf("backlog %d, %v", n, err)
				}
			}
		})
	}
}

func TestPanicIsOneFailedEvent(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	got := make(chan string, 10)
	consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, MaxFailures: 1}, func(_ context.Context, e pipeline.Event) error {
		if e.ID == "bad" {
			panic("boom")
		}
		got <- e.ID
		return nil
	})
	for _, id := range []string{"bad", "good"} {
		if err := b.Publish(t.Context(), event(id)); err != nil {
			t.Fatal(err)
		}
	}
	if id := receive(t, got, "the good event"); id != "good" {
		t.Fatal(id)
	}
}

func TestSlowHandlerIsNotDeliveredTwice(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	var calls atomic.Int64
	got := make(chan struct{}, 10)
	consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, AckWait: time.Second}, func(ctx context.Context, _ pipeline.Event) error {
		calls.Add(1)
		pause(ctx, 3*time.Second) // the handler is slow: this is the thing tested
		got <- struct{}{}
		return nil
	})
	if err := b.Publish(t.Context(), event("slow")); err != nil {
		t.Fatal(err)
	}
	receive(t, got, "slow handler")
	if n := calls.Load(); n != 1 {
		t.Fatalf("handled %d times", n)
	}
}

func TestStopLetsRunningHandlersFinish(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	started, release := make(chan struct{}), make(chan struct{})
	var finished atomic.Bool
	stop := consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}}, func(context.Context, pipeline.Event) error {
		close(started)
		<-release
		finished.Store(true)
		return nil
	})
	if err := b.Publish(t.Context(), event("x")); err != nil {
		t.Fatal(err)
	}
	receive(t, started, "start")
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	stop()
	if !finished.Load() {
		t.Fatal("Consume returned before its handler")
	}
}

func TestStopCancelsAfterGrace(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	started := make(chan struct{}, 1)
	stop := consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Grace: 50 * time.Millisecond}, func(ctx context.Context, _ pipeline.Event) error {
		started <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	if err := b.Publish(t.Context(), event("x")); err != nil {
		t.Fatal(err)
	}
	receive(t, started, "start")
	stop() // would hang if the handler were never cancelled
}

func TestSubscribeSeesNewEvents(t *testing.T) {
	t.Parallel()
	b := start(t, Config{})
	if err := b.Publish(t.Context(), event("old")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ch, err := b.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), event("new")); err != nil {
		t.Fatal(err)
	}
	if e := receive(t, ch, "live event"); e.ID != "new" {
		t.Fatalf("got %s", e.ID)
	}
	cancel()
	for range ch {
	}
}

// TestKilledServerKeepsWhatItAcknowledged kills a publishing process with
// SIGKILL, ten times, and reads back every event it had an acknowledgement for.
func TestKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acked := map[string]bool{}
	for round := range 10 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "FOOTNOTE_BUS_CHILD="+dir, fmt.Sprintf("FOOTNOTE_BUS_ROUND=%d", round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for n := 0; n < 15+round; n++ {
			var id string
			if _, err := fmt.Fscanln(out, &id); err != nil {
				t.Fatal("child:", err)
			}
			acked[id] = true
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed: the error says so
	}
	s, err := Embed(EmbedConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b, err := Connect(t.Context(), Config{Embedded: s})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	seen := map[string]int{}
	got := make(chan string, 10000)
	stop := consume(t, b, Consumer{Name: "c", Types: []pipeline.EventType{pipeline.TicketReceived}, Workers: 1}, func(_ context.Context, e pipeline.Event) error {
		got <- e.ID
		return nil
	})
	for missing := len(acked); missing > 0; {
		var id string
		select {
		case id = <-got:
		case <-time.After(time.Minute):
			lost := map[string]int{}
			for id := range acked {
				if seen[id] == 0 {
					lost[id[:1]]++
				}
			}
			t.Fatalf("%d acknowledged events are gone, by round: %v (%d seen)", missing, lost, len(seen))
		}
		if seen[id]++; seen[id] == 1 && acked[id] {
			missing--
		}
	}
	stop()
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%s stored %d times", id, n)
		}
	}
}

func publishForever(dir string) {
	s, err := Embed(EmbedConfig{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	b, err := Connect(context.Background(), Config{Embedded: s})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for i := range 100_000 {
		id := fmt.Sprintf("%s-%d", os.Getenv("FOOTNOTE_BUS_ROUND"), i)
		if err := b.Publish(context.Background(), event(id)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(id)
	}
}
