package tracking

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// TestSwitch: turning it to what it is changes neither it nor who did it, a
// turn that is rolled back never was, and a paused message ends as skipped.
func TestSwitch(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	turn := func(s Switch, want bool) Switch {
		t.Helper()
		var now Switch
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) {
			var turned bool
			if now, turned, err = tr.Turn(t.Context(), tx, s); turned != want {
				t.Errorf("turned %v, want %v", turned, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	turn(Switch{}, false)
	turn(Switch{Paused: true, ByID: "a", By: "Ana", Reason: "lunch"}, true)
	if now := turn(Switch{Paused: true, ByID: "b", By: "Bob"}, false); now.By != "Ana" || now.Reason != "lunch" || now.At.IsZero() {
		t.Errorf("the switch says %+v", now)
	}
	handle(t, tr, received("1", message("m1", pipeline.RoleCustomer, 0, "How?")))
	if got := outcomes(t, pool)["m1"]; got != "skipped: "+rulePaused || len(rec.of(pipeline.DraftRequested)) != 0 {
		t.Errorf("outcome %q", got)
	}
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tr.Turn(t.Context(), tx, Switch{By: "Bob"}); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := tr.Switch(t.Context()); err != nil || !s.Paused {
		t.Errorf("%+v, %v", s, err)
	}
	turn(Switch{By: "Bob"}, true)
	handle(t, tr, received("2", message("m2", pipeline.RoleCustomer, 0, "How?")))
	if len(rec.of(pipeline.DraftRequested)) != 1 {
		t.Error("no draft was asked for after resuming")
	}
}
