package bus

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"footnote/pipeline"
)

// smallDisk mounts a file system of so many MiB; the test is skipped where nobody may.
func smallDisk(t *testing.T, mib int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=755", mib)); err != nil {
		t.Skipf("mounting a small file system is not allowed here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes all that is free of a disk and returns what gives it back.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	for n := len(block); n > 0; {
		if _, err := f.Write(block[:n]); err != nil {
			n /= 2
		}
	}
	_ = f.Close()
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHealsFullDisk: publishers are refused while the disk is full, and after space
// is back the same bus stores and reads again; no event that was taken is lost.
func TestHealsFullDisk(t *testing.T) {
	dir := smallDisk(t, 48)
	e, err := Embed(EmbedConfig{Dir: filepath.Join(dir, "nats"), Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	b, err := Connect(t.Context(), Config{Embedded: e})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	handled := make(chan string, 10_000)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- b.Consume(ctx, Consumer{Name: "reader", AckWait: 2 * time.Second}, func(_ context.Context, e pipeline.Event) error { handled <- e.ID; return nil })
	}()
	t.Cleanup(func() { stop(); <-done })
	n, taken := 0, map[string]bool{}
	publish := func() error {
		n++
		id := fmt.Sprintf("e%d", n)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := b.Publish(ctx, pipeline.Event{ID: id, Type: pipeline.TicketReceived, Desk: "d", Ticket: "1", Data: fmt.Appendf(nil, `{"x":%q}`, strings.Repeat("x", 2000))})
		if err == nil {
			taken[id] = true
		}
		return err
	}
	if err := publish(); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		free := fill(t, dir)
		for range 40 {
			if err = publish(); err != nil {
				break
			}
		}
		if err == nil {
			t.Fatal("events are taken although the disk is full")
		}
		free()
		begin := time.Now()
		for publish() != nil {
			if time.Since(begin) > time.Minute {
				t.Fatalf("round %d: nothing is stored a minute after space is back", round)
			}
		}
		t.Logf("round %d: stores again %.1f s after space is back", round, time.Since(begin).Seconds())
	}
	for len(taken) > 0 {
		select {
		case id := <-handled:
			delete(taken, id)
		case <-time.After(30 * time.Second):
			t.Fatalf("%d events that were taken never came", len(taken))
		}
	}
}
