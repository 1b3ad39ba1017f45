package bots_test

import (
	"context"
	"testing"
	"time"

	"footnote/bots"
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
	if k.draft != "" {
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
			s, err := bots.NewShower(bots.ShowerConfig{Desks: []bots.Desk{k}, Modes: map[string]bots.ShowMode{"keeper": bots.ShowDraft}, Pool: pgtest.New(t),
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
