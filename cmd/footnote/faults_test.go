package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/bots/sandbox"
	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/review/audit"
	"footnote/review/measure"
)

// child runs Footnote with scripted agents, for the fault campaign, or one part of an
// installation with its roles apart.
func child() {
	run := map[string]func() error{"nats": runNATS, "index": runIndex, "roles": runRoles}[os.Getenv("FOOTNOTE_TEST_CHILD")]
	if run == nil {
		run = runChild
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runChild() error {
	c, err := loadConfig("", nil, os.Getenv)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bug := os.Getenv("FOOTNOTE_TEST_BUG")
	a, err := openApp(ctx, c, newLog(c), func(a *app) { a.step, a.spoil = stepFromEnv(), spoiler(bug, a) })
	if err != nil {
		return err
	}
	spoilDesks(bug, a)
	defer a.close()
	return a.during(ctx, allRoles, func(ctx context.Context) error {
		team, err := a.team(ctx)
		if err != nil {
			return err
		}
		agents := demo.NewAgents(a.review, team)
		fmt.Println("ready", a.url)
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

// campaign is a sandbox desk in this process and a Footnote in another, which
// is killed and started again. The desk's ledger is the oracle.
type campaign struct {
	t     *testing.T
	desk  *sandbox.Server
	url   string // of the desk
	env   []string
	c     Config
	port  int
	child *exec.Cmd
	dead  chan struct{}
	sent  int // tickets written
	asked int // customer messages in them

	report func() (measure.Report, error)
}

const campaignSecret = "campaign-secret-0123456789abcdef0123"

func newCampaign(t *testing.T) *campaign {
	t.Helper()
	dir := scratchDir(t, "faults")
	k := &campaign{t: t, port: freePort(t)}
	k.report = k.askChild
	k.openDesk(fmt.Sprintf("http://127.0.0.1:%d/hooks/sandbox", k.port))
	var err error
	k.env = append(os.Environ(), "FOOTNOTE_TEST_CHILD=1", "FOOTNOTE_DATA="+filepath.Join(dir, "data"), fmt.Sprintf("FOOTNOTE_LISTEN=127.0.0.1:%d", k.port),
		"FOOTNOTE_SANDBOX=false", "FOOTNOTE_SANDBOX_URL="+k.url, "FOOTNOTE_SANDBOX_TOKEN="+campaignSecret, "FOOTNOTE_KNOWLEDGE=sample", "FOOTNOTE_LOG_LEVEL=error",
		"FOOTNOTE_ACK_WAIT=2s", "FOOTNOTE_SETTLE=300ms", "FOOTNOTE_SEND_TIMEOUT=3s", "FOOTNOTE_RECONCILE=2s", "FOOTNOTE_SYNC_EVERY=1h", "FOOTNOTE_GRACE=2s")
	if k.c, err = loadConfig("", nil, func(key string) string {
		for i := len(k.env) - 1; i >= 0; i-- {
			if v, ok := strings.CutPrefix(k.env[i], key+"="); ok {
				return v
			}
		}
		return ""
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if k.child != nil {
			k.kill()
		}
	})
	return k
}

// openDesk opens the sandbox desk, whose webhooks come doubled (20 %) and late (10 %).
func (k *campaign) openDesk(hooks string) {
	k.t.Helper()
	rng := rand.New(rand.NewPCG(11, 11))
	var held []sandbox.Hook
	var err error
	k.desk, err = sandbox.Open(sandbox.Config{WebhookURL: hooks, Secret: campaignSecret, Token: campaignSecret,
		Retries: []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second},
		Network: func(h sandbox.Hook) (out []sandbox.Hook) {
			if rng.IntN(10) == 0 {
				held = append(held, h)
				return nil
			}
			out = append(out, h)
			if rng.IntN(5) == 0 {
				out = append(out, h)
			}
			out = append(out, held...)
			held = nil
			return out
		}})
	if err != nil {
		k.t.Fatal(err)
	}
	srv := httptest.NewServer(k.desk.Handler())
	k.t.Cleanup(func() { _ = k.desk.Close(); srv.Close() }) // the ledger is in memory
	k.url = srv.URL
}

// freePort is outside the range from which outgoing connections get theirs: a
// child that starts again finds it free again.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		if ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = ln.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// start starts the child and waits until it takes requests, or died on the way.
func (k *campaign) start(extra ...string) (ready bool) {
	k.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(slices.Clone(k.env), extra...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.child, k.dead = cmd, make(chan struct{})
	line := make(chan string, 1)
	go func() {
		var word string
		_, _ = fmt.Fscanln(out, &word) // nothing comes from a child that died
		line <- word
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // killed: the error says so
		close(k.dead)
	}()
	select {
	case word := <-line:
		if word != "ready" && len(extra) == 0 {
			k.t.Fatalf("the child did not start: %s", problems.String())
		}
		return word == "ready"
	case <-time.After(3 * time.Minute):
		k.t.Fatalf("the child is not ready after three minutes: %s", problems.String())
		return false
	}
}

func (k *campaign) kill() {
	_ = k.child.Process.Kill() // it may have died by itself
	<-k.dead
	k.child = nil
}

// write writes n sample messages as customers.
func (k *campaign) write(tickets []demo.Ticket, n int) {
	k.t.Helper()
	a := &app{url: k.url, secret: campaignSecret}
	for range n {
		t := tickets[k.sent%len(tickets)]
		k.sent++
		k.asked++
		for _, h := range t.History { // earlier turns are messages too
			if h.Text != "" && h.Role != "agent" && h.Role != "assistant" {
				k.asked++
			}
		}
		t.Customer.Email = fmt.Sprintf("c%d@example.com", k.sent)
		if _, err := openAtSandbox(context.Background(), a, t); err != nil {
			k.t.Fatal("write ticket:", err)
		}
	}
}

// writeUntilDead writes three messages at a time until the child died of one: some of them ask for no draft.
func (k *campaign) writeUntilDead(tickets []demo.Ticket) (dead bool) {
	k.t.Helper()
	for range 5 {
		select {
		case <-k.dead:
			return true
		default:
			k.write(tickets, 3)
		}
		select {
		case <-k.dead:
			return true
		case <-time.After(5 * time.Second):
		}
	}
	return false
}

// settle waits until every message has its outcome and every approval its end.
func (k *campaign) settle() {
	k.t.Helper()
	if err := k.settled(3 * time.Minute); err != nil {
		k.t.Fatal(err)
	}
}

// settled is settle with a patience, which begins anew with everything that happens: an
// error says that nothing moves any more.
func (k *campaign) settled(patience time.Duration) error {
	var rep measure.Report
	quiet, moved := 0, ""
	deadline := time.Now().Add(patience)
	for quiet < 3 {
		if time.Now().After(deadline) {
			return fmt.Errorf("nothing moves any more: %d tickets written, %+v", k.sent, rep)
		}
		time.Sleep(300 * time.Millisecond)
		got, err := k.report()
		if err != nil {
			continue
		}
		rep = got
		if now := fmt.Sprint(rep.Arrivals, rep.Outcomes, rep.Decisions, rep.Deliveries); now != moved {
			moved, deadline = now, time.Now().Add(patience)
		}
		busy := rep.Pending + rep.Deliveries[pipeline.DeliveryQueued] + rep.Deliveries[pipeline.DeliverySending] + rep.Deliveries[pipeline.DeliveryUnknown] + rep.Decisions["open"]
		sent := rep.Decisions["approve"] + rep.Decisions["edit"]
		delivered := 0
		for _, n := range rep.Deliveries {
			delivered += n
		}
		if rep.Arrivals >= k.sent && busy == 0 && delivered >= sent {
			quiet++
		} else {
			quiet = 0
		}
	}
	return nil
}

// askChild reads the report from the child.
func (k *campaign) askChild() (rep measure.Report, err error) {
	var out bytes.Buffer
	if err := remote(context.Background(), k.c, fmt.Sprintf("http://127.0.0.1:%d", k.port), []string{"report", "--json"}, &out); err != nil {
		return rep, err
	}
	return rep, json.Unmarshal(out.Bytes(), &rep)
}

// verify compares the desk's ledger with what people approved.
func (k *campaign) verify() {
	k.t.Helper()
	for _, p := range k.problems() {
		k.t.Error(p)
	}
}

// problems is the oracle: what the desk's ledger and the records disagree about.
func (k *campaign) problems() (found []string) {
	k.t.Helper()
	if err := k.child.Process.Signal(os.Interrupt); err != nil {
		k.t.Fatal(err)
	}
	<-k.dead
	k.child = nil
	a, err := openApp(k.t.Context(), k.c, newLog(k.c))
	if err != nil {
		k.t.Fatal(err)
	}
	defer a.close()
	return k.judge(a.p.pool)
}

// judge compares the desk's ledger with the records in a database.
func (k *campaign) judge(pool *pgxpool.Pool) (found []string) {
	k.t.Helper()
	problem := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	ctx := k.t.Context()
	var without, tickets, messages int
	if err := pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE kind IS NULL), count(DISTINCT ticket), count(*) FROM outcomes`).Scan(&without, &tickets, &messages); err != nil {
		k.t.Fatal(err)
	}
	if without != 0 || tickets != k.sent || messages != k.asked {
		problem("%d messages without outcome; %d of %d tickets known, with %d of %d messages", without, tickets, k.sent, messages, k.asked)
	}
	approved := map[string]string{} // marker → text
	rows, err := pool.Query(ctx, `SELECT id::text, text FROM decisions WHERE kind IN ('approve', 'edit')`)
	if err != nil {
		k.t.Fatal(err)
	}
	var id, text string
	if _, err := pgx.ForEachRow(rows, []any{&id, &text}, func() error { approved[bots.MarkerFor(id)] = text; return nil }); err != nil {
		k.t.Fatal(err)
	}
	sent := map[string]int{}
	for _, e := range k.desk.Ledger() {
		if e.Op != sandbox.OpMessage || e.Message.Marker == "" {
			continue
		}
		m := e.Message
		if sent[m.Marker]++; sent[m.Marker] > 1 {
			problem("ticket %s has the reply of one approval %d times", e.Ticket, sent[m.Marker])
		}
		if want, ok := approved[m.Marker]; !ok || want != m.Text {
			problem("ticket %s has a reply that nobody approved: %q", e.Ticket, m.Text)
		}
	}
	var lost, asked, claims int
	if err := pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE state = 'sent' AND NOT marker = ANY ($1)), count(*) FILTER (WHERE state = 'asked'), count(*)
		  FROM deliveries`, slices.Collect(maps.Keys(sent))).Scan(&lost, &asked, &claims); err != nil {
		k.t.Fatal(err)
	}
	if lost > 0 {
		problem("%d replies are shown as sent and not at the desk", lost)
	}
	if n, _, err := audit.Verify(ctx, pool); err != nil {
		problem("after %d rows: %v", n, err)
	}
	if len(sent) == 0 {
		problem("nothing was sent: the campaign proves nothing")
	}
	k.t.Logf("%d tickets, %d approvals, %d replies at the desk, %d asked about; 0 of %d bounds the rate below %.3f %% (95 %%)",
		k.sent, len(approved), len(sent), asked, len(sent), 300/float64(max(1, len(sent))))
	return found
}

func envInt(key string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(key)); err == nil && n > 0 {
		return n
	}
	return def
}

// TestKilledAnywhere kills the whole process at random while tickets flow, with
// 20 % of webhooks doubled and 10 % late.
func TestKilledAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("kills take minutes")
	}
	t.Parallel()
	kills, total := envInt("FOOTNOTE_KILLS", 10), envInt("FOOTNOTE_TICKETS", 150)
	tickets, err := (&demoCmd{}).readTickets()
	if err != nil {
		t.Fatal(err)
	}
	k := newCampaign(t)
	rng := rand.New(rand.NewPCG(5, uint64(kills)))
	for range kills {
		k.start()
		k.write(tickets, total/kills)
		time.Sleep(time.Duration(rng.IntN(1200)) * time.Millisecond) // the moment of the kill
		k.kill()
	}
	k.start()
	k.write(tickets, total-k.sent)
	k.settle()
	k.verify()
}

