package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/pipeline/door/siege"
	"footnote/review/access"
)

// session signs the administrator in and returns the cookie.
func session(t *testing.T, a *app) string {
	t.Helper()
	link, err := a.access.Link(t.Context(), onCommandLine, a.c.AdminEmail)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := a.access.SignIn(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	return access.CookieName(false) + "=" + token
}

// TestHostileConnections: while hundreds hold slow bodies and live pages, and others
// try links and flood the sandbox, somebody with work to do is answered every time;
// what is slow is cut, and what is too much is refused without an error of ours.
func TestHostileConnections(t *testing.T) {
	a := running(t, "sync_every=0s")
	cookie := session(t, a)
	quiet := siege.Ask(t.Context(), a.url, "/queue", cookie, 200, http.StatusOK)
	ctx, end := context.WithTimeout(t.Context(), 25*time.Second) // a body that stalls is cut after 10
	defer end()
	var mu sync.Mutex
	rows := map[string]siege.Row{}
	var wg sync.WaitGroup
	hold := func(name string, f func() siege.Row) {
		wg.Go(func() {
			row := f()
			mu.Lock()
			defer mu.Unlock()
			rows[name] = row
		})
	}
	hold("bodies", func() siege.Row { return siege.SlowBodies(ctx, a.url, "/hooks/sandbox", 150) })
	hold("sign-in bodies", func() siege.Row { return siege.SlowBodies(ctx, a.url, "/sandbox/tickets", 150) })
	hold("headers", func() siege.Row { return siege.SlowHeaders(ctx, a.url, 100) })
	hold("streams", func() siege.Row { return siege.Streams(ctx, a.url, "/events", cookie, 400) })
	held := siege.Ask(t.Context(), a.url, "/queue", cookie, 300, http.StatusOK) // beside those who only hold
	hold("tries", func() siege.Row { return siege.SignInTries(ctx, a.url, 200, false) })
	hold("tries of many", func() siege.Row { return siege.SignInTries(ctx, a.url, 300, true) })
	hold("flood", func() siege.Row { return siege.SandboxFlood(ctx, a.url, 300, false) })
	hold("flood of many", func() siege.Row { return siege.SandboxFlood(ctx, a.url, 300, true) })
	hold("hosts", func() siege.Row {
		return siege.WrongHosts(ctx, a.url, "/queue", []string{"evil.example", "rebind.network", "127.0.0.1.nip.io"})
	})
	busy := siege.Ask(t.Context(), a.url, "/queue", cookie, 400, http.StatusOK)
	wg.Wait()
	t.Logf("alone: %v; beside 400 slow clients and 400 live pages: %v; beside floods too: %v", quiet, held, busy)
	for _, r := range rows {
		t.Log(r)
		if r.Errors > 0 {
			t.Errorf("%s: %d answers of 5xx", r.Kind, r.Errors)
		}
	}
	if n := held.Failed + busy.Failed; n > 0 {
		t.Errorf("%d of %d requests of somebody with work to do failed", n, held.Requests+busy.Requests)
	}
	for name, want := range map[string]func(siege.Row) bool{
		"bodies":         func(r siege.Row) bool { return r.Open == 0 && r.Refused == r.N },
		"sign-in bodies": func(r siege.Row) bool { return r.Open == 0 && r.Refused == r.N },
		"headers":        func(r siege.Row) bool { return r.Open == 0 },
		"streams":        func(r siege.Row) bool { return r.Open <= 20 && r.Refused >= 380 },
		"tries":          func(r siege.Row) bool { return r.Served == 0 },
		"flood":          func(r siege.Row) bool { return r.Served <= 60 },
		"flood of many":  func(r siege.Row) bool { return r.Served <= 240 },
		"hosts":          func(r siege.Row) bool { return r.Refused == 3 },
	} {
		if !want(rows[name]) {
			t.Errorf("%s: %v", name, rows[name])
		}
	}
}

// TestOperationsElsewhere: with an address of their own, figures and findings are read
// there and nowhere else; closed, nowhere.
func TestOperationsElsewhere(t *testing.T) {
	get := func(url string) (int, string) {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(raw)
	}
	a := running(t, "operations=127.0.0.1:0")
	if status, _ := get(a.url + "/metrics"); status == http.StatusOK {
		t.Error("/metrics is open beside the console")
	}
	if status, body := get(a.url + "/readyz"); status != http.StatusOK || strings.Contains(body, "checks") {
		t.Errorf("/readyz says %d %s, want only whether it is ready", status, body)
	}
	if status, body := get(a.operationsURL + "/readyz"); status != http.StatusOK || !strings.Contains(body, "PostgreSQL") {
		t.Errorf("the full /readyz says %d %s", status, body)
	}
	if status, body := get(a.operationsURL + "/metrics"); status != http.StatusOK || !strings.Contains(body, "footnote_pending_messages") {
		t.Errorf("/metrics says %d", status)
	}
	c := a.c
	c.Operations, c.PublicURL, c.Sandbox = "", "https://desk.example.org", true
	warned := (&app{c: c, url: a.url}).checkDoors(t.Context())
	if warned == nil || !strings.Contains(warned.Error(), "sandbox") || !strings.Contains(warned.Error(), "/metrics") {
		t.Errorf("behind https doctor says %v, want the sandbox and /metrics", warned)
	}
}
