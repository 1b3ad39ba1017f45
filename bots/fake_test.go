package bots_test

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

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// fault is what the fake desk does with one POST.
type fault string

const (
	ok            fault = ""
	refuse        fault = "refuse"         // 422
	throttle      fault = "throttle"       // 429
	unreachable   fault = "unreachable"    // never connected
	resetBefore   fault = "reset before"   // not accepted, connection reset
	resetAfter    fault = "reset after"    // accepted, then reset
	errorBefore   fault = "error before"   // 503, not accepted
	errorAfter    fault = "error after"    // 503, accepted
	unreadable2xx fault = "unreadable 2xx" // accepted, answer garbled
	panics        fault = "panics"         // the adapter itself, after acceptance
)

var faults = []fault{ok, refuse, throttle, unreachable, resetBefore, resetAfter, errorBefore, errorAfter, unreadable2xx, panics}

// accepted is one public reply that the desk took: its ledger.
type accepted struct {
	bots.Post
	RemoteID string
	Stale    bool // a newer message by somebody else stood in the thread
}

type entry struct {
	pipeline.Message
	visible time.Time
}

// desk is an in-memory desk that never loses what it accepted.
type desk struct {
	name   string
	can    bots.Capabilities
	clock  *clock
	mu     sync.Mutex
	thread map[string][]entry
	ledger []accepted
	next   []fault              // of coming POSTs
	hide   time.Duration        // how long the next accepted reply stays invisible
	down   bool                 // Thread fails
	moved  map[string]time.Time // tickets that our reply was moved out of
	reads  int
	n      int
}

func newDesk(c *clock) *desk {
	return &desk{name: "fake", clock: c, thread: map[string][]entry{}, moved: map[string]time.Time{},
		can: bots.Capabilities{Inbound: true, ReadBack: true, Poll: true, Marker: bots.MarkerField, AgentName: true, Absence: bots.AbsenceUnchanged}}
}

func (d *desk) Name() string           { return d.name }
func (d *desk) Can() bots.Capabilities { return d.can }

func (d *desk) Parse(h http.Header, raw []byte, now time.Time) ([]pipeline.Event, error) {
	switch {
	case string(raw) == "panic":
		panic("adapter defect")
	case h.Get("X-Secret") != "right":
		return nil, pipeline.Errorf(pipeline.Denied, "secret details of the right signature")
	}
	return bots.ParseInbound(d.name, raw, now)
}

// write adds a message by somebody to a ticket and returns its id.
func (d *desk) write(ticket string, role pipeline.Role, text string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n++
	id := fmt.Sprintf("m%d", d.n)
	d.thread[ticket] = append(d.thread[ticket], entry{Message: pipeline.Message{ID: id, Role: role, Text: text, Public: true,
		At: d.clock.Now(), Author: pipeline.Person{Name: string(role)}}})
	return id
}

// move takes our replies out of a ticket into one that nobody looks at, as people
// do who split, merge or delete.
func (d *desk) move(ticket string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := len(d.thread[ticket])
	d.thread[ticket] = slices.DeleteFunc(d.thread[ticket], func(e entry) bool { return bots.IsMarker(e.Marker) })
	if len(d.thread[ticket]) < was {
		d.moved[ticket] = d.clock.Now()
	}
}

func (d *desk) script(f fault, hide time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next, d.hide = []fault{f}, hide
}

func (d *desk) setDown(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

func (d *desk) posts(ticket string) (out []accepted) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.ledger {
		if a.Ticket.ID == ticket {
			out = append(out, a)
		}
	}
	return out
}

