package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/review/measure"
)

// TestMain lets the test binary be footnote itself: the fault campaign starts
// and kills real processes.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "read-documents" {
		main()
		return
	}
	if os.Getenv("FOOTNOTE_TEST_CHILD") != "" {
		os.Args = append([]string{"footnote"}, os.Args[1:]...)
		child()
		return
	}
	os.Exit(pgtest.Main(m, migrations.ApplyDSN)) // a database only for tests that ask for one
}

// scratchDir is a scratch directory that ends with the test.
func scratchDir(t testing.TB, name string) string {
	t.Helper()
	dir, clean, err := scratch(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(clean)
	return dir
}

// running starts a whole Footnote in this process on a throw-away data
// directory and stops it when the test ends.
func running(t *testing.T, sets ...string) *app {
	t.Helper()
	dir := scratchDir(t, "test")
	a, _ := runningIn(t, dir, sets...)
	return a
}

// runningIn starts a whole Footnote on the data in a directory; stop, or the end
// of the test, stops it.
func runningIn(t *testing.T, dir string, sets ...string) (a *app, stop func()) {
	t.Helper()
	c, err := loadConfig("", append([]string{"data=" + filepath.Join(dir, "data"), "listen=127.0.0.1:0", "log_level=error", "settle=500ms", "undo_send=0s", "reconcile=2s", "grace=2s"}, sets...), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	a, err = openApp(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- a.during(ctx, allRoles, func(ctx context.Context) error { close(ready); <-ctx.Done(); return nil })
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error("stop:", err)
		}
		a.close()
	})
	t.Cleanup(stop)
	select {
	case <-ready:
	case err := <-done:
		done <- nil
		t.Fatal("start:", err)
	}
	return a, stop
}

// sampled is running with the sample knowledge.
func sampled(t *testing.T, sets ...string) *app {
	t.Helper()
	a := running(t, append([]string{"knowledge=sample", "sync_every=0s"}, sets...)...)
	if err := a.syncKnowledge(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	return a
}

// reportNow covers what a test did.
func reportNow() measure.Filter { return measure.Filter{From: time.Now().Add(-time.Hour)} }
