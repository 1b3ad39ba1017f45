package bus

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// failing is since when nothing could be stored. Safe for concurrent use.
type failing struct {
	mu    sync.Mutex
	since time.Time // zero: the last message was stored
	last  time.Time // the latest failure
	err   error
	stuck bool // the server said that it will store nothing more
}

// stored takes in how storing one message went that was begun at a time. What the
// server refuses for its size, or because the stream is full, says nothing of the disk.
func (f *failing) stored(begin time.Time, err error) {
	if err != nil && (refused(err) || isFull(err) || errors.Is(err, context.Canceled)) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = time.Now()
	if !f.stuck {
		f.err = err
	}
	if err == nil {
		f.since = time.Time{}
	} else if f.since.IsZero() {
		f.since = begin
	}
}

// heard takes in what the embedded server logs. A stream or a consumer whose file
// could not be written takes nothing more, also when the disk has room again, and
// says so nowhere else (nats-server 2.15, setWriteErr).
func (f *failing) heard(line string) {
	if !strings.Contains(line, "critical write error") {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stuck, f.err = true, errors.New(line)
}

// problem says why nothing can be stored, nil when something can. A failure that
// nothing followed for a while says nothing of now.
func (f *failing) problem() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stuck || !f.since.IsZero() && time.Since(f.since) > proofWait && time.Since(f.last) < 5*proofWait {
		return f.err
	}
	return nil
}

// state returns since when nothing could be stored, zero when it could, and why;
// stuck means for good.
func (f *failing) state() (since time.Time, stuck bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.since, f.stuck, f.err
}

func (f *failing) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since, f.last, f.stuck, f.err = time.Time{}, time.Time{}, false, nil
}

const (
	healEvery = time.Second
	// failsFor is how long storing may fail before the server is taken for broken
	// although it does not say so.
	failsFor = 5 * time.Second
	// renewAgain is the time from one new server to the next, doubled up to
	// maxRenewAgain while they do not help.
	renewAgain    = 5 * time.Second
	maxRenewAgain = time.Minute
	// healRoom must fit on the disk before a new server begins.
	healRoom = 4 << 20
)

// heal begins a new server on the same files when the one that runs has stopped
// storing and the disk takes data again.
func (e *Embedded) heal() {
	defer close(e.done)
	t := time.NewTicker(healEvery)
	defer t.Stop()
	said, next, pause := false, time.Time{}, renewAgain
	for {
		select {
		case <-e.stop:
			return
		case <-t.C:
		}
		s := e.server()
		since, stuck, why := e.failing.state()
		if s != nil && s.JetStreamEnabled() && !stuck && (since.IsZero() || time.Since(since) < failsFor) {
			if said = false; time.Since(next) > maxRenewAgain {
				pause = renewAgain
			}
			continue
		}
		if time.Now().Before(next) {
			continue
		}
		if err := takesData(e.c.Dir); err != nil {
			if !said {
				said = true
				e.c.Log.Error("the bus stores nothing: its disk takes no data; the bus goes on by itself when it does", "dir", e.c.Dir, "error", err)
			}
			continue
		}
		e.c.Log.Warn("the bus had stopped storing and its disk takes data; opening its files anew", "reason", why)
		if err := e.renew(s); err != nil {
			e.c.Log.Error("the bus is not open; trying again", "error", err)
		}
		next, pause = time.Now().Add(pause), min(2*pause, maxRenewAgain)
	}
}

// renew ends the server that ran, which may be nil, and starts another.
func (e *Embedded) renew(old *server.Server) error {
	e.mu.Lock()
	e.s = nil
	e.mu.Unlock()
	if old != nil {
		old.Shutdown()
		old.WaitForShutdown()
	}
	s, err := e.start()
	if err == nil {
		e.mu.Lock()
		e.s = s
		e.mu.Unlock()
		e.failing.forget()
	}
	return err
}

// takesData proves that a folder takes data: it writes a file there, waits until it
// is on the disk, and removes it.
func takesData(dir string) (err error) {
	path := filepath.Join(dir, "proof-"+rand.Text()[:8])
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	block := make([]byte, 1<<20)
	for range healRoom / len(block) {
		if _, err := f.Write(block); err != nil {
			return errors.Join(fmt.Errorf("write: %w", err), f.Close())
		}
	}
	return errors.Join(f.Sync(), f.Close())
}
