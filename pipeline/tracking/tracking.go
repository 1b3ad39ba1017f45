// Package tracking turns what desks tell (ticket.received) into one timeline per
// ticket in Postgres, gives every customer message an outcome row on arrival,
// and asks for a draft or records why there will be none.
//
// It does not draft or decide. Outcomes of drafting come back to it as events,
// and what any consumer gave up on as dead letters.
package tracking

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
	"footnote/pipeline/outbox"
	"footnote/pipeline/text"
)

// Publisher puts events on the bus; it returns once they are stored for good.
type Publisher = outbox.Publisher

// Config of a Tracker.
type Config struct {
	Pool      *pgxpool.Pool
	Publisher Publisher
	Threads   Threads // may be nil: no desk is asked
	// Holdout in [0,1] is the share of tickets in the control arm; 0 means none.
	Holdout float64
	// Seed changes which tickets are held out.
	Seed string
	// Paused, when it returns true, skips drafting whatever the switch says; may
	// be nil.
	Paused func() bool
	// Says reads a customer's message as it came, given the names of the thread's
	// people: what it does when it only is courteous; nil means text.CourtesyOf.
	Says func(raw string, names ...string) text.Courtesy
	Log  *slog.Logger
	Now  func() time.Time // nil means time.Now
}

// Tracker is safe for concurrent use, also by several processes on one database.
type Tracker struct {
	Config
	outbox *outbox.Outbox
	turns  turns
}

// New builds a Tracker.
func New(c Config) *Tracker {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	t := &Tracker{Config: c}
	t.outbox = outbox.New(outbox.Config{Pool: c.Pool, Publisher: c.Publisher, Dead: t, Log: c.Log})
	return t
}

// Handles lists the event types that Handle wants to see.
var Handles = []pipeline.EventType{pipeline.TicketReceived, pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftSkipped}

// Handle takes one event. Every effect is idempotent: a redelivered event writes
// and publishes nothing new.
func (t *Tracker) Handle(ctx context.Context, e pipeline.Event) error {
	switch e.Type {
	case pipeline.TicketReceived:
		return t.receive(ctx, e)
	case pipeline.DraftProposed:
		return t.record(ctx, e, pipeline.OutcomeProposed)
	case pipeline.DraftAbstained:
		return t.record(ctx, e, pipeline.OutcomeAbstained)
	case pipeline.DraftSkipped:
		return t.record(ctx, e, pipeline.OutcomeSkipped)
	}
	return nil
}

// receive stores what a webhook told and publishes what follows from it. A ticket
// that is read at its desk is read for the first of its events; those that this read
// covers are over.
func (t *Tracker) receive(ctx context.Context, e pipeline.Event) error {
	r, err := pipeline.Decode[pipeline.Received](e)
	if err != nil {
		return err
	}
	if t.Threads != nil && t.Threads.Hints(e.Desk) {
		end, err := t.turns.take(e.Ref())
		if err != nil {
			return err
		}
		defer end()
		message := ""
		if r.Message != nil {
			message = r.Message.ID
		}
		last, stored, err := t.lastRead(ctx, e.Ref(), message)
		if err != nil || last.covers(e, r, stored) {
			return err
		}
	}
	ticket, read, err := t.current(ctx, e, r)
	if err != nil {
		return err
	}
	_, err = t.commit(ctx, func(tx pgx.Tx) ([]pipeline.Event, error) { return t.store(ctx, tx, e, ticket, read) })
	return err
}

// commit lets write change what is stored, and once that is for good publishes the
// events that follow from it, which it returns. Those that the bus does not take now
// come from the outbox later: nothing has to come again for them.
func (t *Tracker) commit(ctx context.Context, write func(pgx.Tx) ([]pipeline.Event, error)) (follow []pipeline.Event, err error) {
	var held []outbox.Row
	err = pgx.BeginFunc(ctx, t.Pool, func(tx pgx.Tx) (err error) {
		if follow, err = write(tx); err != nil {
			return err
		}
		held, err = outbox.Hold(ctx, tx, follow...)
		return err
	})
	if err != nil {
		return nil, err
	}
	t.outbox.Send(ctx, held)
	return follow, nil
}

// Run publishes what could not be published when it was decided, until ctx ends.
func (t *Tracker) Run(ctx context.Context) error { return t.outbox.Run(ctx) }

// Outbox is where decided events wait for the bus.
func (t *Tracker) Outbox() *outbox.Outbox { return t.outbox }

