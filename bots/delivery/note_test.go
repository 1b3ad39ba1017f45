package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// pad is a desk whose notes can be changed.
type pad struct {
	keeper
	edits int
	fail  error // of the next change
	gone  bool  // somebody took the note away
}

func (p *pad) Note(_ context.Context, n bots.Note) (string, error) {
	p.notes, p.gone = append(p.notes, n.Text), false
	return fmt.Sprint(len(p.notes)), nil
}

func (p *pad) EditNote(_ context.Context, id string, n bots.Note) (string, error) {
	if p.edits++; p.gone {
		return "", pipeline.Errorf(pipeline.NotFound, "no such note")
	}
	var i int
	_, _ = fmt.Sscan(id, &i)
	p.notes[i-1] = n.Text
	err := p.fail
	p.fail = nil
	return id, err
}

// TestNoteFollowsItsQuestion: versions and follow-ups share the note of their question,
// the next question after an agent's reply gets its own, each change is made once, a
// change whose answer was lost again, and a note that somebody took away is not fought
// for.
func TestNoteFollowsItsQuestion(t *testing.T) {
	t.Parallel()
	p, list := &pad{}, manyReviews{}
	ref, now := pipeline.TicketRef{Desk: "keeper", ID: "1"}, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ticket := pipeline.Ticket{TicketRef: ref, Messages: []pipeline.Message{{ID: "m1", Role: pipeline.RoleCustomer, Public: true}, {ID: "m2", Role: pipeline.RoleCustomer, Public: true},
		{ID: "a1", Role: pipeline.RoleAgent, Public: true}, {ID: "m3", Role: pipeline.RoleCustomer, Public: true}}}
	s, err := delivery.NewShower(delivery.ShowerConfig{Desks: []bots.Desk{p}, Modes: map[string]delivery.ShowMode{"keeper": delivery.ShowNote}, Pool: pgtest.New(t), Drafts: list,
		Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	set := func(n int, message string, state pipeline.DraftState, stale string) string {
		id := fmt.Sprintf("01234567-89ab-4cde-8f01-%012d", n)
		list[id] = pipeline.Review{State: state, Stale: stale, Ticket: ticket, DecidedBy: pipeline.Agent{Name: "Grace"}, Reason: "too vague",
			Draft: pipeline.Draft{ID: id, Ticket: ref, Message: message, Version: n, Sentences: []pipeline.Sentence{{Text: fmt.Sprintf("Way %d.", n)}}}}
		return id
	}
	handle := func(kind pipeline.EventType, draft string, notes int, says ...string) {
		t.Helper()
		var err error
		for range 3 {
			now = now.Add(time.Minute)
			err = s.Handle(t.Context(), pipeline.NewEvent(kind, "e", ref, now, pipeline.Proposed{Draft: draft}))
		}
		if err != nil || len(p.notes) != notes {
			t.Fatalf("after %s: %v, notes %q", kind, err, p.notes)
		}
		for i, want := range says {
			if !strings.Contains(p.notes[i], want) {
				t.Errorf("after %s note %d says %q, want %q", kind, i+1, p.notes[i], want)
			}
		}
	}
	one := set(1, "m1", pipeline.StateOpen, "")
	handle(pipeline.DraftProposed, one, 1, "Way 1.")
	set(1, "m1", pipeline.StateStale, "the customer wrote again")
	handle(pipeline.DraftVoided, one, 1, "withdrawn. the customer wrote again")
	two := set(2, "m2", pipeline.StateOpen, "")
	handle(pipeline.DraftProposed, two, 1, "Way 2.")
	handle(pipeline.TicketUpdated, one, 1, "Way 2.")
	before := p.edits
	p.fail = pipeline.Errorf(pipeline.Unavailable, "the answer is lost")
	set(2, "m2", pipeline.StateRejected, "")
	handle(pipeline.DraftDecided, two, 1, "rejected by Grace: too vague")
	if p.edits != before+2 {
		t.Errorf("%d changes for one that was lost once", p.edits-before)
	}
	three := set(3, "m3", pipeline.StateOpen, "")
	handle(pipeline.DraftProposed, three, 2, "rejected by Grace", "Way 3.")
	set(3, "m3", pipeline.StateSent, "")
	p.gone = true
	handle(pipeline.ReplyDelivered, three, 2)
	before = p.edits
	handle(pipeline.TicketUpdated, three, 2)
	if p.edits != before {
		t.Error("a note that was taken away is changed again")
	}
	if errors.Is(delivery.Shows(p, "photo"), nil) || delivery.Shows(p, delivery.ShowDraft) != nil {
		t.Error("modes")
	}
}
