package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/pipeline/tracking"
	"footnote/review"
	"footnote/review/work"
)

// floor is one ticket at a desk, the agents, and the bus between tracking and
// review, whose events come in any order and more than once.
type floor struct {
	t       *rapid.T
	ctx     context.Context
	pool    *pgxpool.Pool
	tracker *tracking.Tracker
	review  *review.Service
	work    *work.Service
	ref     pipeline.TicketRef

	bus  []pipeline.Event // published, and not yet taken
	past []pipeline.Event // taken: may come again
	seen map[string]bool

	// what happened at the desk, for the oracle
	thread  []pipeline.Message
	status  pipeline.TicketStatus
	solved  time.Time
	minute  int
	decided map[string]pipeline.DecidedData // approvals by draft
}

func (f *floor) Publish(_ context.Context, e pipeline.Event) error {
	if !f.seen[e.ID] {
		f.seen[e.ID] = true
		f.bus = append(f.bus, e)
	}
	return nil
}

func (f *floor) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// take lets everybody handle an event, as the consumers do.
func (f *floor) take(e pipeline.Event) {
	f.t.Helper()
	switch e.Type {
	case pipeline.TicketReceived, pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftSkipped:
		f.must(f.tracker.Handle(f.ctx, e))
	case pipeline.DraftRequested:
		f.draft(e)
	case pipeline.DraftDecided:
		if d, err := pipeline.Decode[pipeline.DecidedData](e); err == nil && d.Reply != nil {
			f.decided[d.Decision] = d
		}
	}
	f.must(f.review.Handle(f.ctx, e))
	if slices.Contains(work.Handles, e.Type) {
		f.must(f.work.Handle(f.ctx, e))
	}
	f.flush()
}

// draft answers a request as drafting does: with a draft, an abstention, or not.
func (f *floor) draft(e pipeline.Event) {
	r, err := pipeline.Decode[pipeline.Requested](e)
	f.must(err)
	id := uuid.NewSHA1(uuid.Nil, []byte(e.ID)).String()
	typ, why := pipeline.DraftProposed, ""
	if strings.HasPrefix(id, "0") || strings.HasPrefix(id, "1") || strings.HasPrefix(id, "2") || strings.HasPrefix(id, "3") {
		typ, why = pipeline.DraftAbstained, "no source answers it"
	}
	d := pipeline.Draft{ID: id, Ticket: f.ref, Message: r.Message, Revision: r.Ticket.Revision, Version: r.Version, Abstained: why, CreatedAt: time.Now(),
		Sentences: []pipeline.Sentence{{Text: "Hello " + id, Plain: true}}}
	_, err = f.pool.Exec(f.ctx, `INSERT INTO drafts (id, desk, ticket, message, revision, version, content, abstained, drafter) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'extractive') ON CONFLICT DO NOTHING`,
		id, f.ref.Desk, f.ref.ID, r.Message, r.Ticket.Revision, r.Version, d, why)
	f.must(err)
	f.must(f.Publish(f.ctx, e.Follow(typ, fmt.Sprintf("%s/%s", typ, id), time.Now(), pipeline.Proposed{Draft: id, Message: r.Message, Revision: r.Ticket.Revision, Version: r.Version, Reason: why})))
}

var floorStart = time.Now().Add(-24 * time.Hour).Truncate(time.Second)

func (f *floor) tells(r pipeline.Received, id string, at time.Time) {
	r.Ticket.TicketRef, r.Ticket.Status, r.Ticket.CreatedAt = f.ref, f.status, floorStart
	if f.status == pipeline.StatusSolved {
		r.Ticket.SolvedAt = f.solved
	}
	f.must(f.Publish(f.ctx, pipeline.NewEvent(pipeline.TicketReceived, id, f.ref, at, r)))
}

// says adds a message at the desk.
func (f *floor) says(role pipeline.Role, marker string) {
	f.minute++
	m := pipeline.Message{ID: fmt.Sprintf("m%d", 100-f.minute), Role: role, Text: "Hello", Public: true, Marker: marker, At: floorStart.Add(time.Duration(f.minute) * time.Minute),
		Author: pipeline.Person{Name: "Somebody"}}
	f.thread = append(f.thread, m)
	f.tells(pipeline.Received{Kind: "message", Message: &m}, "message/"+m.ID, m.At)
}

