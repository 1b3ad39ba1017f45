package console

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"footnote/pipeline"
	"footnote/review"
	"footnote/review/access"
)

func TestTicketNumbersOfAnyShape(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"1", "a/b", "..", ".", "...", "a b", "ü?&=#%", "C01/1718.22", "seen", "%2F", "//x", "a\\b"} {
		w := newWorld()
		v := sampleTicket(0, "Odd", "text", time.Minute)
		v.Ticket.TicketRef = pipeline.TicketRef{Desk: "desk one/two", ID: id}
		c := newConsole(t, w)
		w.add(v)
		want(t, ask(t, c, access.RoleAgent, TicketPath(v.Ticket.TicketRef), nil), 200, "Odd")
		a := ask(t, c, access.RoleAgent, "/queue", nil)
		if len(a.find("a", "href", TicketPath(v.Ticket.TicketRef))) != 1 {
			t.Errorf("%q: the queue does not link to %s", id, TicketPath(v.Ticket.TicketRef))
		}
	}
}

func TestCrossSiteFormsAreRefused(t *testing.T) {
	t.Parallel()
	w := typical()
	w.links["once"] = ida
	c := newConsole(t, w)
	for _, path := range []string{"/drafts/" + draftID(0) + "/approve", "/sign-out", "/sign-in/once", "/operations/dead-letters/7/replay"} {
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			a := ask(t, c, access.RoleAdmin, path, url.Values{"text": {"evil words"}}, func(r *http.Request) { r.Header.Set(name, value) })
			want(t, a, 403, "another site")
			if strings.Contains(a.Body, "evil words") {
				t.Error("another site's words are shown")
			}
		}
	}
	if len(w.decisions)+len(w.replayed) != 0 || len(w.sessions) != 4 || len(w.links) != 1 {
		t.Error("another site did something")
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	w := typical()
	w.links["tok"] = jo
	c := newConsole(t, w, func(cfg *Config) { cfg.PublicURL = "https://footnote.example.com" })
	a := ask(t, c, "", firstTicket, nil)
	if a.StatusCode != 303 || a.Header.Get("Location") != "/sign-in" || a.Header.Get("Strict-Transport-Security") == "" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	next := a.Cookies()
	for range 2 { // a preview does not use it up
		want(t, ask(t, c, "", SignInPath("tok"), nil), 200, "Sign in as Jo Marsh", "jo@example.com")
	}
	a = ask(t, c, "", SignInPath("tok"), url.Values{}, func(r *http.Request) { r.AddCookie(next[0]) })
	if a.StatusCode != 303 || a.Header.Get("Location") != firstTicket {
		t.Fatalf("%d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	cookie := a.Cookies()[0]
	if cookie.Name != "__Host-footnote" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
		t.Errorf("cookie %v", cookie)
	}
	with := func(r *http.Request) { r.AddCookie(cookie) }
	want(t, ask(t, c, "", "/queue", nil, with), 200, "Jo Marsh")
	if a := ask(t, c, "", "/sign-in", nil, with); a.StatusCode != 303 {
		t.Errorf("signed in, and asked to sign in: %d", a.StatusCode)
	}
	want(t, ask(t, c, "", SignInPath("tok"), url.Values{}), 403, "does not work any more")
	a = ask(t, c, "", "/sign-out", url.Values{}, with)
	if a.StatusCode != 303 || a.Cookies()[0].MaxAge >= 0 {
		t.Errorf("sign out: %d %v", a.StatusCode, a.Cookies())
	}
	if a := ask(t, c, "", "/queue", nil, with); a.StatusCode != 303 {
		t.Errorf("the session outlives signing out: %d", a.StatusCode)
	}
	// a forged cookie leads nowhere else
	w.links["tok2"] = jo
	a = ask(t, c, "", SignInPath("tok2"), url.Values{}, func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: nextCookie, Value: fmt.Sprintf("%x", "//evil.example")})
	})
	if a.Header.Get("Location") != "/queue" {
		t.Errorf("sent to %q", a.Header.Get("Location"))
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	page := ask(t, c, access.RoleManager, "/operations", nil)
	want(t, page, 200, "index unavailable", "5 tries", "Replayed", "Not working")
	if n := len(page.find("button", "", "")); n < 2 {
		t.Errorf("%d buttons", n)
	}
	a := ask(t, c, access.RoleManager, "/operations/dead-letters/7/replay", url.Values{})
	if a.StatusCode != 303 || len(w.replayed) != 1 || w.replayed[0] != 7 {
		t.Errorf("%d, replayed %v", a.StatusCode, w.replayed)
	}
	want(t, ask(t, c, access.RoleManager, "/operations/dead-letters/99/replay", url.Values{}), 404)
	want(t, ask(t, c, access.RoleManager, "/operations/dead-letters/x/replay", url.Values{}), 404)
}

func TestNextTicket(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	next := func(role, path string) string {
		links := ask(t, c, role, path, nil).find("a", "id", "next")
		if len(links) == 0 {
			return ""
		}
		return attr(links[0], "href")
	}
	if got := next(access.RoleAgent, "/tickets/sandbox/1043"); got != firstTicket {
		t.Errorf("next is %q", got)
	}
	if got := next(access.RoleAgent, firstTicket); got != "/tickets/sandbox/1042" { // 1041 is Max's
		t.Errorf("next is %q", got)
	}
	if got := next(access.RoleManager, firstTicket); got != "/tickets/sandbox/1041" {
		t.Errorf("next for its holder is %q", got)
	}
	if got := next(access.RoleOwner, firstTicket); got != "" {
		t.Errorf("an owner is sent to %q", got)
	}
}

func TestQueueRows(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	a := ask(t, c, access.RoleAgent, "/queue", nil)
	want(t, a, 200, "To review", "Claimed", "by Max Feld", "2 to check", "Probably answers it", "12 min waiting", "Came back", "Being drafted", "control: without a draft", "drafting failed", "To do 9", "Done 3")
	if n := len(a.find("li", "class", "row")); n != 9 {
		t.Errorf("%d rows", n)
	}
	for i := range pageRows + 20 {
		w.add(withDraft(sampleTicket(100+i, "More", "x", time.Hour), fmt.Sprint(i), pipeline.StateOpen))
	}
	want(t, ask(t, c, access.RoleAgent, "/queue", nil), 200, "Next page")
	want(t, ask(t, c, access.RoleAgent, "/queue?q=invoices", nil), 200, "To do 1", "All 1")
}

func TestEventStream(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	srv := httptest.NewServer(c.Handler())
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "GET", srv.URL+"/events", nil)
	r.AddCookie(&http.Cookie{Name: "footnote", Value: "session-agent"})
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	read := func(prefix string) string {
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), prefix) {
				return lines.Text()
			}
		}
		return ""
	}
	read("event: hello")
	w.mu.Lock()
	w.tell(pipeline.NewEvent(pipeline.DraftProposed, "secret-id", pipeline.TicketRef{Desk: "sandbox", ID: "x\ndata: y"}, now, map[string]string{"text": "secret"}))
	w.mu.Unlock()
	if got := read("data: {\"desk"); got != `data: {"desk":"sandbox","ticket":"x\ndata: y","type":"draft.proposed"}` {
		t.Errorf("the page hears %q", got)
	}
	c.Close()
	if read("never") != "" {
		t.Error("the stream outlives the console")
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream did not end well: %v", err)
	}
}

var _ Review = (*review.Service)(nil)
var _ Tickets = (*review.Service)(nil)
var _ Access = (*access.Service)(nil)
