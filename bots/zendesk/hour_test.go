package zendesk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/delivery"
	"footnote/bots/intake"
	"footnote/bots/zendesk"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// outage stands between an adapter and its platform.
type outage struct {
	mu   sync.Mutex
	mode string        // empty: the platform is well
	hold chan struct{} // stalled calls wait for it
	real http.RoundTripper
}

func (o *outage) set(mode string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mode, o.hold = mode, make(chan struct{})
}

// RoundTrip meets the outage.
func (o *outage) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	mode, hold := o.mode, o.hold
	o.mu.Unlock()
	answer := func(status int, body string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	switch {
	case mode == "refuse":
		return nil, errors.New("connect: connection refused")
	case mode == "error":
		return answer(http.StatusBadGateway, "<html>bad gateway</html>")
	case mode == "nonsense":
		return answer(http.StatusOK, `{"ticket":{"id":"?"},"comments":7}`)
	case mode == "stall":
		select {
		case <-hold:
		case <-r.Context().Done():
		}
		return nil, context.DeadlineExceeded
	case mode == "lie" && r.Method != http.MethodGet: // done, and denied
		resp, err := o.real.RoundTrip(r)
		if err == nil {
			resp.Body.Close()
		}
		return answer(http.StatusInternalServerError, "nothing happened")
	}
	return o.real.RoundTrip(r)
}

// town is two accounts behind one intake, reconciler and delivery.
type town struct {
	t        *testing.T
	clock    *bottest.Clock
	a, b     *bottest.Zendesk
	desks    map[string]*zendesk.Desk
	out      *outage
	mux      *http.ServeMux
	rec      *intake.Reconciler
	delivery *delivery.Delivery

	mu   sync.Mutex
	seen map[string]bool          // messages that are on the bus, desk/ticket/message
	sent map[string]chan struct{} // closed when the decision's reply is delivered
	ends map[string]pipeline.Delivered
}

// Publish is the bus.
func (w *town) Publish(_ context.Context, e pipeline.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r, err := pipeline.Decode[pipeline.Received](e); e.Type == pipeline.TicketReceived && err == nil && r.Message != nil {
		w.seen[e.Ref().String()+"/"+r.Message.ID] = true
	}
	if d, err := pipeline.Decode[pipeline.Delivered](e); err == nil && d.Delivery != "" {
		if _, twice := w.ends[d.Decision]; !twice {
			close(w.sent[d.Decision])
		}
		w.ends[d.Decision] = d
	}
	return nil
}

func newTown(t *testing.T) *town {
	w := &town{t: t, a: bottest.NewZendesk(t), b: bottest.NewZendesk(t), desks: map[string]*zendesk.Desk{}, mux: http.NewServeMux(),
		seen: map[string]bool{}, sent: map[string]chan struct{}{}, ends: map[string]pipeline.Delivered{}}
	w.clock, w.b.Clock = w.a.Clock, w.a.Clock
	w.out = &outage{real: w.a.Client.Transport}
	for name, z := range map[string]*bottest.Zendesk{"a": w.a, "b": w.b} {
		client := z.Client
		if name == "a" {
			client = &http.Client{Transport: w.out}
		}
		d, err := zendesk.New(zendesk.Config{Name: name, URL: z.URL, Email: "copilot@example.org", Token: z.Token, Secrets: []string{z.Secret}, HTTP: client, Now: w.clock.Now, PerMinute: 100_000})
		if err != nil {
			t.Fatal(err)
		}
		w.desks[name] = d
	}
	pool, list := pgtest.New(t), []bots.Desk{w.desks["a"], w.desks["b"]}
	in, err := intake.New(intake.Config{Desks: list, Publisher: w, Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	in.Install(w.mux)
	if w.rec, err = intake.NewReconciler(intake.ReconcileConfig{Desks: list, Publisher: w, Watermarks: intake.NewWatermarks(pool), Now: w.clock.Now}); err != nil {
		t.Fatal(err)
	}
	if w.delivery, err = delivery.New(delivery.Config{Desks: list, Pool: pool, Publisher: w, Now: w.clock.Now, ReadTimeout: time.Minute}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *town) hooks(name string, z *bottest.Zendesk) {
	for _, h := range z.Hooks() {
		rec, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/hooks/"+name, bytes.NewReader(h.Body))
		r.Header = h.Header
		if w.mux.ServeHTTP(rec, r); rec.Code != http.StatusAccepted {
			w.t.Errorf("a webhook of %s is answered %d", name, rec.Code)
		}
	}
}

func (w *town) approve(desk, ticket, message string) string {
	ref, id := pipeline.TicketRef{Desk: desk, ID: ticket}, fmt.Sprintf("01234567-89ab-4cde-8f01-%012d", len(w.sent))
	reply := pipeline.Reply{Ticket: ref, Text: "Open settings.", Recipient: pipeline.Person{Email: "ada@example.org"}}
	w.mu.Lock()
	w.sent[id] = make(chan struct{})
	w.mu.Unlock()
	err := w.delivery.Handle(w.t.Context(), pipeline.NewEvent(pipeline.DraftDecided, "decided/"+id, ref, w.clock.Now(), pipeline.DecidedData{Decision: id, Draft: id, Kind: pipeline.Approve,
		State: pipeline.StateApproved, By: pipeline.Agent{ID: "a1", Name: "Grace", Email: "grace@example.org"}, Message: message, Reply: &reply, Hash: reply.Hash()}))
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// work lets four workers send what is due, as Run does; wait is closed when all
// have nothing to do.
func (w *town) work() (wait func()) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				worked, err := w.delivery.Next(context.WithoutCancel(w.t.Context()))
				if err != nil {
					w.t.Errorf("deliver: %v", err)
				}
				if !worked || err != nil {
					return
				}
			}
		})
	}
	return wg.Wait
}

