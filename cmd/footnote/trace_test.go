package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/review"
	"footnote/review/access"
	"footnote/review/audit"
	"footnote/review/trace"
)

// traced runs `footnote trace` and returns its text.
func tracedText(t *testing.T, a *app, id string) string {
	t.Helper()
	var out bytes.Buffer
	if err := (&traceCmd{ID: id}).run(t.Context(), a, &out); err != nil {
		t.Fatalf("trace %s: %v", id, err)
	}
	return out.String()
}

// TestTrace: a ticket that went all the way is explained from any of its ids;
// an unknown id is an error that says what ids look like.
func TestTrace(t *testing.T) {
	t.Parallel()
	a := sampled(t)
	id, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: "t", Subject: "Calendar", Text: "How do I connect my Google calendar?"})
	if err != nil {
		t.Fatal(err)
	}
	ref := pipeline.TicketRef{Desk: "sandbox", ID: id}
	var v review.TicketView
	look := func() bool { v, err = a.review.Ticket(t.Context(), ref); return err == nil && len(v.Reviews) > 0 }
	waitFor(t, "the draft", look)
	ana, err := a.access.Ensure(t.Context(), pipeline.Agent{Name: "Ana Ortiz", Email: "ana@footnote.demo"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.review.Find(t.Context(), v.Reviews[0].Draft.ID)
	if err != nil {
		t.Fatal(err)
	}
	done, err := a.review.Decide(t.Context(), pipeline.Decision{Draft: r.Draft.ID, Kind: pipeline.Approve, By: ana, Surface: "console", Hash: r.ApproveHash})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the reply is sent", func() bool { return look() && v.Reviews[0].State == pipeline.StateSent })
	if p, err := a.reports.Person(t.Context(), ana.ID, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)); err != nil || p.Approved != 1 || p.Edited != 0 {
		t.Errorf("her week: %+v, %v", p, err)
	}
	if p, err := a.reports.Person(t.Context(), ana.ID, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)); err != nil || p.Approved != 0 {
		t.Errorf("the hour before: %+v, %v", p, err)
	}
	var delivery string
	if err := a.p.pool.QueryRow(t.Context(), `SELECT id::text FROM deliveries`).Scan(&delivery); err != nil {
		t.Fatal(err)
	}
	for what, id := range map[string]string{"a ticket": ref.String(), "a draft": r.Draft.ID, "a decision": done.ID, "a delivery": delivery,
		"an event": "draft/" + ref.String() + "/" + r.Draft.Message + "/1"} {
		got := tracedText(t, a, id)
		last := -1
		for _, word := range []string{"is " + what, "ticket.received", "draft.requested", "version 1, extractive", "approve by Ana Ortiz in console", "queued for sandbox", "sent after 1 attempts"} {
			at := strings.Index(got, word)
			if at < 0 || at < last && word != "queued for sandbox" {
				t.Errorf("%s: %q is missing or out of order in\n%s", what, word, got)
				break
			}
			last = at
		}
	}
	for _, e := range []string{"draft.proposed/" + r.Draft.ID, "updated/" + ref.String() + "/1/customer_message"} {
		if got := tracedText(t, a, e); !strings.Contains(got, ref.String()) {
			t.Errorf("event %s: %s", e, got)
		}
	}
	var out bytes.Buffer
	var tr trace.Trace
	waitFor(t, "the same steps by command and on the page", func() bool { // our own reply may still come back between the two
		out.Reset()
		if err := (&traceCmd{ID: r.Draft.ID, JSON: true}).run(t.Context(), a, &out); err != nil {
			t.Fatal(err)
		}
		tr = trace.Trace{}
		if err := json.Unmarshal(out.Bytes(), &tr); err != nil || tr.Ticket == nil || *tr.Ticket != ref || len(tr.Steps) < 8 {
			t.Fatalf("JSON: %v, %+v", err, tr)
		}
		page, err := a.explainer().Explain(t.Context(), r.Draft.ID)
		if err != nil || page.Is != "a draft" || page.Ticket == nil || page.Steps[0] != tr.Steps[0] {
			t.Fatalf("the console's page: %v, %+v", err, page)
		}
		return len(page.Steps) == len(tr.Steps)
	})
	for i, s := range tr.Steps[1:] {
		if s.At.Before(tr.Steps[i].At) {
			t.Errorf("step %d is older than the one before", i+1)
		}
	}
	for id, kind := range map[string]pipeline.Kind{"FN-NOTTHERE22": pipeline.NotFound, "": pipeline.Invalid, "sandbox/none": pipeline.NotFound, "a\x00b": pipeline.Invalid,
		"5f0c3c1e-0000-4000-8000-000000000009": pipeline.NotFound, "' OR 1=1 --": pipeline.NotFound} {
		if err := (&traceCmd{ID: id}).run(t.Context(), a, &out); pipeline.KindOf(err) != kind {
			t.Errorf("trace %q: %v, want %v", id, err, kind)
		}
	}
}

