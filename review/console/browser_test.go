package console

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	base, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
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
		step, cancel := context.WithTimeout(ctx, time.Minute)
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

func site(t *testing.T, w *world) string {
	t.Helper()
	return siteOf(t, newConsole(t, w))
}

func siteOf(t *testing.T, c *Console) string {
	t.Helper()
	srv := httptest.NewServer(c.Handler())
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestBrowser walks an agent's way: sign in, queue, ticket, a receipt, edit,
// approve, with the keyboard where there is a key for it.
func TestBrowser(t *testing.T) {
	w := typical()
	w.links["once"] = jo
	w.findings = func(text string) []pipeline.Finding {
		if !strings.Contains(text, "90 days") {
			return nil
		}
		return []pipeline.Finding{{Check: "number", Severity: pipeline.Warn, Sentence: -1, Detail: "“90 days” stands in no source."}}
	}
	url := site(t, w)
	ctx := browser(t, false, 1280, 800)
	css := func(q string) chromedp.CSS { return chromedp.CSS(q) }

	do(t, ctx, chromedp.Navigate(url+"/queue"), until(`location.pathname === "/sign-in"`),
		chromedp.Navigate(url+"/sign-in/once"), until(`document.activeElement.textContent.includes("Sign in as Jo Marsh")`),
		chromedp.Click(css("button.primary")), until(`location.pathname === "/queue" && document.querySelectorAll(".row").length === 9`),
		until(`document.querySelector("#pulse").textContent === "Live"`))

	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), until(`document.activeElement.textContent.includes("10,000 rows")`),
		chromedp.KeyEvent("k"), until(`document.activeElement.textContent.includes("Change the address")`),
		chromedp.KeyEvent("\r"), until(`location.pathname === "/tickets/sandbox/1040"`), chromedp.WaitVisible(css("#approve")))

	// a receipt: hidden, shown by hovering with its source lit, closed by escape
	shown := `getComputedStyle(document.querySelector(".pop")).display`
	if got := eval[string](t, ctx, shown); got != "none" {
		t.Errorf("the receipt is %s before anybody asked", got)
	}
	at := eval[[]float64](t, ctx, `(() => { const b = document.querySelector("a.num").getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`)
	do(t, ctx, chromedp.MouseEvent("mouseMoved", at[0], at[1]), until(shown+` === "block"`), until(`document.querySelector("#source-1").classList.contains("hit")`))
	if got := eval[string](t, ctx, `document.querySelector(".pop").innerText`); !strings.Contains(got, "To change the address printed on invoices") || !strings.Contains(got, "version 3") {
		t.Errorf("the receipt says %q", got)
	}
	do(t, ctx, chromedp.KeyEvent("\u001b"), until(shown+` === "none"`), chromedp.MouseEvent("mouseMoved", 5, 5))
	do(t, ctx, chromedp.Focus(css("a.num")), until(shown+` === "block"`), chromedp.Blur(css("a.num")))

	// edit: checked while it is typed; a change from elsewhere does not take the words
	do(t, ctx, chromedp.KeyEvent("e"), until(`location.search === "?edit=1" && document.activeElement.id === "text"`))
	if eval[bool](t, ctx, `!document.querySelector("#moved").hidden`) {
		t.Error("the page says that something changed; nothing did")
	}
	do(t, ctx, chromedp.SetValue(css("#text"), "Within 90 days."), chromedp.Evaluate[chromedp.Void](`document.querySelector("#text").dispatchEvent(new Event("input"))`),
		until(`document.querySelector("#checks").textContent.includes("stands in no source")`))
	w.mu.Lock()
	v, _ := w.find(draftID(0))
	v.Ticket.Messages = append(v.Ticket.Messages, pipeline.Message{ID: "n1", Role: pipeline.RoleAgent, Text: "A note.", At: now})
	w.tell(pipeline.NewEvent(pipeline.TicketUpdated, "e1", pipeline.TicketRef{Desk: "sandbox", ID: "1040"}, now, struct{}{}))
	w.mu.Unlock()
	do(t, ctx, until(`!document.querySelector("#moved").hidden`))
	if got := eval[string](t, ctx, `document.querySelector("#text").value`); got != "Within 90 days." {
		t.Errorf("the editor holds %q", got)
	}
	do(t, ctx, chromedp.SetValue(css("#text"), "Hello Ada,\nwithin 60 days."), chromedp.Evaluate[chromedp.Void](`document.querySelector("#text").dispatchEvent(new Event("input"))`),
		until(`document.querySelector("#check-state").textContent === "Checked"`),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("#text").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", ctrlKey: true, bubbles: true}))`),
		until(`document.activeElement.id === "approve"`))
	if len(w.decisions) != 0 {
		t.Fatal("a key sent the reply")
	}
	do(t, ctx, chromedp.KeyEvent("\r"), until(`document.body.innerText.includes("Approved with your words.")`))
	if d := w.decisions[0]; len(w.decisions) != 1 || d.Kind != pipeline.Edit || lineEnds(d.Text) != "Hello Ada,\nwithin 60 days." {
		t.Errorf("decisions %+v", w.decisions)
	}

	// the next ticket comes by itself
	do(t, ctx, until(`location.pathname === "/tickets/sandbox/1042"`), chromedp.Navigate(url+firstTicket), until(`document.body.innerText.includes("On its way")`))

	// live: the page learns by itself that the desk has it
	w.mu.Lock()
	_, r := w.find(draftID(0))
	r.State, r.SentAt = pipeline.StateSent, now
	w.tell(pipeline.NewEvent(pipeline.ReplyDelivered, "e2", pipeline.TicketRef{Desk: "sandbox", ID: "1040"}, now, struct{}{}))
	w.mu.Unlock()
	do(t, ctx, until(`document.body.innerText.includes("The desk has it.")`))

	// next ticket, approve as it is; the queue shows it gone
	do(t, ctx, chromedp.KeyEvent("n"), until(`location.pathname === "/tickets/sandbox/1042"`),
		chromedp.Navigate(url+"/tickets/sandbox/1043"), until(`location.pathname === "/tickets/sandbox/1043"`), chromedp.KeyEvent("a"), until(`document.activeElement.id === "approve"`), chromedp.KeyEvent("\r"),
		until(`document.body.innerText.includes("Approved. The reply is on its way.")`), chromedp.KeyEvent("u"), until(`document.querySelectorAll(".row").length === 7`),
		chromedp.KeyEvent("?"), chromedp.WaitVisible(css("#keys")))
}