// store writes the ticket and its new messages, and returns the events that
// follow: ticket.updated, then draft.requested or outcome.recorded.
func (t *Tracker) store(ctx context.Context, tx pgx.Tx, e pipeline.Event, ticket pipeline.Ticket, read read) ([]pipeline.Event, error) {
	ticket.Arm = t.arm(ticket.TicketRef)
	at := e.OccurredAt
	if read.version.After(at) { // what was read is no older, whatever the event is about
		at = read.version
	}
	before, change, err := saveTicket(ctx, tx, ticket, at)
	if err != nil {
		return nil, err
	}
	var stored map[string]bool
	if len(ticket.Messages) > 1 { // a thread, most of which is known
		if stored, err = storedMessages(ctx, tx, ticket.TicketRef); err != nil {
			return nil, err
		}
	}
	revision, names := before, namesOf(ticket)
	skipped := false
	var updates []pipeline.Updated
	for _, m := range ticket.Messages {
		if stored[m.ID] {
			continue
		}
		counted := counts(m) && (revision == 0 || m.Role != pipeline.RoleCustomer || t.says(m, names) == 0)
		added, newest, err := saveMessage(ctx, tx, ticket.TicketRef, m, revision, counted)
		if err != nil {
			return nil, err
		}
		skipped = skipped || added && m.Skipped != ""
		if !newest {
			continue
		}
		revision++
		cause := "agent_reply"
		if m.Role == pipeline.RoleCustomer {
			cause = "customer_message"
		}
		updates = append(updates, pipeline.Updated{Revision: revision, Message: m.ID, Cause: cause, Author: m.Author})
	}
	switch {
	case change.status != "":
		updates = append(updates, pipeline.Updated{Revision: revision, Cause: "status", Status: change.status})
	case change.details || skipped && len(updates) == 0: // or there is something to look at
		updates = append(updates, pipeline.Updated{Revision: revision, Cause: "details"})
	}
	var follow []pipeline.Event
	for _, u := range updates {
		id := fmt.Sprintf("updated/%s/%d/%s", ticket.TicketRef, u.Revision, u.Cause)
		if u.Message == "" {
			id += "/" + string(u.Status) + "/" + e.ID
		}
		follow = append(follow, e.Follow(pipeline.TicketUpdated, id, e.OccurredAt, u))
	}
	var b pgx.Batch
	if revision != before {
		saveRevision(&b, ticket.TicketRef, revision)
	}
	if !read.at.IsZero() {
		saveRead(&b, ticket.TicketRef, read)
	}
	more, err := t.settle(ctx, tx, e, &b)
	return append(follow, more...), err
}

// counts tells whether a message can make a new revision: what the customer
// sees. It does when it is the newest; one that arrives late changes the past,
// and a draft for the newest message stays what it is. So it does when the customer
// only is courteous and the ticket has a revision.
func counts(m pipeline.Message) bool {
	return m.Public && (m.Role == pipeline.RoleCustomer || m.Role == pipeline.RoleAgent)
}

// settle gives each customer message without an outcome what it needs: the
// newest unanswered one a draft (or the reason why not), older ones and mere courtesies
// beside it a skip. A
// message that waits because drafting was paused is judged again. What b holds
// is written first, with the same round trip that reads them.
func (t *Tracker) settle(ctx context.Context, tx pgx.Tx, e pipeline.Event, b *pgx.Batch) ([]pipeline.Event, error) {
	ref := e.Ref()
	var pending []pending // oldest first
	var drafting Switch
	pendingOutcomes(b, ref, &pending)
	b.Queue(switchSQL).QueryRow(drafting.scan)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("read pending outcomes: %w", err)
	}
	if len(pending) == 0 {
		return nil, nil
	}
	ticket, err := findTicket(ctx, tx, ref)
	if err != nil {
		return nil, err
	}
	paused := drafting.Paused || t.Paused != nil && t.Paused()
	question := t.question(ticket)
	var follow []pipeline.Event
	for _, p := range pending {
		if p.asked() && !question.beside[p.message] {
			continue // if it is not the newest, drafting will say that it was superseded
		}
		kind, reason := t.judge(ticket, p, question, paused)
		if p.paused && reason == rulePaused {
			continue // it waits on
		}
		cause := p.cause(e)
		if kind == "" {
			req := request(cause, ticket, p.message)
			if err := saveRequest(ctx, tx, ref, p, req); err != nil {
				return nil, err
			}
			follow = append(follow, req)
			continue
		}
		o := outcome{message: p.message, kind: kind, reason: reason}
		if reason == rulePaused { // what will be asked, so that it belongs to the same chain then
			req := request(cause, ticket, p.message)
			o.event = &req
		}
		if err := saveOutcome(ctx, tx, ref, o); err != nil {
			return nil, err
		}
		id := fmt.Sprintf("outcome/%s/%s", ref, p.message)
		if p.paused {
			id += "/resumed"
		}
		follow = append(follow, cause.Follow(pipeline.OutcomeRecorded, id, e.OccurredAt, pipeline.Recorded{Message: p.message, Kind: kind, Reason: reason}))
	}
	return follow, nil
}

// request is draft.requested with what is read of the thread, as it is now.
func request(e pipeline.Event, ticket pipeline.Ticket, message string) pipeline.Event {
	req := e.Follow(pipeline.DraftRequested, fmt.Sprintf("draft/%s/%s/1", ticket.TicketRef, message), e.OccurredAt,
		pipeline.Requested{Ticket: ticket.ForDraft(message), Message: message, Version: 1})
	req.ReceivedAt = e.ReceivedAt
	return req
}

// record gives a message the outcome that drafting came to.
func (t *Tracker) record(ctx context.Context, e pipeline.Event, kind pipeline.OutcomeKind) error {
	p, err := pipeline.Decode[pipeline.Proposed](e)
	if err != nil {
		return err
	}
	_, err = t.commit(ctx, func(tx pgx.Tx) ([]pipeline.Event, error) {
		changed, err := recordOutcome(ctx, tx, e.Ref(), outcome{message: p.Message, kind: kind, reason: p.Reason, draft: p.Draft})
		if err != nil || !changed {
			return nil, err
		}
		return []pipeline.Event{e.Follow(pipeline.OutcomeRecorded, fmt.Sprintf("outcome/%s/%s/%s", e.Ref(), p.Message, kind), time.Now(),
			pipeline.Recorded{Message: p.Message, Kind: kind, Reason: p.Reason, Draft: p.Draft})}, nil
	})
	return err
}
