package peer

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

// TestWhatDoesNotFit: what peers must have alike or share is said in a sentence that
// names setting and peers; what may differ is not.
func TestWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	settings := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = Code(pairs[i], pairs[i+1])
		}
		return m
	}
	in := Peer{Host: "a", PID: 1, Roles: []string{"ingress"}, PoolSize: 20, Desks: []string{"sandbox", "zendesk"}, Settings: settings("zendesk_token", "one", "reconcile", "60s")}
	out := Peer{Host: "b", PID: 2, Roles: []string{"delivery"}, PublicURL: "https://support.example.com", PoolSize: 20, Desks: []string{"sandbox", "zendesk"}, Settings: settings("zendesk_token", "one", "reconcile", "60s")}
	draft := Peer{Host: "c", PID: 3, Roles: []string{"drafting"}, PoolSize: 20, Settings: settings("answer_threshold", "0.2")}
	with := func(p Peer, f func(*Peer)) Peer { f(&p); return p }
	for name, tc := range map[string]struct {
		list []Peer
		most int
		say  []string // words of one sentence; nil: nothing is said
	}{
		"alone":                    {[]Peer{in}, 100, nil},
		"alike":                    {[]Peer{in, out, draft}, 100, nil},
		"limit not known":          {[]Peer{in, out, draft}, 0, nil},
		"exactly the limit":        {[]Peer{in, out, draft}, 60, nil},
		"another role's setting":   {[]Peer{in, with(draft, func(p *Peer) { p.Settings = settings("answer_threshold", "0.9") })}, 100, nil},
		"a token differs":          {[]Peer{in, with(out, func(p *Peer) { p.Settings = settings("zendesk_token", "two", "reconcile", "60s") })}, 100, []string{"zendesk_token", "ingress (a, process 1)", "delivery (b, process 2)"}},
		"a token is missing":       {[]Peer{in, with(out, func(p *Peer) { p.Settings = settings("zendesk_token", "", "reconcile", "60s") })}, 100, []string{"zendesk_token is not the same"}},
		"an older version":         {[]Peer{in, with(out, func(p *Peer) { p.Settings = settings("reconcile", "60s") })}, 100, nil},
		"a desk is not known":      {[]Peer{in, with(out, func(p *Peer) { p.Desks = []string{"sandbox"} })}, 100, []string{"the desk zendesk", "not to delivery"}},
		"the sandbox is not known": {[]Peer{in, with(out, func(p *Peer) { p.Desks = []string{"zendesk"} })}, 100, []string{"the desk sandbox", "sandbox_url"}},
		"no desks at all":          {[]Peer{in, with(out, func(p *Peer) { p.Desks = []string{} })}, 100, []string{"the desk sandbox", "delivery"}},
		"links lead nowhere":       {[]Peer{in, with(out, func(p *Peer) { p.PublicURL = "" })}, 100, []string{"delivery (b, process 2) writes links", "public_url"}},
		"too many connections":     {[]Peer{in, out, draft}, 59, []string{"60 database connections", "allows 59", "pool_size to 19"}},
		"two sandboxes":            {[]Peer{with(in, func(p *Peer) { p.Sandbox = true }), with(in, func(p *Peer) { p.Sandbox, p.PID = true, 9 })}, 100, []string{"sandbox desk runs more than once", "process 1", "process 9"}},
		"one sandbox":              {[]Peer{with(in, func(p *Peer) { p.Sandbox = true }), out}, 100, nil},
		"one folder, two contents": {[]Peer{with(draft, func(p *Peer) { p.Knowledge = "help 1a" }), with(draft, func(p *Peer) { p.Knowledge, p.Host = "help 2b", "d" })}, 100, []string{`folder "help"`, "(c, process 3)", "(d, process 3)"}},
		"one folder, one content":  {[]Peer{with(draft, func(p *Peer) { p.Knowledge = "help 1a" }), with(draft, func(p *Peer) { p.Knowledge = "help 1a" })}, 100, nil},
		"two folders":              {[]Peer{with(draft, func(p *Peer) { p.Knowledge = "help 1a" }), with(draft, func(p *Peer) { p.Knowledge = "wiki 2b" })}, 100, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(Compare(tc.list, tc.most), "\n")
			if (got == "") != (tc.say == nil) {
				t.Fatalf("said: %q", got)
			}
			for _, w := range tc.say {
				if !strings.Contains(got, w) {
					t.Errorf("said: %q; want %q in it", got, w)
				}
			}
		})
	}
}

// TestOnlyThoseThatRun: a peer is listed while it runs, and with no setting in the open.
func TestOnlyThoseThatRun(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	written, done := make(chan struct{}), make(chan error, 1)
	self := Peer{Host: "h", PID: 7, URL: "http://h:1", Roles: []string{"console"}, PoolSize: 6, Settings: map[string]string{"openai_api_key": Code("openai_api_key", "sk-very-secret")}}
	r := NewRegister(pool, self, slog.New(slog.DiscardHandler))
	go func() {
		done <- r.Run(ctx, func(p *Peer) { p.Knowledge = "help 1" }, func(context.Context) { close(written) })
	}()
	<-written
	list, err := List(t.Context(), pool)
	if err != nil || len(list) != 1 || list[0].URL != "http://h:1" || !list[0].Has("console") || list[0].Knowledge != "help 1" {
		t.Errorf("%+v, %v", list, err)
	}
	var row string
	if err := pool.QueryRow(t.Context(), `SELECT to_jsonb(p)::text FROM processes p`).Scan(&row); err != nil || strings.Contains(row, "secret") {
		t.Errorf("%s, %v", row, err)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE processes SET seen_at = now() - interval '1 minute'`); err != nil {
		t.Fatal(err)
	}
	if list, err := List(t.Context(), pool); err != nil || len(list) != 0 {
		t.Errorf("a minute after it was last heard of: %+v, %v", list, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	var n int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM processes`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows after it stopped, %v", n, err)
	}
}
