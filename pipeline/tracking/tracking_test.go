package tracking

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// recorder is a bus that keeps what was published, once per id.
type recorder struct {
	mu     sync.Mutex
	events []pipeline.Event
	fail   error
}

func (r *recorder) Publish(_ context.Context, e pipeline.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	if !slices.ContainsFunc(r.events, func(x pipeline.Event) bool { return x.ID == e.ID }) {
		r.events = append(r.events, e)
	}
	return nil
}

func (r *recorder) of(typ pipeline.EventType) []pipeline.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []pipeline.Event
	for _, e := range r.events {
		if e.Type == typ {
			out = append(out, e)
		}
	}
	return out
}

var t0 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func message(id string, role pipeline.Role, minute int, text string) pipeline.Message {
	return pipeline.Message{ID: id, Role: role, Text: text, Public: true, At: t0.Add(time.Duration(minute) * time.Minute)}
}

func received(ticket string, m pipeline.Message) pipeline.Event {
	ref := pipeline.TicketRef{Desk: "sandbox", ID: ticket}
	return pipeline.NewEvent(pipeline.TicketReceived, "received/"+ref.String()+"/"+m.ID, ref, m.At, pipeline.Received{Kind: "message",
		Ticket: pipeline.Ticket{TicketRef: ref, Subject: "Help", Requester: pipeline.Person{Name: "Ana", Email: "ana@example.com"}, CreatedAt: m.At}, Message: &m})
}

func setup(t *testing.T, c Config) (*Tracker, *recorder, *pgxpool.Pool) {
	t.Helper()
	rec := &recorder{}
	c.Pool, c.Publisher = pgtest.New(t), rec
	return New(c), rec, c.Pool
}

func handle(t *testing.T, tr *Tracker, events ...pipeline.Event) {
	t.Helper()
	for _, e := range events {
		if err := tr.Handle(t.Context(), e); err != nil {
			t.Fatalf("handle %s: %v", e.ID, err)
		}
	}
}

// outcomes returns message → "kind: reason" ("" while pending).
func outcomes(t *testing.T, pool *pgxpool.Pool) map[string]string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT message, coalesce(kind || ': ' || reason, '') FROM outcomes`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for rows.Next() {
		var m, o string
		if err := rows.Scan(&m, &o); err != nil {
			t.Fatal(err)
		}
		out[m] = o
	}
	return out
}

func TestFirstMessageAsksForADraft(t *testing.T) {
	t.Parallel()
	tr, rec, _ := setup(t, Config{})
	handle(t, tr, received("1", message("m1", pipeline.RoleCustomer, 0, "How do I cancel?")))
	reqs := rec.of(pipeline.DraftRequested)
	if len(reqs) != 1 {
		t.Fatalf("%d draft requests, want 1", len(reqs))
	}
	r, err := pipeline.Decode[pipeline.Requested](reqs[0])
	if err != nil || r.Message != "m1" || r.Version != 1 || r.Ticket.Revision != 1 || len(r.Ticket.Messages) != 1 || r.Ticket.Requester.Name != "Ana" {
		t.Fatalf("request %+v, %v", r, err)
	}
	if got := len(rec.of(pipeline.TicketUpdated)); got != 1 {
		t.Fatalf("%d ticket.updated, want 1", got)
	}
}

// due makes everything in the outbox due now, as time would.
func due(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), `UPDATE outbox SET due_at = now()`); err != nil {
		t.Fatal(err)
	}
}

// TestWhatTheBusDoesNotTakeComesLater: committed, and the bus is away: everything
// that was decided is published afterwards, without the event coming again.
func TestWhatTheBusDoesNotTakeComesLater(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	e := received("1", message("m1", pipeline.RoleCustomer, 0, "How do I cancel?"))
	rec.fail = errors.New("bus down")
	handle(t, tr, e)
	rec.fail = nil
	due(t, pool)
	if n, err := tr.outbox.Publish(t.Context()); err != nil || n != 2 {
		t.Fatalf("%d events published afterwards, %v; want ticket.updated and draft.requested", n, err)
	}
	asked := rec.of(pipeline.DraftRequested)

	rec.fail = errors.New("bus down") // now for the outcome
	proposed := asked[0].Follow(pipeline.DraftProposed, "proposed/1", t0, pipeline.Proposed{Message: "m1", Draft: "0198d9c0-0000-7000-8000-0000000000aa"})
	handle(t, tr, proposed)
	rec.fail = nil
	handle(t, tr, proposed)
	due(t, pool)
	if _, err := tr.outbox.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(rec.of(pipeline.OutcomeRecorded)); n != 1 {
		t.Errorf("%d outcome.recorded, want 1", n)
	}
}

func TestRedeliveryRepeatsNothing(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	e := received("1", message("m1", pipeline.RoleCustomer, 0, "How do I cancel?"))
	handle(t, tr, e, e, e)
	if n := len(rec.of(pipeline.DraftRequested)); n != 1 {
		t.Fatalf("%d distinct draft requests, want 1", n)
	}
	var messages, revision int
	if err := pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM messages), (SELECT revision FROM tickets)`).Scan(&messages, &revision); err != nil {
		t.Fatal(err)
	}
	if messages != 1 || revision != 1 {
		t.Fatalf("%d messages at revision %d, want 1 and 1", messages, revision)
	}
}