func (w *town) poll(name string, want bool) {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	if !want {
		close(w.out.hold) // nobody waits for a stalled poll here: it has its own goroutine
	}
	if _, err := w.rec.Pass(ctx, w.desks[name]); (err == nil) != want {
		w.t.Errorf("a pass over %s: %v", name, err)
	}
}

// TestHourOfTrouble: a desk that is down, slow, or lies for an hour loses
// nothing and delays nobody else's desk.
func TestHourOfTrouble(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	type question struct{ desk, ticket, message string }
	var asked []question
	ask := func(desk string, z *bottest.Zendesk) question {
		id, m := z.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
		asked = append(asked, question{desk, id, m})
		return asked[len(asked)-1]
	}
	for _, name := range []string{"a", "b"} {
		w.poll(name, true)
	}
	modes := []string{"stall", "refuse", "error", "nonsense", "lie"} // stalled first: nobody knows yet that it is in trouble
	decisions := map[string]question{}
	for minute := range 12 {
		w.clock.Advance(5 * time.Minute)
		w.out.set("")
		var qa []question
		for range 5 { // as many as there are workers, and one more
			qa = append(qa, ask("a", w.a))
		}
		qb := ask("b", w.b)
		w.a.Hooks() // lost
		w.hooks("b", w.b)
		if ref := (pipeline.TicketRef{Desk: "b", ID: qb.ticket}); !w.known(ref, qb.message) {
			w.poll("b", true)
		}
		mode := modes[minute%len(modes)]
		w.out.set(mode)
		for _, q := range qa {
			decisions[w.approve("a", q.ticket, q.message)] = q
		}
		mine := w.approve("b", qb.ticket, qb.message)
		decisions[mine] = qb
		wait := w.work()
		select { // while every call to desk a is still stalled
		case <-w.sent[mine]:
		case <-time.After(time.Minute):
			t.Fatalf("%s: the reply at the other desk is held up", mode)
		}
		if mode != "lie" { // its reading is true
			w.poll("a", false)
		}
		wait()
	}
	w.out.set("")
	w.poll("a", true)
	w.poll("b", true)
	for range 12 {
		w.clock.Advance(5 * time.Minute)
		w.work()()
	}
	for _, q := range asked {
		if !w.known(pipeline.TicketRef{Desk: q.desk, ID: q.ticket}, q.message) {
			t.Errorf("message %s of %s/%s is lost", q.message, q.desk, q.ticket)
		}
	}
	for id, q := range decisions {
		z := map[string]*bottest.Zendesk{"a": w.a, "b": w.b}[q.desk]
		if n := len(z.Comments(q.ticket, true)); n != 1 || w.ends[id].State != pipeline.DeliverySent {
			t.Errorf("%s/%s has %d replies and is told %q: %s", q.desk, q.ticket, n, w.ends[id].State, w.ends[id].Reason)
		}
	}
	t.Logf("%d questions, %d replies, each once", len(asked), len(decisions))
}

func (w *town) known(ref pipeline.TicketRef, message string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[ref.String()+"/"+message]
}
