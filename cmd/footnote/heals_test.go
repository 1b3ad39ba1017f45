package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/bots/sandbox"
	"footnote/bots/sandbox/demo"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/pipeline/bus"
)

// relay is an address behind which a server is taken away and given back.
type relay struct {
	t    *testing.T
	addr string
	dial func() (net.Conn, error)

	mu    sync.Mutex
	ln    net.Listener
	conns []net.Conn
	wg    sync.WaitGroup
}

// newRelay reserves an address; nothing listens there before give.
func newRelay(t *testing.T, dial func() (net.Conn, error)) *relay {
	t.Helper()
	r := &relay{t: t, addr: fmt.Sprintf("127.0.0.1:%d", freePort(t)), dial: dial}
	t.Cleanup(r.take)
	return r
}

func (r *relay) give() {
	r.t.Helper()
	ln, err := net.Listen("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	r.ln = ln
	r.mu.Unlock()
	r.wg.Go(func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := r.dial()
			if err != nil {
				in.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, in, out)
			r.mu.Unlock()
			r.wg.Go(func() { _, _ = io.Copy(out, in); out.Close() })
			r.wg.Go(func() { _, _ = io.Copy(in, out); in.Close() })
		}
	})
}

// take ends every connection and listens no more.
func (r *relay) take() {
	r.mu.Lock()
	if r.ln != nil {
		r.ln.Close()
	}
	for _, c := range r.conns {
		c.Close()
	}
	r.ln, r.conns = nil, nil
	r.mu.Unlock()
	r.wg.Wait()
}

// databaseRelay stands before the test's own database; dsn leads through it.
func databaseRelay(t *testing.T) (r *relay, dsn string, direct *pgxpool.Pool) {
	t.Helper()
	direct = pgtest.New(t)
	c := direct.Config().ConnConfig
	network, address := pgconn.NetworkAddress(c.Host, c.Port)
	r = newRelay(t, func() (net.Conn, error) { return net.Dial(network, address) })
	u := url.URL{Scheme: "postgres", User: url.UserPassword(c.User, c.Password), Host: r.addr, Path: "/" + c.Database, RawQuery: "sslmode=disable"}
	return r, u.String(), direct
}

// busServer is a NATS server of its own that is taken away, emptied and given back.
type busServer struct {
	t    *testing.T
	dir  string
	port int
	s    *bus.Embedded
}

const busToken = "a-token-of-the-test-0123456789abcdef"

func newBusServer(t *testing.T) *busServer {
	b := &busServer{t: t, dir: t.TempDir(), port: freePort(t)}
	t.Cleanup(b.take)
	return b
}

func (b *busServer) url() string { return fmt.Sprintf("nats://%s@127.0.0.1:%d", busToken, b.port) }

func (b *busServer) give() {
	b.t.Helper()
	s, err := bus.Embed(bus.EmbedConfig{Dir: b.dir, Port: b.port, Token: busToken})
	if err != nil {
		b.t.Fatal(err)
	}
	b.s = s
}

func (b *busServer) take() {
	if b.s != nil {
		b.s.Close()
		b.s = nil
	}
}

// get reads an address; status 0 means that nobody answers.
func get(url string) (int, string) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body) // what came is enough
	return resp.StatusCode, string(b)
}

// healing is a Footnote whose bus and database are elsewhere, with a customer and an
// agent who never rest.
type healing struct {
	t      *testing.T
	bus    *busServer
	db     *relay
	direct *pgxpool.Pool
	a      *app
	url    string
	n      int
}

// newHealing opens the app while nothing it stands on is there, and then gives it.
func newHealing(t *testing.T) *healing {
	t.Helper()
	h := &healing{t: t, bus: newBusServer(t)}
	var dsn string
	h.db, dsn, h.direct = databaseRelay(t)
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	h.url = "http://" + addr
	c, err := loadConfig("", []string{"data=" + filepath.Join(scratchDir(t, "heals"), "data"), "listen=" + addr, "log_level=error", "settle=500ms", "undo_send=0s", "reconcile=2s", "grace=2s", "ack_wait=2s",
		"knowledge=sample", "nats_url=" + h.bus.url(), "database_url=" + dsn}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	opened, ready, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		a, err := openServing(ctx, c, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})))
		if err != nil {
			done <- err
			return
		}
		h.a = a
		close(opened)
		err = a.during(ctx, allRoles, func(ctx context.Context) error { close(ready); <-ctx.Done(); return nil })
		a.close()
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !strings.Contains(err.Error(), "canceled") {
			t.Error("stop:", err)
		}
	})
	waitFor(t, "an answer while waiting", func() bool { status, _ := get(h.url + "/healthz"); return status == http.StatusOK })
	waitFor(t, "what is waited for", func() bool {
		status, body := get(h.url + "/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, `"NATS"`) && strings.Contains(body, `"PostgreSQL"`)
	})
	h.db.give()
	waitFor(t, "the database", func() bool { _, body := get(h.url + "/readyz"); return !strings.Contains(body, `"PostgreSQL"`) })
	h.bus.give()
	select {
	case <-ready:
	case err := <-done:
		done <- nil
		t.Fatal("start:", err)
	case <-time.After(2 * time.Minute):
		t.Fatal("everything is there, and the start does not go on")
	}
	return h
}

// write has a customer write a ticket; it returns the ticket's id.
func (h *healing) write() (string, error) {
	h.n++
	k := demo.Ticket{ID: fmt.Sprint(h.n), Subject: "Calendar", Text: "How do I connect my Google calendar?"}
	k.Customer.Email = fmt.Sprintf("c%d@example.com", h.n)
	return openAtSandbox(h.t.Context(), h.a, k)
}

