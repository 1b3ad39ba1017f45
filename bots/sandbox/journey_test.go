package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/bots/intake"
	"footnote/bots/sandbox"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// bus keeps each event once and tells of new ones.
type bus struct {
	mu     sync.Mutex
	cond   *sync.Cond
	events map[string]pipeline.Event
	count  map[pipeline.EventType]int
}

func newBus() *bus {
	b := &bus{events: map[string]pipeline.Event{}, count: map[pipeline.EventType]int{}}
	b.cond = sync.NewCond(&b.mu)
	return b
}

func (b *bus) Publish(_ context.Context, e pipeline.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.events[e.ID]; !ok {
		b.events[e.ID] = e
		b.count[e.Type]++
		b.cond.Broadcast()
	}
	return nil
}

// wait returns when n distinct events of the types were published.
func (b *bus) wait(n int, types ...pipeline.EventType) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		have := 0
		for _, t := range types {
			have += b.count[t]
		}
		if have >= n {
			return
		}
		b.cond.Wait()
	}
}

// TestJourney: customers write over a network that duplicates, loses and
// reorders webhooks; every message is approved; the desk misbehaves on every
// reply in turn. In the desk's ledger each ticket has exactly one public reply,
// byte for byte the approved one, unless a person was told why not.
func TestJourney(t *testing.T) {
	t.Parallel()
	const tickets = 30
	pool, events := pgtest.New(t), newBus()
	var entrance http.Handler
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { entrance.ServeHTTP(w, r) }))
	t.Cleanup(hooks.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	drop, twice, swap := sandbox.DropEvery(4), sandbox.Duplicate(2), sandbox.Swap()
	d := open(t, func(c *sandbox.Config) {
		c.WebhookURL, c.HTTP = hooks.URL+"/hooks/sandbox", &http.Client{Transport: tr}
		c.Network = func(h sandbox.Hook) (out []sandbox.Hook) {
			for _, a := range drop(h) {
				for _, b := range twice(a) {
					out = append(out, swap(b)...)
				}
			}
			return out
		}
	})
	in, err := intake.New(intake.Config{Desks: []bots.Desk{d.client}, Publisher: events, Now: d.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	in.Install(mux)
	entrance = mux
	rec, err := intake.NewReconciler(intake.ReconcileConfig{Desks: []bots.Desk{d.client}, Publisher: events, Watermarks: intake.NewWatermarks(pool), Now: d.clock.Now})
	if err != nil {
		t.Fatal(err)
	}

	for i := range tickets {
		d.api(t, "POST", "", sandbox.NewTicket{Text: fmt.Sprintf("Question %d", i)}, nil)
	}
	d.Settled()
	if got := events.counted(pipeline.TicketReceived); got == tickets {
		t.Fatal("the network lost nothing: the test shows nothing")
	}
	if _, err := rec.Pass(t.Context(), d.client); err != nil {
		t.Fatal(err)
	}
	events.wait(tickets, pipeline.TicketReceived)

	faults := []sandbox.Fault{{}, {Accept: true, Reset: true}, {Status: 503}, {Accept: true, Status: 500}, {Reset: true}, {Status: 422, Body: `{"error":"closed"}`},
		{Status: 429, RetryAfter: 10 * time.Millisecond}, {Accept: true, Status: 200, Body: "<html>"}, {Accept: true, Reset: true, Hide: 0}}
	for i := range tickets {
		d.Script(sandbox.RouteReply, faults[i%len(faults)])
	}
	del, err := delivery.New(delivery.Config{Desks: []bots.Desk{d.client}, Pool: pool, Publisher: events,
		Settle: 20 * time.Millisecond, Poll: 5 * time.Millisecond, Backoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- del.Run(ctx) }()
	approved := map[string]pipeline.Reply{}
	for _, e := range events.received() {
		data, err := pipeline.Decode[pipeline.Received](e)
		if err != nil {
			t.Fatal(err)
		}
		n := len(approved) + 1
		reply := pipeline.Reply{Ticket: e.Ref(), Text: fmt.Sprintf("Answer to %s\r\n\t— é\n", e.Ticket), Citations: []pipeline.Citation{}}
		approved[e.Ticket] = reply
		a := e.Follow(pipeline.DraftDecided, "decided/"+e.Ticket, d.clock.Now(), pipeline.DecidedData{
			Decision: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Draft: fmt.Sprintf("00000000-0000-4000-9000-%012d", n),
			Kind: pipeline.Approve, State: pipeline.StateApproved, By: pipeline.Agent{ID: "a1", Name: "Grace"}, Message: data.Message.ID,
			Reply: &reply, Hash: reply.Hash()})
		for range 2 {
			if err := del.Handle(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
	}
	events.wait(tickets, pipeline.ReplyDelivered, pipeline.ReplyReturned)
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	replies := map[string]int{}
	for _, e := range d.Ledger() {
		if e.Op == sandbox.OpMessage && e.Message.Role == pipeline.RoleAgent {
			replies[e.Ticket]++
			if e.Message.Text != approved[e.Ticket].Text || !bots.IsMarker(e.Message.Marker) {
				t.Errorf("ticket %s got %q with marker %q", e.Ticket, e.Message.Text, e.Message.Marker)
			}
		}
	}
	for _, e := range events.ends() {
		want := 0
		if e.Type == pipeline.ReplyDelivered {
			want = 1
		}
		if replies[e.Ticket] != want {
			t.Errorf("ticket %s: %s with %d replies at the desk", e.Ticket, e.Type, replies[e.Ticket])
		}
	}
	if sent, failed := events.counted(pipeline.ReplyDelivered), events.counted(pipeline.ReplyReturned); sent+failed != tickets || failed == 0 || failed > 6 {
		t.Errorf("%d delivered, %d returned; only the refused ones (422) may be returned", sent, failed)
	}
}

// counted is how many came; webhooks may still come while the test looks.
func (b *bus) counted(of pipeline.EventType) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count[of]
}

func (b *bus) received() []pipeline.Event { return b.of(pipeline.TicketReceived) }

func (b *bus) ends() []pipeline.Event { return b.of(pipeline.ReplyDelivered, pipeline.ReplyReturned) }

func (b *bus) of(types ...pipeline.EventType) (out []pipeline.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		for _, t := range types {
			if e.Type == t {
				out = append(out, e)
			}
		}
	}
	return out
}
