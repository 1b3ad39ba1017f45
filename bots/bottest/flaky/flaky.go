// Package flaky is an in-memory desk whose POSTs meet scripted faults, a bus that
// goes away, and a clock that tests move: what the tests of intake and delivery
// play with. The desk keeps a ledger of what it accepted, which is the oracle. It
// knows no platform; those are in bottest.
package flaky

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// Clock is a clock that tests move.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock begins on a Sunday morning.
func NewClock() *Clock { return &Clock{t: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Fault is what the fake desk does with one POST.
type Fault string

// The faults.
const (
	OK            Fault = ""
	Refuse        Fault = "refuse"         // 422
	Throttle      Fault = "throttle"       // 429
	Unreachable   Fault = "unreachable"    // never connected
	ResetBefore   Fault = "reset before"   // not accepted, connection reset
	ResetAfter    Fault = "reset after"    // accepted, then reset
	ErrorBefore   Fault = "error before"   // 503, not accepted
	ErrorAfter    Fault = "error after"    // 503, accepted
	Unreadable2xx Fault = "unreadable 2xx" // accepted, answer garbled
	Panics        Fault = "panics"         // the adapter itself, after acceptance
)

// Faults lists all of them.
var Faults = []Fault{OK, Refuse, Throttle, Unreachable, ResetBefore, ResetAfter, ErrorBefore, ErrorAfter, Unreadable2xx, Panics}

// Accepted is one public reply that the desk took: its ledger.
type Accepted struct {
	bots.Post
	RemoteID string
	Stale    bool // a newer message by somebody else stood in the thread
}

// Entry is a message in a thread, shown from a time on.
type Entry struct {
	pipeline.Message
	visible time.Time
}

// Desk is an in-memory desk that never loses what it accepted.
type Desk struct {
	Account string            // its name
	Has     bots.Capabilities // set before use
	// What tests look at and change, one goroutine at a time.
	Threads map[string][]Entry
	Moved   map[string]time.Time // tickets that our reply was moved out of
	Reads   int                  // of threads

	clock  *Clock
	mu     sync.Mutex
	ledger []Accepted
	next   []Fault       // of coming POSTs
	hide   time.Duration // how long the next accepted reply stays invisible
	down   bool          // Thread fails
	n      int
}

// NewDesk is an empty desk named "fake" that can do everything.
func NewDesk(c *Clock) *Desk {
	return &Desk{Account: "fake", clock: c, Threads: map[string][]Entry{}, Moved: map[string]time.Time{},
		Has: bots.Capabilities{Inbound: true, ReadBack: true, Poll: true, Marker: bots.MarkerField, AgentName: true, Absence: bots.AbsenceUnchanged}}
}

// Name fills bots.Desk.
func (d *Desk) Name() string { return d.Account }

// Can fills bots.Desk.
func (d *Desk) Can() bots.Capabilities { return d.Has }

// Parse takes the canonical body from whoever has the secret; the body "panic"
// is a defect of the adapter.
func (d *Desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	switch {
	case string(raw) == "panic":
		panic("adapter defect")
	case h.Get("X-Secret") != "right":
		return nil, pipeline.Errorf(pipeline.Denied, "secret details of the right signature")
	}
	return bots.ParseInbound(d.Account, raw, now)
}

// Write adds a message by somebody to a ticket and returns its id.
func (d *Desk) Write(ticket string, role pipeline.Role, text string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n++
	id := fmt.Sprintf("m%d", d.n)
	d.Threads[ticket] = append(d.Threads[ticket], Entry{Message: pipeline.Message{ID: id, Role: role, Text: text, Public: true,
		At: d.clock.Now(), Author: pipeline.Person{Name: string(role)}}})
	return id
}

// Move takes our replies out of a ticket into one that nobody looks at, as people
// do who split, merge or delete.
func (d *Desk) Move(ticket string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := len(d.Threads[ticket])
	d.Threads[ticket] = slices.DeleteFunc(d.Threads[ticket], func(e Entry) bool { return bots.IsMarker(e.Marker) })
	if len(d.Threads[ticket]) < was {
		d.Moved[ticket] = d.clock.Now()
	}
}

// Script sets the fault of the next POST, and how long what it accepts stays
// invisible.
func (d *Desk) Script(f Fault, hide time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next, d.hide = []Fault{f}, hide
}

// SetDown makes reading fail.
func (d *Desk) SetDown(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

// Posts returns the ledger of one ticket.
func (d *Desk) Posts(ticket string) (out []Accepted) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.ledger {
		if a.Ticket.ID == ticket {
			out = append(out, a)
		}
	}
	return out
}

// Post fills bots.Desk, with the scripted fault.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := OK
	if len(d.next) > 0 {
		f, d.next = d.next[0], d.next[1:]
	}
	switch f {
	case Refuse:
		return "", bots.ClassifyPost(&http.Response{StatusCode: 422}, nil, "no", d.clock.Now())
	case Throttle:
		return "", bots.ClassifyPost(&http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"7"}}}, nil, "", d.clock.Now())
	case Unreachable:
		return "", &bots.PostError{Verdict: bots.NotSent, Say: "down"}
	case ResetBefore:
		return "", errors.New("connection reset by peer")
	case ErrorBefore:
		return "", bots.ClassifyPost(&http.Response{StatusCode: 503}, nil, "", d.clock.Now())
	}
	d.n++
	id := fmt.Sprintf("r%d", d.n)
	stale := false
	if th := d.Threads[p.Ticket.ID]; len(th) > 0 && th[len(th)-1].Marker == "" {
		stale = th[len(th)-1].ID != answeredIn(th)
	}
	d.ledger = append(d.ledger, Accepted{Post: p, RemoteID: id, Stale: stale})
	d.Threads[p.Ticket.ID] = append(d.Threads[p.Ticket.ID], Entry{Message: pipeline.Message{ID: id, Role: pipeline.RoleAgent, Text: p.Text,
		Public: true, Marker: p.Marker, At: d.clock.Now(), Author: pipeline.Person{Name: p.Author.Name}}, visible: d.clock.Now().Add(d.hide)})
	switch f {
	case ResetAfter:
		return "", fmt.Errorf("read: %w", context.DeadlineExceeded)
	case ErrorAfter:
		return "", bots.ClassifyPost(&http.Response{StatusCode: 503}, nil, "", d.clock.Now())
	case Unreadable2xx:
		return "", bots.Malformed(200, errors.New("html"))
	case Panics:
		panic("adapter defect")
	}
	return id, nil
}