// outcome of the newest message of a ticket; empty: none yet.
func (h *healing) proposed(id string) bool {
	v, err := h.a.review.Ticket(h.t.Context(), pipeline.TicketRef{Desk: "sandbox", ID: id})
	return err == nil && len(v.Reviews) > 0
}

// replied tells how many replies of ours a ticket has at the desk.
func (h *healing) replies(id string) int {
	n := 0
	for _, e := range h.a.sandbox.Ledger() {
		if e.Op == sandbox.OpMessage && e.Ticket == id && bots.IsMarker(e.Message.Marker) {
			n++
		}
	}
	return n
}

// approve decides as an agent of the demo team.
func (h *healing) approve(id string) {
	h.t.Helper()
	team, err := h.a.team(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	v, err := h.a.review.Ticket(h.t.Context(), pipeline.TicketRef{Desk: "sandbox", ID: id})
	if err != nil || len(v.Reviews) == 0 {
		h.t.Fatal("no draft:", err)
	}
	d := pipeline.Decision{Draft: v.Reviews[0].Draft.ID, By: team[0], Surface: "demo", Kind: pipeline.Claim}
	if _, err := h.a.review.Decide(h.t.Context(), d); err != nil {
		h.t.Fatal(err)
	}
	d.Kind, d.Text = pipeline.Edit, v.Reviews[0].Draft.Text()+"\n\nPlease tell us if anything is still open."
	if _, err := h.a.review.Decide(h.t.Context(), d); err != nil {
		h.t.Fatal(err)
	}
}

// until waits and returns how long it took.
func (h *healing) until(what string, ok func() bool) time.Duration {
	h.t.Helper()
	begun := time.Now()
	waitFor(h.t, what, ok)
	return time.Since(begun)
}

// problem is what readiness says of a part.
func (h *healing) problem(part string) string {
	_, body := get(h.url + "/readyz")
	var answer struct{ Checks []result }
	if json.Unmarshal([]byte(body), &answer) != nil {
		return ""
	}
	i := slices.IndexFunc(answer.Checks, func(r result) bool { return r.Name == part })
	if i < 0 {
		return ""
	}
	return answer.Checks[i].Problem
}

// TestHealsBus takes the bus of a whole installation away, empties it and gives it
// back while customers write and agents approve: every message gets its draft, every
// approval one reply, and health says what happened.
func TestHealsBus(t *testing.T) {
	t.Parallel()
	h := newHealing(t)
	must := func() string {
		t.Helper()
		id, err := h.write()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := must()
	h.until("the first draft", func() bool { return h.proposed(first) })

	h.bus.take()
	if s := h.problem("NATS"); !strings.Contains(s, "does not answer") {
		t.Errorf("readiness says %q", s)
	}
	away := must() // the desk takes it; its webhook gets 503
	h.bus.give()
	t.Logf("| NATS away | %.1f s |", h.until("a draft of what came meanwhile", func() bool { return h.proposed(away) }).Seconds())

	// Approvals whose events nobody has handled go down with the streams.
	var ids []string
	for range 3 {
		ids = append(ids, must())
	}
	h.until("drafts", func() bool { return !slices.ContainsFunc(ids, func(id string) bool { return !h.proposed(id) }) })
	for _, id := range ids {
		h.approve(id)
	}
	written := must()
	h.bus.take()
	h.bus.dir = t.TempDir() // the server comes back without its files
	h.bus.give()
	t.Logf("| NATS back without its files | %.1f s |", h.until("replies of what was approved before, and a draft of what was written", func() bool {
		return h.proposed(written) && !slices.ContainsFunc(ids, func(id string) bool { return h.replies(id) == 0 })
	}).Seconds())
	h.until("that events were lost is said", func() bool { return strings.Contains(h.problem("events"), "made anew") })
	last := must()
	h.until("a draft after it", func() bool { return h.proposed(last) })
	for _, id := range ids {
		if n := h.replies(id); n != 1 {
			t.Errorf("ticket %s has %d replies", id, n)
		}
	}
}

// TestHealsDatabase takes the database of a whole installation away, empties it and
// gives it back.
func TestHealsDatabase(t *testing.T) {
	t.Parallel()
	h := newHealing(t)
	id, err := h.write()
	if err != nil {
		t.Fatal(err)
	}
	h.until("the first draft", func() bool { return h.proposed(id) })

	h.db.take()
	h.until("that it is away is said", func() bool { return h.problem("PostgreSQL") != "" })
	if id, err = h.write(); err != nil {
		t.Fatal("a customer could not write while the database was away:", err)
	}
	h.db.give()
	t.Logf("| PostgreSQL away | %.1f s |", h.until("a draft of what came meanwhile", func() bool { return h.proposed(id) }).Seconds())

	if _, err := h.direct.Exec(t.Context(), `DROP SCHEMA public CASCADE`); err != nil {
		t.Fatal(err)
	}
	if _, err := h.direct.Exec(t.Context(), `CREATE SCHEMA public`); err != nil {
		t.Fatal(err)
	}
	if id, err = h.write(); err != nil {
		t.Fatal(err)
	}
	t.Logf("| PostgreSQL emptied | %.1f s |", h.until("a draft again", func() bool { return h.proposed(id) }).Seconds())
	if n, err := h.a.tracker.Pending(t.Context()); err != nil || n > 1 {
		t.Errorf("%d pending, %v", n, err)
	}
}
