package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest/flaky"
	"footnote/bots/delivery"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// newWorld is a world for tests that script each step.
func newWorld(t *testing.T) *world {
	t.Helper()
	c := flaky.NewClock()
	d := flaky.NewDesk(c)
	w := &world{pool: pgtest.New(t), clock: c, desk: d, wrapped: d, bus: flaky.NewBus(), events: map[string]pipeline.Event{}, forged: map[string]bool{}}
	w.start()
	return w
}

// approve puts one approved reply on its way.
func (w *world) approve(t *testing.T) string {
	t.Helper()
	if err := w.do(op{Kind: "approve", B: 1}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Second) // no approval is as fast as the customer
	return w.tickets[len(w.tickets)-1]
}

// step moves on after some time; the POST, if any, meets the fault.
func (w *world) step(t *testing.T, after time.Duration, f flaky.Fault, hide time.Duration) {
	t.Helper()
	w.clock.Advance(after)
	w.desk.Script(f, hide)
	if err := w.next(); err != nil {
		t.Fatal(err)
	}
}

type row struct {
	State    pipeline.DeliveryState
	Attempt  int
	Absent   int
	Resends  int
	Reason   string
	RemoteID string
	Due      time.Time
}

func (w *world) row(t *testing.T, ticket string) (r row) {
	t.Helper()
	err := w.pool.QueryRow(context.Background(), `
		SELECT state, attempt, absent, resends, reason, remote_id, due_at
		  FROM deliveries
		 WHERE ticket = $1`, ticket).Scan(&r.State, &r.Attempt, &r.Absent, &r.Resends, &r.Reason, &r.RemoteID, &r.Due)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) want(t *testing.T, ticket string, state pipeline.DeliveryState, posts int) row {
	t.Helper()
	r := w.row(t, ticket)
	if got := len(w.desk.Posts(ticket)); r.State != state || got != posts {
		t.Fatalf("state %s (%s) with %d replies at the desk, want %s with %d", r.State, r.Reason, got, state, posts)
	}
	return r
}

func TestDeliverySends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk := w.approve(t)
	w.step(t, 0, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliverySent, 1)
	ends := w.bus.Ended(tk)
	post := w.desk.Posts(tk)[0]
	if len(ends) != 1 || ends[0].State != pipeline.DeliverySent || ends[0].RemoteID != post.RemoteID || ends[0].Hash == "" || ends[0].By.ID != "a1" {
		t.Fatalf("published %+v", ends)
	}
	e := w.bus.All()[0]
	if e.Type != pipeline.ReplyDelivered || e.Correlation != w.events[tk].Correlation || e.Causation != w.events[tk].ID {
		t.Fatalf("event %+v does not follow the approval", e)
	}
	if !bots.IsMarker(post.Marker) {
		t.Fatalf("marker %q", post.Marker)
	}
	if err := w.handle(w.events[tk]); err != nil { // redelivered
		t.Fatal(err)
	}
	w.step(t, time.Hour, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliverySent, 1)
}

func TestDeliveryRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk := w.approve(t)
	w.step(t, 0, flaky.Refuse, 0)
	r := w.want(t, tk, pipeline.DeliveryFailed, 0)
	if !strings.Contains(r.Reason, "422") || !strings.Contains(r.Reason, "no") {
		t.Fatalf("reason %q does not say why", r.Reason)
	}
}

func TestDeliveryUnknownIsFound(t *testing.T) {
	t.Parallel()
	for _, f := range []flaky.Fault{flaky.ResetAfter, flaky.ErrorAfter, flaky.Unreadable2xx, flaky.Panics} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tk := w.approve(t)
			w.step(t, 0, f, 20*time.Second)
			w.want(t, tk, pipeline.DeliveryUnknown, 1)
			w.step(t, 29*time.Second, flaky.OK, 0) // not settled yet: nothing is due
			w.want(t, tk, pipeline.DeliveryUnknown, 1)
			w.step(t, time.Second, flaky.OK, 0)
			w.want(t, tk, pipeline.DeliverySent, 1)
		})
	}
}

