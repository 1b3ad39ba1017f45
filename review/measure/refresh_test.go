package measure

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"footnote/migrations/localpg/pgtest"
	"footnote/review/volume"
)

// same fails when a report differs from a recount in any figure.
func same(t rapid.TB, pool *pgxpool.Pool, f Filter) {
	t.Helper()
	got, err := New(pool).Report(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	want, err := recount{pool}.report(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Distance-want.Distance) > 1e-12 { // PostgreSQL interpolates in another order
		t.Errorf("distance %v, recounted %v", got.Distance, want.Distance)
	}
	got.Distance = want.Distance
	if !startOf(dayOf(f.From)).Equal(f.From) || !startOf(dayOf(f.To)).Equal(f.To) {
		got.Holdout = want.Holdout // is of whole days
	}
	if len(want.Bands) == 0 {
		want.Bands = nil
	}
	a, b := pretty(t, got), pretty(t, want)
	if a != b {
		al, bl := strings.Split(a, "\n"), strings.Split(b, "\n")
		for i := range min(len(al), len(bl)) {
			if al[i] != bl[i] {
				t.Fatalf("%v to %v, desk %q: line %d says %s, recounted %s\n%s", f.From, f.To, f.Desk, i, al[i], bl[i], strings.Join(bl[max(0, i-12):i], "\n"))
			}
		}
		t.Fatalf("reports differ in length")
	}
}

func pretty(t rapid.TB, r Report) string {
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// kept fails when the facts or counts differ from what the tables give now.
func kept(t rapid.TB, pool *pgxpool.Pool) {
	t.Helper()
	for what, sql := range map[string]string{
		"facts": `WITH now AS (` + facts(false) + `), kept AS (SELECT ` + columnsOfFacts + ` FROM report_facts)
			SELECT (SELECT count(*) FROM (SELECT * FROM now EXCEPT ALL SELECT * FROM kept) a) + (SELECT count(*) FROM (SELECT * FROM kept EXCEPT ALL SELECT * FROM now) b)`,
		"counts": `WITH now AS (` + countsSQL(`(SELECT *, 1 AS n FROM (`+facts(false)+`) f) f`) + `), kept AS (SELECT scope, level, block, noun, part, u.bucket, u.n FROM report_counts CROSS JOIN unnest(buckets, counts) AS u (bucket, n) WHERE u.n <> 0)
			SELECT (SELECT count(*) FROM (SELECT * FROM now EXCEPT ALL SELECT * FROM kept) a) + (SELECT count(*) FROM (SELECT * FROM kept EXCEPT ALL SELECT * FROM now) b)`,
	} {
		var n int
		if err := pool.QueryRow(context.Background(), sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			t.Fatalf("%d %s differ from a recount", n, what)
		}
	}
}

// TestRefreshEqualsRecount lets anything happen to a few tickets, in any order:
// late, twice, taken back, moved, reopened. Counted as it happens, every figure of
// every period is what a recount of all tables gives.
func TestRefreshEqualsRecount(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC) // Europe changed its clocks two days before
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{rt: rt, pool: pool, now: now}
		w.exec(`TRUNCATE tickets, messages, outcomes, drafts, reviews, decisions, spans, deliveries, llm_calls, report_changes, report_facts, report_counts, report_costs CASCADE`)
		if err := New(pool).ProveQueues(context.Background()); err != nil { // counted from the first fact on
			rt.Fatal(err)
		}
		steps := rapid.IntRange(1, 30).Draw(rt, "steps")
		for range steps {
			w.step()
		}
		r := New(pool)
		if left, err := r.Refresh(context.Background(), 0); err != nil || left != 0 {
			rt.Fatalf("%d left, %v", left, err)
		}
		kept(rt, pool)
		day := startOf(dayOf(now))
		desk := ""
		if w.tickets["sandbox"] && rapid.Bool().Draw(rt, "one desk") {
			desk = "sandbox"
		}
		same(rt, pool, Filter{From: day.AddDate(0, 0, -rapid.IntRange(0, 100).Draw(rt, "days")), To: day.AddDate(0, 0, 1), Desk: desk})
		from := w.when("from")
		w.sameQueue(Filter{From: from, To: from.Add(time.Duration(1 + rapid.Int64Range(0, int64(200*time.Hour)).Draw(rt, "queue's length"))), Desk: desk, Queue: "Billing"})
		same(rt, pool, Filter{From: from, To: from.Add(time.Duration(1 + rapid.Int64Range(0, int64(200*time.Hour)).Draw(rt, "length"))), Desk: desk})
	})
}