// answeredIn is the first customer message: approvals in these tests answer it.
func answeredIn(th []Entry) string {
	for _, e := range th {
		if e.Role == pipeline.RoleCustomer {
			return e.ID
		}
	}
	return ""
}

// Thread fills bots.Reader.
func (d *Desk) Thread(_ context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Reads++
	if d.down {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.Unavailable, "the desk is down")
	}
	th, ok := d.Threads[ref.ID]
	if !ok {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.NotFound, "no such ticket")
	}
	t := pipeline.Ticket{TicketRef: ref, Status: pipeline.StatusOpen, CreatedAt: th[0].At, UpdatedAt: d.Moved[ref.ID]}
	for _, e := range th {
		if !e.visible.After(d.clock.Now()) {
			t.Messages = append(t.Messages, e.Message)
			if e.At.After(t.UpdatedAt) {
				t.UpdatedAt = e.At
			}
		}
	}
	return t, nil
}

// Changed fills bots.Poller.
func (d *Desk) Changed(_ context.Context, since time.Time) (refs []bots.Row, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return nil, pipeline.Errorf(pipeline.Unavailable, "the desk is down")
	}
	for id, th := range d.Threads {
		for _, e := range th {
			if !e.At.Before(since) {
				refs = append(refs, bots.Row{TicketRef: pipeline.TicketRef{Desk: d.Account, ID: id}})
				break
			}
		}
	}
	return refs, nil
}

// Bus is a publisher that keeps each event once, by id.
type Bus struct {
	mu     sync.Mutex
	away   bool
	Calls  int
	events map[string]pipeline.Event
	order  []string
}

// NewBus is a bus that is there.
func NewBus() *Bus { return &Bus{events: map[string]pipeline.Event{}} }

// Publish fills bots.Publisher.
func (b *Bus) Publish(_ context.Context, e pipeline.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Calls++
	if b.away {
		return pipeline.Errorf(pipeline.Unavailable, "no ack from the bus")
	}
	if _, ok := b.events[e.ID]; !ok {
		b.order = append(b.order, e.ID)
	}
	b.events[e.ID] = e
	return nil
}

// SetAway makes publishing fail.
func (b *Bus) SetAway(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

// All returns the events, each id once, in order of first publication.
func (b *Bus) All() (out []pipeline.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range b.order {
		out = append(out, b.events[id])
	}
	return out
}

// Ended returns the delivery events of one ticket.
func (b *Bus) Ended(ticket string) (out []pipeline.Delivered) {
	for _, e := range b.All() {
		if e.Ticket == ticket && (e.Type == pipeline.ReplyDelivered || e.Type == pipeline.ReplyReturned) {
			d, err := pipeline.Decode[pipeline.Delivered](e)
			if err != nil {
				panic(err)
			}
			out = append(out, d)
		}
	}
	return out
}

// Watcher is a Bus that closes Done after a number of distinct ends.
type Watcher struct {
	*Bus
	mu   sync.Mutex
	Want int
	Done chan struct{}
}

// Publish fills bots.Publisher.
func (w *Watcher) Publish(ctx context.Context, e pipeline.Event) error {
	err := w.Bus.Publish(ctx, e)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Want > 0 && len(w.All()) == w.Want {
		w.Want = 0
		close(w.Done)
	}
	return err
}

// UUID is a new one.
func UUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// Approval builds draft.decided for an answer to a message.
func Approval(ref pipeline.TicketRef, message, text string, at time.Time) pipeline.Event {
	reply := pipeline.Reply{Ticket: ref, Text: text, Recipient: pipeline.Person{Email: "ada@example.org"},
		Citations: []pipeline.Citation{{Passage: UUID(), Version: 3}}}
	id := UUID()
	return pipeline.NewEvent(pipeline.DraftDecided, "decided/"+id, ref, at, pipeline.DecidedData{Decision: id, Draft: UUID(),
		Kind: pipeline.Approve, State: pipeline.StateApproved, By: pipeline.Agent{ID: "a1", Name: "Grace", Email: "grace@example.org"},
		Surface: "console", Revision: 1, Message: message, Reply: &reply, Hash: reply.Hash()})
}