func TestReorderedMessagesEndOnce(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	late := received("1", message("m1", pipeline.RoleCustomer, 0, "How do I cancel?"))
	handle(t, tr, received("1", message("m2", pipeline.RoleCustomer, 5, "And when does it end?")), late)
	if got := outcomes(t, pool); got["m1"] != "skipped: "+ruleSuperseded || got["m2"] != "" {
		t.Fatalf("outcomes %v", got)
	}
	if n, err := tr.Revision(t.Context(), late.Ref()); err != nil || n != 1 {
		t.Fatalf("revision %d, %v: a late message must not make the draft for the newest one stale", n, err)
	}
	reqs := rec.of(pipeline.DraftRequested)
	if len(reqs) != 1 || !strings.Contains(reqs[0].ID, "/m2/") {
		t.Fatalf("requests %v, want one for m2", reqs)
	}
}

func TestLateWebhookOfAnAnsweredMessageIsSkipped(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	handle(t, tr, received("1", message("a1", pipeline.RoleAgent, 3, "Done!")), received("1", message("m1", pipeline.RoleCustomer, 0, "How do I cancel?")))
	if got := outcomes(t, pool); got["m1"] != "skipped: "+ruleAnswered {
		t.Fatalf("outcomes %v", got)
	}
	if n := len(rec.of(pipeline.DraftRequested)); n != 0 {
		t.Fatalf("%d draft requests", n)
	}
}

func TestRulesSkipByName(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config Config
		text   string
		want   string
	}{
		"auto reply":      {text: "Out of office: back on Monday", want: "skipped: " + ruleAutoReply},
		"paused":          {config: Config{Paused: func() bool { return true }}, text: "How?", want: "skipped: " + rulePaused},
		"control arm":     {config: Config{Holdout: 1}, text: "How?", want: "held_out: " + ruleHeldOut},
		"an ordinary one": {text: "My office is out of paper, how do I print?", want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, rec, pool := setup(t, tc.config)
			handle(t, tr, received("1", message("m1", pipeline.RoleCustomer, 0, tc.text)))
			if got := outcomes(t, pool)["m1"]; got != tc.want {
				t.Fatalf("outcome %q, want %q", got, tc.want)
			}
			if n := len(rec.of(pipeline.OutcomeRecorded)); (n == 1) != (tc.want != "") {
				t.Fatalf("%d outcome.recorded", n)
			}
		})
	}
}