// TestDeliveryResendsOnce: absent twice, a settle time apart, is one resend;
// absent again is a question to a person.
func TestDeliveryResendsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk := w.approve(t)
	w.step(t, 0, flaky.ResetBefore, 0)
	w.step(t, 30*time.Second, flaky.OK, 0)
	if r := w.want(t, tk, pipeline.DeliveryUnknown, 0); r.Absent != 1 {
		t.Fatalf("absent %d after one probe", r.Absent)
	}
	w.step(t, 29*time.Second, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliveryUnknown, 0)
	w.step(t, time.Second, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliveryQueued, 0)
	w.step(t, 0, flaky.ResetBefore, 0)
	w.want(t, tk, pipeline.DeliveryUnknown, 0)
	w.step(t, 30*time.Second, flaky.OK, 0)
	w.step(t, 30*time.Second, flaky.OK, 0)
	if r := w.want(t, tk, pipeline.DeliveryAsked, 0); r.Attempt != 2 || r.Resends != 1 {
		t.Fatalf("row %+v", r)
	}
}

// TestDeliveryMovedReply: a reply that the desk took and that was moved where nobody
// looks is not sent again. Each way of it leaves the ticket without the reply.
func TestDeliveryMovedReply(t *testing.T) {
	t.Parallel()
	ways := map[string]func(w *world, tk string){
		"split off":    func(w *world, tk string) { w.desk.Move(tk) },
		"made private": func(w *world, tk string) { w.desk.Threads[tk][1].Public = false },
		"edited, the mark lost": func(w *world, tk string) {
			w.desk.Threads[tk][1].Marker, w.desk.Threads[tk][1].Text = "", "Something else"
		},
		"moved with the customer's message": func(w *world, tk string) {
			w.desk.Threads[tk] = []flaky.Entry{{Message: pipeline.Message{ID: "left", Role: pipeline.RoleSystem, Text: "moved", At: w.clock.Now()}}}
		},
		"ticket gone": func(w *world, tk string) { delete(w.desk.Threads, tk) },
	}
	for name, way := range ways {
		for _, marker := range []bots.MarkerKind{bots.MarkerField, bots.MarkerText, bots.MarkerBoth} {
			t.Run(name+"/"+string(marker), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.desk.Has.Marker = marker
				tk := w.approve(t)
				w.step(t, 0, flaky.ResetAfter, 0)
				w.clock.Advance(10 * time.Second)
				way(w, tk)
				for range 10 {
					w.step(t, 30*time.Second, flaky.OK, 0)
				}
				r := w.want(t, tk, pipeline.DeliveryAsked, 1)
				if r.Reason == "" || strings.Contains(r.Reason, "Nothing was sent") {
					t.Errorf("reason %q", r.Reason)
				}
			})
		}
	}
}

// TestDeliveryAbsenceIsNoProof: a reply that the desk never took is not sent again
// where nothing proves that.
func TestDeliveryAbsenceIsNoProof(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, tk string){
		"the desk proves nothing": func(w *world, _ string) { w.desk.Has.Absence = bots.AbsenceNothing },
		"the ticket changed":      func(w *world, tk string) { w.desk.Moved[tk] = w.clock.Now() },
		"a row from before": func(w *world, _ string) {
			if _, err := w.pool.Exec(context.Background(), `UPDATE deliveries SET ticket_at = NULL`); err != nil {
				panic(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tk := w.approve(t)
			w.step(t, 0, flaky.ResetBefore, 0)
			change(w, tk)
			for range 10 {
				w.step(t, 30*time.Second, flaky.OK, 0)
			}
			w.want(t, tk, pipeline.DeliveryAsked, 0)
		})
	}
	t.Run("posted in the second of the last change", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		w.clock.Advance(-time.Second)
		for range 10 {
			w.step(t, 0, flaky.ResetBefore, 0)
			w.clock.Advance(30 * time.Second)
		}
		w.want(t, tk, pipeline.DeliveryAsked, 0)
	})
	t.Run("it shows itself before the resend", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		w.step(t, 0, flaky.ResetBefore, 0)
		w.step(t, 30*time.Second, flaky.OK, 0)
		w.step(t, 30*time.Second, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliveryQueued, 0)
		w.desk.Moved[tk] = w.clock.Now()
		w.step(t, time.Second, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliveryAsked, 0)
	})
}