// sameQueue fails when a queue's report from counts differs from its report from facts.
func (w *world) sameQueue(f Filter) {
	var known bool
	if err := w.pool.QueryRow(context.Background(), `SELECT EXISTS (SELECT FROM report_facts WHERE queue = $1 AND queue <> '')`, f.Queue).Scan(&known); err != nil {
		w.rt.Fatal(err)
	}
	if !known {
		return
	}
	r := New(w.pool)
	ask := func() string {
		rep, err := r.Report(context.Background(), f)
		if err != nil {
			w.rt.Fatal(err)
		}
		return pretty(w.rt, rep)
	}
	counted := ask()
	w.exec(`DELETE FROM report_counts WHERE scope = $1`, queuesCounted)
	if facts := ask(); facts != counted {
		w.rt.Fatalf("a queue's report from counts:\n%s\nfrom facts:\n%s", counted, facts)
	}
}

// world is what happens to tickets.
type world struct {
	rt      *rapid.T
	pool    *pgxpool.Pool
	now     time.Time
	tickets map[string]bool // desks with a ticket
	drafts  []string
}

func (w *world) exec(sql string, args ...any) int64 {
	tag, err := w.pool.Exec(context.Background(), sql, args...)
	if err != nil {
		w.rt.Fatalf("%s: %v", sql, err)
	}
	return tag.RowsAffected()
}

// when is a time of the last hundred days, often on the border of one.
func (w *world) when(label string) time.Time {
	day := startOf(dayOf(w.now)).AddDate(0, 0, -rapid.IntRange(0, 100).Draw(w.rt, label+" day"))
	return day.Add(rapid.SampledFrom([]time.Duration{0, time.Microsecond, time.Hour, 7*time.Hour + time.Second, 24*time.Hour - time.Microsecond}).Draw(w.rt, label+" time"))
}

func (w *world) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(w.rt, label)
}

