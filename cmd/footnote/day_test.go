package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/pipeline/bus"
)

// dayDesk is a helpdesk in this process: its tickets, its ledger of replies, and
// whether it is down. Its webhooks are hints, so that tracking has to read it.
type dayDesk struct {
	name string

	mu      sync.Mutex
	down    bool
	tickets map[string]pipeline.Ticket
	posts   map[string]int // by marker
}

func (d *dayDesk) Name() string { return d.name }
func (d *dayDesk) Can() bots.Capabilities {
	return bots.Capabilities{ReadBack: true, Hints: true, AgentName: true}
}
func (d *dayDesk) Parse(http.Header, []byte, time.Time) ([]pipeline.Event, error) { return nil, nil }

func (d *dayDesk) Thread(_ context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.tickets[ref.ID]
	switch {
	case d.down:
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.Unavailable, "The desk %s is down.", d.name)
	case !ok:
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.NotFound, "no ticket %s", ref)
	}
	t.Messages = slices.Clone(t.Messages)
	return t, nil
}

func (d *dayDesk) Post(_ context.Context, p bots.Post) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return "", &bots.PostError{Verdict: bots.Ambiguous, Say: "down"}
	}
	t := d.tickets[p.Ticket.ID]
	id := fmt.Sprintf("r%d", len(t.Messages))
	t.Messages = append(t.Messages, pipeline.Message{ID: id, Role: pipeline.RoleAgent, Text: p.Text, Public: true, At: time.Now(), Marker: p.Marker})
	d.tickets[p.Ticket.ID] = t
	d.posts[p.Marker]++
	return id, nil
}

// open writes a ticket and returns its webhook's event.
func (d *dayDesk) open(id string, from demo.Ticket) pipeline.Event {
	now := time.Now()
	m := pipeline.Message{ID: "m", Role: pipeline.RoleCustomer, Author: pipeline.Person{ID: "c" + id, Name: "Ada", Email: "ada" + id + "@example.com"}, Text: from.Text, Public: true, At: now}
	t := pipeline.Ticket{TicketRef: pipeline.TicketRef{Desk: d.name, ID: id}, Subject: from.Subject, Status: pipeline.StatusOpen, Requester: m.Author, Messages: []pipeline.Message{m}, CreatedAt: now}
	d.mu.Lock()
	d.tickets[id] = t
	d.mu.Unlock()
	return bots.MessageReceived(t, m, now)
}

func (d *dayDesk) mend() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = false
}

// day is a working day in compressed time.
type day struct {
	t       *testing.T
	a       *app
	desks   []*dayDesk // the last is down when there are four
	tickets []demo.Ticket
}

