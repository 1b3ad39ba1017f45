package delivery_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"footnote/bots"
	"footnote/bots/bottest/flaky"
	"footnote/bots/delivery"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// The model: a desk with faults, a bus that goes away, a process that dies or
// sleeps at any named step. What holds afterwards is read from the desk's own
// ledger, never from our database alone.

// op is one thing that happens. Numbers are reduced to what exists.
type op struct {
	Kind  string
	A, B  int
	Fault flaky.Fault
	Step  string
}

func (o op) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %d %s %s", o.Kind, o.A, o.B, o.Fault, o.Step))
}

var history = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) op {
	// Weighted by repetition: mostly the protocol runs and time passes.
	kind := rapid.SampledFrom([]string{"approve", "approve", "next", "next", "next", "next", "post", "post", "post", "advance", "advance",
		"advance", "again", "customer", "agent", "move", "forge", "down", "away", "restart", "die", "die", "sleep", "sleep"}).Draw(t, "kind")
	return op{Kind: kind, A: rapid.IntRange(0, 59).Draw(t, "a"), B: rapid.IntRange(0, 29).Draw(t, "b"),
		Fault: rapid.SampledFrom(flaky.Faults).Draw(t, "fault"), Step: rapid.SampledFrom(delivery.Steps).Draw(t, "step")}
}), 5, 40)

type world struct {
	pool    *pgxpool.Pool
	clock   *flaky.Clock
	desk    *flaky.Desk
	wrapped bots.Desk // desk, or desk with a seeded bug
	twice   bool      // seeded bug: a redelivered approval counts as a new one
	bus     *flaky.Bus
	d       *delivery.Delivery
	at      func(step string) // dies or sleeps
	tickets []string
	events  map[string]pipeline.Event
	forged  map[string]bool
}

// crash is the death of the process in a test.
type crash struct{ step string }

func (w *world) start() {
	d, err := delivery.New(delivery.Config{Desks: []bots.Desk{w.wrapped}, Pool: w.pool, Publisher: w.bus, Now: w.clock.Now,
		Step: func(s string) {
			if w.at != nil {
				w.at(s)
			}
		}})
	if err != nil {
		panic(err)
	}
	w.d = d
}

// guarded runs f and turns a crash into a restart.
func (w *world) guarded(f func() error) (err error) {
	defer func() {
		w.at = nil
		if r := recover(); r != nil {
			if _, ours := r.(crash); !ours {
				panic(r)
			}
			w.start() // a new process: nothing in memory survives
			err = nil
		}
	}()
	return f()
}

func (w *world) handle(e pipeline.Event) error {
	return w.guarded(func() error { return w.d.Handle(context.Background(), e) })
}

func (w *world) next() (err error) {
	return w.guarded(func() error {
		_, err := w.d.Next(context.Background())
		if pipeline.KindOf(err) == pipeline.Unavailable {
			err = nil // the bus is away
		}
		return err
	})
}

func (w *world) pick(n int) string {
	if len(w.tickets) == 0 {
		return ""
	}
	return w.tickets[n%len(w.tickets)]
}

