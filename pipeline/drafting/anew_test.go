package drafting

import (
	"context"
	"testing"
	"time"

	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/pipeline/llm/llmtest"
)

// TestDraftIsWrittenAnew: a draft that was written while the model was away says so; it
// gives way only to one that a model wrote, and only while nobody has begun on it.
func TestDraftIsWrittenAnew(t *testing.T) {
	for name, c := range map[string]struct {
		step      llmtest.Step // of the second time
		untouched bool
		wants     bool // a new draft
	}{
		"it is back":            {llmtest.Good, true, true},
		"it is still away":      {llmtest.Unavailable, true, false},
		"its answer is no good": {llmtest.Misquoted, true, false},
		"somebody has begun":    {llmtest.Good, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := fake(t)
			s.Default = llmtest.Unavailable
			d := newDesk(t, gateway(t, s))
			d.Untouched = func(context.Context, string) (bool, error) { return c.untouched, nil }
			first := d.handle(t, requested(refundAsk))
			if w := d.drawer.without[first.ID]; first.Drafter != "extractive" || !w.Away || w.Why != "server" {
				t.Fatalf("%+v, %+v", w, first)
			}
			s.Default = c.step
			e := requested(refundAsk)
			r, err := pipeline.Decode[pipeline.Requested](e)
			if err != nil {
				t.Fatal(err)
			}
			r.Version, r.Instead = 2, first.ID
			before := len(d.bus.events)
			if err := d.Handle(t.Context(), e.Follow(pipeline.DraftRequested, "anew", now, r)); err != nil {
				t.Fatal(err)
			}
			if told := len(d.bus.events) > before; told != c.wants || len(d.drawer.rows) != map[bool]int{true: 2, false: 1}[c.wants] || (len(d.drawer.settled) == 1) != c.wants {
				t.Errorf("told %v, %d drafts, settled %v", told, len(d.drawer.rows), d.drawer.settled)
			}
		})
	}
}

// TestRejectedAnswersAreNotAway: what a model did answer is not asked for again.
func TestRejectedAnswersAreNotAway(t *testing.T) {
	for _, step := range llmtest.Faults {
		s := fake(t)
		s.Default = step
		d := newDesk(t, gateway(t, s))
		draft := d.handle(t, requested(refundAsk))
		away := false
		switch step {
		case llmtest.RateLimit, llmtest.RateLimit1, llmtest.RateLimit1h, llmtest.ServerError, llmtest.BadGateway, llmtest.Unavailable, llmtest.BadKey, llmtest.StringError,
			llmtest.BrokenJSON, llmtest.CutBody, llmtest.Reset, llmtest.Stall:
			away = true
		}
		if w := d.drawer.without[draft.ID]; w.Away != away || w.Why == "" {
			t.Errorf("%s: %+v", step, w)
		}
	}
}

// TestAwaitedDrafts: each is taken by one, newest first, three times at most, and no
// more once it is settled; the tally tells why.
func TestAwaitedDrafts(t *testing.T) {
	t.Parallel()
	st := Store{pgtest.New(t)}
	ids := []string{"0198d9c0-0000-7000-8000-000000000001", "0198d9c0-0000-7000-8000-000000000002", "0198d9c0-0000-7000-8000-000000000003"}
	for i, id := range ids {
		w := Without{Why: "timeout", Away: i < 2}
		if _, err := st.Save(t.Context(), pipeline.Draft{ID: id, Ticket: pipeline.TicketRef{Desk: "d", ID: id}, Message: "m", Version: 1, Drafter: "extractive", CreatedAt: time.Now()}, w); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := st.Save(t.Context(), pipeline.Draft{ID: ids[0], Ticket: pipeline.TicketRef{Desk: "d", ID: ids[0]}, Message: "m", Version: 1, Drafter: "extractive", CreatedAt: time.Now()}, Without{Away: true}); err != nil {
		t.Fatal(err)
	}
	take := func(want int) {
		t.Helper()
		got, err := st.Awaited(t.Context(), 10)
		if err != nil || len(got) != want {
			t.Fatalf("%v, %v; want %d", got, err, want)
		}
		if _, err := st.Pool.Exec(t.Context(), `UPDATE awaited_drafts SET asked_at = asked_at - interval '1 hour'`); err != nil {
			t.Fatal(err)
		}
	}
	take(2)
	if got, err := st.Awaited(t.Context(), 1); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if err := st.Settled(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	_, _ = st.Pool.Exec(t.Context(), `UPDATE awaited_drafts SET asked_at = asked_at - interval '1 hour'`)
	for range 3 {
		_, _ = st.Awaited(t.Context(), 10)
		_, _ = st.Pool.Exec(t.Context(), `UPDATE awaited_drafts SET asked_at = asked_at - interval '1 hour'`)
	}
	take(0)
	got, err := st.Tally(t.Context(), time.Now().Add(-time.Hour))
	if err != nil || len(got) != 1 || got[0] != (Tally{Why: "timeout", Drafts: 3}) {
		t.Errorf("%+v, %v", got, err)
	}
}
