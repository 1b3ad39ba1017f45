package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/bots/sandbox/demo"
	"footnote/knowledge"
	"footnote/knowledge/source"
	"footnote/pipeline"
	"footnote/review/audit"
)

// TestRemoveSource takes a source away that a draft cites: the draft goes out of
// date, its receipts stay readable, and the audit log says who did it, once.
func TestRemoveSource(t *testing.T) {
	t.Parallel()
	a := sampled(t)
	dir := filepath.Join(t.TempDir(), "old")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kayaks.md"), []byte("# Kayaks\n\nTo reserve a kayak for a river tour, open Boats and press Reserve a kayak.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.knowledge.Sync(t.Context(), source.Open("old", dir, knowledge.Settings{})); err != nil {
		t.Fatal(err)
	}
	id, err := openAtSandbox(t.Context(), a, demo.Ticket{ID: "k", Subject: "Kayak", Text: "How do I reserve a kayak for a river tour?"})
	if err != nil {
		t.Fatal(err)
	}
	draft := func() (r pipeline.Review) {
		v, err := a.review.Ticket(t.Context(), pipeline.TicketRef{Desk: "sandbox", ID: id})
		if err == nil && len(v.Reviews) > 0 {
			r = v.Reviews[0]
		}
		return r
	}
	waitFor(t, "a draft that cites the old source", func() bool {
		c := draft().Draft.Citations()
		return len(c) > 0 && c[0].Document == "old/kayaks.md"
	})
	say := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := a.runLine(t.Context(), append([]string{"knowledge", "remove"}, args...), &out)
		return out.String(), err
	}
	if _, err := say("sample-knowledge", "--yes"); pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "configured right now") {
		t.Errorf("the configured source: %v", err)
	}
	if _, err := say("none"); pipeline.KindOf(err) != pipeline.NotFound || !strings.Contains(err.Error(), "there are: old, sample-knowledge") {
		t.Errorf("an unknown source: %v", err)
	}
	if out, err := say("old"); err != nil || !strings.Contains(out, "documents: 1.") || draft().Stale != "" {
		t.Errorf("asked only: %q %v, stale %q", out, err, draft().Stale)
	}
	for range 2 {
		if out, err := say("old", "--yes"); err != nil || !strings.Contains(out, "documents out of search: 1.") {
			t.Fatalf("%q %v", out, err)
		}
	}
	waitFor(t, "the draft to be void", func() bool { return draft().State == pipeline.StateStale })
	c := draft().Draft.Citations()[0]
	if d, err := (shelves{a}).Document(t.Context(), c.Document, c.Version); err != nil || len(d.Passages) != 1 || !strings.Contains(d.Passages[0].Text, c.Quote) {
		t.Errorf("the receipt leads to %+v (%v)", d, err)
	}
	var rows int
	if err := a.p.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action = 'knowledge.source_removed' AND object = 'source/old' AND actor = 'command line'`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d audit rows (%v)", rows, err)
	}
	if _, _, err := audit.Verify(t.Context(), a.p.pool); err != nil {
		t.Error(err)
	}
}

// TestSyncRefusesAnotherSetting: a command is carried to the running process, and
// says so when that one has another source than the command was typed with.
func TestSyncRefusesAnotherSetting(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "docs")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte("# A\n\nText.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := running(t, "knowledge="+dir, "sync_every=0s")
	for _, meant := range []string{"/other/docs", "sample"} {
		var out bytes.Buffer
		err := remote(t.Context(), a.c, a.url, []string{"knowledge", "sync", "--meant=" + meant}, &out)
		if pipeline.KindOf(err) != pipeline.Conflict || !strings.Contains(err.Error(), "knowledge="+meant) || !strings.Contains(err.Error(), dir) || out.Len() > 0 {
			t.Errorf("meant %s: %q %v", meant, out.String(), err)
		}
	}
	if n, err := a.knowledge.Count(t.Context()); err != nil || n.Documents != 0 {
		t.Errorf("refused, and %d documents synced (%v)", n.Documents, err)
	}
	for _, meant := range []string{"", absolute(dir)} {
		var out bytes.Buffer
		if err := remote(t.Context(), a.c, a.url, []string{"knowledge", "sync", "--meant=" + meant}, &out); err != nil || !strings.Contains(out.String(), dir) {
			t.Errorf("meant %q: %q does not name the source (%v)", meant, out.String(), err)
		}
	}
	if absolute("sample") != "sample" || absolute("") != "" || !filepath.IsAbs(absolute("docs")) {
		t.Error("a path must read the same in any directory, and the sample is none")
	}
}

// TestSampleSaysWhatIsThere, also when the start has synced it just before.
func TestSampleSaysWhatIsThere(t *testing.T) {
	t.Parallel()
	a := sampled(t)
	n, err := a.knowledge.Count(t.Context())
	if err != nil || n.Documents < 50 || n.Quarantined == 0 {
		t.Fatalf("%+v %v", n, err)
	}
	var out bytes.Buffer
	if err := a.loadSample(t.Context(), &out); err != nil || !strings.Contains(out.String(), fmt.Sprintf("Knowledge: %d documents in %d passages; files in quarantine: %d.", n.Documents, n.Passages, n.Quarantined)) {
		t.Errorf("%q %v", out.String(), err)
	}
}
