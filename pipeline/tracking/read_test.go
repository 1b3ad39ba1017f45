package tracking

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// helpdesk is a desk whose webhooks are hints, in memory: tickets, and how often
// they were read.
type helpdesk struct {
	mu      sync.Mutex
	tickets map[string]pipeline.Ticket
	silent  bool // it tells no version
	reads   int
	hold    chan struct{} // nil: answers at once
	began   chan struct{}
}

func (*helpdesk) Hints(string) bool { return true }

func (h *helpdesk) Thread(_ context.Context, ref pipeline.TicketRef) (pipeline.Ticket, bool, error) {
	h.mu.Lock()
	h.reads++
	t := h.tickets[ref.ID]
	t.Messages = append([]pipeline.Message(nil), t.Messages...)
	if h.silent {
		t.UpdatedAt = time.Time{}
	}
	hold := h.hold
	h.mu.Unlock()
	if hold != nil {
		h.began <- struct{}{}
		<-hold
	}
	return t, true, nil
}

// statements counts what is sent to the database.
type statements struct{ n atomic.Int64 }

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	if q := strings.ToLower(d.SQL); q != "begin" && q != "commit" && q != "rollback" {
		s.n.Add(1)
	}
	return ctx
}
func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	s.n.Add(int64(d.Batch.Len()))
	return ctx
}
func (*statements) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func counted(t *testing.T) (*pgxpool.Pool, *statements) {
	t.Helper()
	count := &statements{}
	c := pgtest.New(t).Config().Copy()
	c.ConnConfig.Tracer = count
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool, count
}

// polled is what a reconcile pass makes of a ticket: an event a message, with the
// ticket as it was read.
func polled(t pipeline.Ticket, at time.Time) []pipeline.Event {
	var out []pipeline.Event
	for _, m := range t.Messages {
		told := t
		told.Messages = nil
		e := pipeline.NewEvent(pipeline.TicketReceived, "received/"+t.TicketRef.String()+"/"+m.ID, t.TicketRef, m.At, pipeline.Received{Kind: "message", Ticket: told, Message: &m})
		e.ReceivedAt = at
		out = append(out, e)
	}
	return out
}

func thread(id string, n int) pipeline.Ticket {
	t := pipeline.Ticket{TicketRef: pipeline.TicketRef{Desk: "zendesk", ID: id}, Subject: "Help", Status: pipeline.StatusOpen, CreatedAt: t0}
	for i := range n {
		role := pipeline.RoleCustomer
		if i%3 == 2 {
			role = pipeline.RoleAgent
		}
		m := message(fmt.Sprintf("m%d", i), role, i, fmt.Sprintf("Question %d?", i))
		t.Messages, t.UpdatedAt = append(t.Messages, m), m.At
	}
	return t
}

// TestALongThreadIsReadOnce: a reconcile pass tells each of a ticket's messages; one
// read serves them all, and what is written grows with the messages and not with
// their square. Also of a desk that tells no version.
func TestALongThreadIsReadOnce(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		cost := func(n int) (reads int, sent int64) {
			t.Run(fmt.Sprint(n, " messages, silent ", silent), func(t *testing.T) {
				pool, count := counted(t)
				ticket := thread("1", n)
				if silent {
					ticket.UpdatedAt = time.Time{}
				}
				desk := &helpdesk{tickets: map[string]pipeline.Ticket{"1": ticket}, silent: silent}
				passed := t0.Add(2 * time.Hour)
				tr := New(Config{Pool: pool, Publisher: &recorder{}, Threads: desk, Now: func() time.Time { return passed.Add(time.Second) }})
				handle(t, tr, polled(ticket, passed)...)
				if got := outcomes(t, pool); len(got) != n-n/3 {
					t.Fatalf("%d messages of the customer have an outcome, want %d", len(got), n-n/3)
				}
				reads, sent = desk.reads, count.n.Load()
			})
			return reads, sent
		}
		reads10, sent10 := cost(10)
		reads40, sent40 := cost(40)
		if reads10 != 1 || reads40 != 1 {
			t.Errorf("silent %v: %d reads for 10 messages, %d for 40, want one each", silent, reads10, reads40)
		}
		if sent40 > 5*sent10 {
			t.Errorf("silent %v: %d statements for 10 messages, %d for 40", silent, sent10, sent40)
		}
	}
}

