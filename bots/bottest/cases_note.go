package bottest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/pipeline"
)

// reviews are drafts as people see them, for the notes that show them.
type reviews map[string]pipeline.Review

func (m reviews) Find(_ context.Context, id string) (pipeline.Review, error) {
	r, ok := m[id]
	if !ok {
		return r, pipeline.Errorf(pipeline.NotFound, "no draft %s", id)
	}
	return r, nil
}

// caseOneNote: with show: note a question has one note, whatever versions its draft
// has, whatever comes twice and whatever breaks off; it is not about the past where the
// desk lets notes be changed, and says nothing that becomes untrue where it does not.
func caseOneNote(r *run) {
	if _, ok := r.Desk.(bots.Noter); !ok || r.Notes == nil {
		r.skip("the desk takes no private notes")
	}
	ref, m := r.begin(Said{Text: question})
	ticket, err := r.j.tracker.Ticket(r.t.Context(), ref)
	if err != nil {
		r.Fatalf("ticket: %v", err)
	}
	list := reviews{}
	show, err := delivery.NewShower(delivery.ShowerConfig{Desks: []bots.Desk{r.Desk}, Modes: map[string]delivery.ShowMode{r.Desk.Name(): delivery.ShowNote}, Drafts: list, Pool: r.Pool,
		Now: r.Now, Page: func(pipeline.TicketRef) string { return "https://footnote.example/tickets/1" }})
	if err != nil {
		r.Fatalf("shower: %v", err)
	}
	handle := func(kind pipeline.EventType, draft string) {
		for again := range 3 { // and twice more, as a bus may
			r.Advance(time.Minute)
			e := pipeline.NewEvent(kind, fmt.Sprint(kind, draft, again), ref, r.Now(), pipeline.Proposed{Draft: draft, Message: m})
			ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
			if err := show.Handle(ctx, e); err != nil && again > 0 {
				r.Errorf("%s: %v", kind, err)
			}
			cancel()
		}
	}
	version := func(n int) string {
		id := uuid()
		list[id] = pipeline.Review{State: pipeline.StateOpen, Ticket: ticket, Draft: pipeline.Draft{ID: id, Ticket: ref, Message: m, Version: n, CreatedAt: r.Now(),
			Sentences: []pipeline.Sentence{{Text: fmt.Sprintf("Open settings, way %d.", n)}}}}
		return id
	}
	_, edits := r.Desk.(bots.NoteEditor)
	want := func(when string, says ...string) {
		notes := r.Notes(ref)
		if len(notes) != 1 {
			r.Errorf("%s: %d notes stand in the ticket, want 1: %+v", when, len(notes), notes)
			return
		}
		text := strings.Join(strings.Fields(notes[0].Text), " ")
		if strings.Contains(text, "Nobody has sent it") || !edits && !strings.Contains(text, "As of") {
			r.Errorf("%s: the note says what becomes untrue: %q", when, text)
		}
		if edits && slices.ContainsFunc(says, func(s string) bool { return !strings.Contains(text, s) }) {
			r.Errorf("%s: the note says %q, want %q in it", when, text, says)
		}
	}
	first := version(1)
	handle(pipeline.DraftProposed, first)
	want("proposed", "way 1", "version 1")
	change := list[first]
	change.State = pipeline.StateSuperseded
	list[first] = change
	second := version(2)
	handle(pipeline.DraftProposed, second)
	want("drafted again", "way 2", "version 2")
	change = list[second]
	change.State, change.DecidedBy = pipeline.StateSent, grace
	list[second] = change
	handle(pipeline.ReplyDelivered, second)
	want("sent", "Grace Hopper", "version 2")
	handle(pipeline.ReplyDelivered, second)
	want("told again", "Grace Hopper")
	if n := len(r.Accepted(ref)); n != 0 {
		r.Errorf("%d public replies for notes", n)
	}
}
