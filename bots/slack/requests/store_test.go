package requests

import (
	"os"
	"testing"
	"time"

	"footnote/bots/slack/sample"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
)

// TestMain makes the database for this package's tests.
func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// TestRequestsAreForgotten: what people asked, and what they thought of the
// answer, is gone after a month; younger requests stay.
func TestRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t)
	add := func(ref string, age time.Duration, state string) {
		t.Helper()
		if _, err := addRequest(ctx, pool, request{ref: ref, source: ref, surface: fromDirect, user: "U1ADA", channel: "D1ADA", ts: "1.1", thread: "1.1", text: "refunds?"}); err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(ctx, `
			UPDATE slack_requests
			   SET created_at = now() - $2 * interval '1 millisecond', state = $3, ended_at = CASE WHEN $3 = 'open' THEN NULL ELSE now() END
			 WHERE ref = $1`, ref, age.Milliseconds(), state); err != nil {
			t.Fatal(err)
		}
		if err := saveFeedback(ctx, pool, feedback{ref: ref, user: "U1ADA", agent: sample.Ada.ID, good: true}); err != nil {
			t.Fatal(err)
		}
	}
	add("FN-OLD", requestsFor+time.Hour, stateAnswered)
	add("FN-LOST", requestsFor+time.Hour, stateOpen) // nobody waits any more
	add("FN-YOUNG", requestsFor-time.Hour, stateAnswered)
	for range 2 {
		if err := ForgetRequests(ctx, pool); err != nil {
			t.Fatal(err)
		}
	}
	var left string
	if err := pool.QueryRow(ctx, `
		SELECT (SELECT string_agg(ref, ' ') FROM slack_requests) || '; ' || (SELECT string_agg(ref, ' ') FROM slack_feedback)`).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left != "FN-YOUNG; FN-YOUNG" {
		t.Errorf("left: %s", left)
	}
}
