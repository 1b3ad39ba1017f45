package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats-server/v2/server"

	"footnote/bots/sandbox/demo"
	"footnote/knowledge/local"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/review/measure"
)

// A fleet is an installation with its roles apart: three NATS servers, an index, a
// database and two processes of every role, each a real process that is killed and
// started again. The desk and its ledger are in the test.

// runNATS is one of three servers: FOOTNOTE_TEST_NATS has name, ports and directory.
func runNATS() error {
	var name, dir string
	var port, route int
	var routes [3]int
	if _, err := fmt.Sscanf(os.Getenv("FOOTNOTE_TEST_NATS"), "%s %d %d %d %d %d %s", &name, &port, &route, &routes[0], &routes[1], &routes[2], &dir); err != nil {
		return err
	}
	o := &server.Options{ServerName: name, Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir, SyncAlways: true,
		JetStreamMaxStore: 1 << 30, JetStreamMaxMemory: 16 << 20, Cluster: server.ClusterOpts{Name: "fleet", Host: "127.0.0.1", Port: route}}
	for _, r := range routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", r)})
	}
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	s.Start()
	fmt.Println("ready")
	untilAsked()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

// runIndex is the index: FOOTNOTE_TEST_INDEX has its address and directory.
func runIndex() error {
	addr, dir, _ := strings.Cut(os.Getenv("FOOTNOTE_TEST_INDEX"), " ")
	s, err := local.Open(local.Config{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer s.Close()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	go func() { _ = s.Serve(ln) }() // ends with the process
	fmt.Println("ready")
	untilAsked()
	return nil
}

func untilAsked() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
}

// runRoles is footnote serve with the roles of FOOTNOTE_TEST_ROLES; with the console
// come scripted agents.
func runRoles() error {
	c, err := loadConfig("", nil, os.Getenv)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	roles := strings.Split(os.Getenv("FOOTNOTE_TEST_ROLES"), ",")
	a, err := openServing(ctx, c, newLog(c))
	if err != nil {
		return err
	}
	defer a.close()
	return a.during(ctx, roles, func(ctx context.Context) error {
		fmt.Println("ready")
		if !slices.Contains(roles, roleConsole) {
			<-ctx.Done()
			return nil
		}
		var team []pipeline.Agent
		for err := errors.New("not asked yet"); err != nil; {
			if team, err = a.team(ctx); err != nil && ctx.Err() != nil {
				return nil
			}
		}
		agents := demo.NewAgents(a.review, team)
		return a.p.bus.Consume(ctx, bus.Consumer{Name: "scripted-agents", Types: []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained}, Workers: 4, AckWait: c.AckWait},
			func(ctx context.Context, e pipeline.Event) error {
				p, err := pipeline.Decode[pipeline.Proposed](e)
				if err != nil {
					return err
				}
				return agents.Decide(ctx, p.Draft)
			})
	})
}

// member is one process of a fleet.
type member struct {
	t    *testing.T
	name string
	env  []string
	port int // of a role; 0: none

	cmd    *exec.Cmd
	ready  chan struct{}
	dead   chan struct{}
	stderr *bytes.Buffer
}

func (m *member) start() {
	m.t.Helper()
	m.cmd = exec.Command(os.Args[0])
	m.cmd.Env = append(os.Environ(), m.env...)
	m.ready, m.dead, m.stderr = make(chan struct{}), make(chan struct{}), new(bytes.Buffer)
	m.cmd.Stderr = m.stderr
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	go func(cmd *exec.Cmd, ready, dead chan struct{}) {
		var word string
		if _, _ = fmt.Fscanln(out, &word); word == "ready" { // nothing comes from one that died
			close(ready)
		}
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // killed: the error says so
		close(dead)
	}(m.cmd, m.ready, m.dead)
}

func (m *member) stop(sig os.Signal) {
	_ = m.cmd.Process.Signal(sig) // it may be dead
	select {
	case <-m.dead:
	case <-time.After(30 * time.Second):
		m.t.Errorf("%s does not stop", m.name)
		_ = m.cmd.Process.Kill()
		<-m.dead
	}
}

// awaitReady waits for a role's own word; for a NATS server, that it listens.
func (m *member) awaitReady() {
	m.t.Helper()
	select {
	case <-m.ready:
	case <-m.dead:
		m.t.Fatalf("%s ended: %s", m.name, m.stderr.String())
	case <-time.After(2 * time.Minute):
		m.t.Fatalf("%s is not ready: %s", m.name, m.stderr.String())
	}
	if m.port > 0 {
		waitFor(m.t, m.name+" ready", func() bool {
			status, _ := get(fmt.Sprintf("http://127.0.0.1:%d/readyz", m.port))
			return status == http.StatusOK
		})
	}
}

// fleet is a campaign on processes apart.
type fleet struct {
	*campaign
	nats    []*member
	index   *member
	roles   []*member
	db      *relay
	direct  *pgxpool.Pool
	proxy   *proxy
	reports *measure.Reporter
}