// TestDeliveryFence: a process that slept over its lease with old knowledge
// ("absent once") must not turn it into a resend.
func TestDeliveryFence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk := w.approve(t)
	w.step(t, 0, flaky.ResetBefore, 0)
	w.step(t, 30*time.Second, flaky.OK, 0) // absent once
	w.clock.Advance(30 * time.Second)
	slept := false
	w.at = func(s string) {
		if s != delivery.StepProbed || slept {
			return
		}
		slept = true
		old := w.d
		w.start()
		w.clock.Advance(30 * time.Second) // over the lease
		w.desk.Script(flaky.ResetAfter, 25*time.Second)
		for range 2 { // absent twice; resend, accepted but not yet visible
			if _, err := w.d.Next(context.Background()); err != nil {
				t.Error(err)
			}
		}
		w.d = old
	}
	if err := w.next(); err != nil {
		t.Fatal(err)
	}
	w.want(t, tk, pipeline.DeliveryUnknown, 1)
	w.step(t, 0, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliveryUnknown, 1)
	w.step(t, 30*time.Second, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliverySent, 1)
}

// TestDeliverySleeperDoesNotPost: a process held up between "sending" and the
// POST gives up its turn.
func TestDeliverySleeperDoesNotPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk := w.approve(t)
	w.at = func(s string) {
		if s == delivery.StepSending {
			w.clock.Advance(21 * time.Second)
		}
	}
	if err := w.next(); err != nil {
		t.Fatal(err)
	}
	w.want(t, tk, pipeline.DeliveryQueued, 0)
	w.step(t, 0, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliverySent, 1)
}

func TestDeliveryStale(t *testing.T) {
	t.Parallel()
	t.Run("customer", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		w.desk.Write(tk, pipeline.RoleCustomer, "One more thing")
		w.step(t, 0, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliveryStale, 0)
	})
	t.Run("agent", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		w.desk.Write(tk, pipeline.RoleAgent, "I have it")
		w.step(t, 0, flaky.OK, 0)
		if r := w.want(t, tk, pipeline.DeliveryStale, 0); !strings.Contains(r.Reason, "agent has answered") {
			t.Fatalf("reason %q", r.Reason)
		}
	})
	t.Run("private note and bot are no reason", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		w.desk.Write(tk, pipeline.RoleBot, "We got your message")
		w.desk.Threads[tk] = append(w.desk.Threads[tk], flaky.Entry{Message: pipeline.Message{ID: "note", Role: pipeline.RoleAgent, Text: "psst"}})
		w.step(t, 0, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliverySent, 1)
	})
	t.Run("message gone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		w.desk.Threads[tk] = []flaky.Entry{{Message: pipeline.Message{ID: "other", Role: pipeline.RoleCustomer, Public: true}}}
		w.step(t, 0, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliveryStale, 0)
	})
	t.Run("ticket gone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		delete(w.desk.Threads, tk)
		w.step(t, 0, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliveryFailed, 0)
	})
	t.Run("second approval of an answered message", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		w.step(t, 0, flaky.OK, 0)
		data, _ := pipeline.Decode[pipeline.DecidedData](w.events[tk])
		again := flaky.Approval(pipeline.TicketRef{Desk: "fake", ID: tk}, data.Message, "Again", w.clock.Now())
		if err := w.handle(again); err != nil {
			t.Fatal(err)
		}
		w.step(t, time.Second, flaky.OK, 0)
		if ends := w.bus.Ended(tk); len(ends) != 2 || ends[1].State != pipeline.DeliveryStale || len(w.desk.Posts(tk)) != 1 {
			t.Fatalf("ends %+v", ends)
		}
	})
}

type freshness struct{ err error }

func (f *freshness) Fresh(context.Context, pipeline.Event) error { return f.err }

