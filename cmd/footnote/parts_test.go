package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/sandbox"
	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/pipeline/llm/llmtest"
)

// TestModelPath lets a model write, then takes the model away: the draft of the
// first ticket is the model's, that of the second extractive and says why.
func TestModelPath(t *testing.T) {
	t.Parallel()
	model := llmtest.New()
	t.Cleanup(model.Close)
	a := sampled(t, "openai_base_url="+model.URL, "openai_model=test-model", "price_input=150000", "price_output=600000", "model_timeout=20s")
	ask := func(subject string) pipeline.Draft {
		t.Helper()
		id, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: subject, Subject: subject, Text: "How do I connect my Google calendar so that private events block my availability?"})
		if err != nil {
			t.Fatal(err)
		}
		var d pipeline.Draft
		waitFor(t, "the draft of "+subject, func() bool {
			v, err := a.review.Ticket(t.Context(), pipeline.TicketRef{Desk: "sandbox", ID: id})
			if err != nil || len(v.Reviews) == 0 {
				return false
			}
			d = v.Reviews[0].Draft
			return true
		})
		return d
	}
	d := ask("with the model")
	if d.Drafter != "model" || !strings.Contains(d.Model, "test-model") || d.PromptHash == "" || d.CostMicros <= 0 || len(d.Citations()) == 0 || d.Abstained != "" {
		t.Fatalf("drafter %s, model %s, cost %d, abstained %q, fallback %q", d.Drafter, d.Model, d.CostMicros, d.Abstained, d.Fallback)
	}
	var calls int
	var spent int64
	if err := a.p.pool.QueryRow(t.Context(), `SELECT count(*), sum(cost_micros) FILTER (WHERE purpose <> 'probe')::bigint FROM llm_calls`).Scan(&calls, &spent); err != nil || calls != len(model.Calls()) || spent != d.CostMicros {
		t.Fatalf("the ledger has %d calls for %d µUSD, the provider %d calls; the draft says %d (%v)", calls, spent, len(model.Calls()), d.CostMicros, err)
	}
	model.Close()
	d = ask("without it")
	if d.Drafter != "extractive" || d.Fallback == "" || len(d.Citations()) == 0 {
		t.Fatalf("drafter %s, fallback %q: want a cited extractive draft that says why", d.Drafter, d.Fallback)
	}
	waitFor(t, "health saying that the model is away", func() bool {
		found, err := a.checkModel(t.Context())
		return err != nil && strings.Contains(err.Error(), "cannot be reached") && strings.Contains(found, "first (test-model)")
	})
	if results, ready := runChecks(t.Context(), a.checks()); !ready || !slices.ContainsFunc(results, func(r result) bool {
		return r.Name == "model" && !r.OK && strings.Contains(r.Advice, "openai_base_url")
	}) {
		t.Errorf("ready %v: %+v", ready, results)
	}
}