// TestRefusedIsNotSentAgain: the page that says why an edit was refused stays, with
// its words, when it reads the ticket again.
func TestRefusedIsNotSentAgain(t *testing.T) {
	w := typical()
	w.links["once"] = jo
	w.failDecide = pipeline.Errorf(pipeline.Invalid, "The reply is too long.")
	url := site(t, w)
	ctx := browser(t, false, 1280, 800)
	do(t, ctx, chromedp.Navigate(url+"/sign-in/once"), until(`document.activeElement.textContent.includes("Sign in as")`), chromedp.Click(chromedp.CSS("button.primary")), until(`location.pathname === "/queue"`),
		chromedp.Navigate(url+firstTicket+"?edit=1"), until(`document.activeElement.id === "text"`), chromedp.SetValue(chromedp.CSS("#text"), "Words of mine."), chromedp.Click(chromedp.CSS("#approve")),
		until(`document.querySelector(".banner[role=alert]")`), until(`performance.getEntriesByType("resource").some(e => e.initiatorType === "fetch" && e.responseEnd > 0)`),
		chromedp.SetValue(chromedp.CSS("#text"), "Shorter."), chromedp.Sleep(time.Second))
	if got := eval[string](t, ctx, `document.querySelector("#text").value`); got != "Shorter." {
		t.Errorf("the editor holds %q", got)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.decisions) != 1 {
		t.Errorf("it was sent %d times", len(w.decisions))
	}
}