// TestReadingOnceIsReadingEveryTime: whatever happens at a desk, and in whatever order
// its webhooks and polls tell it, what is stored in the end, and what a message
// that waits came to, is what a tracker that reads for each event has. Such a tracker may
// see a message before its own event, and ask for a draft that the answer overtakes.
func TestReadingOnceIsReadingEveryTime(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	reads := map[string]int{}
	for seed := range uint64(15) {
		rng := rand.New(rand.NewPCG(seed, 7))
		desk := &helpdesk{tickets: map[string]pipeline.Ticket{}, silent: seed%5 == 4}
		ours := t0.Add(time.Hour) // our clock is not the desk's
		now := func() time.Time { return ours }
		id := fmt.Sprint(seed)
		worlds, recs := map[string]*Tracker{}, map[string]*recorder{}
		for _, w := range []string{"once", "every"} { // a desk each, with the same ticket
			recs[w] = &recorder{}
			worlds[w] = New(Config{Pool: pool, Publisher: recs[w], Threads: desk, Now: now})
		}
		take := func(e pipeline.Event) {
			for w, tr := range worlds {
				if w == "every" {
					if _, err := pool.Exec(t.Context(), `UPDATE tickets SET read_at = NULL WHERE desk = 'every'`); err != nil {
						t.Fatal(err)
					}
				}
				e.Desk = w
				before := desk.reads
				handle(t, tr, e)
				reads[w] += desk.reads - before
			}
		}
		theirs := t0
		var line []pipeline.Event
		ticket := thread(id, 0)
		n := 0
		for range 40 {
			ours, theirs = ours.Add(time.Duration(rng.IntN(3))*time.Second), theirs.Add(time.Duration(1+rng.IntN(30))*time.Second)
			switch rng.IntN(6) {
			case 0, 1: // somebody writes, and a webhook tells
				role := []pipeline.Role{pipeline.RoleCustomer, pipeline.RoleCustomer, pipeline.RoleAgent}[rng.IntN(3)]
				m := pipeline.Message{ID: fmt.Sprint("m", n), Role: role, Text: fmt.Sprint("Words ", n), Public: true, At: theirs}
				n++
				ticket.Messages, ticket.UpdatedAt, ticket.Status = append(ticket.Messages, m), theirs, pipeline.StatusOpen
				bare := pipeline.Ticket{TicketRef: ticket.TicketRef}
				e := pipeline.NewEvent(pipeline.TicketReceived, "received/"+m.ID, ticket.TicketRef, m.At, pipeline.Received{Kind: "message", Ticket: bare, Message: &m})
				e.ReceivedAt = ours
				if rng.IntN(4) > 0 { // or is lost
					line = append(line, e)
				}
			case 2: // solved, or renamed, and a webhook says that something changed
				if ticket.UpdatedAt = theirs; rng.IntN(2) == 0 {
					ticket.Status, ticket.SolvedAt = pipeline.StatusSolved, theirs
				} else {
					ticket.Subject = fmt.Sprint("Subject ", theirs.Unix())
				}
				e := pipeline.NewEvent(pipeline.TicketReceived, fmt.Sprint("changed/", theirs.Unix()), ticket.TicketRef, theirs, pipeline.Received{Kind: "change"})
				e.ReceivedAt = ours
				line = append(line, e)
			case 3: // a poll
				desk.tickets[id] = ticket
				told := ticket
				if desk.silent {
					told.UpdatedAt = time.Time{}
				}
				line = append(line, polled(told, ours)...)
			}
			desk.tickets[id] = ticket
			for len(line) > 0 && rng.IntN(3) > 0 { // handled in any order
				i := rng.IntN(len(line))
				e := line[i]
				line = append(line[:i], line[i+1:]...)
				take(e)
			}
		}
		rng.Shuffle(len(line), func(i, j int) { line[i], line[j] = line[j], line[i] })
		ours = ours.Add(time.Second)
		told := ticket
		if desk.silent {
			told.UpdatedAt = time.Time{}
		}
		for _, e := range append(line, polled(told, ours)...) { // in the end a poll finds what was lost
			take(e)
		}
		once, every := stored(t, pool, "once", id), stored(t, pool, "every", id)
		if once != every {
			t.Fatalf("seed %d: read once:\n%s\nread every time:\n%s", seed, once, every)
		}
	}
	if reads["once"]*3 > reads["every"]*2 {
		t.Errorf("%d reads, reading every time %d", reads["once"], reads["every"])
	}
}

