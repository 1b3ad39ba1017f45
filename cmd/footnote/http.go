package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/door"
)

// check is one dependency that readiness and the doctor look at.
type check struct {
	name string
	run  func(context.Context) error
	// advice says what to do when it fails; advise, if set, by how.
	advice string
	advise func(error) string
	// tell, if set, is run instead of run and also says what answered.
	tell func(context.Context) (string, error)
	// optional parts reduce the service without stopping it.
	optional bool
}

// result of one check.
type result struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Optional bool   `json:"optional,omitempty"`
	Found    string `json:"found,omitempty"` // what answered, with its version
	Problem  string `json:"problem,omitempty"`
	Advice   string `json:"advice,omitempty"`
	TookMS   int64  `json:"took_ms"`
}

// runChecks runs all checks at once, each within five seconds.
func runChecks(ctx context.Context, checks []check) (results []result, ready bool) {
	results = make([]result, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			start := time.Now()
			r := result{Name: c.name, OK: true, Optional: c.optional}
			var err error
			if c.tell != nil {
				r.Found, err = c.tell(ctx)
			} else {
				err = c.run(ctx)
			}
			if err != nil {
				r.OK, r.Problem, r.Advice = false, secretText.ReplaceAllString(err.Error(), "***"), c.advice
				if c.advise != nil {
					r.Advice = c.advise(err)
				}
			}
			r.TookMS = time.Since(start).Milliseconds()
			results[i] = r
		})
	}
	wg.Wait()
	ready = true
	for _, r := range results {
		ready = ready && (r.OK || r.Optional)
	}
	return results, ready
}

// operations are the routes for machines: health, readiness, metrics.
func operations(mux *http.ServeMux, m *metrics, checks []check) {
	alive(mux)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		results, ready := runChecks(r.Context(), checks)
		w.Header().Set("Content-Type", "application/json")
		if !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"ready": ready, "checks": results}) // the reader went away: nothing to do
	})
	mux.Handle("GET /metrics", m.handler())
}

// alive is the route that says that the process runs.
func alive(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ok")
	})
}

// measured records each request's route and status, and turns a panic into one
// failed request.
func measured(m *metrics, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				log.Error("request panicked", "path", r.URL.Path, "panic", p)
				sw.WriteHeader(http.StatusInternalServerError)
			}
			route := r.Pattern
			if route == "" {
				route = "unmatched"
			}
			m.requests.WithLabelValues(route, strconv.Itoa(sw.status)).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(sw, r)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush keeps server-sent events flowing.
func (w *statusWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// listen opens the address and says what to do when it is taken.
func listen(addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Unavailable, "cannot listen on %s (set FOOTNOTE_LISTEN to a free address): %w", addr, err)
	}
	return ln, nil
}

// serveHTTP serves until ctx ends, then lets requests finish within grace. Event
// streams end by themselves: their subscriptions live as long as ctx.
func serveHTTP(ctx context.Context, ln net.Listener, limits *door.Connections, h http.Handler, grace time.Duration) error {
	ln = limits.Listen(ln)
	srv := &http.Server{Handler: h, ConnState: limits.State, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		err := srv.Shutdown(stop)
		if err != nil {
			srv.Close()
		}
		done <- err
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve http: %w", err)
	}
	<-done
	return nil
}