// TestKilledAtEveryStep kills the process at each named point of a ticket's way.
func TestKilledAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("kills take minutes")
	}
	t.Parallel()
	tickets, err := (&demoCmd{}).readTickets()
	if err != nil {
		t.Fatal(err)
	}
	k := newCampaign(t)
	died := 0
	points := killPoints()
	for _, p := range points {
		k.start("FOOTNOTE_DIE_AT=" + p + ":1") // it may die on what was left over
		if k.writeUntilDead(tickets) {
			died++
			k.child = nil
		} else {
			t.Logf("%s was not reached", p)
			k.kill()
		}
	}
	if died < len(points)*9/10 {
		t.Errorf("only %d of %d points were reached", died, len(points))
	}
	k.start()
	k.settle()
	k.verify()
}

// killPoints lists the named points on a ticket's way.
func killPoints() []string {
	points := slices.Clone(delivery.Steps)
	points = slices.DeleteFunc(points, func(s string) bool { return s == delivery.StepProbed }) // only after an unknown reply
	for consumer, types := range map[string][]pipeline.EventType{"tracking": {pipeline.TicketReceived, pipeline.DraftProposed}, "drafting": {pipeline.DraftRequested},
		"delivery": {pipeline.DraftDecided}, "review": {pipeline.DraftProposed, pipeline.ReplyDelivered}} {
		for _, typ := range types {
			points = append(points, "handle.before "+consumer+" "+string(typ), "handle.after "+consumer+" "+string(typ))
		}
	}
	for _, typ := range []pipeline.EventType{pipeline.TicketReceived, pipeline.TicketUpdated, pipeline.DraftRequested, pipeline.DraftProposed, pipeline.OutcomeRecorded, pipeline.DraftDecided, pipeline.ReplyDelivered} {
		points = append(points, "publish.before "+string(typ), "publish.after "+string(typ))
	}
	slices.Sort(points)
	return points
}
