package main

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/bots/sandbox/demo"
	"footnote/knowledge/qdrant/qdtest"
	"footnote/pipeline"
)

// indexState is what readiness says of the index.
func indexState(t *testing.T, a *app) result {
	t.Helper()
	results, _ := runChecks(t.Context(), a.checks())
	for _, r := range results {
		if r.Name == "search index" {
			return r
		}
	}
	t.Fatal("readiness says nothing of the index")
	return result{}
}

// TestHealsIndexUnderTickets starts Footnote before its Qdrant, kills that twice, drops
// its collection, and lets customers write all the while: each ticket waits, gets its
// draft, and is never a dead letter; readiness says what is the matter, and then that
// all is well, without a restart.
func TestHealsIndexUnderTickets(t *testing.T) {
	t.Parallel()
	server := qdtest.Serve(t, "")
	server.Stop()
	a := running(t, "knowledge=sample", "sync_every=0s", "ack_wait=2s", "qdrant_url="+server.URL())
	if err := a.syncKnowledge(t.Context(), io.Discard); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Fatalf("sync without an index: %v", err)
	}
	tickets := 0
	write := func() {
		t.Helper()
		tickets++
		if _, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: fmt.Sprint(tickets), Subject: "Calendar", Text: "How do I connect my Google calendar?"}); err != nil {
			t.Fatal("a customer could not write:", err)
		}
	}
	right := func(what string) {
		t.Helper()
		began := time.Now()
		waitFor(t, "health is right after "+what, func() bool { return indexState(t, a).OK })
		t.Logf("%-28s health right after %.1f s", what, time.Since(began).Seconds())
		waitFor(t, "every ticket has a draft after "+what, func() bool {
			rep, err := a.reports.Report(t.Context(), reportNow())
			return err == nil && rep.Arrivals == tickets && rep.Pending == 0 && rep.Outcomes[pipeline.OutcomeProposed] == tickets
		})
		t.Logf("%-28s every ticket drafted after %.1f s", what, time.Since(began).Seconds())
		if n, last, err := a.tracker.Unreplayed(t.Context()); err != nil || n > 0 {
			t.Fatalf("%d dead letters after %s (%s), %v", n, what, last.Reason, err)
		}
	}
	write()
	if r := indexState(t, a); r.OK || !strings.Contains(r.Problem, "does not answer") {
		t.Fatalf("%+v", r)
	}
	server.Start()
	right("the first start")
	if r := indexState(t, a); !strings.Contains(r.Found, "Qdrant 1.") {
		t.Errorf("no version: %+v", r)
	}
	for _, what := range []string{"a kill", "a second kill"} {
		server.Stop()
		write()
		waitFor(t, "health sees it", func() bool { return !indexState(t, a).OK })
		write()
		server.Start() // it remembers nothing
		write()
		right(what)
	}
	client := server.Client()
	names, err := client.ListCollections(t.Context())
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := client.DeleteCollection(t.Context(), names[0]); err != nil {
		t.Fatal(err)
	}
	write()
	write()
	right("a dropped collection")
}

// TestIndexOfAnother: a second installation with the same alias on one Qdrant does not
// start, says why and what to do, and leaves the first one's index alone.
func TestIndexOfAnother(t *testing.T) {
	t.Parallel()
	server := qdtest.Serve(t, "")
	first := sampled(t, "qdrant_url="+server.URL())
	n, err := first.knowledge.Check(t.Context())
	if err != nil || n.Points == 0 {
		t.Fatal(n, err)
	}
	c, err := loadConfig("", []string{"data=" + filepath.Join(scratchDir(t, "test"), "data"), "listen=127.0.0.1:0", "knowledge=sample", "qdrant_url=" + server.URL()}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	second, err := openApp(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer second.close()
	err = second.serve(t.Context(), allRoles, make(chan struct{}))
	if pipeline.KindOf(err) != pipeline.Denied || !strings.Contains(pipeline.Say(err), "another installation") {
		t.Fatalf("it starts: %v", err)
	}
	if r := indexState(t, second); r.OK || !strings.Contains(r.Advice, "FOOTNOTE_COLLECTION") {
		t.Errorf("%+v", r)
	}
	if err := second.syncKnowledge(t.Context(), io.Discard); pipeline.KindOf(err) != pipeline.Denied {
		t.Errorf("it syncs: %v", err)
	}
	if after, err := first.knowledge.Check(t.Context()); err != nil || !after.Clean() || after.Points != n.Points {
		t.Errorf("the first one's index: %+v, %v", after, err)
	}
	var out strings.Builder
	if err := (&knowledgeAdoptCmd{}).run(t.Context(), second, &out); err != nil || second.knowledge.Look(t.Context()) != nil {
		t.Errorf("adopt: %v, %v", err, second.knowledge.Look(t.Context()))
	}
}
