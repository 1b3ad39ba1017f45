package measure

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("40") // each makes reports of real tables
	}
	os.Exit(pgtest.Main(m, migrations.ApplyDSN))
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// ticket makes one ticket with its customer message, its outcome and a closed
// span, and returns the id of its draft.
func ticket(t *testing.T, pool *pgxpool.Pool, n int, outcome, state, kind string, handlingMS int) string {
	t.Helper()
	id, draft := fmt.Sprint(n), uuid.NewString()
	exec(t, pool, `INSERT INTO tickets (desk, id, subject, revision, created_at, first_reply_at, status_at) VALUES ('sandbox', $1, 'Help', 1, now() - interval '2 hours', now() - interval '1 hour', now())`, id)
	exec(t, pool, `INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ('sandbox', $1, 'm', 'customer', 'How?', true, now(), 1)`, id)
	exec(t, pool, `INSERT INTO outcomes (desk, ticket, message, kind) VALUES ('sandbox', $1, 'm', nullif($2, ''))`, id, outcome)
	exec(t, pool, `INSERT INTO drafts (id, desk, ticket, message, revision, version, content, drafter) VALUES ($1, 'sandbox', $2, 'm', 1, 1, '{}', 'extractive')`, draft, id)
	if state != "" {
		exec(t, pool, `INSERT INTO reviews (draft, desk, ticket, state, kind, distance, sent_at) VALUES ($1, 'sandbox', $2, $3, $4, 0.2, now())`, draft, id, state, kind)
	}
	if handlingMS > 0 {
		exec(t, pool, `INSERT INTO spans (id, desk, ticket, agent, kind, surface, started_at, ended_at, ended_by, active_ms) VALUES ($1, 'sandbox', $2, 'ana', 'measured', 'console', now() - interval '10 minutes', now(), 'reply', $3)`, uuid.NewString(), id, handlingMS)
	}
	return draft
}