// TestPagesFitTheScreen: no page scrolls sideways on a desk or a phone, and what
// leads on is never cut off.
func TestPagesFitTheScreen(t *testing.T) {
	w := typical()
	// a receipt at each place of a line, also at its end
	v, _ := w.find(draftID(0))
	for i := range 30 {
		v.Reviews[0].Draft.Sentences = append(v.Reviews[0].Draft.Sentences, pipeline.Sentence{Text: "Open Settings" + strings.Repeat(" now", i%7) + ".", Receipts: []pipeline.Receipt{receipt(1, "Open Settings and save.", "Billing", "Invoice details")}})
	}
	c := newConsole(t, w, func(cfg *Config) { cfg.Previews = func() ([]Preview, error) { return goldenPreviews(t), nil } })
	url := siteOf(t, c)
	w.links["once"] = ida
	paths := append(slices.Clone(everyPage), "/development/slack")

	mux, seen := http.NewServeMux(), map[string]bool{}
	for _, r := range c.routes() {
		mux.HandleFunc(r.pattern, func(http.ResponseWriter, *http.Request) {})
	}
	for _, path := range paths {
		_, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, path, nil))
		seen[pattern] = true
	}
	for _, r := range c.routes() {
		switch r.pattern {
		case "GET /assets/{file}", "GET /sign-in", "GET /sign-in/{link}", "GET /{$}", "GET /events", "GET /tickets/{desk}", "GET /drafts/{draft}/{kind}", "GET /report.csv", "GET /report.json",
			"GET /report/tickets.csv":
			continue // no page, one of the others, or looked at below
		}
		if strings.HasPrefix(r.pattern, "GET ") && !seen[r.pattern] {
			t.Errorf("nobody looks at %s", r.pattern)
		}
	}

	ctx := browser(t, false, 1280, 800)
	for _, width := range []int64{1280, 390} {
		do(t, ctx, chromedp.EmulateViewport(width, 800))
		fits := func(path string) {
			t.Helper()
			do(t, ctx, chromedp.Navigate(url+path))
			if wide := eval[int64](t, ctx, `document.documentElement.scrollWidth`); wide > width {
				t.Errorf("%s takes %d px of %d", path, wide, width)
			}
			if cut := eval[string](t, ctx, `[...document.querySelectorAll("nav, .tabs, .seg, .bar, .actions")].filter(e => e.scrollWidth > e.clientWidth).map(e => e.className || e.tagName).join(", ")`); cut != "" {
				t.Errorf("%s at %d px cuts off %s", path, width, cut)
			}
		}
		if width == 1280 {
			fits("/sign-in")
			fits("/sign-in/once")
			do(t, ctx, chromedp.Click(chromedp.CSS("button.primary")), until(`location.pathname === '/queue'`))
		}
		for _, path := range paths {
			fits(path)
		}
	}
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
			shot("learning", url+"/knowledge/learning")
			shot("learning-revert", url+"/knowledge/learning/revert?what=all")
			shot("document", url+"/knowledge/document?id=help%2Farticles%2Farticle-03.md")
			shot("quarantine", url+"/knowledge/quarantine")
			shot("skipped", url+"/skipped")
			shot("report", url+"/report")
			shot("drill", url+"/report/tickets?figure=handling:measured")
			shot("operations", url+"/operations")
			shot("audit", url+"/audit")
			shot("people", url+"/people")
			shot("trace", url+"/trace?id=sandbox/1040")
			shot("error", url+"/nothing")
			empty.mu.Lock()
			empty.sessions["from-once"] = ida // cookies do not know ports
			empty.mu.Unlock()
			shot("queue-empty", none+"/queue")
			shot("knowledge-empty", none+"/knowledge")
			shot("report-empty", none+"/report")
			shot("operations-empty", none+"/operations")
		})
	}
}