func (f *floor) becomes(s pipeline.TicketStatus) {
	f.minute++
	f.status, f.solved = s, time.Time{}
	at := floorStart.Add(time.Duration(f.minute) * time.Minute)
	if s == pipeline.StatusSolved {
		f.solved = at
	}
	f.tells(pipeline.Received{Kind: "status"}, fmt.Sprintf("status/%d", f.minute), at)
}

func (f *floor) decide(kind pipeline.DecisionKind, by pipeline.Agent) {
	v, err := f.review.Ticket(f.ctx, f.ref)
	if err != nil || len(v.Reviews) == 0 {
		return
	}
	rv := v.Reviews[0]
	out, err := f.review.Decide(f.ctx, pipeline.Decision{Draft: rv.Draft.ID, Kind: kind, By: by, Surface: "test", Hash: cmp.Or(rv.ApproveHash, "none"), Text: "By hand.", Reason: "Something is missing"})
	switch pipeline.KindOf(err) {
	case pipeline.Conflict, pipeline.Invalid:
	default:
		f.must(err)
	}
	f.flush()
	if err == nil && out.ID != "" && !f.seen[out.ID] { // done, and not for the second time: in its own transaction
		f.seen[out.ID] = true
		f.recount("after " + string(kind))
	}
}

// flush publishes what was decided, as the outbox does.
func (f *floor) flush() {
	rows, err := f.pool.Query(f.ctx, `UPDATE outbox SET state = 'published' WHERE state = 'ready' AND event ->> 'ticket' = $1 RETURNING event`, f.ref.ID)
	f.must(err)
	events, err := pgx.CollectRows(rows, pgx.RowTo[pipeline.Event])
	f.must(err)
	for _, e := range events {
		f.must(f.Publish(f.ctx, e))
	}
}

// oracle says what somebody would say who saw everything at the desk and here.
func (f *floor) oracle() {
	f.t.Helper()
	v, err := f.review.Ticket(f.ctx, f.ref)
	f.must(err)
	var last pipeline.Message
	answered := false
	for _, m := range f.thread { // in the order it was written
		if answered = m.Role == pipeline.RoleAgent; m.Role == pipeline.RoleCustomer {
			last = m
		}
	}
	w := v.Work
	wrong := func(say string) {
		f.t.Helper()
		f.t.Fatalf("%s, and the work is %s (%s) of %q", say, w.State, w.Why, w.Owner.ID)
	}
	if w.Message != last.ID {
		wrong("the newest message is " + last.ID + ", not " + w.Message)
	}
	var newest pipeline.Review // of the question
	sent, other := false, false
	for _, rv := range v.Reviews {
		if newest.Draft.ID == "" && rv.Draft.Message == last.ID {
			newest = rv
		}
		sent = sent || rv.State == pipeline.StateSent && rv.Draft.Message == last.ID
		other = other || (rv.State == pipeline.StateSent || rv.State == pipeline.StateApproved) && rv.Draft.Message != last.ID
	}
	standing := newest.Draft.ID != "" && newest.Stale == ""
	switch over := w.State == pipeline.WorkDone || w.State == pipeline.WorkWaiting; {
	case newest.State == pipeline.StateApproved:
		if w.State != pipeline.WorkOnItsWay {
			wrong("a reply is approved")
		}
	case other && w.State == pipeline.WorkOnItsWay: // until the desk refuses it, or has it
	case answered || sent:
		if !over || (w.State == pipeline.WorkWaiting) != (f.status == pipeline.StatusPending) {
			wrong(fmt.Sprintf("somebody replied, and the desk says %s", f.status))
		}
	case other: // a reply to what was written before is under way, or came after
	case f.status == pipeline.StatusSolved && f.solved.After(last.At):
		if w.State != pipeline.WorkDone {
			wrong("the ticket is resolved")
		}
	case over || w.State == pipeline.WorkOnItsWay:
		wrong("the customer waits")
	case w.State == pipeline.WorkSnoozed:
	case standing && newest.State == pipeline.StateClaimed:
		if w.State != pipeline.WorkClaimed || w.Owner.ID != newest.ClaimedBy.ID {
			wrong(newest.ClaimedBy.Name + " claimed it")
		}
	case standing && (newest.State == pipeline.StateReturned || newest.State == pipeline.StateOpen && newest.Draft.Abstained == ""):
		if w.State != pipeline.WorkToReview {
			wrong("a draft waits")
		}
	case w.State != pipeline.WorkToWrite:
		wrong("no draft waits")
	}
	if over := w.State == pipeline.WorkDone; over && (newest.State == pipeline.StateOpen || newest.State == pipeline.StateClaimed) {
		wrong("its draft is " + string(newest.State))
	}
}