func (w *world) step() {
	desk, id := w.pick("desk", "sandbox", "email"), w.pick("ticket", "1", "2", "3")
	if w.tickets == nil {
		w.tickets = map[string]bool{}
	}
	w.tickets[desk] = true
	w.exec(`INSERT INTO tickets (desk, id, status_at, created_at, arm) VALUES ($1, $2, now(), $3, $4) ON CONFLICT DO NOTHING`, desk, id, w.when("created"), w.pick("arm", "treatment", "treatment", "control"))
	m := w.pick("message", "a", "b", "c")
	switch w.pick("event", "message", "message", "outcome", "arrived", "span", "span", "end", "respan", "rewrite", "draft", "draft", "review", "review", "decision", "delivery", "move", "reply", "solve", "reopen", "revision", "call", "touch", "forget", "refresh", "refresh") {
	case "message":
		w.exec(`INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ($1, $2, $3, 'customer', '', true, now(), 1) ON CONFLICT DO NOTHING`, desk, id, m)
		w.exec(`INSERT INTO outcomes (desk, ticket, message, kind, arrived_at) VALUES ($1, $2, $3, nullif($4, ''), $5) ON CONFLICT DO NOTHING`, desk, id, m, w.kind(), w.when("arrived"))
	case "outcome":
		w.exec(`UPDATE outcomes SET kind = nullif($4, '') WHERE desk = $1 AND ticket = $2 AND message = $3`, desk, id, m, w.kind())
	case "arrived":
		w.exec(`UPDATE outcomes SET arrived_at = $4 WHERE desk = $1 AND ticket = $2 AND message = $3`, desk, id, m, w.when("arrived"))
	case "span":
		at := w.when("started")
		open := rapid.Bool().Draw(w.rt, "open")
		w.exec(`INSERT INTO spans (id, desk, ticket, agent, kind, surface, started_at, ended_at, ended_by, active_ms)
			VALUES ($1, $2, $3, $4, $5, 'console', $6, CASE WHEN NOT $7 THEN $6::timestamptz + interval '40 s' END, CASE WHEN $7 THEN '' ELSE $8 END, CASE WHEN NOT $7 THEN $9::bigint END)
			ON CONFLICT DO NOTHING`, uuid.NewString(), desk, id, w.pick("agent", "ana", "ben"), w.pick("span kind", "measured", "measured", "native", "proxy"), at, open, w.end(), w.active())
	case "end":
		w.exec(`UPDATE spans SET ended_at = started_at + interval '1 minute', ended_by = $3, active_ms = $4 WHERE desk = $1 AND ticket = $2 AND ended_at IS NULL`, desk, id, w.end(), w.active())
	case "respan": // a reply after an idle end
		w.exec(`UPDATE spans SET ended_at = $3, ended_by = 'reply', active_ms = $4 WHERE desk = $1 AND ticket = $2 AND ended_by = 'idle'`, desk, id, w.when("ended"), w.active())
	case "rewrite": // behind our back
		w.exec(`UPDATE spans SET ended_at = $3 WHERE desk = $1 AND ticket = $2 AND ended_at IS NOT NULL`, desk, id, w.when("ended"))
	case "draft":
		d := uuid.NewString()
		content := w.pick("content", `{}`, `{"probability": 0.05}`, `{"probability": 0.61}`, `{"probability": 1}`)
		if w.exec(`INSERT INTO drafts (id, desk, ticket, message, revision, version, content, abstained, drafter, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'extractive', $9) ON CONFLICT DO NOTHING`,
			d, desk, id, m, rapid.IntRange(0, 2).Draw(w.rt, "revision"), rapid.IntRange(1, 3).Draw(w.rt, "version"), content, w.pick("abstained", "", "", "no source"), w.when("drafted")) == 1 {
			w.drafts = append(w.drafts, d)
		}
	case "review", "decision", "delivery":
		w.onDraft()
	case "move":
		w.exec(`UPDATE tickets SET queue = $3, arm = $4 WHERE desk = $1 AND id = $2`, desk, id, w.pick("queue", "", "Billing"), w.pick("arm", "treatment", "control"))
	case "reply":
		w.exec(`UPDATE tickets SET first_reply_at = $3 WHERE desk = $1 AND id = $2`, desk, id, w.when("replied"))
	case "solve":
		w.exec(`UPDATE tickets SET solved_at = $3 WHERE desk = $1 AND id = $2`, desk, id, w.when("solved"))
	case "reopen":
		w.exec(`UPDATE tickets SET solved_at = NULL WHERE desk = $1 AND id = $2`, desk, id)
	case "revision":
		w.exec(`UPDATE tickets SET revision = revision + 1 WHERE desk = $1 AND id = $2`, desk, id)
	case "call":
		w.exec(`INSERT INTO llm_calls (at, purpose, provider, model, cost_micros, duration_ms) VALUES ($1, 'draft', 'x', 'x', $2, 1)`, w.when("called"), rapid.IntRange(0, 999).Draw(w.rt, "cost"))
	case "touch":
		w.exec(`UPDATE spans SET last_seen_at = now() WHERE desk = $1 AND ticket = $2 AND ended_at IS NULL`, desk, id)
	case "forget":
		w.exec(`DELETE FROM spans WHERE id IN (SELECT id FROM spans WHERE desk = $1 AND ticket = $2 ORDER BY started_at LIMIT 1)`, desk, id)
	case "refresh":
		if _, err := New(w.pool).Refresh(context.Background(), 0); err != nil {
			w.rt.Fatal(err)
		}
	}
}

func (w *world) kind() string {
	return w.pick("kind", "", "proposed", "abstained", "held_out", "skipped", "failed")
}
func (w *world) end() string   { return w.pick("end", "idle", "reply", "release", "reject") }
func (w *world) active() int64 { return rapid.Int64Range(0, 100_000).Draw(w.rt, "active") }

