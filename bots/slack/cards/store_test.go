package cards

import (
	"errors"
	"os"
	"testing"

	"footnote/bots/slack/sample"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// TestMain makes the database for this package's tests.
func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// TestOvertaken: one process at a time has a card; who was silent for too long
// changes nothing any more.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t)
	d := sample.Typical().Draft
	dead, err := takeCard(ctx, pool, d, "C0TRIAGE")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := takeCard(ctx, pool, d, "C0TRIAGE"); !errors.Is(err, errHeld) {
		t.Errorf("taken twice: %v", err)
	}
	if _, err := pool.Exec(ctx, `UPDATE cards SET held_until = now() - interval '1 second'`); err != nil { // its time is over
		t.Fatal(err)
	}
	if _, err := takeCard(ctx, pool, d, "C0TRIAGE"); err != nil {
		t.Fatal(err)
	}
	dead.ts = "overtaken"
	if err := saveCard(ctx, pool, dead, pipeline.StateOpen); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Errorf("an overtaken process wrote: %v", err)
	}
}
