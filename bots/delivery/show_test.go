package delivery_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// keeper is a desk with a draft of its own and private notes.
type keeper struct {
	bots.Desk
	draft string
	notes []string
	sets  int
	lose  bool // the answer to the next SetDraft
}

func (*keeper) Name() string { return "keeper" }

func (*keeper) Can() bots.Capabilities { return bots.Capabilities{ReadBack: true} }

func (k *keeper) Thread(context.Context, pipeline.TicketRef) (pipeline.Ticket, error) {
	return pipeline.Ticket{Messages: []pipeline.Message{{ID: "1", Role: pipeline.RoleCustomer, Public: true}}}, nil
}

func (k *keeper) SetDraft(_ context.Context, n bots.Note) error {
	k.sets++
	if k.draft != "" && !slices.Contains(n.Before, k.draft) {
		return pipeline.Errorf(pipeline.Conflict, "a draft stands there")
	}
	k.draft = n.Text
	if k.lose {
		k.lose = false
		return pipeline.Errorf(pipeline.Unavailable, "the answer is lost")
	}
	return nil
}

func (k *keeper) Note(_ context.Context, n bots.Note) (string, error) {
	k.notes = append(k.notes, n.Text)
	return "n1", nil
}

type oneReview pipeline.Review

func (r oneReview) Find(context.Context, string) (pipeline.Review, error) {
	return pipeline.Review(r), nil
}

// TestShowDraft: the desk's own draft is set once, never overwritten, and a note
// says it instead where somebody's stands or nothing is proposed.
func TestShowDraft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stands, abstained string
		lose              bool
		draft             string
		notes             int
	}{
		"empty field":     {draft: "Open settings."},
		"lost answer":     {lose: true, draft: "Open settings."},
		"somebody writes": {stands: "Dear Ada", draft: "Dear Ada", notes: 1},
		"abstained":       {abstained: "no source", notes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &keeper{draft: c.stands, lose: c.lose}
			ref, id := pipeline.TicketRef{Desk: "keeper", ID: "1"}, "01234567-89ab-4cde-8f01-23456789abcd"
			now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
			s, err := delivery.NewShower(delivery.ShowerConfig{Desks: []bots.Desk{k}, Modes: map[string]delivery.ShowMode{"keeper": delivery.ShowDraft}, Pool: pgtest.New(t),
				Drafts: oneReview{State: pipeline.StateOpen, Draft: pipeline.Draft{ID: id, Ticket: ref, Abstained: c.abstained, Sentences: []pipeline.Sentence{{Text: "Open settings."}}}},
				Now:    func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			kind := pipeline.DraftProposed
			if c.abstained != "" {
				kind = pipeline.DraftAbstained
			}
			e := pipeline.NewEvent(kind, "e", ref, now, pipeline.Proposed{Draft: id, Message: "1", Version: 1})
			for range 4 {
				err = s.Handle(t.Context(), e)
				now = now.Add(time.Minute)
			}
			if err != nil || k.draft != c.draft || len(k.notes) != c.notes || k.sets > 2 {
				t.Errorf("%v: draft %q, notes %q, %d sets", err, k.draft, k.notes, k.sets)
			}
		})
	}
}

type manyReviews map[string]pipeline.Review

func (m manyReviews) Find(_ context.Context, id string) (pipeline.Review, error) { return m[id], nil }

// TestShowVoid: a void draft gives way to the next one, and leaves the desk when
// it is decided or the ticket goes on; what somebody changed there stays.
func TestShowVoid(t *testing.T) {
	t.Parallel()
	const first, second, third = "01234567-89ab-4cde-8f01-23456789abc1", "01234567-89ab-4cde-8f01-23456789abc2", "01234567-89ab-4cde-8f01-23456789abc3"
	ref := pipeline.TicketRef{Desk: "keeper", ID: "1"}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	k, reviews := &keeper{}, manyReviews{}
	s, err := delivery.NewShower(delivery.ShowerConfig{Desks: []bots.Desk{k}, Modes: map[string]delivery.ShowMode{"keeper": delivery.ShowDraft}, Pool: pgtest.New(t), Drafts: reviews,
		Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	handle := func(kind pipeline.EventType, draft, want string) {
		t.Helper()
		for range 2 {
			if err := s.Handle(t.Context(), pipeline.NewEvent(kind, "e", ref, now, pipeline.Proposed{Draft: draft})); err != nil {
				t.Error(err)
			}
		}
		if k.draft != want {
			t.Errorf("after %s %q stands there, want %q", kind, k.draft, want)
		}
	}
	set := func(id string, state pipeline.DraftState, stale, text string) {
		reviews[id] = pipeline.Review{State: state, Stale: stale, Draft: pipeline.Draft{ID: id, Ticket: ref, Sentences: []pipeline.Sentence{{Text: text}}}}
	}
	set(first, pipeline.StateOpen, "", "Open settings.")
	handle(pipeline.DraftProposed, first, "Open settings.")
	handle(pipeline.TicketUpdated, first, "Open settings.") // not void
	set(first, pipeline.StateOpen, "the customer wrote again", "Open settings.")
	set(second, pipeline.StateOpen, "", "Open the menu.")
	handle(pipeline.DraftProposed, second, "Open the menu.")
	sets := k.sets
	handle(pipeline.TicketUpdated, first, "Open the menu.")
	if k.sets != sets {
		t.Error("a draft that was replaced is taken away again")
	}
	set(second, pipeline.StateRejected, "", "Open the menu.")
	handle(pipeline.DraftDecided, second, "")
	set(third, pipeline.StateOpen, "", "Press save.")
	handle(pipeline.DraftProposed, third, "Press save.")
	k.draft = "Press save, Ada." // somebody's by now
	set(third, pipeline.StateRejected, "", "Press save.")
	handle(pipeline.DraftDecided, third, "Press save, Ada.")
}
