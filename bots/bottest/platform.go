package bottest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"footnote/pipeline"
)

// Clock is a clock that tests move, shared by adapter and platform.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock starts on a day like any other.
func NewClock() *Clock { return &Clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Hook is one webhook as the platform sends it.
type Hook struct {
	Header http.Header
	Body   []byte
}

// Outbox holds the webhooks that a platform wants to send. The zero value works.
type Outbox struct {
	lock sync.Mutex
	list []Hook
}

// Queue adds a webhook.
func (o *Outbox) Queue(h Hook) {
	o.lock.Lock()
	defer o.lock.Unlock()
	o.list = append(o.list, h)
}

// Hooks drains the queued webhooks.
func (o *Outbox) Hooks() []Hook {
	o.lock.Lock()
	defer o.lock.Unlock()
	out := o.list
	o.list = nil
	return out
}

// Said is something written at the platform.
type Said struct {
	Role        pipeline.Role // customer or agent
	Text        string        // plain; the platform makes its own form of it
	HTML        string        // instead of Text, where the platform has HTML
	Private     bool
	Attachments []string
	// Subject of the ticket that Open makes; the platform's own, when empty.
	Subject string
	// Visitor: by somebody in a chat of whom the platform knows neither name nor address,
	// without a subject; where the platform has such chats.
	Visitor bool
	// Auto marks an automatic reply by mail headers, where the platform keeps them.
	Auto bool
}

// Change is something done to a ticket.
type Change string

// What may be done to a ticket.
const (
	Solve  Change = "solve"
	Reopen Change = "reopen"
	Delete Change = "delete"
	Merge  Change = "merge" // into another ticket
)

// What may be done to the newest public reply of ours in a ticket, by people, rules
// and apps that may do more than the platform's own pages offer.
const (
	MoveReply   Change = "move our reply" // into another ticket, or a folder that nobody looks into
	RemoveReply Change = "delete our reply"
	HideReply   Change = "make our reply private"
	EditReply   Change = "edit our reply" // and its mark is lost
)

// displace does such a change to the newest of a list that is ours: what is moved or
// deleted is taken out, and returned; hide and edit change it where it stands. False
// when there is none, or no change of this kind.
func displace[T any](list []T, c Change, ours func(T) bool, hide, edit func(*T)) (left []T, taken []T, ok bool) {
	for i := len(list) - 1; i >= 0; i-- {
		if !ours(list[i]) {
			continue
		}
		switch c {
		case MoveReply, RemoveReply:
			taken = append(taken, list[i])
			return slices.Delete(slices.Clone(list), i, i+1), taken, true
		case HideReply:
			hide(&list[i])
		case EditReply:
			edit(&list[i])
		default:
			return list, nil, false
		}
		return list, nil, true
	}
	return list, nil, false
}

// Faults scripts what the next call of a kind meets, for any fake over HTTP.
// The zero value works.
type Faults struct {
	mu   sync.Mutex
	next map[string][]DeskFault
}

// Script adds a fault for the next call of a kind ("reply", "read").
func (f *Faults) Script(kind string, fault DeskFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		f.next = map[string][]DeskFault{}
	}
	f.next[kind] = append(f.next[kind], fault)
}

// Meet takes the next fault of a kind, if any. accept does the work of the call
// when the fault says that it counts nevertheless. It answers, and returns
// false when the call is to go on as usual.
func (f *Faults) Meet(w http.ResponseWriter, r *http.Request, kind string, accept func()) bool {
	f.mu.Lock()
	list := f.next[kind]
	if len(list) == 0 {
		f.mu.Unlock()
		return false
	}
	fault := list[0]
	f.next[kind] = list[1:]
	f.mu.Unlock()
	if fault.Accept {
		accept()
	}
	switch {
	case fault.Stall:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case fault.Reset:
		panic(http.ErrAbortHandler)
	}
	if fault.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter.Seconds())))
	}
	if fault.Status >= 300 && fault.Status < 400 {
		w.Header().Set("Location", "/elsewhere")
	}
	if fault.Status == 0 {
		fault.Status = http.StatusOK
	}
	w.WriteHeader(fault.Status)
	fmt.Fprint(w, fault.Body)
	return true
}

// Serve runs a fake platform until the test ends and returns its address, a
// client for the adapter, and what cuts the platform off.
func Serve(t testing.TB, h http.Handler) (url string, client *http.Client, cut func()) {
	t.Helper()
	s := httptest.NewServer(h)
	tr := &http.Transport{}
	var once sync.Once
	stop := func() { once.Do(func() { s.CloseClientConnections(); tr.CloseIdleConnections(); s.Close() }) }
	t.Cleanup(stop)
	return s.URL, &http.Client{Transport: tr}, stop
}

// Answer writes v as JSON.
func Answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
