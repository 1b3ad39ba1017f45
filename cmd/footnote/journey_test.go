package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"footnote/bots/sandbox"
	"footnote/pipeline"
)

// TestJourney is what a newcomer does: write as a customer, see the cited draft
// appear, read a receipt, approve it in the browser, see the reply arrive with
// the customer, and find the numbers on the report.
func TestJourney(t *testing.T) {
	ctx := browser(t)
	a := sampled(t)
	link, err := a.signInLink(t.Context(), onCommandLine, a.c.AdminEmail)
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(link), until(`document.querySelector("button.primary")`), chromedp.Click(chromedp.CSS("button.primary")), until(`location.pathname === "/queue"`))
	shot(t, ctx, "1-queue-empty")

	do(t, ctx, chromedp.Navigate(a.url+"/sandbox/"), chromedp.WaitVisible(chromedp.CSS("textarea[name=text]")))
	do(t, ctx, chromedp.SetValue(chromedp.CSS("input[name=name]"), "Marta Quill"), chromedp.SetValue(chromedp.CSS("input[name=email]"), "marta@example.com"),
		chromedp.SetValue(chromedp.CSS("input[name=subject]"), "Google Calendar"),
		chromedp.SetValue(chromedp.CSS("textarea[name=text]"), "Hi, how do I connect my Google calendar so that my private appointments block my availability?"))
	shot(t, ctx, "2-customer-writes")
	do(t, ctx, chromedp.Click(chromedp.CSS("form[action='/sandbox/tickets'] button")), until(`location.pathname.startsWith("/sandbox/tickets/")`))
	customerPage := evaluated[string](t, ctx, `location.href`)

	do(t, ctx, chromedp.Navigate(a.url+"/queue"), until(`document.querySelectorAll(".row").length === 1 && /google calendar/i.test(document.body.innerText)`))
	shot(t, ctx, "3-queue")
	do(t, ctx, chromedp.Click(chromedp.CSS(".row a")), until(`document.querySelector("#approve")`))
	draft := evaluated[string](t, ctx, `document.querySelector(".sentence").innerText`)
	if !strings.Contains(evaluated[string](t, ctx, `document.body.innerText`), "[1]") {
		t.Fatalf("the draft carries no receipt: %q", draft)
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS("a.num")), until(`[...document.querySelectorAll(".pop")].some(p => getComputedStyle(p).visibility === "visible" && getComputedStyle(p).opacity === "1" && p.querySelector("q").innerText.length > 10)`))
	shot(t, ctx, "4-ticket-receipt")
	do(t, ctx, chromedp.Click(chromedp.CSS("#approve")), until(`/the desk has it/i.test(document.body.innerText)`))
	shot(t, ctx, "5-approved")

	do(t, ctx, chromedp.Navigate(customerPage), until(`document.querySelectorAll(".message.agent").length === 1`))
	shot(t, ctx, "6-customer-reads")
	do(t, ctx, chromedp.Navigate(a.url+"/report"), until(`/measured/i.test(document.body.innerText)`))
	shot(t, ctx, "7-report")
	do(t, ctx, chromedp.Navigate(a.url+"/knowledge"), until(`/sample/i.test(document.body.innerText)`))
	shot(t, ctx, "8-knowledge")

	replies := 0
	for _, e := range a.sandbox.Ledger() {
		if e.Op == sandbox.OpMessage && e.Message.Role == pipeline.RoleAgent {
			replies++
		}
	}
	if replies != 1 {
		t.Fatalf("%d replies at the desk, want 1", replies)
	}
}

// browser opens a tab. Errors in a page's console fail the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests take seconds")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no chromium on PATH: apt-get install --no-install-recommends chromium fonts-liberation")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.WindowSize(1280, 860), chromedp.DisableGPU)
	base, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	alloc, stop := chromedp.NewExecAllocator(base, opts...)
	ctx, shut := chromedp.NewContext(alloc)
	messages := chromedp.Console(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == "error" || m.Type == "exception" || m.Type == chromedp.ConsoleException {
				t.Errorf("the page's console says %s: %s", m.Type, m.Text)
			}
		}
	})
	t.Cleanup(func() { shut(); stop(); cancel(); wg.Wait() })
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for i, s := range steps {
		step, cancel := context.WithTimeout(ctx, time.Minute)
		err := chromedp.Do(step, s)
		cancel()
		if err != nil {
			shot(t, ctx, "failed")
			t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

func evaluated[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

// until waits for a condition in a page that is loaded whole, across
// navigations: a key pressed before the page's script runs would be lost.
func until(js string) chromedp.Action[chromedp.Void] {
	js = `document.readyState === "complete" && !!(` + js + `)`
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		for {
			ok, err := chromedp.Evaluate[bool](js)(ctx, tab)
			if ok {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for %s: %w (%v)", js, ctx.Err(), err)
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// shot keeps a picture of the page where FOOTNOTE_SCREENSHOTS says.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("FOOTNOTE_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Log("no picture:", err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