func TestOutcomesAreRecordedOnce(t *testing.T) {
	t.Parallel()
	tr, _, pool := setup(t, Config{})
	e := received("1", message("m1", pipeline.RoleCustomer, 0, "How?"))
	handle(t, tr, e)
	draft := "0198d9c0-0000-7000-8000-000000000001"
	proposed := e.Follow(pipeline.DraftProposed, "p", t0, pipeline.Proposed{Draft: draft, Message: "m1", Revision: 1, Version: 1})
	skipped := e.Follow(pipeline.DraftSkipped, "s", t0, pipeline.Proposed{Message: "m1", Reason: "late"})
	handle(t, tr, proposed, skipped, proposed)
	if got := outcomes(t, pool)["m1"]; got != "proposed: " {
		t.Fatalf("outcome %q, want proposed", got)
	}
}

func TestDeadLetterFailsTheMessageAndReplays(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	handle(t, tr, received("1", message("m1", pipeline.RoleCustomer, 0, "How?")))
	req := rec.of(pipeline.DraftRequested)[0]
	if err := tr.HandleDead(t.Context(), pipeline.DeadLetter{Consumer: "drafting", Reason: "boom", Deliveries: 5, At: t0, Event: req}); err != nil {
		t.Fatal(err)
	}
	if got := outcomes(t, pool)["m1"]; got != "failed: drafting gave up after 5 tries: boom" {
		t.Fatalf("outcome %q", got)
	}
	dead, err := tr.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != 1 || dead[0].Type != pipeline.DraftRequested || dead[0].Ref.ID != "1" {
		t.Fatalf("dead letters %+v, %v", dead, err)
	}
	if err := tr.Replay(t.Context(), dead[0].ID); err != nil {
		t.Fatal(err)
	}
	if n := len(rec.of(pipeline.DraftRequested)); n != 2 {
		t.Fatalf("%d draft requests after the replay, want 2", n)
	}
	handle(t, tr, req.Follow(pipeline.DraftAbstained, "a", t0, pipeline.Proposed{Message: "m1", Reason: "no source"}))
	if got := outcomes(t, pool)["m1"]; got != "abstained: no source" {
		t.Fatalf("outcome %q after the replay", got)
	}
	if err := tr.Replay(t.Context(), 999); pipeline.KindOf(err) != pipeline.NotFound {
		t.Fatalf("replay of nothing: %v", err)
	}
}

