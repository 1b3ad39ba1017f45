package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"footnote/bots/bottest"
	"footnote/bots/sandbox"
	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m, migrations.ApplyDSN)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

const token, secret = "sandbox-api-token", "whsec_c2FuZGJveC10ZXN0LXNlY3JldC0wMDE="

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// desk is a sandbox with its adapter, over real HTTP.
type desk struct {
	*sandbox.Server
	client *sandbox.Client
	http   *httptest.Server
	clock  *clock
}

func open(t *testing.T, change func(*sandbox.Config)) desk {
	t.Helper()
	c := newClock()
	cfg := sandbox.Config{Secret: secret, Token: token, Now: c.Now, PublicURL: "http://desk.example", Retries: []time.Duration{}}
	if change != nil {
		change(&cfg)
	}
	s, err := sandbox.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	tr := &http.Transport{}
	client, err := sandbox.NewClient(sandbox.ClientConfig{BaseURL: web.URL, Token: token, Secrets: []string{secret}, Now: cfg.Now,
		HTTP: &http.Client{Transport: tr}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		tr.CloseIdleConnections()
		web.CloseClientConnections()
		web.Close()
	})
	return desk{s, client, web, c}
}

// api calls the JSON API and decodes the answer.
func (d desk) api(t *testing.T, method, path string, body, answer any) int {
	t.Helper()
	status, err := call(d.http.URL, method, path, body, answer)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func FuzzParse(f *testing.F) {
	c, err := sandbox.NewClient(sandbox.ClientConfig{BaseURL: "http://desk.example", Secrets: []string{secret}})
	if err != nil {
		f.Fatal(err)
	}
	bottest.FuzzParse(f, c, newClock().Now(), bottest.InboundSign(f, secret), nil)
}