func (w *world) do(o op) error {
	ticket := w.pick(o.A)
	switch o.Kind {
	case "approve", "forge":
		ticket = fmt.Sprintf("t%d", len(w.tickets)+1)
		w.tickets = append(w.tickets, ticket)
		m := w.desk.Write(ticket, pipeline.RoleCustomer, "How do I …?")
		e := flaky.Approval(pipeline.TicketRef{Desk: "fake", ID: ticket}, m, "Like this:\r\n\tstep\u00a01 \u2028 <b>é</b>  "+ticket+"\n", w.clock.Now())
		if o.Kind == "forge" {
			e.Data = []byte(strings.Replace(string(e.Data), "Like this", "Like that", 1))
			w.forged[ticket] = true
		}
		w.events[ticket] = e
		if o.B%5 == 0 {
			w.at = dieAt(delivery.StepQueued)
		}
		return w.handle(e)
	case "again":
		if ticket == "" {
			return nil
		}
		e := w.events[ticket]
		if w.twice {
			e.Data = []byte(strings.Replace(string(e.Data), `"decision":"`+field(e, "decision"), `"decision":"`+flaky.UUID(), 1))
		}
		return w.handle(e)
	case "customer", "agent":
		if ticket != "" {
			w.desk.Write(ticket, map[string]pipeline.Role{"customer": pipeline.RoleCustomer, "agent": pipeline.RoleAgent}[o.Kind], "meanwhile")
		}
		return nil
	case "move":
		if ticket != "" {
			w.desk.Move(ticket)
		}
		return nil
	case "advance":
		w.clock.Advance(time.Duration(o.A) * time.Second)
		return nil
	case "down":
		w.desk.SetDown(o.A%2 == 0)
		return nil
	case "away":
		w.bus.SetAway(o.A%2 == 0)
		return nil
	case "restart":
		w.start()
		return nil
	case "post":
		w.desk.Script(o.Fault, time.Duration(o.B)*time.Second) // < settle: 30 s
	case "die":
		w.desk.Script(o.Fault, time.Duration(o.B)*time.Second)
		w.at = dieAt(o.Step)
	case "sleep":
		w.desk.Script(o.Fault, time.Duration(o.B)*time.Second)
		w.at = w.sleepAt(o.Step, time.Duration(o.A)*5*time.Second)
	}
	return w.next()
}

func field(e pipeline.Event, _ string) string {
	d, _ := pipeline.Decode[pipeline.DecidedData](e)
	return d.Decision
}

func dieAt(step string) func(string) {
	return func(s string) {
		if s == step {
			panic(crash{s})
		}
	}
}

// sleepAt stops this process at a step while time passes and another process
// works on; then it wakes up and goes on where it was.
func (w *world) sleepAt(step string, d time.Duration) func(string) {
	done := false
	return func(s string) {
		if s != step || done {
			return
		}
		done = true
		sleeper, at := w.d, w.at
		w.at = nil
		w.start()
		for range 4 {
			w.clock.Advance(d / 4)
			if _, err := w.d.Next(context.Background()); err != nil && pipeline.KindOf(err) != pipeline.Unavailable {
				panic(err)
			}
		}
		w.d, w.at = sleeper, at
	}
}

// check holds at every moment.
func (w *world) check() error {
	for _, t := range w.tickets {
		posts := w.desk.Posts(t)
		if len(posts) > 1 {
			return fmt.Errorf("%s: %d public replies for one approval", t, len(posts))
		}
		data, err := pipeline.Decode[pipeline.DecidedData](w.events[t])
		if err != nil {
			return err
		}
		for _, p := range posts {
			switch {
			case w.forged[t]:
				return fmt.Errorf("%s: sent without approval", t)
			case p.Text != data.Reply.Text || p.Recipient != data.Reply.Recipient || p.Author != data.By:
				return fmt.Errorf("%s: sent something else than what was approved: %q", t, p.Text)
			case p.Stale:
				return fmt.Errorf("%s: sent although somebody had written", t)
			}
		}
		for _, end := range w.bus.Ended(t) {
			switch {
			case end.State == pipeline.DeliverySent && (len(posts) == 0 || posts[0].RemoteID != end.RemoteID):
				return fmt.Errorf("%s: shown as sent, the desk does not have it", t)
			case (end.State == pipeline.DeliveryFailed || end.State == pipeline.DeliveryStale) && len(posts) > 0:
				return fmt.Errorf("%s: shown as %s, the desk has it", t, end.State)
			}
		}
	}
	return nil
}