func TestSweepAsksAgain(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	handle(t, tr, received("1", message("m1", pipeline.RoleCustomer, 0, "How?")))
	if _, err := pool.Exec(t.Context(), `UPDATE outcomes SET arrived_at = now() - interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
	if n, err := tr.Sweep(t.Context(), 10*time.Minute); err != nil || n != 1 {
		t.Fatalf("swept %d, %v", n, err)
	}
	if n := len(rec.of(pipeline.DraftRequested)); n != 2 {
		t.Fatalf("%d draft requests, want 2", n)
	}
	if n, err := tr.Sweep(t.Context(), 2*time.Hour); err != nil || n != 0 {
		t.Fatalf("swept %d young ones, %v", n, err)
	}
}

func TestOldStatusDoesNotOverwriteNewer(t *testing.T) {
	t.Parallel()
	tr, _, pool := setup(t, Config{})
	e := received("1", message("m1", pipeline.RoleCustomer, 0, "How?"))
	status := func(minute int, s pipeline.TicketStatus) pipeline.Event {
		at := t0.Add(time.Duration(minute) * time.Minute)
		return pipeline.NewEvent(pipeline.TicketReceived, fmt.Sprintf("status/%d", minute), e.Ref(), at,
			pipeline.Received{Kind: "status", Ticket: pipeline.Ticket{TicketRef: e.Ref(), Status: s}})
	}
	handle(t, tr, e, status(20, pipeline.StatusSolved), status(10, pipeline.StatusOpen))
	var got string
	var solved *time.Time
	if err := pool.QueryRow(t.Context(), `SELECT status, solved_at FROM tickets`).Scan(&got, &solved); err != nil {
		t.Fatal(err)
	}
	if got != "solved" || solved == nil || !solved.Equal(t0.Add(20*time.Minute)) {
		t.Fatalf("status %s, solved %v", got, solved)
	}
}

func TestManyAtOnceKeepOneTimeline(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	var wg sync.WaitGroup
	for i := range 8 {
		e := received("1", message(fmt.Sprintf("m%d", i), pipeline.RoleCustomer, i, "How?"))
		for range 2 {
			wg.Go(func() {
				if err := tr.Handle(t.Context(), e); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	var revision int
	if err := pool.QueryRow(t.Context(), `SELECT revision FROM tickets`).Scan(&revision); err != nil {
		t.Fatal(err)
	}
	if revision < 1 || revision > 8 { // late ones do not count
		t.Fatalf("revision %d, want 1 to 8", revision)
	}
	asked := false
	for _, e := range rec.of(pipeline.DraftRequested) {
		asked = asked || strings.Contains(e.ID, "/m7/")
	}
	if !asked {
		t.Fatal("no draft was asked for the newest message")
	}
}

func TestArmSplitsEvenlyAndStays(t *testing.T) {
	t.Parallel()
	tr := New(Config{Holdout: 0.3, Seed: "s"})
	control := 0
	for i := range 10_000 {
		ref := pipeline.TicketRef{Desk: "sandbox", ID: fmt.Sprint(i)}
		if tr.arm(ref) == pipeline.ArmControl {
			control++
		}
		if first, again := tr.arm(ref), tr.arm(ref); first != again {
			t.Fatal("the arm changed")
		}
	}
	if control < 2850 || control > 3150 { // ±3.3 standard deviations
		t.Fatalf("%d of 10,000 in control, want about 3,000", control)
	}
}

// TestOverdueDraftsAreAskedForOnceAPeriod: three processes sweep at once and again:
// the draft is asked for once; the period doubles, and in the end the message has
// failed, visibly, until an answer comes after all.
func TestOverdueDraftsAreAskedForOnceAPeriod(t *testing.T) {
	t.Parallel()
	tr, rec, pool := setup(t, Config{})
	handle(t, tr, received("1", message("m1", pipeline.RoleCustomer, 0, "How do I cancel?")))
	const age = 5 * time.Minute
	pass := func(d time.Duration) {
		if _, err := pool.Exec(t.Context(), `UPDATE outcomes SET arrived_at = arrived_at - $1 * interval '1 second', asked_at = asked_at - $1 * interval '1 second'`, d.Seconds()); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(want int) {
		t.Helper()
		var wg sync.WaitGroup
		var n atomic.Int64
		for range 3 {
			wg.Go(func() {
				for range 2 {
					k, err := tr.Sweep(t.Context(), age)
					if err != nil {
						t.Error(err)
					}
					n.Add(int64(k))
				}
			})
		}
		wg.Wait()
		if int(n.Load()) != want {
			t.Errorf("asked for %d times, want %d", n.Load(), want)
		}
	}
	for n := range maxAsks {
		period := age << n
		pass(period - time.Minute)
		sweep(0)
		pass(2 * time.Minute)
		sweep(1)
	}
	if got := outcomes(t, pool)["m1"]; got != "" {
		t.Errorf("outcome %q while it is still asked for", got)
	}
	pass(age<<maxAsks + time.Minute)
	sweep(0)
	if got := outcomes(t, pool)["m1"]; !strings.HasPrefix(got, "failed: ") {
		t.Errorf("outcome %q after all was in vain", got)
	}
	if n, last, err := tr.Unreplayed(t.Context()); err != nil || n != 1 || last.Type != pipeline.DraftRequested {
		t.Errorf("%d dead letters, %+v, %v", n, last, err)
	}
	handle(t, tr, rec.of(pipeline.DraftRequested)[0].Follow(pipeline.DraftProposed, "proposed/1", t0, pipeline.Proposed{Message: "m1", Draft: "0198d9c0-0000-7000-8000-0000000000aa"}))
	if got := outcomes(t, pool)["m1"]; !strings.HasPrefix(got, "proposed") {
		t.Errorf("outcome %q after the answer came", got)
	}
}