func TestReportCountsWhatHappened(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	for i, ms := range []int{10_000, 20_000, 30_000, 30_000, 40_000, 50_000} {
		ticket(t, pool, i, "proposed", "sent", "approve", ms)
	}
	ticket(t, pool, 10, "proposed", "rejected", "reject", 0)
	ticket(t, pool, 11, "proposed", "", "", 0)
	ticket(t, pool, 12, "", "", "", 0)
	exec(t, pool, `INSERT INTO spans (id, desk, ticket, agent, kind, surface, started_at, ended_at, ended_by, active_ms) VALUES ($1, 'sandbox', '0', 'ana', 'native', 'desk', now(), now(), 'reply', 999000)`, uuid.NewString())
	rep, err := New(pool).Report(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Arrivals != 9 || rep.Outcomes[pipeline.OutcomeProposed] != 8 || rep.Pending != 1 {
		t.Errorf("outcomes %v of %d, %d pending", rep.Outcomes, rep.Arrivals, rep.Pending)
	}
	if rep.Decided != 7 || rep.Decisions["approve"] != 6 || rep.Decisions["reject"] != 1 || rep.Decisions["open"] != 2 {
		t.Errorf("decisions %v of %d", rep.Decisions, rep.Decided)
	}
	if len(rep.Handling) != 2 {
		t.Fatalf("handling %+v: measured and native must stay apart", rep.Handling)
	}
	for _, f := range rep.Handling {
		switch f.Kind {
		case "measured":
			if f.N != 6 || f.MedianMS != 30_000 || f.P90MS != 45_000 || f.LowMS < 10_000 || f.HighMS > 50_000 || f.LowMS >= f.HighMS {
				t.Errorf("measured %+v", f)
			}
		case "native":
			if f.N != 1 || f.MedianMS != 999_000 || f.LowMS != 0 {
				t.Errorf("native %+v", f)
			}
		}
	}
	if rep.FirstResponse.N != 9 || math.Abs(rep.FirstResponse.MedianMS-3_600_000) > 1 {
		t.Errorf("first response %+v", rep.FirstResponse)
	}
	if math.Abs(rep.Distance-0.2) > 1e-6 {
		t.Errorf("distance %v", rep.Distance)
	}
	sum := 0
	for _, d := range rep.Days {
		sum += d.Arrivals
	}
	if sum != 9 || len(rep.Days) != 31 {
		t.Errorf("%d arrivals over %d days", sum, len(rep.Days))
	}
}

// TestTrendIsOfOneArm: the trend is of tickets with drafts, and each arm's figure
// leads to its own tickets. Five tickets have no interval.
func TestTrendIsOfOneArm(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	for i := range 5 {
		ticket(t, pool, i, "proposed", "sent", "approve", 10_000*(i+1))
	}
	ticket(t, pool, 5, "held_out", "", "", 900_000)
	exec(t, pool, `UPDATE tickets SET arm = 'control' WHERE id = '5'`)
	r := New(pool)
	rep, err := r.Report(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	today := rep.Days[len(rep.Days)-1]
	if today.N != 5 || today.MedianMS != 30_000 || today.HighMS != 0 || rep.Handling[0].HighMS != 0 {
		t.Errorf("today %+v, all %+v", today, rep.Handling)
	}
	for part, want := range map[string]int{"measured": 6, "measured:treatment": 5, "measured:control": 1} {
		if got, err := r.Tickets(t.Context(), Drill{Figure: "handling:" + part}); err != nil || len(got) != want {
			t.Errorf("%s leads to %d tickets (%v), want %d", part, len(got), err, want)
		}
	}
}

// TestCutPausesAreCounted: a time that ends at the idle limit, not at the reply.
func TestCutPausesAreCounted(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	ticket(t, pool, 1, "held_out", "", "", 600_000)
	ticket(t, pool, 2, "held_out", "", "", 599_500)
	ticket(t, pool, 3, "held_out", "", "", 300_000) // of the ten minutes until the reply
	rep, err := New(pool).Report(t.Context(), Filter{})
	if err != nil || len(rep.Handling) != 1 || rep.Handling[0].N != 3 || rep.Handling[0].Capped != 1 {
		t.Errorf("%+v, %v", rep.Handling, err)
	}
}

// TestEveryFigureLeadsToItsTickets compares each figure with its drill-down.
func TestEveryFigureLeadsToItsTickets(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	ticket(t, pool, 1, "proposed", "sent", "approve", 1000)
	ticket(t, pool, 2, "proposed", "sent", "edit", 2000)
	ticket(t, pool, 3, "abstained", "stale", "", 3000)
	ticket(t, pool, 4, "", "", "", 0)
	r := New(pool)
	rep, err := r.Report(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"handling:measured": rep.Handling[0].N, "first_response": rep.FirstResponse.N, "resolution": rep.Resolution.N, "outcome:pending": rep.Pending}
	for k, n := range rep.Outcomes {
		want["outcome:"+string(k)] = n
	}
	for k, n := range rep.Decisions {
		want["decision:"+k] = n
	}
	for figure, n := range want {
		got, err := r.Tickets(t.Context(), Drill{Figure: figure})
		if err != nil || len(got) != n {
			t.Errorf("%s: %d tickets, the report says %d (%v)", figure, len(got), n, err)
		}
	}
	if _, err := r.Tickets(t.Context(), Drill{Figure: "nonsense"}); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("nonsense: %v", err)
	}
}

func TestEmptyReport(t *testing.T) {
	t.Parallel()
	rep, err := New(pgtest.New(t)).Report(t.Context(), Filter{From: time.Now().Add(-time.Hour)})
	if err != nil || rep.Arrivals != 0 || len(rep.Handling) != 0 || rep.FirstResponse.N != 0 {
		t.Fatalf("%+v, %v", rep, err)
	}
}

// TestFilterThatCannotBe: a period or a desk without figures is refused in words,
// for the report and for its tickets.
func TestFilterThatCannotBe(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	r := New(pool)
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	refused := func(say string, f Filter) {
		t.Helper()
		_, err := r.Report(t.Context(), f)
		_, err2 := r.Tickets(t.Context(), Drill{Filter: f, Figure: "resolution"})
		for _, err := range []error{err, err2} {
			if pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(pipeline.Say(err), say) {
				t.Errorf("%+v: %v", f, err)
			}
		}
	}
	refused("ends before it begins", Filter{From: day, To: day})
	refused("ends before it begins", Filter{From: day.AddDate(0, 0, 1), To: day})
	refused("at most two years", Filter{From: day.AddDate(-2, 0, -3), To: day})
	refused("no desk has a ticket yet", Filter{Desk: "nope"})
	ticket(t, pool, 1, "proposed", "sent", "approve", 1000)
	refused("Desks with tickets: sandbox.", Filter{Desk: "nope"})
	for _, f := range []Filter{{Desk: "sandbox"}, {From: day.AddDate(0, 0, -MaxDays), To: day}} {
		if _, err := r.Report(t.Context(), f); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// TestWholeDays: the end is exclusive inside and the last day for readers, in the
// trend too.
func TestWholeDays(t *testing.T) {
	t.Parallel()
	f := LastDays(30, time.Date(2026, 11, 23, 10, 32, 0, 0, time.UTC))
	rep, err := New(pgtest.New(t)).Report(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(rep)
	if err != nil || !strings.HasPrefix(string(b), `{"from":"2026-10-25","to":"2026-11-23","handling":`) {
		t.Errorf("JSON is %.100s, %v", b, err)
	}
	if n := len(rep.Days); n != 30 || rep.Days[n-1].Date.Format(time.DateOnly) != "2026-11-23" {
		t.Errorf("%d days, the last %v", n, rep.Days[n-1].Date)
	}
}

// TestHoldoutIsShown: what was set in the period, and what share of tickets it made;
// skipped ones are in no arm.
func TestHoldoutIsShown(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	for i, outcome := range []string{"proposed", "held_out", "abstained", "", "skipped"} {
		ticket(t, pool, i, outcome, "", "", 0)
	}
	exec(t, pool, `UPDATE tickets SET arm = 'control' WHERE id IN ('1', '4')`)
	exec(t, pool, `INSERT INTO holdouts (since, share) VALUES (now() - interval '50 days', 0.5), (now() - interval '40 days', 0.2), (now() - interval '3 days', 0.1)`)
	rep, err := New(pool).Report(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	h := rep.Holdout
	if h.Tickets != 4 || h.Control != 1 || len(h.Settings) != 2 || h.Settings[0].Share != 0.2 || h.Settings[0].To != h.Settings[1].From || h.Settings[1].Share != 0.1 || !h.Settings[1].To.IsZero() {
		t.Errorf("%+v", h)
	}
}

// TestIntervalCovers draws samples from a known distribution: a 95 % interval
// must hold its median about 95 times in 100.
func TestIntervalCovers(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	const rounds, n = 400, 60
	held := 0
	for range rounds {
		values := make([]float64, n)
		for i := range values {
			values[i] = math.Exp(rng.NormFloat64()) // log-normal: its median is 1
		}
		slices.Sort(values)
		if low, high := medianInterval(n, func(k int) float64 { return values[k] }); low <= 1 && 1 <= high {
			held++
		}
	}
	if share := float64(held) / rounds; share < 0.90 || share > 0.99 {
		t.Fatalf("the interval held the median in %.1f %% of %d samples", 100*share, rounds)
	}
}