// recount fails when the row is not what is stored makes of it.
func (f *floor) recount(when string) {
	f.t.Helper()
	_, err := f.work.Recount(f.ctx, false, func(w work.Wrong) { f.t.Errorf("%s: the row is %+v, a recount says %+v", when, w.Is, w.Want) }, f.ref)
	f.must(err)
}

// settle delivers everything that is on the bus, and what follows from it.
func (f *floor) settle() {
	f.flush()
	for len(f.bus) > 0 {
		e := f.bus[0]
		f.bus = f.bus[1:]
		f.take(e)
		f.past = append(f.past, e)
		f.flush()
	}
}

// TestWorkIsWhatHappened: whatever happens at the desk and here, in whatever order
// its events come and how often, the work row is what a recount says, and what
// somebody would say who had seen it all.
func TestWorkIsWhatHappened(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	people := []pipeline.Agent{{ID: "ana", Name: "Ana", Role: "agent"}, {ID: "ben", Name: "Ben", Role: "manager"}}
	for _, a := range people {
		if _, err := pool.Exec(t.Context(), `INSERT INTO agents (id, name, email, role) VALUES ($1, $2, $1, $3)`, a.ID, a.Name, a.Role); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		f := &floor{t: rt, ctx: t.Context(), pool: pool, ref: pipeline.TicketRef{Desk: "sandbox", ID: fmt.Sprint(n)}, seen: map[string]bool{}, status: pipeline.StatusOpen, decided: map[string]pipeline.DecidedData{}}
		f.tracker = tracking.New(tracking.Config{Pool: pool, Publisher: f})
		f.work = work.New(work.Config{Pool: pool})
		f.review = review.New(review.Config{Pool: pool, Publisher: f, Tickets: f.tracker, Work: f.work})
		f.says(pipeline.RoleCustomer, "")
		by := rapid.SampledFrom(people)
		rt.Repeat(map[string]func(*rapid.T){
			"customer":   func(*rapid.T) { f.says(pipeline.RoleCustomer, "") },
			"desk reply": func(*rapid.T) { f.says(pipeline.RoleAgent, "") },
			"desk status": func(r *rapid.T) {
				f.becomes(rapid.SampledFrom([]pipeline.TicketStatus{pipeline.StatusOpen, pipeline.StatusPending, pipeline.StatusSolved}).Draw(r, "status"))
			},
			"take one": func(r *rapid.T) { // out of order
				if len(f.bus) > 0 {
					i := rapid.IntRange(0, len(f.bus)-1).Draw(r, "event")
					e := f.bus[i]
					f.bus = slices.Delete(f.bus, i, i+1)
					f.take(e)
					f.past = append(f.past, e)
				}
			},
			"take again": func(r *rapid.T) {
				if len(f.past) > 0 {
					f.take(rapid.SampledFrom(f.past).Draw(r, "event"))
				}
			},
			"decide": func(r *rapid.T) {
				f.decide(rapid.SampledFrom([]pipeline.DecisionKind{pipeline.Claim, pipeline.Release, pipeline.Approve, pipeline.Edit, pipeline.Reject, pipeline.HandOff, pipeline.Redraft}).Draw(r, "kind"), by.Draw(r, "by"))
			},
			"deliver": func(r *rapid.T) {
				for id, d := range f.decided {
					delete(f.decided, id)
					typ, state := pipeline.ReplyDelivered, pipeline.DeliverySent
					if rapid.Bool().Draw(r, "returned") {
						typ, state = pipeline.ReplyReturned, pipeline.DeliveryFailed
					}
					f.must(f.Publish(f.ctx, pipeline.NewEvent(typ, string(typ)+id, f.ref, time.Now(), pipeline.Delivered{Decision: id, Draft: d.Draft, State: state, Hash: d.Hash, By: d.By, At: time.Now()})))
					return
				}
			},
			"snooze": func(r *rapid.T) {
				err := f.work.Snooze(f.ctx, f.ref, by.Draw(r, "by"), time.Now().Add(time.Hour), "test")
				if k := pipeline.KindOf(err); k != pipeline.Conflict && k != pipeline.NotFound {
					f.must(err)
				}
			},
			"unsnooze": func(r *rapid.T) { f.must(f.work.Unsnooze(f.ctx, f.ref, by.Draw(r, "by"), "test")) },
			"rest": func(*rapid.T) {
				f.settle()
				f.recount("at rest")
				f.oracle()
			},
		})
		f.settle()
		f.recount("in the end")
		f.oracle()
	})
}
