package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
)

// smallDisk mounts a file system of so many MiB; the test is skipped where nobody may.
func smallDisk(t *testing.T, mib int) string {
	t.Helper()
	dir := scratchDir(t, "disk")
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=755", mib)); err != nil {
		t.Skipf("mounting a small file system is not allowed here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fillDisk takes all that is free of a disk but keep bytes, and returns what gives it back.
func fillDisk(t *testing.T, dir string, keep int64) (free func()) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	for n := len(block); n > 0; {
		if d, err := diskOf(dir); err != nil || d.free <= keep {
			break
		}
		if _, err := f.Write(block[:n]); err != nil {
			n /= 2
		}
	}
	_ = f.Close()
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// readiness asks a running process; names are those of the checks that fail.
func readiness(t *testing.T, a *app) (ready bool, names, problems []string) {
	t.Helper()
	resp, err := http.Get(a.url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Ready  bool     `json:"ready"`
		Checks []result `json:"checks"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	for _, c := range v.Checks {
		if !c.OK {
			names, problems = append(names, c.Name), append(problems, c.Problem)
		}
	}
	return v.Ready, names, problems
}

// TestHealsDisk fills the disk under the whole installation while customers write,
// and gives it back: readiness says which store takes nothing, and when there is room
// everything goes on in the same process, with an outcome for every message.
func TestHealsDisk(t *testing.T) {
	dir := smallDisk(t, 320)
	k := newCampaign(t) // its desk keeps its ledger in memory, off the full disk
	a, _ := runningIn(t, dir, "knowledge=sample", "sync_every=0s", "sandbox=false", "sandbox_url="+k.url, "sandbox_token="+campaignSecret, "ack_wait=2s",
		fmt.Sprintf("listen=127.0.0.1:%d", k.port), "settle=300ms", "undo_send=0s")
	waitFor(t, "the knowledge", func() bool { return a.syncKnowledge(t.Context(), io.Discard) == nil }) // the start syncs too
	n := 0
	write := func() {
		n++
		if _, err := openAtSandbox(t.Context(), &app{url: k.url, secret: campaignSecret}, demo.Ticket{ID: fmt.Sprint(n), Subject: "Calendar", Text: "How do I connect my Google calendar?"}); err != nil {
			t.Fatal(err)
		}
	}
	settled := func() bool {
		rep, err := a.reports.Report(t.Context(), reportNow())
		return err == nil && rep.Arrivals == n && rep.Pending == 0 && rep.Outcomes[pipeline.OutcomeFailed] == 0
	}
	write()
	waitFor(t, "the first outcome", settled)
	if ready, why, _ := readiness(t, a); !ready {
		t.Fatal("not ready before the disk is full:", why)
	}

	free := fillDisk(t, dir, 30<<20)
	waitFor(t, "the alarm before the disk is full", func() bool {
		_, _, problems := readiness(t, a)
		return strings.Contains(strings.Join(problems, "\n"), "new messages are refused")
	})
	if e := (pipeline.Event{ID: "too much", Type: pipeline.TicketReceived, Desk: "sandbox", Ticket: "x", Data: json.RawMessage(`{}`)}); a.p.bus.Publish(t.Context(), e) == nil {
		t.Error("a new message is taken although only the reserve is free")
	}
	free()

	for round := range 2 {
		free := fillDisk(t, dir, 0)
		write()
		begin := time.Now()
		// what a working installation writes; the database's log needs a segment more
		waitFor(t, "readiness says that nothing can be stored", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, _ = a.p.pool.Exec(ctx, `SELECT pg_logical_emit_message(true, 'footnote', repeat('x', 4000000))`)
			ready, _, _ := readiness(t, a)
			return !ready
		})
		_, why, _ := readiness(t, a)
		said := time.Since(begin)
		write()
		time.Sleep(3 * time.Second) // full for a while, so that every store has met it
		free()
		begin = time.Now()
		waitFor(t, "ready again", func() bool { ready, _, _ := readiness(t, a); return ready })
		back := time.Since(begin)
		write()
		waitFor(t, "an outcome for every message", settled)
		t.Logf("round %d: said after %.1f s (not well: %s); ready %.1f s and every message handled %.1f s after space is back", round+1, said.Seconds(), strings.Join(why, ", "), back.Seconds(), time.Since(begin).Seconds())
	}
}