// newFleet starts all parts at once, in no order; groups are roles by comma, each
// group twice.
func newFleet(t *testing.T, groups []string) *fleet {
	t.Helper()
	dir := scratchDir(t, "fleet")
	f := &fleet{campaign: &campaign{t: t}, proxy: newProxy(t)}
	f.openDesk(f.proxy.url + "/hooks/sandbox")
	var ports, routes [3]int
	var natsURL []string
	for i := range 3 {
		ports[i], routes[i] = freePort(t), freePort(t)
		natsURL = append(natsURL, fmt.Sprintf("nats://127.0.0.1:%d", ports[i]))
	}
	for i := range 3 {
		f.nats = append(f.nats, &member{t: t, name: fmt.Sprintf("nats-%d", i+1), env: []string{"FOOTNOTE_TEST_CHILD=nats",
			fmt.Sprintf("FOOTNOTE_TEST_NATS=n%d %d %d %d %d %d %s", i+1, ports[i], routes[i], routes[0], routes[1], routes[2], filepath.Join(dir, "nats"+strconv.Itoa(i)))}})
	}
	indexPort := freePort(t)
	f.index = &member{t: t, name: "index", env: []string{"FOOTNOTE_TEST_CHILD=index", fmt.Sprintf("FOOTNOTE_TEST_INDEX=127.0.0.1:%d %s", indexPort, filepath.Join(dir, "index"))}}
	db, dsn, direct := databaseRelay(t)
	f.db, f.direct, f.reports = db, direct, measure.New(direct)
	f.report = func() (measure.Report, error) { return f.reports.Report(t.Context(), reportNow()) }
	for _, g := range groups {
		for i := range 2 {
			port := freePort(t)
			m := &member{t: t, name: fmt.Sprintf("%s-%d", g, i+1), port: port, env: []string{"FOOTNOTE_TEST_CHILD=roles", "FOOTNOTE_TEST_ROLES=" + g,
				"FOOTNOTE_DATA=" + filepath.Join(dir, fmt.Sprintf("data-%s-%d", g, i)), fmt.Sprintf("FOOTNOTE_LISTEN=127.0.0.1:%d", port),
				"NATS_URL=" + strings.Join(natsURL, ","), "DATABASE_URL=" + dsn, fmt.Sprintf("QDRANT_URL=http://127.0.0.1:%d", indexPort), "FOOTNOTE_POOL_SIZE=6",
				"FOOTNOTE_PUBLIC_URL=" + f.proxy.url, "FOOTNOTE_SANDBOX=false", "FOOTNOTE_SANDBOX_URL=" + f.url, "FOOTNOTE_SANDBOX_TOKEN=" + campaignSecret,
				"FOOTNOTE_KNOWLEDGE=sample", "FOOTNOTE_LOG_LEVEL=error", "FOOTNOTE_ACK_WAIT=2s", "FOOTNOTE_SETTLE=300ms", "FOOTNOTE_SEND_TIMEOUT=3s",
				"FOOTNOTE_RECONCILE=2s", "FOOTNOTE_SYNC_EVERY=1h", "FOOTNOTE_GRACE=5s"}}
			f.roles = append(f.roles, m)
			if strings.Contains(g, roleIngress) {
				f.proxy.add(port)
			}
			if strings.Contains(g, roleConsole) {
				f.proxy.console(port)
			}
		}
	}
	for _, m := range slices.Concat(f.roles, []*member{f.index}, f.nats) { // the roles first: a start order is never needed
		m.start()
	}
	f.db.give()
	t.Cleanup(func() {
		for _, m := range slices.Concat(f.roles, []*member{f.index}, f.nats) {
			_ = m.cmd.Process.Kill()
			<-m.dead
		}
	})
	for _, m := range f.roles {
		m.awaitReady()
	}
	return f
}

// proxy leads to the processes of a role and tries once more where one does not answer.
type proxy struct {
	url      string
	ingress  []int
	consoles []int
	next     atomic.Uint64
	bad      atomic.Int64 // answers of 500 and more
	all      atomic.Int64
	last     atomic.Value // what the last bad one was
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.url = "http://" + ln.Addr().String()
	srv := &http.Server{Handler: p}
	done := make(chan struct{})
	go func() { _ = srv.Serve(ln); close(done) }() // ends with Close
	t.Cleanup(func() { srv.Close(); <-done })
	return p
}

func (p *proxy) add(port int)     { p.ingress = append(p.ingress, port) }
func (p *proxy) console(port int) { p.consoles = append(p.consoles, port) }

// ServeHTTP implements http.Handler.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender went away
	}
	to := p.consoles
	if strings.HasPrefix(r.URL.Path, "/hooks/") {
		to = p.ingress
	}
	n := p.next.Add(1)
	status, answer, say := 0, []byte(nil), ""
	for try := range uint64(2) {
		if status, answer, say = forward(r, to[int(n+try)%len(to)], body); status < 500 {
			break
		}
	}
	p.all.Add(1)
	if status >= 500 {
		p.bad.Add(1)
		p.last.Store(fmt.Sprintf("%s %s: %d %s", r.Method, r.URL.Path, status, say))
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer) // the sender went away
}