// TestModelComesBack: tickets that came while the model was away get its drafts when it
// is back, but for one that somebody has begun on.
func TestModelComesBack(t *testing.T) {
	t.Parallel()
	model := llmtest.New()
	t.Cleanup(model.Close)
	model.Default = llmtest.Unavailable
	a := sampled(t, "openai_base_url="+model.URL, "openai_model=test-model", "model_timeout=20s")
	newest := func(id string) (r pipeline.Review, n int) {
		v, err := a.review.Ticket(t.Context(), pipeline.TicketRef{Desk: "sandbox", ID: id})
		if err != nil || len(v.Reviews) == 0 {
			return r, 0
		}
		return v.Reviews[0], len(v.Reviews)
	}
	var ids []string
	for _, subject := range []string{"left alone", "begun on"} {
		id, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: subject, Subject: subject, Text: "How do I connect my Google calendar so that private events block my availability?"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		waitFor(t, "the draft of "+subject, func() bool { _, n := newest(id); return n == 1 })
	}
	people, err := a.team(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	begun, _ := newest(ids[1])
	if _, err := a.review.Decide(t.Context(), pipeline.Decision{Draft: begun.Draft.ID, Kind: pipeline.Claim, By: people[0], Surface: "console"}); err != nil {
		t.Fatal(err)
	}
	model.Heal()
	a.gateway.Probe(t.Context(), true)
	waitFor(t, "the model's draft", func() bool { r, n := newest(ids[0]); return n == 2 && r.Draft.Drafter == "model" })
	waitFor(t, "nobody waiting", func() bool {
		var n int
		return a.p.pool.QueryRow(t.Context(), `SELECT count(*) FROM awaited_drafts`).Scan(&n) == nil && n == 0
	})
	if r, n := newest(ids[1]); n != 1 || r.State != pipeline.StateClaimed {
		t.Errorf("what somebody has begun on: %d drafts, %s", n, r.State)
	}
}

// TestSlackJourney approves in Slack what was drafted, and reads the final card.
func TestSlackJourney(t *testing.T) {
	t.Parallel()
	chat := bottest.NewSlack()
	t.Cleanup(chat.Close)
	chat.AddUser(bottest.SlackUser{ID: "U1ANA", Name: "Ana Ortiz", Email: "ana@footnote.demo"})
	chat.AddUser(bottest.SlackUser{ID: "U2EVE", Name: "Eve", Email: "eve@elsewhere.example"})
	a := sampled(t, "slack_bot_token="+bottest.SlackBotToken, "slack_app_token="+bottest.SlackAppToken, "slack_channel=C0TRIAGE", "slack_api_url="+chat.URL())
	if _, err := a.team(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: "s", Subject: "Calendar", Text: "How do I connect my Google calendar?"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var card bottest.SlackMessage
	if err := chat.Wait(ctx, func() bool {
		m := chat.Messages("C0TRIAGE")
		if len(m) > 0 {
			card = m[0]
		}
		return len(m) > 0
	}); err != nil {
		t.Fatal("no card:", err)
	}
	i := slices.IndexFunc(card.Buttons(), func(b string) bool { return strings.Contains(b, "approve") })
	if i < 0 {
		t.Fatalf("no approve button among %v", card.Buttons())
	}
	approve := card.Buttons()[i]
	waitFor(t, "the socket", func() bool { return chat.Click(ctx, "U2EVE", card, approve) == nil })
	if err := chat.Wait(ctx, func() bool { return len(chat.Whispers("U2EVE")) > 0 }); err != nil {
		t.Fatal("an outsider was not told:", err)
	}
	if err := chat.Click(ctx, "U1ANA", card, approve); err != nil {
		t.Fatal(err)
	}
	words := func() string { return strings.Join(chat.Messages("C0TRIAGE")[0].Strings(), "") }
	if err := chat.Wait(ctx, func() bool { return strings.Contains(words(), "Sent") && strings.Contains(words(), "Ana Ortiz") }); err != nil {
		t.Fatalf("the card never says that it was sent, and by whom: %q", words())
	}
	replies := 0
	for _, e := range a.sandbox.Ledger() {
		if e.Op == sandbox.OpMessage && e.Message.Role == pipeline.RoleAgent {
			replies++
			if e.Message.Author.Name != "Ana Ortiz" {
				t.Errorf("the reply is by %s", e.Message.Author.Name)
			}
		}
	}
	if replies != 1 {
		t.Fatalf("%d replies at the desk", replies)
	}
}

// waitFor polls for what crosses processes and has no signal of its own.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// TestDatabaseDies kills PostgreSQL while customers write: nothing is lost, and
// every message ends in its outcome once the database is back.
func TestDatabaseDies(t *testing.T) {
	t.Parallel()
	a := sampled(t, "ack_wait=2s")
	const tickets = 12
	for i := range tickets {
		if i == 3 || i == 8 {
			waitFor(t, "the database", func() bool { return proveDatabase(t.Context(), a.p.pool) == nil })
			raw, err := os.ReadFile(filepath.Join(a.c.Data, "postgres", "data", "postmaster.pid"))
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.SplitN(string(raw), "\n", 2)[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: fmt.Sprint(i), Subject: "Calendar", Text: "How do I connect my Google calendar?"}); err != nil {
			t.Fatal("a customer could not write:", err)
		}
	}
	waitFor(t, "an outcome for every ticket", func() bool {
		rep, err := a.reports.Report(t.Context(), reportNow())
		return err == nil && rep.Arrivals == tickets && rep.Pending == 0 && rep.Outcomes[pipeline.OutcomeFailed] == 0
	})
	if n := a.p.pg.Restarts(); n < 2 {
		t.Fatalf("%d restarts: the database was not killed twice", n)
	}
}
