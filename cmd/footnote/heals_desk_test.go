package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"footnote/bots/sandbox"
	"footnote/bots/sandbox/demo"
	"footnote/pipeline"
	"footnote/review/console"
)

// TestHealsDesk takes a desk away while a reply is on its way: readiness, doctor,
// metrics, Operations and the ticket's page say so, and when the desk answers again the
// reply is there once, without a restart and without the rest of its back-off.
func TestHealsDesk(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	desk, err := sandbox.Open(sandbox.Config{WebhookURL: fmt.Sprintf("http://127.0.0.1:%d/hooks/sandbox", port), Secret: campaignSecret, Token: campaignSecret})
	if err != nil {
		t.Fatal(err)
	}
	var down atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			panic(http.ErrAbortHandler) // the connection ends without an answer
		}
		desk.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { _ = desk.Close(); srv.Close() })
	a := running(t, "knowledge=sample", "sync_every=0s", "sandbox=false", "sandbox_url="+srv.URL, "sandbox_token="+campaignSecret, fmt.Sprintf("listen=127.0.0.1:%d", port), "reconcile=60s")
	waitFor(t, "the knowledge", func() bool { return a.syncKnowledge(t.Context(), io.Discard) == nil }) // the start syncs too
	id, err := openAtSandbox(t.Context(), &app{url: srv.URL, secret: campaignSecret}, demo.Ticket{Subject: "Calendar", Text: "How do I connect my Google calendar?"})
	if err != nil {
		t.Fatal(err)
	}
	ref := pipeline.TicketRef{Desk: "sandbox", ID: id}
	var draft pipeline.Review
	waitFor(t, "a draft", func() bool {
		v, err := a.review.Ticket(t.Context(), ref)
		if err != nil || len(v.Reviews) == 0 {
			return false
		}
		draft = v.Reviews[0]
		return true
	})

	down.Store(true)
	begin := time.Now()
	by, err := a.access.AgentByEmail(t.Context(), a.c.AdminEmail)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.review.Decide(t.Context(), pipeline.Decision{Draft: draft.Draft.ID, Hash: draft.ApproveHash, Kind: pipeline.Approve, By: by, Surface: "console"}); err != nil {
		t.Fatal(err)
	}
	cookie := session(t, a)
	page := func(path string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", cookie)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	path := console.TicketPath(ref)
	waitFor(t, "the ticket's page says that the desk does not answer", func() bool {
		return strings.Contains(page(path), "Sandbox does not answer since") && strings.Contains(page(path), "your reply waits")
	})
	said := time.Since(begin)
	waitFor(t, "readiness says so", func() bool {
		_, names, problems := readiness(t, a)
		return strings.Contains(strings.Join(names, " "), "desk sandbox") && strings.Contains(strings.Join(problems, " "), "1 reply waits")
	})
	if s := page("/operations"); !strings.Contains(s, "desk sandbox") || !strings.Contains(s, "Sandbox does not answer since") {
		t.Error("Operations does not say that the desk is away")
	}
	if s := page("/metrics"); !strings.Contains(s, `footnote_desk_up{desk="sandbox"} 0`) || !strings.Contains(s, `footnote_desk_waiting_replies{desk="sandbox"} 1`) {
		t.Error("the metrics do not say that the desk is away")
	}
	if ctx := pictures(t); ctx != nil {
		do(t, ctx, chromedp.Navigate(a.url+"/sign-in"))
		link, err := a.signInLink(t.Context(), onCommandLine, a.c.AdminEmail)
		if err != nil {
			t.Fatal(err)
		}
		do(t, ctx, chromedp.Navigate(link), until(`document.querySelector("button.primary")`), chromedp.Click(chromedp.CSS("button.primary")), until(`location.pathname === "/queue"`))
		for _, width := range []int64{1280, 390} {
			do(t, ctx, chromedp.EmulateViewport(width, 860), chromedp.Navigate(a.url+path), until(`document.querySelector(".banner")`))
			shot(t, ctx, fmt.Sprintf("desk-down-ticket-%d", width))
			do(t, ctx, chromedp.Navigate(a.url+"/operations"), until(`document.querySelector(".parts")`))
			shot(t, ctx, fmt.Sprintf("desk-down-operations-%d", width))
		}
	}
	time.Sleep(20 * time.Second) // long enough for the back-off to have grown

	down.Store(false)
	begin = time.Now()
	replies := func() (n int) {
		for _, e := range desk.Ledger() {
			if e.Op == sandbox.OpMessage && e.Message.Role == pipeline.RoleAgent {
				n++
			}
		}
		return n
	}
	waitFor(t, "the reply", func() bool { return replies() > 0 })
	sent := time.Since(begin)
	waitFor(t, "readiness is well again", func() bool {
		_, names, _ := readiness(t, a)
		return !strings.Contains(strings.Join(names, " "), "desk sandbox")
	})
	waitFor(t, "the page says nothing of the desk", func() bool { return !strings.Contains(page(path), "does not answer since") })
	if n := replies(); n != 1 {
		t.Errorf("%d replies at the desk, want 1", n)
	}
	t.Logf("said on the ticket's page %.1f s after it went; the reply is there %.1f s after it is back", said.Seconds(), sent.Seconds())
}

// pictures opens a browser when somebody wants to look; nil otherwise.
func pictures(t *testing.T) context.Context {
	t.Helper()
	if os.Getenv("FOOTNOTE_SCREENSHOTS") == "" {
		return nil
	}
	return browser(t)
}
