package console

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"footnote/pipeline"
)

// browser opens a tab; errors in the page's console, also of its security
// policy, fail the test.
func browser(t *testing.T, dark bool, width, height int) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests take seconds")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no chromium on PATH: apt-get install --no-install-recommends chromium fonts-liberation")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.WindowSize(width, height), chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true))
	if dark {
		opts = append(opts, chromedp.Flag("blink-settings", "preferredColorScheme=0"))
	}
	base, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	alloc, stop := chromedp.NewExecAllocator(base, opts...)
	ctx, shut := chromedp.NewContext(alloc)
	messages := chromedp.Console(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if (m.Type == "error" || m.Type == "exception" || m.Type == chromedp.ConsoleException) && !strings.Contains(m.Text, "status of 4") {
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
		step, cancel := context.WithTimeout(ctx, 15*time.Second)
		err := chromedp.Do(step, s)
		cancel()
		if err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

// until waits for a condition in the page, across navigations.
func until(js string) chromedp.Action[chromedp.Void] {
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

func site(t *testing.T, w *world) string {
	t.Helper()
	srv := httptest.NewServer(newConsole(t, w).Handler())
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestScreenshots writes a picture of every page for people to look at.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("FOOTNOTE_SCREENSHOTS")
	if dir == "" {
		t.Skip("FOOTNOTE_SCREENSHOTS names no directory")
	}
	for _, look := range []struct {
		name   string
		dark   bool
		phone  bool
		width  int
		height int
	}{{"light", false, false, 1280, 800}, {"dark", true, false, 1280, 800}, {"phone", false, true, 390, 844}} {
		t.Run(look.name, func(t *testing.T) {
			w := typical()
			w.links["once"] = ida
			w.findings = func(string) []pipeline.Finding {
				return []pipeline.Finding{{Check: "number", Severity: pipeline.Warn, Sentence: -1, Detail: "“90 days” stands in no source."}}
			}
			empty := newWorld()
			url, none := site(t, w), site(t, empty)
			ctx := browser(t, look.dark, look.width, look.height)
			if look.phone {
				do(t, ctx, chromedp.EmulateViewport(int64(look.width), int64(look.height), chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2)))
			}
			shot := func(name, path string, then ...chromedp.Action[chromedp.Void]) {
				do(t, ctx, append([]chromedp.Action[chromedp.Void]{chromedp.Navigate(path)}, then...)...)
				png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if wide := eval[float64](t, ctx, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
					t.Errorf("%s is %v px wider than the screen", name, wide)
				}
				if err := os.WriteFile(filepath.Join(dir, name+"-"+look.name+".png"), png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			shot("signin-help", url+"/sign-in")
			shot("signin", url+"/sign-in/once")
			do(t, ctx, chromedp.Click(chromedp.CSS("button.primary")), until(`location.pathname === '/queue'`))
			ticket := func(n int) string { return fmt.Sprintf("%s/tickets/sandbox/%d", url, 1040+n) }
			shot("queue", url+"/queue")
			shot("queue-all", url+"/queue?view=all")
			shot("ticket", ticket(0))
			shot("ticket-receipt", ticket(0), chromedp.Focus(chromedp.CSS("a.num")), chromedp.Sleep(200*time.Millisecond))
			shot("ticket-edit", ticket(0)+"?edit=1")
			for i, name := range []string{"", "claimed", "abstained", "returned", "stale", "approved", "sent", "rejected", "handedoff"} {
				if name != "" {
					shot("ticket-"+name, ticket(i))
				}
			}
			shot("ticket-heldout", ticket(20))
			shot("ticket-pending", ticket(21))
			shot("ticket-failed", ticket(22))
			shot("knowledge", url+"/knowledge")
			shot("document", url+"/knowledge/document?id=help%2Farticles%2Farticle-03.md")
			shot("quarantine", url+"/knowledge/quarantine")
			shot("report", url+"/report")
			shot("drill", url+"/report/tickets?figure=handling:measured")
			shot("operations", url+"/operations")
			shot("error", url+"/nothing")
			do(t, ctx, chromedp.Navigate(none+"/sign-in"), chromedp.Evaluate[chromedp.Void](`document.cookie = "footnote=session-admin; path=/"`))
			shot("queue-empty", none+"/queue")
			shot("knowledge-empty", none+"/knowledge")
			shot("report-empty", none+"/report")
			shot("operations-empty", none+"/operations")
		})
	}
}