func (d *desk) Post(ctx context.Context, p bots.Post) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := ok
	if len(d.next) > 0 {
		f, d.next = d.next[0], d.next[1:]
	}
	switch f {
	case refuse:
		return "", bots.ClassifyPost(&http.Response{StatusCode: 422}, nil, "no", d.clock.Now())
	case throttle:
		return "", bots.ClassifyPost(&http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"7"}}}, nil, "", d.clock.Now())
	case unreachable:
		return "", &bots.PostError{Verdict: bots.NotSent, Say: "down"}
	case resetBefore:
		return "", errors.New("connection reset by peer")
	case errorBefore:
		return "", bots.ClassifyPost(&http.Response{StatusCode: 503}, nil, "", d.clock.Now())
	}
	d.n++
	id := fmt.Sprintf("r%d", d.n)
	stale := false
	if th := d.thread[p.Ticket.ID]; len(th) > 0 && th[len(th)-1].Marker == "" {
		stale = th[len(th)-1].ID != answeredIn(th)
	}
	d.ledger = append(d.ledger, accepted{Post: p, RemoteID: id, Stale: stale})
	d.thread[p.Ticket.ID] = append(d.thread[p.Ticket.ID], entry{Message: pipeline.Message{ID: id, Role: pipeline.RoleAgent, Text: p.Text,
		Public: true, Marker: p.Marker, At: d.clock.Now(), Author: pipeline.Person{Name: p.Author.Name}}, visible: d.clock.Now().Add(d.hide)})
	switch f {
	case resetAfter:
		return "", fmt.Errorf("read: %w", context.DeadlineExceeded)
	case errorAfter:
		return "", bots.ClassifyPost(&http.Response{StatusCode: 503}, nil, "", d.clock.Now())
	case unreadable2xx:
		return "", bots.Malformed(200, errors.New("html"))
	case panics:
		panic("adapter defect")
	}
	return id, nil
}

// answeredIn is the first customer message: approvals in these tests answer it.
func answeredIn(th []entry) string {
	for _, e := range th {
		if e.Role == pipeline.RoleCustomer {
			return e.ID
		}
	}
	return ""
}

func (d *desk) Thread(_ context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	if d.down {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.Unavailable, "the desk is down")
	}
	th, ok := d.thread[ref.ID]
	if !ok {
		return pipeline.Ticket{}, pipeline.Errorf(pipeline.NotFound, "no such ticket")
	}
	t := pipeline.Ticket{TicketRef: ref, Status: pipeline.StatusOpen, CreatedAt: th[0].At, UpdatedAt: d.moved[ref.ID]}
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

func (d *desk) Changed(_ context.Context, since time.Time) (refs []pipeline.TicketRef, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return nil, pipeline.Errorf(pipeline.Unavailable, "the desk is down")
	}
	for id, th := range d.thread {
		for _, e := range th {
			if !e.At.Before(since) {
				refs = append(refs, pipeline.TicketRef{Desk: d.name, ID: id})
				break
			}
		}
	}
	return refs, nil
}

// bus is a publisher that keeps each event once, by id.
type bus struct {
	mu     sync.Mutex
	away   bool
	calls  int
	events map[string]pipeline.Event
	order  []string
}

func newBus() *bus { return &bus{events: map[string]pipeline.Event{}} }

func (b *bus) Publish(_ context.Context, e pipeline.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.away {
		return pipeline.Errorf(pipeline.Unavailable, "no ack from the bus")
	}
	if _, ok := b.events[e.ID]; !ok {
		b.order = append(b.order, e.ID)
	}
	b.events[e.ID] = e
	return nil
}

func (b *bus) setAway(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

// all returns the events, each id once, in order of first publication.
func (b *bus) all() (out []pipeline.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range b.order {
		out = append(out, b.events[id])
	}
	return out
}

// ended returns the delivery events of one ticket.
func (b *bus) ended(ticket string) (out []pipeline.Delivered) {
	for _, e := range b.all() {
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

func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// approval builds draft.decided for an answer to a message.
func approval(ref pipeline.TicketRef, message, text string, at time.Time) pipeline.Event {
	reply := pipeline.Reply{Ticket: ref, Text: text, Recipient: pipeline.Person{Email: "ada@example.org"},
		Citations: []pipeline.Citation{{Passage: uuid(), Version: 3}}}
	id := uuid()
	return pipeline.NewEvent(pipeline.DraftDecided, "decided/"+id, ref, at, pipeline.DecidedData{Decision: id, Draft: uuid(),
		Kind: pipeline.Approve, State: pipeline.StateApproved, By: pipeline.Agent{ID: "a1", Name: "Grace", Email: "grace@example.org"},
		Surface: "console", Revision: 1, Message: message, Reply: &reply, Hash: reply.Hash()})
}
