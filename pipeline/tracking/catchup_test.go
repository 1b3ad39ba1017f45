package tracking

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
)

// pause sets the switch.
func pause(t *testing.T, pool *pgxpool.Pool, on bool) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), `UPDATE drafting_switch SET paused = $1`, on); err != nil {
		t.Fatal(err)
	}
}

// customer writes a message with this name to a ticket of the same name.
func customer(id string, minute int) pipeline.Event {
	return received(id, message(id, pipeline.RoleCustomer, minute, "How do I cancel?"))
}

func catchUp(t *testing.T, tr *Tracker, want int) {
	t.Helper()
	if n, err := tr.CatchUp(t.Context(), CatchUp{Most: 2, InFlight: 4}); err != nil || n != want {
		t.Fatalf("asked for %d drafts, want %d; %v", n, want, err)
	}
}

// asked returns the messages that drafts were asked for, in order.
func (r *recorder) asked(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, e := range r.of(pipeline.DraftRequested) {
		q, err := pipeline.Decode[pipeline.Requested](e)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, q.Message)
	}
	return out
}

// proposed lets a draft come for the message.
func proposed(t *testing.T, tr *Tracker, id string) {
	t.Helper()
	ref := pipeline.TicketRef{Desk: "sandbox", ID: id}
	handle(t, tr, pipeline.NewEvent(pipeline.DraftProposed, "proposed/"+id, ref, t0, pipeline.Proposed{Message: id, Draft: "5f0c3c1e-0000-4000-8000-000000000001"}))
}

// TestCatchUp: after a pause what still waits is asked for once, the newest
// first, a few at a time, and never more than drafting can bear.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	catchUp(t, tr, 0)
	pause(t, pool, true)
	ids := []string{"a", "b", "c", "d", "e", "f", "g"}
	for i, id := range ids {
		handle(t, tr, customer(id, i))
	}
	first := rec.of(pipeline.OutcomeRecorded)
	catchUp(t, tr, 0) // still paused
	pause(t, pool, false)
	tr.Config.Paused = func() bool { return true }
	catchUp(t, tr, 0) // by the setting
	tr.Config.Paused = nil
	catchUp(t, tr, 2)
	catchUp(t, tr, 2)
	if got := rec.asked(t); !slices.Equal(got, []string{"g", "f", "e", "d"}) {
		t.Fatalf("asked for %v", got)
	}
	catchUp(t, tr, 0) // four are being written
	proposed(t, tr, "g")
	catchUp(t, tr, 2)
	proposed(t, tr, "f")
	proposed(t, tr, "e")
	catchUp(t, tr, 1)
	catchUp(t, tr, 0)
	if got := rec.asked(t); !slices.Equal(got, []string{"g", "f", "e", "d", "c", "b", "a"}) {
		t.Fatalf("asked for %v", got)
	}
	for _, id := range ids {
		if id != "g" && id != "f" && id != "e" {
			proposed(t, tr, id)
		}
	}
	for id, got := range outcomes(t, pool) {
		if got != "proposed: " {
			t.Errorf("%s ends as %q", id, got)
		}
	}
	// The request belongs to the chain of the message it is about.
	req, skipped := rec.of(pipeline.DraftRequested)[6], first[0]
	if req.Correlation != skipped.Correlation || req.Causation != skipped.Causation || req.Correlation != "received/sandbox/a/a" {
		t.Errorf("correlation %q, causation %q; the message's is %q", req.Correlation, req.Causation, skipped.Correlation)
	}
	if n := len(rec.of(pipeline.OutcomeRecorded)); n != 2*len(ids) {
		t.Errorf("%d outcomes told, want two a message", n)
	}
}

