package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"footnote/bots/sandbox"
	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/work"
)

// TestPausedMessagesAreDrafted pauses drafting, lets customers write, answers
// one of them at the desk, restarts, and resumes: the others get one draft each,
// the newest first and not all at once, also across another restart.
func TestPausedMessagesAreDrafted(t *testing.T) {
	t.Parallel()
	dir := scratchDir(t, "test")
	sets := []string{"knowledge=sample", "sync_every=0s"}
	start := func() (*app, func()) { return runningIn(t, dir, sets...) }
	a, stop := start()
	if err := a.syncKnowledge(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	boss := pipeline.Agent{ID: "boss", Name: "Grete", Role: access.RoleManager}
	if _, err := (office{a}).Pause(t.Context(), boss, true, "new knowledge"); err != nil {
		t.Fatal(err)
	}
	var ids []string // oldest first
	for i := range 6 {
		id, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: fmt.Sprint(i), Subject: fmt.Sprint("Calendar ", i), Text: "How do I connect my Google calendar?"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		waitFor(t, "ticket "+id+" waits", func() bool { return states(t, a)[id] == "paused, will be drafted" })
	}
	answerAtSandbox(t, a, ids[2])
	waitFor(t, "the answer is known", func() bool { _, waits := states(t, a)[ids[2]]; return !waits })
	stop()
	a, stop = start() // still paused
	if n, err := a.tracker.CatchUp(t.Context(), catchUpPace); err != nil || n != 0 {
		t.Fatalf("asked for %d drafts while paused, %v", n, err)
	}
	if got := states(t, a); len(got) != 5 || got[ids[5]] != "paused, will be drafted" {
		t.Fatalf("after a restart the queue says %v", got)
	}
	if _, err := (office{a}).Pause(t.Context(), boss, false, ""); err != nil {
		t.Fatal(err)
	}
	drafted := func() (in []string) { // ticket ids in the order drafts were asked for
		rows, err := a.p.pool.Query(t.Context(), `
			SELECT o.ticket
			  FROM outcomes o JOIN drafts d ON d.desk = o.desk AND d.ticket = o.ticket
			 ORDER BY o.asked_at`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			in = append(in, id)
		}
		return in
	}
	waitFor(t, "the first drafts", func() bool { return len(drafted()) >= 2 })
	stop()
	a, _ = start()
	waitFor(t, "every draft", func() bool { return len(drafted()) == 5 })
	waitFor(t, "every draft is proposed", func() bool {
		got := states(t, a)
		for _, s := range got {
			if s != "a draft waits" {
				return false
			}
		}
		return len(got) == 5
	})
	if got, want := drafted(), []string{ids[5], ids[4], ids[3], ids[1], ids[0]}; !slices.Equal(got, want) {
		t.Errorf("drafted %v, want %v", got, want)
	}
	var first, last time.Time
	if err := a.p.pool.QueryRow(t.Context(), `SELECT min(asked_at), max(asked_at) FROM outcomes`).Scan(&first, &last); err != nil {
		t.Fatal(err)
	}
	if last.Sub(first) < catchUpEvery { // five, two at a time
		t.Errorf("all were asked for within %s", last.Sub(first))
	}
	waitFor(t, "a trace that tells of the pause", func() bool {
		got := tracedText(t, a, "sandbox/"+ids[0])
		return strings.Contains(got, "outcome.recorded, skipped: drafting is paused") && strings.Contains(got, "outcome.recorded, proposed")
	})
	v, err := a.review.Ticket(t.Context(), pipeline.TicketRef{Desk: "sandbox", ID: ids[2]})
	if err != nil || len(v.Reviews) != 0 || v.Outcomes[0].Reason != "an agent had already answered" {
		t.Errorf("the answered ticket has %d drafts and %+v, %v", len(v.Reviews), v.Outcomes, err)
	}
}

// states says where each ticket that needs a person stands.
func states(t *testing.T, a *app) map[string]string {
	t.Helper()
	page, err := a.work.Queue(t.Context(), work.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i, l := range queueLines(page.Rows) {
		out[page.Rows[i].Ticket.ID] = l.State
	}
	return out
}

// answerAtSandbox replies as an agent who works in the desk itself.
func answerAtSandbox(t *testing.T, a *app, id string) {
	t.Helper()
	body, err := json.Marshal(sandbox.NewReply{Text: "Like this.", Author: pipeline.Person{ID: "ana", Name: "Ana"}})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+"/sandbox/api/tickets/"+id+"/replies", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatalf("the desk answered %s", resp.Status)
	}
}
