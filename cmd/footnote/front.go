package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/door"
)

// front listens before the parts are there: while the process waits for what it stands
// on, it is alive, is not ready, and says what it waits for. A supervisor that asks
// neither ends it nor sends it work.
type front struct {
	url     string
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // of serving, once done
	handler atomic.Value
	waits   waits
	refused atomic.Pointer[func(why string)] // counts connections; nil until there are metrics
}

// openFront listens on the address of the settings until close.
func openFront(c Config) (*front, error) {
	ln, err := listen(c.Listen)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &front{url: "http://" + reachable(ln.Addr()), cancel: cancel, done: make(chan struct{})}
	f.handler.Store(f.waiting)
	networks, _ := c.networks() // checked when the settings were read
	limits := &door.Connections{All: c.Connections, Each: c.ConnectionsOf, Proxies: networks, Refused: func(why string) {
		if count := f.refused.Load(); count != nil {
			(*count)("connections of " + why)
		}
	}}
	go func() {
		f.err = serveHTTP(ctx, ln, limits, f, c.Grace)
		close(f.done)
	}()
	return f, nil
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.handler.Load().(func(http.ResponseWriter, *http.Request))(w, r)
}

// open answers with h from now on.
func (f *front) open(h http.Handler) { f.handler.Store(h.ServeHTTP) }

// serve returns when ctx has ended and requests have finished.
func (f *front) serve(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-f.done:
	}
	f.close()
	return f.err
}

// close stops listening; it may be called twice.
func (f *front) close() {
	f.cancel()
	<-f.done
}

// waiting answers while the process starts.
func (f *front) waiting(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/healthz":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n")) // the reader went away: nothing to do
	case "/readyz":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(w).Encode(map[string]any{"ready": false, "checks": f.waits.results()})
	default:
		w.Header().Set("Retry-After", "5")
		http.Error(w, "Footnote is starting. Try again in a few seconds.", http.StatusServiceUnavailable)
	}
}

// waits are the parts that a start waits for.
type waits struct {
	mu    sync.Mutex
	parts map[string]result
}

func (w *waits) results() []result {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []result{{Name: "start", Problem: "not all parts are there yet"}}
	for _, r := range w.parts {
		out = append(out, r)
	}
	return out
}

func (w *waits) set(name string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.parts, name)
	if err == nil {
		return
	}
	if w.parts == nil {
		w.parts = map[string]result{}
	}
	w.parts[name] = result{Name: name, Problem: secretText.ReplaceAllString(err.Error(), "***"), Advice: "The start goes on by itself once it is there."}
}

// patience is how a start waits for what is away. The zero value does not wait.
type patience struct {
	long time.Duration // 0: one try; below 0: for ever
	tell *waits        // may be nil
	log  *slog.Logger
}

// patience waits for ever, and the front says for what.
func (f *front) patience(log *slog.Logger) patience {
	return patience{long: -1, tell: &f.waits, log: log}
}

// forCommand waits a moment, as for servers that elect a leader.
func forCommand(log *slog.Logger) patience { return patience{long: 10 * time.Second, log: log} }

// until runs f again while what it needs is away: an error of the kind Unavailable, or
// one that a retry may cure. Any other error ends the start.
func (p patience) until(ctx context.Context, name string, f func(context.Context) error) error {
	begun, told := time.Now(), time.Time{}
	for n := 0; ; n++ {
		err := f(ctx)
		if p.tell != nil {
			p.tell.set(name, err)
		}
		if err == nil || ctx.Err() != nil || !passing(err) || p.long == 0 || p.long > 0 && time.Since(begun) > p.long {
			if err == nil && !told.IsZero() {
				p.log.Info("there now; the start goes on", "part", name, "waited", time.Since(begun).Round(time.Millisecond))
			}
			return err
		}
		if time.Since(told) > time.Minute {
			told = time.Now()
			p.log.Warn("waiting for a part that is away", "part", name, "error", err)
		}
		wait := min(5*time.Second, 200*time.Millisecond<<min(n, 10))
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// passing tells errors that waiting may cure.
func passing(err error) bool {
	return pipeline.KindOf(err) == pipeline.Unavailable || pipeline.KindOf(err) == pipeline.Internal && transient(err)
}
