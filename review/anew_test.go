package review

import (
	"context"
	"testing"

	"footnote/pipeline"
)

// TestWriteAnewLeavesWorkAlone: a draft is asked for anew while nobody has begun on it,
// and stays until the new one is there.
func TestWriteAnewLeavesWorkAlone(t *testing.T) {
	for name, c := range map[string]struct {
		before func(t *testing.T, w *world)
		asked  bool
	}{
		"open":     {func(*testing.T, *world) {}, true},
		"claimed":  {func(t *testing.T, w *world) { w.does(t, pipeline.Claim) }, false},
		"rejected": {func(t *testing.T, w *world) { w.does(t, pipeline.Reject) }, false},
		"looked at and let go": {func(t *testing.T, w *world) {
			w.does(t, pipeline.Claim)
			w.does(t, pipeline.Release)
		}, false},
		"a newer version": {func(t *testing.T, w *world) { w.save(t, 2, "") }, false},
		"moved on":        {func(t *testing.T, w *world) { w.exec(t, `UPDATE tickets SET revision = 2`) }, false},
		"solved":          {func(t *testing.T, w *world) { w.exec(t, `UPDATE tickets SET status = 'solved', solved_at = now()`) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			c.before(t, w)
			asked, err := w.WriteAnew(t.Context(), w.draft.ID)
			if err != nil || asked != c.asked {
				t.Fatalf("asked %v, want %v: %v", asked, c.asked, err)
			}
			var n int
			if err := w.pool.QueryRow(context.Background(), `SELECT count(*) FROM outbox WHERE event ->> 'type' = 'draft.requested'`).Scan(&n); err != nil || n != map[bool]int{true: 1}[c.asked] {
				t.Errorf("%d requests, %v", n, err)
			}
			var state string
			if err := w.pool.QueryRow(context.Background(), `SELECT state FROM reviews WHERE draft = $1`, w.draft.ID).Scan(&state); c.asked && (err != nil || state != "open") {
				t.Errorf("the old draft is %s, %v", state, err)
			}
		})
	}
	if asked, err := setup(t).WriteAnew(t.Context(), "0198d9c0-0000-7000-8000-0000000000ff"); asked || err != nil {
		t.Errorf("a draft that is gone: %v, %v", asked, err)
	}
}

func (w *world) does(t *testing.T, k pipeline.DecisionKind) {
	t.Helper()
	if _, err := w.Decide(t.Context(), pipeline.Decision{Draft: w.draft.ID, Kind: k, By: ana, Reason: "no", Surface: "console"}); err != nil {
		t.Fatal(err)
	}
}
