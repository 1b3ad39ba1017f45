package email

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/pipeline"
)

// ice freezes connections: what is sent goes nowhere and nothing comes, and they stay open.
type ice struct {
	frozen atomic.Bool
	dials  atomic.Int64
}

type iceConn struct {
	net.Conn
	ice    *ice
	closed chan struct{}
	once   sync.Once
}

func (c *iceConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for c.ice.frozen.Load() {
		select {
		case <-c.closed:
			return 0, net.ErrClosed
		case <-time.After(5 * time.Millisecond):
		}
	}
	return n, err
}

func (c *iceConn) Write(p []byte) (int, error) {
	if c.ice.frozen.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *iceConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// TestHealsFrozenServer freezes the mail server while it is listened to: calls to it
// end, the mailbox counts as away, and when it thaws mail is told again.
func TestHealsFrozenServer(t *testing.T) {
	m := bottest.NewEmail(t)
	cold := &ice{}
	d := desk(t, m, func(c *Config) {
		dial := c.Dial
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			cold.dials.Add(1)
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &iceConn{Conn: conn, ice: cold, closed: make(chan struct{})}, nil
		}
		c.Patience, c.Interval = 300*time.Millisecond, 200*time.Millisecond
	})
	told := make(chan string, 100)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- d.Watch(ctx, func(_ context.Context, e pipeline.Event) error { told <- e.Ticket; return nil })
	}()
	t.Cleanup(func() { stop(); <-done })
	arrives := func(what string) {
		t.Helper()
		m.Begin(bottest.Said{Text: "Where is my parcel?"})
		select {
		case <-told:
		case <-time.After(time.Minute):
			t.Fatal("mail is not told", what)
		}
	}
	arrives("at first")

	cold.frozen.Store(true)
	for deadline := time.Now().Add(time.Minute); !d.Pulse().State().Away(time.Now()); time.Sleep(10 * time.Millisecond) {
		_, _ = d.Changed(t.Context(), time.Now()) // as the watch over desks asks
		if time.Now().After(deadline) {
			t.Fatal("a frozen server is not noticed")
		}
	}
	if s := d.Pulse().State(); s.Refused || s.Reason == "" {
		t.Errorf("a frozen server counts as %+v", s)
	}
	cold.frozen.Store(false)
	for deadline := time.Now().Add(time.Minute); d.Pulse().State().Failures > 0; time.Sleep(10 * time.Millisecond) {
		_, _ = d.Changed(t.Context(), time.Now())
		if time.Now().After(deadline) {
			t.Fatal("the server is not found again")
		}
	}
	arrives("after the server thawed")
}
