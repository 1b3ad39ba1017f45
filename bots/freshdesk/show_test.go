package freshdesk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/delivery"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// drafts is the review with one draft.
type drafts map[string]pipeline.Review

func (d drafts) Find(_ context.Context, id string) (pipeline.Review, error) { return d[id], nil }

const draftID = "01234567-89ab-4cde-8f01-23456789abcd"

// shown opens a ticket with an open draft, and returns what handles its event:
// a new process each time.
func shown(t *testing.T, change func(*pipeline.Review)) (f *bottest.Freshdesk, id string, handle func() error) {
	t.Helper()
	f, pool := bottest.NewFreshdesk(t), pgtest.New(t)
	id, _ = f.Begin(bottest.Said{Role: pipeline.RoleCustomer, Text: "How?"})
	r := pipeline.Review{State: pipeline.StateOpen, Draft: pipeline.Draft{ID: draftID, Ticket: ref(id), Message: "description", Version: 2,
		Sentences: []pipeline.Sentence{{Text: "Open settings.", Receipts: []pipeline.Receipt{{Number: 1, Title: "Addresses", Section: "Change"}}}}}}
	if change != nil {
		change(&r)
	}
	e := pipeline.NewEvent(pipeline.DraftProposed, "proposed/1", ref(id), f.Clock.Now(), pipeline.Proposed{Draft: draftID, Message: "description", Version: 2})
	return f, id, func() error {
		s, err := delivery.NewShower(delivery.ShowerConfig{Desks: []bots.Desk{adapter(t, f)}, Modes: map[string]delivery.ShowMode{"freshdesk": delivery.ShowNote},
			Drafts: drafts{draftID: r}, Pool: pool, Now: f.Clock.Now, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return s.Handle(ctx, e)
	}
}

// TestShowOnce: whatever an attempt meets and however often the event comes,
// the ticket ends with one private note, which is nobody's reply.
func TestShowOnce(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]bottest.DeskFault{
		"fine": nil, "lost answer": {{Reset: true, Accept: true}}, "timeout after it landed": {{Stall: true, Accept: true}},
		"502 after it landed": {{Status: 502, Accept: true}}, "nonsense": {{Status: 200, Body: "<html>", Accept: true}},
		"503": {{Status: 503}}, "429": {{Status: 429, RetryAfter: time.Minute}}, "503, then lost": {{Status: 503}, {Reset: true, Accept: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, id, handle := shown(t, nil)
			for _, x := range faults {
				f.Script("note", x)
			}
			for range 12 { // redeliveries, also after it is done
				_ = handle()
				f.Clock.Advance(31 * time.Second)
			}
			if err := handle(); err != nil {
				t.Errorf("not settled: %v", err)
			}
			notes := f.Conversations(id, false)
			if len(notes) != 1 {
				t.Fatalf("%d notes, want 1: %+v", len(notes), notes)
			}
			for _, want := range []string{"Open settings.", "version 2", "[1] Addresses, Change", bots.MarkerFor(draftID)} {
				if !strings.Contains(notes[0].Text, want) {
					t.Errorf("the note lacks %q: %q", want, notes[0].Text)
				}
			}
			if n := len(f.Conversations(id, true)); n != 0 {
				t.Errorf("%d public replies", n)
			}
			thread, err := adapter(t, f).Thread(t.Context(), ref(id))
			if err != nil {
				t.Fatal(err)
			}
			if m := thread.Messages[1]; m.Public || m.Role != pipeline.RoleBot {
				t.Errorf("the note is read as %+v", m)
			}
		})
	}
}

// TestShowThenSend: the note does not stand in the way of the approved reply of
// the same text, and is not taken for it.
func TestShowThenSend(t *testing.T) {
	t.Parallel()
	f, id, handle := shown(t, nil)
	if err := handle(); err != nil {
		t.Fatal(err)
	}
	d := adapter(t, f)
	post := bots.Post{Ticket: ref(id), Text: "Open settings.", Marker: bots.MarkerFor("11234567-89ab-4cde-8f01-23456789abcd")}
	if _, err := d.Post(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	thread, err := d.Thread(t.Context(), ref(id))
	if err != nil || len(thread.Messages) != 3 || thread.Messages[1].Marker == post.Marker || thread.Messages[2].Marker != post.Marker {
		t.Errorf("%+v %v", thread.Messages, err)
	}
}

// TestShowNot: a draft that is not open any more is not shown, and a refusal is
// the end of it.
func TestShowNot(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*pipeline.Review){
		func(r *pipeline.Review) { r.State = pipeline.StateSuperseded }, func(r *pipeline.Review) { r.Stale = "the customer wrote again" }} {
		f, id, handle := shown(t, change)
		if err := handle(); err != nil || len(f.Conversations(id, false)) != 0 {
			t.Errorf("%v, %+v", err, f.Conversations(id, false))
		}
	}
	f, id, handle := shown(t, nil)
	f.Script("note", bottest.DeskFault{Status: 403})
	for range 3 {
		if err := handle(); err != nil {
			t.Error(err)
		}
	}
	if len(f.Conversations(id, false)) != 0 {
		t.Error("a refused note was written again")
	}
	for _, mode := range []delivery.ShowMode{delivery.ShowDraft, "loud"} {
		if err := delivery.Shows(adapter(t, f), mode); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("mode %s: %v", mode, err)
		}
		s, err := delivery.NewShower(delivery.ShowerConfig{Desks: []bots.Desk{adapter(t, f)}, Modes: map[string]delivery.ShowMode{"freshdesk": mode}})
		if err != nil || s.Any() {
			t.Errorf("mode %s stops the start, or is tried: %v", mode, err)
		}
	}
}
