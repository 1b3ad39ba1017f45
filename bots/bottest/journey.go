package bottest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/bots/intake"
	"footnote/pipeline"
	"footnote/pipeline/tracking"
)

// journey runs events from webhooks through intake and tracking, and approvals
// through delivery, on one line that takes each event id once, as the bus does.
type journey struct {
	r        *run
	mux      *http.ServeMux
	tracker  *tracking.Tracker
	delivery *delivery.Delivery

	mu     sync.Mutex
	seen   map[string]bool
	line   []pipeline.Event // ticket.received, not yet tracked
	events []pipeline.Event // all others
	intake int              // events that webhooks and polls told, each once
}

func newJourney(r *run) *journey {
	j := &journey{r: r, mux: http.NewServeMux(), seen: map[string]bool{}}
	in, err := intake.New(intake.Config{Desks: []bots.Desk{r.Desk}, Publisher: j, Now: r.Now})
	if err != nil {
		r.t.Fatal(err)
	}
	in.Install(j.mux)
	j.tracker = tracking.New(tracking.Config{Pool: r.Pool, Publisher: j, Threads: j, Now: r.Now})
	j.delivery, err = delivery.New(delivery.Config{Desks: []bots.Desk{r.Desk}, Pool: r.Pool, Publisher: j, Now: r.Now,
		Settle: 30 * time.Second, SendTimeout: 4 * time.Second, ReadTimeout: 5 * time.Second})
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

// Publish is the bus.
func (j *journey) Publish(_ context.Context, e pipeline.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.seen[e.ID] {
		return nil
	}
	j.seen[e.ID] = true
	if e.Type == pipeline.TicketReceived {
		j.line, j.intake = append(j.line, e), j.intake+1
	} else {
		j.events = append(j.events, e)
	}
	return nil
}

// Hints tells whether the desk is read, as cmd wires it.
func (j *journey) Hints(string) bool {
	_, ok := bots.ReaderOf(j.r.Desk)
	return ok && j.r.Desk.Can().Hints
}

// Thread reads the desk where webhooks are hints, as cmd wires it.
func (j *journey) Thread(ctx context.Context, ref pipeline.TicketRef) (pipeline.Ticket, bool, error) {
	rd, ok := bots.ReaderOf(j.r.Desk)
	if !ok || !j.r.Desk.Can().Hints {
		return pipeline.Ticket{}, false, nil
	}
	t, err := rd.Thread(ctx, ref)
	if pipeline.KindOf(err) == pipeline.NotFound && err != nil {
		return pipeline.Ticket{TicketRef: ref, Status: pipeline.StatusSolved}, true, nil
	}
	return bots.Storable(t), true, err
}

// hook sends one webhook to the intake and returns the status.
func (j *journey) hook(h Hook) int {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/hooks/"+j.r.Desk.Name(), bytes.NewReader(h.Body))
	r.Header = h.Header.Clone()
	j.mux.ServeHTTP(w, r)
	return w.Code
}

// bring delivers webhooks, or polls where the platform has none, and tracks.
func (j *journey) bring(hooks ...Hook) {
	for _, h := range hooks {
		if code := j.hook(h); code != http.StatusAccepted {
			j.r.Fatalf("a webhook of the platform is answered %d: %.300s", code, h.Body)
		}
	}
	if j.r.Hooks == nil {
		j.poll()
	}
	j.track()
}

// news delivers what the platform has to tell.
func (j *journey) news() {
	if j.r.Hooks == nil {
		j.bring()
		return
	}
	j.bring(j.r.Hooks()...)
}

func (j *journey) poll() int {
	rec, err := intake.NewReconciler(intake.ReconcileConfig{Desks: []bots.Desk{j.r.Desk}, Publisher: j, Watermarks: intake.NewWatermarks(j.r.Pool), Now: j.r.Now})
	if err != nil {
		j.r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(j.r.t.Context(), time.Minute)
	defer cancel()
	n, err := rec.Pass(ctx, j.r.Desk)
	if err != nil {
		j.r.Fatalf("reconcile: %v", err)
	}
	return n
}

func (j *journey) track() {
	for {
		j.mu.Lock()
		if len(j.line) == 0 {
			j.mu.Unlock()
			return
		}
		e := j.line[0]
		j.line = j.line[1:]
		j.mu.Unlock()
		if err := j.tracker.Handle(j.r.t.Context(), e); err != nil {
			j.r.Fatalf("track %s: %v", e.ID, err)
		}
	}
}

// drafts counts the drafts asked for, by message.
func (j *journey) drafts(ref pipeline.TicketRef) map[string]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := map[string]int{}
	for _, e := range j.events {
		if e.Type != pipeline.DraftRequested || e.Ref() != ref {
			continue
		}
		if d, err := pipeline.Decode[pipeline.Requested](e); err == nil {
			n[d.Message]++
		}
	}
	return n
}

// wantDrafts fails unless exactly these messages got exactly one draft each.
func (r *run) wantDrafts(ref pipeline.TicketRef, messages ...string) {
	got := r.j.drafts(ref)
	for _, m := range messages {
		if got[m] != 1 {
			r.Errorf("message %s of %s: %d drafts asked for, want 1", m, ref, got[m])
		}
		delete(got, m)
	}
	for m, n := range got {
		r.Errorf("message %s of %s: %d drafts asked for, want none", m, ref, n)
	}
}

// causes lists why the ticket got new revisions or a status, in order.
func (j *journey) causes(ref pipeline.TicketRef) (out []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.events {
		if d, err := pipeline.Decode[pipeline.Updated](e); err == nil && e.Type == pipeline.TicketUpdated && e.Ref() == ref {
			out = append(out, d.Cause+string(d.Status))
		}
	}
	return out
}

// approve puts an approved answer to a message on its way and returns the decision.
func (j *journey) approve(ref pipeline.TicketRef, message, text string) string {
	id := uuid()
	reply := pipeline.Reply{Ticket: ref, Text: text, Recipient: pipeline.Person{Name: "Ada", Email: "ada@example.org"}}
	e := pipeline.NewEvent(pipeline.DraftDecided, "decided/"+id, ref, j.r.Now(), pipeline.DecidedData{Decision: id, Draft: uuid(), Kind: pipeline.Approve,
		State: pipeline.StateApproved, By: pipeline.Agent{ID: "a1", Name: "Grace Hopper", Email: "grace@example.org"}, Message: message, Reply: &reply, Hash: reply.Hash()})
	if err := j.delivery.Handle(j.r.t.Context(), e); err != nil {
		j.r.t.Fatal(err)
	}
	return id
}

// send works on deliveries, letting time pass, until the decision is settled.
func (j *journey) send(decision string) pipeline.Delivered {
	for range 12 {
		j.deliver()
		j.mu.Lock()
		for _, e := range j.events {
			if d, err := pipeline.Decode[pipeline.Delivered](e); err == nil && d.Decision == decision && d.Delivery != "" {
				j.mu.Unlock()
				return d
			}
		}
		j.mu.Unlock()
		j.r.Advance(time.Minute)
	}
	j.r.Fatalf("the approved reply is not settled after many minutes")
	return pipeline.Delivered{}
}

// deliver takes the steps that are due now.
func (j *journey) deliver() {
	for range 8 {
		worked, err := j.delivery.Next(j.r.t.Context())
		if err != nil {
			j.r.Errorf("deliver: %v", err)
		}
		if !worked {
			return
		}
	}
}

func uuid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
