package measure

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"footnote/migrations/localpg/pgtest"
)

// TestBandsCountDecisionsByProbability: fifths, the highest closed; hand-offs,
// abstentions, other desks, and drafts without a probability are not counted.
func TestBandsCountDecisionsByProbability(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	n := 0
	add := func(content, abstained string, kinds ...string) {
		n++
		id := ticket(t, pool, n, "proposed", "", "", 0)
		exec(t, pool, `UPDATE drafts SET content = $2::jsonb, abstained = $3 WHERE id = $1`, id, content, abstained)
		for _, kind := range kinds {
			exec(t, pool, `INSERT INTO decisions (id, draft, kind, agent, surface) VALUES ($1, $2, $3, 'ana', 'console')`, uuid.NewString(), id, kind)
		}
	}
	add(`{"probability": 0.05}`, "", "reject")
	add(`{"probability": 0.19}`, "", "approve")
	add(`{"probability": 0.2}`, "", "edit")
	add(`{"probability": 0.95}`, "", "approve")
	add(`{"probability": 1}`, "", "approve")
	add(`{"probability": 0.9}`, "", "hand_off")
	add(`{"probability": 0.9}`, "")
	add(`{"probability": 0.9}`, "no source", "reject")
	add(`{}`, "", "approve")
	rep, err := New(pool).Report(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Band{{From: 0, Decided: 2, Approved: 1}, {From: .2, Decided: 1, Approved: 1}, {From: .8, Decided: 2, Approved: 2}}
	if !slices.Equal(rep.Bands, want) {
		t.Errorf("bands %+v, want %+v", rep.Bands, want)
	}
	exec(t, pool, `INSERT INTO tickets (desk, id, subject, revision, created_at, status_at) VALUES ('other', '1', 'Help', 1, now(), now())`)
	if rep, err = New(pool).Report(t.Context(), Filter{Desk: "other"}); err != nil || len(rep.Bands) != 0 {
		t.Errorf("another desk has %+v (%v)", rep.Bands, err)
	}
}