// runDay lets tickets arrive at three desks and, when broken is more than 0, that
// many at a fourth that is down throughout. It returns once the three have an
// outcome for every message and an end for every approval.
func runDay(t *testing.T, tickets []demo.Ticket, each, broken int, every time.Duration) *day {
	t.Helper()
	dir := scratchDir(t, "day")
	c, err := loadConfig("", []string{"data=" + filepath.Join(dir, "data"), "listen=127.0.0.1:0", "log_level=error", "settle=500ms", "reconcile=0s", "grace=2s", "sandbox=false",
		"knowledge=sample", "sync_every=0s"}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	a, err := openApp(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d := &day{t: t, a: a, tickets: tickets}
	for _, name := range []string{"north", "south", "east", "broken"}[:map[bool]int{true: 4, false: 3}[broken > 0]] {
		desk := &dayDesk{name: name, down: name == "broken", tickets: map[string]pipeline.Ticket{}, posts: map[string]int{}}
		d.desks = append(d.desks, desk)
		a.desks = append(a.desks, desk)
	}
	if err := a.syncKnowledge(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- a.during(ctx, allRoles, func(ctx context.Context) error {
			close(ready)
			return d.decide(ctx)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error("stop:", err)
		}
		a.close()
	})
	<-ready
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range max(each, broken) {
		for _, desk := range d.desks {
			if n := map[bool]int{true: broken, false: each}[desk.name == "broken"]; i >= n {
				continue
			}
			e := desk.open(fmt.Sprintf("%d", i), tickets[i%len(tickets)])
			waitFor(t, "a webhook is taken", func() bool { return a.p.bus.Publish(ctx, e) == nil }) // desks send again
		}
		if i < each {
			<-tick.C
		}
	}
	d.settle("broken", 3*each)
	return d
}

// decide is a team of agents that takes every draft.
func (d *day) decide(ctx context.Context) error {
	team, err := d.a.team(ctx)
	if err != nil {
		return err
	}
	agents := demo.NewAgents(d.a.review, team)
	return d.a.p.bus.Consume(ctx, bus.Consumer{Name: "scripted-agents", Types: []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained}, Workers: 4},
		func(ctx context.Context, e pipeline.Event) error {
			p, err := pipeline.Decode[pipeline.Proposed](e)
			if err != nil {
				return err
			}
			return agents.Decide(ctx, p.Draft)
		})
}

// settle waits until n messages of the desks other than one have their outcome
// and every approval its end. Its patience begins anew with everything that happens.
func (d *day) settle(but string, n int) {
	d.t.Helper()
	const patience = 3 * time.Minute
	moved, deadline := "", time.Now().Add(patience)
	for {
		var outcomes, approvals, ended int
		if err := d.a.p.pool.QueryRow(d.t.Context(), `
			SELECT (SELECT count(*) FROM outcomes WHERE kind IS NOT NULL AND desk <> $1),
			       (SELECT count(*) FROM decisions x JOIN drafts d ON d.id = x.draft WHERE x.kind IN ('approve', 'edit') AND d.desk <> $1),
			       (SELECT count(*) FROM deliveries WHERE state NOT IN ('queued', 'sending', 'unknown') AND desk <> $1)`, but).Scan(&outcomes, &approvals, &ended); err != nil {
			d.t.Fatal(err)
		}
		if outcomes == n && ended == approvals && approvals > 0 {
			return
		}
		now := fmt.Sprintf("%d of %d messages have an outcome, %d of %d approvals their end", outcomes, n, ended, approvals)
		if now != moved {
			moved, deadline = now, time.Now().Add(patience)
		}
		if time.Now().After(deadline) {
			d.t.Fatal("nothing moves any more: ", now)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// verify compares ledgers and records: nothing lost, nothing twice, nothing dead.
func (d *day) verify() {
	d.t.Helper()
	posted := 0
	for _, desk := range d.desks {
		desk.mu.Lock()
		for marker, n := range desk.posts {
			if posted++; n != 1 {
				d.t.Errorf("desk %s has the reply %s %d times", desk.name, marker, n)
			}
		}
		desk.mu.Unlock()
	}
	var sent, dead int
	if err := d.a.p.pool.QueryRow(d.t.Context(), `SELECT (SELECT count(*) FROM deliveries WHERE state = 'sent'), (SELECT count(*) FROM dead_letters)`).Scan(&sent, &dead); err != nil {
		d.t.Fatal(err)
	}
	if posted != sent || dead > 0 || sent == 0 {
		d.t.Errorf("%d replies at the desks, %d shown as sent, %d dead letters", posted, sent, dead)
	}
}

// p99 of the time from a message to its outcome, of the healthy desks.
func (d *day) p99() time.Duration {
	d.t.Helper()
	var s float64
	if err := d.a.p.pool.QueryRow(d.t.Context(), `
		SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM o.recorded_at - m.at))
		  FROM outcomes o
		  JOIN messages m ON m.desk = o.desk AND m.ticket = o.ticket AND m.id = o.message
		 WHERE o.desk <> 'broken'`).Scan(&s); err != nil {
		d.t.Fatal(err)
	}
	return time.Duration(s * float64(time.Second))
}

// TestDayWithOneDeskDown lets a desk be down while others work: theirs is done
// meanwhile, and its own once it is back. FOOTNOTE_DAY is how many tickets the day
// has; with it the other desks' times are compared with a day without that desk.
func TestDayWithOneDeskDown(t *testing.T) {
	if testing.Short() {
		t.Skip("a day takes a minute")
	}
	tickets, err := (&demoCmd{}).readTickets()
	if err != nil {
		t.Fatal(err)
	}
	total := envInt("FOOTNOTE_DAY", 0)
	each, broken, every := 20, 150, 50*time.Millisecond // more than a consumer may have out, 1,100 and up: make day
	if total > 0 {
		each, broken, every = total/4, total/4, time.Duration(envInt("FOOTNOTE_DAY_EVERY_MS", 200))*time.Millisecond
	} else {
		t.Parallel() // no times are compared
	}
	d := runDay(t, tickets, each, broken, every)
	d.verify()
	late, err := d.a.p.bus.Late(t.Context())
	if err != nil || !slices.ContainsFunc(late, func(l bus.Late) bool { return l.Desk == "broken" && l.Failing > 0 }) {
		t.Errorf("nobody is told of the broken desk: %+v, %v", late, err)
	}
	with := d.p99()
	d.desks[3].mend()
	d.settle("", 3*each+broken)
	d.verify()
	t.Logf("%d tickets at three desks, %d at one that was down: p99 of the three %s", 3*each, broken, with.Round(time.Millisecond))
	if total == 0 || os.Getenv("FOOTNOTE_DAY_ALONE") != "" {
		return
	}
	without := runDay(t, tickets, each, 0, every)
	without.verify()
	if alone := without.p99(); float64(with) > 1.2*float64(alone) {
		t.Errorf("p99 of the other desks is %s with a desk down and %s without", with, alone)
	} else {
		t.Logf("without it %s", alone.Round(time.Millisecond))
	}
}
