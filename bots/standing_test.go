package bots

import (
	"context"
	"errors"
	"testing"
	"time"

	"footnote/pipeline"
)

// TestRosterForgets: who was not there is asked for again after minutes, who was after an
// hour, and an error at once.
func TestRosterForgets(t *testing.T) {
	t.Parallel()
	now, asked := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), 0
	r := Roster[int]{Now: func() time.Time { return now }}
	find := func(there bool, fail error, want int) {
		t.Helper()
		_, got, err := r.Find(t.Context(), " Grace@Example.org ", func(_ context.Context, address string) (int, bool, error) {
			if asked++; address != "grace@example.org" {
				t.Errorf("asked for %q", address)
			}
			return 7, there, fail
		})
		if asked != want || !errors.Is(err, fail) || fail == nil && got != there {
			t.Errorf("asked %d times, want %d; there %t, %v", asked, want, got, err)
		}
	}
	down := errors.New("down")
	find(false, down, 1)
	find(false, nil, 2)
	find(false, nil, 2)
	now = now.Add(6 * time.Minute)
	find(true, nil, 3)
	now = now.Add(50 * time.Minute)
	find(true, nil, 3)
	r.Forget("GRACE@example.org")
	find(true, nil, 4)
	if _, there, err := r.Find(t.Context(), "  ", nil); there || err != nil {
		t.Error("nobody's address is somebody's")
	}
}

// TestRowSettles: a row's state is of a moment that is over, by the desk's clock where it
// tells it, else by ours with room for a minute's difference.
func TestRowSettles(t *testing.T) {
	t.Parallel()
	ours := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ref := pipeline.TicketRef{Desk: "d", ID: "1"}
	for _, c := range []struct {
		ago, ahead time.Duration // of the change, by ours; the desk's clock
		tells      bool
		settled    bool
	}{{time.Second, 0, true, false}, {6 * time.Second, 0, true, true}, {6 * time.Second, -10 * time.Second, true, false}, {-50 * time.Second, time.Minute, true, true},
		{6 * time.Second, 0, false, false}, {70 * time.Second, 0, false, true}} {
		var desk time.Time
		if c.tells {
			desk = ours.Add(c.ahead)
		}
		if r := RowAt(ref, ours.Add(-c.ago), desk, ours); r.Settled != c.settled || r.State == "" {
			t.Errorf("%+v: %+v", c, r)
		}
	}
	if r := RowAt(ref, time.Time{}, ours, ours); r.State != "" || r.Settled {
		t.Errorf("a row without a time is %+v", r)
	}
}