func (w *world) onDraft() {
	if len(w.drafts) == 0 {
		return
	}
	d := w.pick("draft", w.drafts...)
	switch w.pick("what", "review", "review", "decision", "delivery") {
	case "review":
		state := w.pick("state", "open", "claimed", "approved", "sent", "returned", "rejected", "handed_off", "superseded", "stale")
		var sent any
		if state == "sent" {
			sent = w.when("sent")
		}
		w.exec(`INSERT INTO reviews (draft, desk, ticket, state, kind, distance, sent_at) SELECT id, desk, ticket, $2, $3, $4, $5 FROM drafts WHERE id = $1
			ON CONFLICT (draft) DO UPDATE SET state = excluded.state, kind = excluded.kind, distance = excluded.distance, sent_at = excluded.sent_at`,
			d, state, w.pick("review kind", "", "approve", "edit", "reject", "hand_off", "redraft"), rapid.SampledFrom([]float32{0, 0, 0.1, 0.25, 0.7}).Draw(w.rt, "distance"), sent)
	case "decision":
		w.exec(`INSERT INTO decisions (id, draft, kind, agent, surface) VALUES ($1, $2, $3, 'ana', 'console')`, uuid.NewString(), d, w.pick("decision kind", "claim", "approve", "edit", "reject"))
	case "delivery":
		w.exec(`INSERT INTO deliveries (id, decision, draft, desk, ticket, event, hash, marker, state, created_at)
			SELECT gen_random_uuid(), id, id, desk, ticket, '{}', '', gen_random_uuid()::text, $2, $3 FROM drafts WHERE id = $1
			ON CONFLICT (decision) DO UPDATE SET state = excluded.state`, d, w.pick("delivery", "queued", "sent", "failed", "unknown"), w.when("delivered"))
	}
}

// TestReportOfVolume compares report and recount on a past of a few thousand
// tickets: built at once, all figures are equal, but for the intervals of figures
// with 500 tickets and more, which are not resampled and within 2 % of what was.
func TestReportOfVolume(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Now()
	if err := volume.Fill(t.Context(), pool, volume.Config{Tickets: 4000, Days: 40, Seed: 1, Now: now}); err != nil {
		t.Fatal(err)
	}
	exec(t, pool, `INSERT INTO report_changes (desk, ticket) SELECT desk, id FROM tickets, generate_series(1, 6)`) // enough to be built at once
	exec(t, pool, `INSERT INTO report_changes (desk, ticket) SELECT DISTINCT '', (at AT TIME ZONE 'UTC')::date::text FROM llm_calls`)
	r := New(pool)
	if rep, err := r.Report(t.Context(), LastDays(30, now)); err != nil || rep.Behind < 4000 || rep.Arrivals != 0 {
		t.Fatalf("before the first counting: %d behind, %d arrivals, %v", rep.Behind, rep.Arrivals, err)
	}
	if left, err := r.Refresh(t.Context(), 0); err != nil || left != 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	kept(t, pool)
	for _, f := range []Filter{LastDays(7, now), LastDays(40, now), {From: now.Add(-50 * time.Hour), To: now.Add(-time.Hour), Desk: "zendesk"}} {
		t.Run(fmt.Sprint(f.To.Sub(f.From)), func(t *testing.T) {
			got, err := r.Report(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			want, err := recount{pool}.report(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			figures := func(r Report) []*Figure {
				out := []*Figure{&r.FirstResponse, &r.Resolution}
				for i := range r.Handling {
					out = append(out, &r.Handling[i])
				}
				return out
			}
			large := 0
			for i, g := range figures(got) {
				w := figures(want)[i]
				if g.N != w.N || g.MedianMS != w.MedianMS || g.P90MS != w.P90MS || g.Within != 0 {
					t.Errorf("%+v, recounted %+v", *g, *w)
				}
				if g.N < resampled {
					continue
				}
				large++
				// Both ends are order statistics, and resampling has noise of its own: what they may
				// differ by shrinks with the root of the number. now moves the window over the data.
				if off := 1 / math.Sqrt(float64(g.N)); math.Abs(g.LowMS/w.LowMS-1) > off || math.Abs(g.HighMS/w.HighMS-1) > off {
					t.Errorf("interval of %+v, resampled %+v", *g, *w)
				}
			}
			if f.To.Sub(f.From) > 900*time.Hour && large < 3 {
				t.Errorf("only %d figures are large", large)
			}
			for _, r := range []*Report{&got, &want} {
				r.Handling, r.FirstResponse, r.Resolution = nil, Figure{}, Figure{}
			}
			if got.Distance, want.Distance = math.Round(got.Distance*1e9), math.Round(want.Distance*1e9); f.Desk != "" {
				got.Holdout = want.Holdout
			}
			if a, b := pretty(t, got), pretty(t, want); a != b {
				t.Errorf("reports differ:\n%s\nrecounted\n%s", a, b)
			}
		})
	}
}

// TestSpreadIsWithinItsError: values that were not looked at are off by one percent
// at most.
func TestSpreadIsWithinItsError(t *testing.T) {
	t.Parallel()
	for v := 0.002; v < 1e11; v *= 1.0137 {
		s := &spread{}
		s.add(int16(1+math.Floor(math.Log(v*1000)/math.Log(growth))), maxExact+1)
		f := s.figure()
		if math.Abs(f.MedianMS/v-1) > 0.0101 || f.Within < 0.0099 || f.Within > 0.0101 || len(s.wanted()) != 0 {
			t.Fatalf("%v is shown as %+v", v, f)
		}
	}
}

// TestBlocksCover: whatever the days, each is covered once, by few blocks.
func TestBlocksCover(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int32Range(0, 30_000).Draw(t, "from")
		to := from + rapid.Int32Range(0, MaxDays).Draw(t, "days")
		levels, numbers := blocks(from, to)
		at := from
		for i, l := range levels {
			if numbers[i]<<l != at {
				t.Fatalf("block %d begins at %d, not at %d", i, numbers[i]<<l, at)
			}
			at += 1 << l
		}
		if at != to || len(levels) > 33 {
			t.Fatalf("%d blocks end at %d, not at %d", len(levels), at, to)
		}
	})
}