// TestCatchUpLeavesOut: what was answered, solved or followed by a newer message
// during the pause gets that outcome and no draft; a control ticket is held out.
func TestCatchUpLeavesOut(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	pause(t, pool, true)
	handle(t, tr, customer("answered", 0), customer("solved", 0), customer("again", 0), customer("reopened", 0), customer("control", 0), customer("plain", 0))
	status := func(id, event string, s pipeline.TicketStatus, minute int) {
		ref := pipeline.TicketRef{Desk: "sandbox", ID: id}
		handle(t, tr, pipeline.NewEvent(pipeline.TicketReceived, event, ref, t0.Add(time.Duration(minute)*time.Minute),
			pipeline.Received{Kind: "status", Ticket: pipeline.Ticket{TicketRef: ref, Status: s}}))
	}
	handle(t, tr, received("answered", message("reply", pipeline.RoleAgent, 1, "Like this.")))
	if got := outcomes(t, pool)["answered"]; got != "skipped: "+ruleAnswered {
		t.Errorf("answered while paused: %q", got) // at once, not at the end of the pause
	}
	status("solved", "s1", pipeline.StatusSolved, 1)
	status("reopened", "s2", pipeline.StatusSolved, 1)
	status("reopened", "s3", pipeline.StatusOpen, 2)
	handle(t, tr, received("again", message("again2", pipeline.RoleCustomer, 1, "And another thing?")))
	if _, err := pool.Exec(t.Context(), `UPDATE tickets SET arm = 'control' WHERE id = 'control'`); err != nil {
		t.Fatal(err)
	}
	pause(t, pool, false)
	for range 4 {
		if _, err := tr.CatchUp(t.Context(), CatchUp{Most: 9, InFlight: 9}); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"answered": "skipped: " + ruleAnswered, "solved": "skipped: " + ruleSolved, "again": "skipped: " + ruleSuperseded,
		"control": "held_out: " + ruleHeldOut, "reopened": "", "again2": "", "plain": ""}
	got := outcomes(t, pool)
	for id, w := range want {
		if got[id] != w {
			t.Errorf("%s: %q, want %q", id, got[id], w)
		}
	}
	asked := rec.asked(t)
	slices.Sort(asked)
	if !slices.Equal(asked, []string{"again2", "plain", "reopened"}) {
		t.Errorf("asked for %v", asked)
	}
}

// TestCatchUpByAnother: an event that comes after the pause asks for the draft
// as well, and then it is not asked for again.
func TestCatchUpByAnother(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	pause(t, pool, true)
	handle(t, tr, customer("a", 0))
	pause(t, pool, false)
	handle(t, tr, customer("a", 0)) // delivered again
	catchUp(t, tr, 0)
	if got := rec.asked(t); !slices.Equal(got, []string{"a"}) {
		t.Errorf("asked for %v", got)
	}
}

// TestCatchUpDies: what was asked for and lost is asked for again by the sweep, and
// not before it is overdue, however old the message.
func TestCatchUpDies(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	pause(t, pool, true)
	handle(t, tr, customer("a", 0), customer("b", 1))
	// A row of the previous version, which kept no event, and an old one.
	if _, err := pool.Exec(t.Context(), `UPDATE outcomes SET event = NULL, arrived_at = now() - interval '1 day'`); err != nil {
		t.Fatal(err)
	}
	pause(t, pool, false)
	rec.fail = errors.New("bus down")
	if n, err := tr.CatchUp(t.Context(), CatchUp{Most: 1, InFlight: 9}); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	rec.fail = nil
	if _, err := pool.Exec(t.Context(), `DELETE FROM outbox`); err != nil { // lost for good
		t.Fatal(err)
	}
	if n, err := tr.Sweep(t.Context(), 5*time.Minute); err != nil || n != 0 {
		t.Errorf("swept %d at once, %v", n, err)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE outcomes SET asked_at = asked_at - interval '6 minutes'`); err != nil {
		t.Fatal(err)
	}
	if n, err := tr.Sweep(t.Context(), 5*time.Minute); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	if got := rec.asked(t); len(got) != 1 {
		t.Errorf("asked for %v", got)
	}
}