func forward(r *http.Request, port int, body []byte) (int, []byte, string) {
	ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, fmt.Sprintf("http://127.0.0.1:%d%s", port, r.URL.RequestURI()), bytes.NewReader(body))
	if err != nil {
		return http.StatusBadGateway, nil, err.Error()
	}
	req.Header = r.Header.Clone()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return http.StatusBadGateway, nil, err.Error()
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return http.StatusBadGateway, nil, err.Error()
	}
	return resp.StatusCode, answer, string(answer)
}

// fleetGroups are processes of several roles in the short form, one for each role in
// the long one.
func fleetGroups() []string {
	if os.Getenv("FOOTNOTE_FLEET") == "all" {
		return allRoles
	}
	return []string{roleIngress, roleTracking + "," + roleDrafting, roleDelivery + "," + roleKnowledge + "," + roleConsole}
}

// TestFleetUnderKills kills parts of an installation with its roles apart while
// customers write and agents approve: nothing is lost, nothing is sent twice, and
// nothing that nobody approved. One NATS server at a time, as a cluster of three bears.
func TestFleetUnderKills(t *testing.T) {
	if os.Getenv("FOOTNOTE_FLEET") == "" {
		t.Skip("starts ten processes: make campaign, or FOOTNOTE_FLEET=short for a short form")
	}
	kills, total := envInt("FOOTNOTE_KILLS", 6), envInt("FOOTNOTE_TICKETS", 24)
	seed := uint64(envInt("FOOTNOTE_SEED", 7))
	tickets, err := (&demoCmd{}).readTickets()
	if err != nil {
		t.Fatal(err)
	}
	f := newFleet(t, fleetGroups())
	rng := rand.New(rand.NewPCG(seed, uint64(kills)))
	killed := map[string]int{}
	for i := range kills {
		f.write(tickets, total/kills)
		time.Sleep(time.Duration(rng.IntN(500)) * time.Millisecond) // the moment of the kill
		down := time.Duration(rng.IntN(800)) * time.Millisecond
		var m *member
		switch part := i % 4; { // every part has its turn
		case part == 0:
			m = f.nats[rng.IntN(3)]
		case part == 1 && i%8 < 4:
			m = f.index
		case part == 1:
			killed["database"]++
			f.db.take()
			time.Sleep(down)
			f.db.give()
			continue
		default:
			m = f.roles[rng.IntN(len(f.roles))]
		}
		killed[strings.SplitN(m.name, "-", 2)[0]]++
		m.stop(syscall.SIGKILL)
		time.Sleep(down)
		m.start()
		if slices.Contains(f.nats, m) {
			f.natsWhole()
		}
	}
	f.write(tickets, total-f.sent)
	f.settle()
	for _, m := range f.roles {
		m.stop(syscall.SIGTERM)
	}
	for _, p := range f.judge(f.direct) {
		t.Error(p)
	}
	t.Logf("seed %d: killed %v; through the proxy %d, of which %d not taken", seed, killed, f.proxy.all.Load(), f.proxy.bad.Load())
}

// natsWhole waits until the streams have all their copies again.
func (f *fleet) natsWhole() {
	f.t.Helper()
	waitFor(f.t, "all copies", func() bool {
		for _, m := range f.roles {
			status, body := get(fmt.Sprintf("http://127.0.0.1:%d/readyz", m.port))
			if status != 0 {
				return status == http.StatusOK && !strings.Contains(body, "copies in step")
			}
		}
		return false
	})
}

// TestRollingRestart restarts every process of a fleet, one after the other, while
// webhooks and pages are asked for behind a proxy that tries once more: no answer is
// 500 or more.
func TestRollingRestart(t *testing.T) {
	if os.Getenv("FOOTNOTE_FLEET") == "" {
		t.Skip("starts ten processes: make campaign, or FOOTNOTE_FLEET=short for a short form")
	}
	tickets, err := (&demoCmd{}).readTickets()
	if err != nil {
		t.Fatal(err)
	}
	f := newFleet(t, fleetGroups())
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	load.Go(func() {
		for ctx.Err() == nil {
			get(f.proxy.url + "/signin")
			time.Sleep(20 * time.Millisecond) // the pace of the load
		}
	})
	defer func() { cancel(); load.Wait() }()
	for _, m := range slices.Concat(f.nats, f.roles) {
		f.write(tickets, 2)
		m.stop(syscall.SIGTERM)
		f.write(tickets, 1)
		m.start()
		m.awaitReady()
		if slices.Contains(f.nats, m) {
			f.natsWhole()
		}
	}
	f.settle()
	cancel()
	load.Wait()
	if n := f.proxy.bad.Load(); n > 0 {
		t.Errorf("%d of %d answers were 500 and more; the last: %v", n, f.proxy.all.Load(), f.proxy.last.Load())
	}
	t.Logf("%d processes restarted, %d answers, none of 500 or more: %v", len(f.nats)+len(f.roles), f.proxy.all.Load(), f.proxy.bad.Load() == 0)
	for _, m := range f.roles {
		m.stop(syscall.SIGTERM)
	}
	for _, p := range f.judge(f.direct) {
		t.Error(p)
	}
}