// stored is all that tracking keeps of a ticket, in words.
func stored(t *testing.T, pool *pgxpool.Pool, desk, ticket string) string {
	t.Helper()
	var out string
	if err := pool.QueryRow(t.Context(), `
		SELECT coalesce((SELECT string_agg(concat_ws('|', id, subject, status, solved_at, revision, first_reply_at, created_at), E'\n')
		                   FROM tickets WHERE desk = $1 AND id = $2), '') || E'\n' ||
		       coalesce((SELECT string_agg(concat_ws('|', id, role, text, at, revision), E'\n' ORDER BY id)
		                   FROM messages WHERE desk = $1 AND ticket = $2), '') || E'\n' ||
		       coalesce((SELECT string_agg(o.message, ' ' ORDER BY o.message) FROM outcomes o WHERE o.desk = $1 AND o.ticket = $2), '') || E'\n' ||
		       coalesce((SELECT concat_ws('|', o.message, o.kind, o.reason, o.event ->> 'id')
		                   FROM outcomes o JOIN messages m ON m.desk = o.desk AND m.ticket = o.ticket AND m.id = o.message
		                  JOIN tickets t ON t.desk = o.desk AND t.id = o.ticket
		                  WHERE o.desk = $1 AND o.ticket = $2 AND t.status <> 'solved'
		                    AND m.at = (SELECT max(x.at) FROM messages x WHERE x.desk = $1 AND x.ticket = $2)), '')`, desk, ticket).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out, "every", "once")
}

// TestATicketIsReadByOneAtATime: an event whose ticket is being read waits on the bus,
// one of another ticket does not, and afterwards the read serves it.
func TestATicketIsReadByOneAtATime(t *testing.T) {
	t.Parallel()
	one, two := thread("1", 2), thread("2", 1)
	desk := &helpdesk{tickets: map[string]pipeline.Ticket{"1": one, "2": two}, hold: make(chan struct{}), began: make(chan struct{}, 8)}
	tr, _, _ := setup(t, Config{Threads: desk})
	events := polled(one, t0)
	first := make(chan error)
	go func() { first <- tr.Handle(t.Context(), events[0]) }()
	<-desk.began
	again, ok := errors.AsType[*pipeline.RetryAfterError](tr.Handle(t.Context(), events[1]))
	if !ok || again.After != turnAgain {
		t.Fatalf("an event of the ticket that is being read: %v", again)
	}
	other := make(chan error)
	go func() { other <- tr.Handle(t.Context(), polled(two, t0)[0]) }()
	<-desk.began
	close(desk.hold)
	if err := errors.Join(<-first, <-other); err != nil {
		t.Fatal(err)
	}
	desk.hold = nil
	handle(t, tr, events[1])
	if desk.reads != 2 {
		t.Fatalf("%d reads, want one a ticket", desk.reads)
	}
}

// TestCovers: which events a read answers.
func TestCovers(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }
	m := message("m1", pipeline.RoleCustomer, 0, "Hi")
	for _, c := range []struct {
		name              string
		last              read
		received, happens int // seconds
		version           int // the event's ticket; -1: none
		message, stored   bool
		want              bool
	}{
		{"never read", read{}, 0, 0, 0, true, true, false},
		{"read after it came", read{at: at(5)}, 5, 0, -1, true, true, true},
		{"read before it came", read{at: at(4)}, 5, 0, -1, true, true, false},
		{"read before it came, in a version as new", read{at: at(4), version: at(9)}, 5, 0, 9, true, true, true},
		{"in an older version", read{at: at(4), version: at(8)}, 5, 0, 9, true, true, false},
		{"neither side tells a version", read{at: at(4)}, 5, 0, -1, true, true, false},
		{"the message is not stored", read{at: at(9), version: at(9)}, 5, 0, 5, true, false, false},
		{"a change, read after it", read{at: at(9), version: at(9)}, 5, 9, -1, false, false, true},
		{"a change, read before it came", read{at: at(4), version: at(9)}, 5, 9, -1, false, false, false},
		{"a change that the read does not show", read{at: at(9), version: at(8)}, 5, 9, -1, false, false, false},
		{"a change, and the desk tells no version", read{at: at(9)}, 5, 9, -1, false, false, false},
	} {
		told := pipeline.Received{}
		if c.message {
			told.Message = &m
		}
		if c.version >= 0 {
			told.Ticket.UpdatedAt = at(c.version)
		}
		e := pipeline.Event{ReceivedAt: at(c.received), OccurredAt: at(c.happens)}
		if got := c.last.covers(e, told, c.stored); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