func TestDeliveryFreshness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fresh := &freshness{err: errors.New("database away")}
	var err error
	w.d, err = delivery.New(delivery.Config{Desks: []bots.Desk{w.desk}, Pool: w.pool, Publisher: w.bus, Now: w.clock.Now, Fresh: fresh})
	if err != nil {
		t.Fatal(err)
	}
	tk := w.approve(t)
	w.step(t, 0, flaky.OK, 0)
	if r := w.want(t, tk, pipeline.DeliveryQueued, 0); strings.Contains(r.Reason, "database") {
		t.Fatalf("reason %q shows an internal error", r.Reason)
	}
	fresh.err = pipeline.Errorf(pipeline.Conflict, "the article on refunds changed")
	w.step(t, time.Minute, flaky.OK, 0)
	if r := w.want(t, tk, pipeline.DeliveryStale, 0); !strings.Contains(r.Reason, "refunds") {
		t.Fatalf("reason %q", r.Reason)
	}
}

// TestDeliveryWaitsForTheDesk: nothing is dropped while a desk is away, and it
// is not asked again and again.
func TestDeliveryWaitsForTheDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		w.approve(t)
	}
	w.desk.SetDown(true)
	for range 3600 {
		w.step(t, time.Second, flaky.OK, 0)
	}
	if w.desk.Reads > 30 {
		t.Fatalf("a desk that is away was asked %d times in an hour", w.desk.Reads)
	}
	w.desk.SetDown(false)
	w.clock.Advance(5 * time.Minute)
	for range 5 {
		w.step(t, 0, flaky.OK, 0)
	}
	for _, tk := range w.tickets {
		w.want(t, tk, pipeline.DeliverySent, 1)
	}
}

func TestDeliveryThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk := w.approve(t)
	w.step(t, 0, flaky.Throttle, 0) // Retry-After: 7
	if r := w.want(t, tk, pipeline.DeliveryQueued, 0); !r.Due.Equal(w.clock.Now().Add(7 * time.Second)) {
		t.Fatalf("due %s, want 7 s", r.Due.Sub(w.clock.Now()))
	}
	w.step(t, 6*time.Second, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliveryQueued, 0)
	w.step(t, time.Second, flaky.OK, 0)
	if r := w.want(t, tk, pipeline.DeliverySent, 1); r.Attempt != 1 {
		t.Fatalf("attempt %d: a throttled POST never reached the desk", r.Attempt)
	}
}

func TestDeliveryUnreadableDeskAsks(t *testing.T) {
	t.Parallel()
	t.Run("no read-back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.desk.Has.ReadBack = false
		w.start()
		tk := w.approve(t)
		w.step(t, 0, flaky.ResetAfter, 0)
		w.step(t, 30*time.Second, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliveryAsked, 1)
	})
	t.Run("down for long", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tk := w.approve(t)
		w.step(t, 0, flaky.ResetBefore, 0)
		w.desk.SetDown(true)
		for range 60 {
			w.step(t, time.Minute, flaky.OK, 0)
		}
		w.want(t, tk, pipeline.DeliveryAsked, 0)
	})
	t.Run("recognised by its text", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.desk.Has.Marker = bots.MarkerText
		w.start()
		tk := w.approve(t)
		w.step(t, 0, flaky.ResetAfter, 0)
		w.desk.Threads[tk][1].Marker, w.desk.Threads[tk][1].Text = "", strings.ReplaceAll(w.desk.Threads[tk][1].Text, "\r\n", "\n")
		w.step(t, 30*time.Second, flaky.OK, 0)
		w.want(t, tk, pipeline.DeliverySent, 1)
	})
}

func TestDeliveryRefusesWhatWasNotApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, spoil := range map[string]func(*pipeline.DecidedData){
		"text":      func(d *pipeline.DecidedData) { d.Reply.Text += " " },
		"recipient": func(d *pipeline.DecidedData) { d.Reply.Recipient.Email = "eve@example.org" },
		"citations": func(d *pipeline.DecidedData) { d.Reply.Citations = nil },
		"ticket":    func(d *pipeline.DecidedData) { d.Reply.Ticket.ID = "t9"; d.Hash = d.Reply.Hash() },
		"no reply":  func(d *pipeline.DecidedData) { d.Reply = nil },
		"nobody":    func(d *pipeline.DecidedData) { d.By = pipeline.Agent{} },
		"no hash":   func(d *pipeline.DecidedData) { d.Hash = "" },
		"rejected":  func(d *pipeline.DecidedData) { d.Kind = pipeline.Reject },
	} {
		ref := pipeline.TicketRef{Desk: "fake", ID: "t-" + name}
		m := w.desk.Write(ref.ID, pipeline.RoleCustomer, "Hello")
		e := flaky.Approval(ref, m, "Hi", w.clock.Now())
		data, _ := pipeline.Decode[pipeline.DecidedData](e)
		spoil(&data)
		e = pipeline.NewEvent(pipeline.DraftDecided, e.ID, ref, w.clock.Now(), data)
		if err := w.handle(e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.step(t, 0, flaky.OK, 0)
		w.want(t, ref.ID, pipeline.DeliveryFailed, 0)
		if ends := w.bus.Ended(ref.ID); len(ends) != 1 {
			t.Fatalf("%s: ends %+v", name, ends)
		}
	}
	// Tampering in the database is refused at the POST.
	tk := w.approve(t)
	if _, err := w.pool.Exec(context.Background(), `
		UPDATE deliveries
		   SET event = replace(event::text, 'Like this', 'Like that')::json
		 WHERE ticket = $1`, tk); err != nil {
		t.Fatal(err)
	}
	w.step(t, 0, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliveryFailed, 0)
}

func TestDeliveryIgnoresOtherDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := pipeline.TicketRef{Desk: "fake", ID: "t1"}
	e := pipeline.NewEvent(pipeline.DraftDecided, "d", ref, w.clock.Now(), pipeline.DecidedData{State: pipeline.StateRejected, Kind: pipeline.Reject})
	if err := w.handle(e); err != nil {
		t.Fatal(err)
	}
	e = pipeline.NewEvent(pipeline.DraftDecided, "d", ref, w.clock.Now(), pipeline.DecidedData{State: pipeline.StateApproved, Decision: "x"})
	if err := w.handle(e); pipeline.KindOf(err) != pipeline.Invalid {
		t.Fatalf("error %v, want invalid", err)
	}
	if worked, err := w.d.Next(context.Background()); worked || err != nil {
		t.Fatalf("worked %v, error %v", worked, err)
	}
}

// TestDeliveryPublishesUntilAcked: the end of a delivery survives a bus that is away.
func TestDeliveryPublishesUntilAcked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk := w.approve(t)
	w.bus.SetAway(true)
	w.step(t, 0, flaky.OK, 0)
	w.step(t, time.Minute, flaky.OK, 0)
	w.want(t, tk, pipeline.DeliverySent, 1)
	if w.bus.Calls < 2 || len(w.bus.Ended(tk)) != 0 {
		t.Fatalf("%d calls", w.bus.Calls)
	}
	w.bus.SetAway(false)
	w.step(t, time.Minute, flaky.OK, 0)
	if len(w.bus.Ended(tk)) != 1 {
		t.Fatal("not published after the bus came back")
	}
	calls := w.bus.Calls
	w.step(t, time.Hour, flaky.OK, 0)
	if w.bus.Calls != calls {
		t.Fatal("published again after the ack")
	}
}

// TestDeliveryRun: two processes, many approvals, each sent once; Run ends when
// its context does.
func TestDeliveryRun(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	c, b := flaky.NewClock(), flaky.NewBus()
	d := flaky.NewDesk(c)
	done := make(chan struct{})
	watch := &flaky.Watcher{Bus: b, Want: 40, Done: done}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var procs []*delivery.Delivery
	for range 2 {
		p, err := delivery.New(delivery.Config{Desks: []bots.Desk{d}, Pool: pool, Publisher: watch, Poll: 10 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		procs = append(procs, p)
		wg.Go(func() { _ = p.Run(ctx) })
	}
	for i := range 40 {
		tk := fmt.Sprintf("t%d", i)
		m := d.Write(tk, pipeline.RoleCustomer, "Hello")
		e := flaky.Approval(pipeline.TicketRef{Desk: "fake", ID: tk}, m, "Hi "+tk, c.Now())
		for _, p := range procs {
			if err := p.Handle(ctx, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	<-done
	cancel()
	wg.Wait()
	for i := range 40 {
		if got := len(d.Posts(fmt.Sprintf("t%d", i))); got != 1 {
			t.Fatalf("t%d: %d replies", i, got)
		}
	}
}