// TestProveQueues: counts of queues that were never made, or that a process left behind
// which counts none, are made anew; until then, facts are read.
func TestProveQueues(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Now()
	if err := volume.Fill(t.Context(), pool, volume.Config{Tickets: 400, Days: 20, Seed: 3, Now: now}); err != nil {
		t.Fatal(err)
	}
	exec(t, pool, `INSERT INTO report_changes (desk, ticket) SELECT desk, id FROM tickets`)
	r := New(pool)
	if _, err := r.Refresh(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	choices, err := r.Choices(t.Context())
	if err != nil || len(choices.Queues) == 0 {
		t.Fatalf("%+v %v", choices, err)
	}
	f := LastDays(20, now)
	f.Queue = choices.Queues[0]
	fromFacts := pretty(t, report(t, r, f))
	spoil := map[string]string{
		"whole":            `SELECT 1`,
		"never counted":    `DELETE FROM report_counts WHERE scope LIKE 'desk/%/queue/%'`,
		"moved by a day":   `UPDATE report_counts SET block = block - 1 WHERE scope LIKE 'desk/%/queue/%' AND level = 0 AND block = (SELECT min(block) FROM report_counts WHERE level = 0 AND scope LIKE 'desk/%/queue/%')`,
		"another bucket":   `UPDATE report_counts SET buckets[1] = buckets[1] + 1 WHERE scope LIKE 'desk/%/queue/%' AND noun = 'resolution'`,
		"counted too much": `UPDATE report_counts SET counts[1] = counts[1] + 1 WHERE scope LIKE 'desk/%/queue/%' AND noun = 'decision'`,
	}
	for name, sql := range spoil {
		exec(t, pool, sql)
		if err := r.ProveQueues(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept(t, pool)
		if got := pretty(t, report(t, r, f)); got != fromFacts {
			t.Errorf("%s: from counts\n%s\nfrom facts\n%s", name, got, fromFacts)
		}
	}
	var marked bool
	if err := pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM report_counts WHERE scope = $1)`, queuesCounted).Scan(&marked); err != nil || !marked {
		t.Errorf("the counts are not used (%v)", err)
	}
}