// TestPause: the switch stops drafting for every process at once, says who did
// it, is audited once, and every message still ends in an outcome.
func TestPause(t *testing.T) {
	t.Parallel()
	a := sampled(t)
	boss := pipeline.Agent{ID: "boss", Name: "Grete", Role: access.RoleManager}
	o := office{a}
	if _, err := o.Pause(t.Context(), pipeline.Agent{ID: "x", Role: access.RoleAgent}, true, ""); pipeline.KindOf(err) != pipeline.Denied {
		t.Fatalf("an agent paused: %v", err)
	}
	for range 2 {
		if s, err := o.Pause(t.Context(), boss, true, "new knowledge"); err != nil || !s.Paused || s.By != "Grete" || s.Reason != "new knowledge" {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	var last pipeline.TicketRef
	outcomeOf := func(name string) (kind pipeline.OutcomeKind, reason string) {
		id, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: name, Subject: name, Text: "How do I connect my Google calendar?"})
		if err != nil {
			t.Fatal(err)
		}
		last = pipeline.TicketRef{Desk: "sandbox", ID: id}
		waitFor(t, "the outcome of "+name, func() bool {
			v, err := a.review.Ticket(t.Context(), pipeline.TicketRef{Desk: "sandbox", ID: id})
			if err != nil || len(v.Outcomes) == 0 {
				return false
			}
			kind, reason = v.Outcomes[0].Kind, v.Outcomes[0].Reason
			return kind != ""
		})
		return kind, reason
	}
	if kind, reason := outcomeOf("while paused"); kind != pipeline.OutcomeSkipped || reason != "drafting is paused" {
		t.Fatalf("%s: %s", kind, reason)
	}
	if seen, err := a.p.bus.History(t.Context(), last); err != nil || len(seen) == 0 {
		t.Errorf("history of %s: %v, %v", last, seen, err)
	} else if got := tracedText(t, a, seen[0].Event.ID); !strings.Contains(got, "is an event, ticket "+last.String()) || !strings.Contains(got, "skipped: drafting is paused") {
		t.Errorf("trace of %s says\n%s", seen[0].Event.ID, got)
	}
	if v, err := o.Overview(t.Context(), boss); err != nil || !v.Switch.Paused || v.Waiting != 1 {
		t.Fatalf("overview %+v, %v: a message without a draft still needs a person", v, err)
	}
	if s, err := o.Pause(t.Context(), boss, false, ""); err != nil || s.Paused {
		t.Fatalf("%+v, %v", s, err)
	}
	if kind, reason := outcomeOf("after it"); kind != pipeline.OutcomeProposed {
		t.Fatalf("%s: %s", kind, reason)
	}
	var rows int
	if err := a.p.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action IN ('drafting.paused', 'drafting.resumed') AND actor = 'boss'`).Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d audit rows, %v", rows, err)
	}
	if _, _, err := audit.Verify(t.Context(), a.p.pool); err != nil {
		t.Error(err)
	}
}

// TestSlackSurfaces asks the sample's knowledge by mention and command through
// the whole process, and traces what people were shown.
func TestSlackSurfaces(t *testing.T) {
	t.Parallel()
	chat := bottest.NewSlack()
	t.Cleanup(chat.Close)
	chat.AddUser(bottest.SlackUser{ID: "U1ANA", Name: "Ana Ortiz", Email: "ana@footnote.demo"})
	chat.SetGroup("S1BOSSES", "U1ANA")
	a := sampled(t, "slack_bot_token="+bottest.SlackBotToken, "slack_app_token="+bottest.SlackAppToken, "slack_channel=C0TRIAGE", "slack_api_url="+chat.URL(), "slack_groups=S1BOSSES=manager")
	if _, err := a.team(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if _, err := chat.Mention(ctx, bottest.SlackAsk{User: "U1ANA", Channel: "C0TRIAGE", Text: "<@" + bottest.SlackBotUser + "> How do I connect my Google calendar?"}); err != nil {
		t.Fatal(err)
	}
	var ref string
	if err := chat.Wait(ctx, func() bool {
		for _, m := range chat.Messages("C0TRIAGE") {
			for _, s := range m.Strings() {
				if i := strings.Index(s, "FN-"); i >= 0 && m.Bot == bottest.SlackBot {
					ref = s[i:]
				}
			}
		}
		return ref != ""
	}); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the request has ended", func() bool { return strings.Contains(tracedText(t, a, ref), "answered") })
	got := tracedText(t, a, strings.ToLower(ref))
	for _, word := range []string{"asked in Slack (mention) by U1ANA", "Google calendar", "answer written", "source", "answered"} {
		if !strings.Contains(got, word) {
			t.Errorf("%q is missing in\n%s", word, got)
		}
	}
	for text, words := range map[string][]string{"status": {"Drafts are being written.", "PostgreSQL"}, "queue": {"Your claims"}, "report": {"Handling time", "Outcomes"}, "ask the weather on mars?": {"No answer"}} {
		if _, err := chat.Command(ctx, bottest.SlackAsk{User: "U1ANA", Channel: "C0TRIAGE", Text: text}); err != nil {
			t.Fatal(err)
		}
		if err := chat.Wait(ctx, func() bool {
			for _, w := range chat.Whispers("U1ANA") {
				said := strings.Join(w.Message().Strings(), "\n")
				all := true
				for _, word := range words {
					all = all && strings.Contains(said, word)
				}
				if all {
					return true
				}
			}
			return false
		}); err != nil {
			t.Errorf("/footnote %s: %v; heard %v", text, err, chat.Whispers("U1ANA"))
		}
	}
	if err := chat.Event(ctx, "E1", map[string]any{"type": "app_home_opened", "user": "U1ANA", "tab": "home"}, 0); err != nil {
		t.Fatal(err)
	}
	if err := chat.Wait(ctx, func() bool {
		return strings.Contains(strings.Join(chat.HomeMessage("U1ANA").Strings(), "\n"), "Your week")
	}); err != nil {
		t.Error(err)
	}
}