// drain ends all faults, lets time pass, and wants every approval at its one end.
func (w *world) drain() error {
	w.desk.SetDown(false)
	w.desk.Script(flaky.OK, 0)
	w.bus.SetAway(false)
	for range 40 {
		w.clock.Advance(time.Minute)
		for range len(w.tickets) + 1 {
			if err := w.next(); err != nil {
				return err
			}
		}
		if err := w.check(); err != nil {
			return err
		}
	}
	for _, t := range w.tickets {
		ends := w.bus.Ended(t)
		if len(ends) != 1 {
			return fmt.Errorf("%s: %d ends, want 1: %+v", t, len(ends), ends)
		}
		_, moved := w.desk.Moved[t] // then a person is asked
		if posts := w.desk.Posts(t); len(posts) == 1 && ends[0].State != pipeline.DeliverySent && !(moved && ends[0].State == pipeline.DeliveryAsked) {
			return fmt.Errorf("%s: the desk has it, the end is %s", t, ends[0].State)
		}
	}
	return nil
}

// run plays a history from an empty database.
func run(pool *pgxpool.Pool, ops []op, bug string) error {
	if _, err := pool.Exec(context.Background(), `DELETE FROM deliveries`); err != nil {
		return err
	}
	c := flaky.NewClock()
	d := flaky.NewDesk(c)
	w := &world{pool: pool, clock: c, desk: d, wrapped: d, bus: flaky.NewBus(), events: map[string]pipeline.Event{}, forged: map[string]bool{}}
	if bug != "" {
		w.wrapped, w.twice = &buggy{Desk: d, bug: bug}, bug == "no dedupe"
	}
	w.start()
	for i, o := range ops {
		if err := w.do(o); err != nil {
			return fmt.Errorf("op %d (%s): %w", i, o, err)
		}
		if err := w.check(); err != nil {
			return fmt.Errorf("after op %d (%s): %w", i, o, err)
		}
	}
	return w.drain()
}

func TestDeliveryModel(t *testing.T) {
	pool := pgtest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		ops := history.Draw(rt, "history")
		if err := run(pool, ops, ""); err != nil {
			rt.Fatal(err)
		}
	})
}

// buggy is the fake desk behind an adapter with one seeded bug. The bugs undo
// what the protocol relies on, so that the model must notice.
type buggy struct {
	*flaky.Desk
	bug string
}

func (b *buggy) Post(ctx context.Context, p bots.Post) (string, error) {
	switch b.bug {
	case "other text":
		p.Text = strings.TrimSpace(p.Text)
	case "believes 5xx":
		if id, err := b.Desk.Post(ctx, p); bots.VerdictOf(err) == bots.Ambiguous {
			return "r0", nil
		} else {
			return id, err
		}
	case "resend on timeout":
		id, err := b.Desk.Post(ctx, p)
		if bots.VerdictOf(err) == bots.Ambiguous {
			return b.Desk.Post(ctx, p)
		}
		return id, err
	}
	return b.Desk.Post(ctx, p)
}

func (b *buggy) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	t, err := b.Desk.Thread(ctx, ref)
	if err == nil && (b.bug == "no dedupe" || b.bug == "no proof of absence" || b.bug == "no stale check") {
		mine := t.Messages[:0:0]
		for i, m := range t.Messages {
			if others := m.Marker == ""; (b.bug == "no stale check") != others || i == 0 {
				mine = append(mine, m)
			}
		}
		t.Messages = mine
		if b.bug == "no proof of absence" {
			t.UpdatedAt = t.CreatedAt
		}
	}
	return t, err
}

// TestDeliveryModelCanFail proves that the model sees each seeded bug.
func TestDeliveryModelCanFail(t *testing.T) {
	t.Parallel()
	for _, bug := range []string{"resend on timeout", "no dedupe", "no proof of absence", "no stale check", "other text", "believes 5xx"} {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			for seed := range 300 {
				if err := run(pool, history.Example(seed), bug); err != nil {
					t.Logf("caught by history %d: %v", seed, err)
					return
				}
			}
			t.Fatal("300 histories did not notice the bug")
		})
	}
}
