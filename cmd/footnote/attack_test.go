package main

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"footnote/bots/attack"
	"footnote/bots/bottest"
)

// attackEntrances are the ways into a running process; those behind a sign-in are tried
// by somebody signed in and by a stranger.
func attackEntrances(t *testing.T, secret string, zammad *bottest.Zammad, session string) []attack.Entrance {
	const form = "application/x-www-form-urlencoded"
	inbound := bottest.InboundSign(t, secret)
	ticket := `{"id":"m1","type":"message.created","data":{"ticket":{"id":"t1","subject":"Hi"},"message":{"id":"m1","role":"customer","text":"How do I change my plan?","at":"2026-03-02T09:00:00Z"}}}`
	all := []attack.Entrance{
		{Name: "webhook", Method: http.MethodPost, Path: "/hooks/webhook", Type: "application/json", Body: ticket, Sign: inbound},
		{Name: "webhook of zammad", Method: http.MethodPost, Path: "/hooks/zammad", Type: "application/json", Body: `{"ticket":{"id":1,"number":"1"},"article":{"id":1,"body":"a"}}`, Sign: zammad.Sign},
		{Name: "webhook of the sandbox, no key", Method: http.MethodPost, Path: "/hooks/sandbox", Type: "application/json", Body: ticket},
		{Name: "sandbox page", Method: http.MethodGet, Path: "/sandbox/"},
		{Name: "sandbox form", Method: http.MethodPost, Path: "/sandbox/tickets", Type: form, Body: "subject=Hello&text=How+do+I+pay%3F&name=Ann&email=ann%40example.org&locale=en&product="},
		{Name: "sandbox API, no key", Method: http.MethodPost, Path: "/sandbox/api/tickets", Type: "application/json", Body: `{"subject":"a","text":"b"}`},
		{Name: "sign-in", Method: http.MethodPost, Path: "/sign-in/abcdefghijklmnopqrstuvwxyz", Type: form, Body: "a=1"},
		{Name: "readyz", Method: http.MethodGet, Path: "/readyz"},
		{Name: "metrics", Method: http.MethodGet, Path: "/metrics"},
		{Name: "ops", Method: http.MethodPost, Path: "/ops/run", Type: "application/json", Body: `["login"]`},
		{Name: "ops hello", Method: http.MethodPost, Path: "/ops/hello", Type: "text/plain", Body: strings.Repeat("a", 32)},
		{Name: "nothing there", Method: http.MethodGet, Path: "/nothing"},
	}
	pages := []attack.Entrance{
		{Name: "queue", Method: http.MethodGet, Path: "/queue"},
		{Name: "ticket", Method: http.MethodGet, Path: "/tickets/sandbox/t1"},
		{Name: "knowledge", Method: http.MethodGet, Path: "/knowledge"},
		{Name: "document", Method: http.MethodGet, Path: "/knowledge/document"},
		{Name: "report", Method: http.MethodGet, Path: "/report"},
		{Name: "drill", Method: http.MethodGet, Path: "/report/tickets"},
		{Name: "audit", Method: http.MethodGet, Path: "/audit"},
		{Name: "trace", Method: http.MethodGet, Path: "/trace"},
		{Name: "decision", Method: http.MethodPost, Path: "/drafts/00000000-0000-0000-0000-000000000000/approve", Type: form, Body: "hash=abc&state=open&text=Hello"},
		{Name: "check", Method: http.MethodPost, Path: "/drafts/00000000-0000-0000-0000-000000000000/check", Type: form, Body: "text=Hello"},
		{Name: "people", Method: http.MethodPost, Path: "/people", Type: form, Body: "name=Ann&email=ann%40example.org&role=agent"},
		{Name: "access", Method: http.MethodPost, Path: "/knowledge/decide", Type: form, Body: "source=a&key=b&value=c&means=public"},
	}
	for _, p := range pages {
		if p.Method == http.MethodGet {
			all = append(all, p)
		}
		p.Name, p.Cookie = p.Name+", signed in", session
		all = append(all, p)
	}
	return all
}

// TestAttack: whatever is sent to any entrance, the process answers without an error of
// its own and stays. FOOTNOTE_ATTACK is how many attempts of each kind (make attack: 200).
func TestAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("starts everything")
	}
	n, err := strconv.Atoi(os.Getenv("FOOTNOTE_ATTACK"))
	if err != nil {
		n = 12
	}
	const secret = "attack-secret-0123456789"
	z := bottest.NewZammad(t)
	a := sampled(t, "webhook_secret="+secret, "zammad_url="+z.URL, "zammad_token="+z.Token, "zammad_secret="+z.Secret)
	token, err := a.access.Link(t.Context(), onCommandLine, a.c.AdminEmail)
	if err != nil {
		t.Fatal(err)
	}
	session, _, err := a.access.SignIn(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	target, err := attack.NewTarget(a.url)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	rows, err := attack.Run(t.Context(), target, attackEntrances(t, secret, z, "footnote="+session), attack.Kinds, n)
	var table strings.Builder
	if werr := attack.Write(&table, rows); werr != nil {
		t.Fatal(werr)
	}
	t.Logf("%s in %s\n%s", many(len(rows), "row"), time.Since(began).Round(time.Second), table.String())
	if err != nil {
		t.Fatal(err)
	}
	served := 0
	for _, r := range rows {
		if r.Of[attack.Failed] > 0 && r.Entrance != "readyz" { // which says so while a part is away
			t.Errorf("%s at %s: %d answers of 500 and above", r.Kind, r.Entrance, r.Of[attack.Failed])
		}
		served += r.Of[attack.Served]
	}
	if served == 0 {
		t.Error("nothing was served: the attempts do not reach what they are meant for")
	}
	if _, ready := runChecks(t.Context(), a.checks()); !ready {
		t.Error("it is not ready any more")
	}
}
