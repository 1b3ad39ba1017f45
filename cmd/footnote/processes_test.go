package main

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline/peer"
)

// TestAddressBelongsToOneProcess: two processes on one data directory: the file leads
// to the first until that ends, and the second takes it over; neither removes the other's.
func TestAddressBelongsToOneProcess(t *testing.T) {
	t.Parallel()
	c := Config{processSettings: processSettings{Data: t.TempDir()}}
	at := func(url string) *app { return &app{c: c, url: url, log: slog.New(slog.DiscardHandler)} }
	read := func() string {
		b, err := os.ReadFile(addressFile(c))
		if err != nil {
			return err.Error()
		}
		return strings.TrimSpace(string(b))
	}
	one, two := at("http://one").announce(), at("http://two").announce()
	if got := read(); got != "http://one" {
		t.Errorf("the file leads to %s", got)
	}
	two.end()
	if got := read(); got != "http://one" {
		t.Errorf("after the second process ended: %s", got)
	}
	one.end()
	if _, err := os.Stat(addressFile(c)); !os.IsNotExist(err) {
		t.Error("the file stays behind its process")
	}
	two = at("http://two").announce()
	if got := read(); got != "http://two" {
		t.Errorf("after the first ended: %s", got)
	}
	two.end()
}

// TestLinksLeadToTheConsole: a command that makes a link finds the console that runs,
// or says which setting names it.
func TestLinksLeadToTheConsole(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		public string
		runs   []peer.Peer
		want   string // an address, or words of the refusal
	}{
		"nobody runs":         {"", nil, "http://127.0.0.1:8377"},
		"set":                 {"https://support.example.com/", nil, "https://support.example.com"},
		"here, elsewhere":     {"", []peer.Peer{{Host: host, URL: "http://127.0.0.1:1", Roles: []string{"ingress"}}, {Host: host, URL: "http://127.0.0.1:2", Roles: []string{"console"}}}, "http://127.0.0.1:2"},
		"it says where it is": {"", []peer.Peer{{Host: "far", URL: "http://127.0.0.1:2", PublicURL: "https://desk.example.com", Roles: []string{"console"}}}, "https://desk.example.com"},
		"another machine":     {"", []peer.Peer{{Host: "far", URL: "http://127.0.0.1:2", Roles: []string{"console"}}}, "runs on far"},
		"no console":          {"", []peer.Peer{{Host: host, URL: "http://127.0.0.1:2", Roles: []string{"drafting"}}}, "role console"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			for _, p := range tc.runs {
				ctx, cancel := context.WithCancel(t.Context())
				written, done := make(chan struct{}), make(chan error, 1)
				go func() {
					done <- peer.NewRegister(pool, p, slog.New(slog.DiscardHandler)).Run(ctx, func(*peer.Peer) {}, func(context.Context) { close(written) })
				}()
				<-written
				defer func() { cancel(); <-done }()
			}
			a := &app{c: Config{processSettings: processSettings{PublicURL: tc.public, Listen: "127.0.0.1:8377"}}, p: &platform{pool: pool}}
			got := ""
			if err := a.findConsole(t.Context()); err != nil {
				got = err.Error()
			} else {
				got = a.publicURL()
			}
			if got != tc.want && (strings.HasPrefix(tc.want, "http") || !strings.Contains(got, tc.want)) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// TestEveryRolesSettings: a process tells the others the settings that its roles need,
// no value in the open, and not its own affairs.
func TestEveryRolesSettings(t *testing.T) {
	t.Parallel()
	c, err := loadConfig("", []string{"data=" + t.TempDir(), "zendesk_subdomain=acme", "zendesk_token=very-secret-token", "database_url=postgres://u:p@h/d"}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{c: c}
	for _, tc := range []struct {
		roles     []string
		has, hasn []string
	}{
		{[]string{roleIngress}, []string{"zendesk_token", "collection", "reconcile"}, []string{"openai_api_key", "data", "listen", "database_url", "nats_url", "answer_threshold", "slack_bot_token"}},
		{[]string{roleDelivery}, []string{"zendesk_token", "settle", "public_url"}, []string{"openai_api_key", "answer_threshold"}},
		{[]string{roleDrafting}, []string{"openai_api_key", "answer_threshold", "embedding_model"}, []string{"zendesk_token", "pool_size"}},
		{allRoles, []string{"zendesk_token", "openai_api_key", "slack_bot_token", "answer_threshold"}, []string{"listen", "qdrant_url"}},
	} {
		p := a.self(tc.roles)
		for _, k := range tc.has {
			if p.Settings[k] == "" || strings.Contains(p.Settings[k], "secret") {
				t.Errorf("%v: %s is told as %q", tc.roles, k, p.Settings[k])
			}
		}
		for _, k := range tc.hasn {
			if _, ok := p.Settings[k]; ok {
				t.Errorf("%v: %s is told", tc.roles, k)
			}
		}
	}
	if a.self([]string{roleDrafting}).Desks != nil || a.self([]string{roleDelivery}).Desks == nil {
		t.Error("only roles with desks tell theirs")
	}
	known := append(slices.Clone(allRoles), "")
	for _, f := range settings(&c) {
		for r := range strings.FieldsSeq(f.roles) {
			if !slices.Contains(known, r) {
				t.Errorf("%s: there is no role %q", f.key, r)
			}
		}
	}
}

// TestFolderCode: the same folder has the same code wherever it stands; a change of
// name, size or words has another.
func TestFolderCode(t *testing.T) {
	t.Parallel()
	write := func(dir string, files map[string]string) string {
		for name, text := range files {
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), fs.FileMode(0o644)); err != nil {
				t.Fatal(err)
			}
		}
		return (&app{c: Config{knowledgeSettings: knowledgeSettings{Knowledge: dir}}}).folderCode()
	}
	folder := func() string { return filepath.Join(t.TempDir(), "help") }
	base := write(folder(), map[string]string{"a.md": "one", "b/c.md": "two"})
	if name, _, _ := strings.Cut(base, " "); name != "help" {
		t.Errorf("code %q", base)
	}
	if again := write(folder(), map[string]string{"b/c.md": "two", "a.md": "one"}); again != base {
		t.Errorf("%q and %q for the same", base, again)
	}
	for _, other := range []map[string]string{{"a.md": "One", "b/c.md": "two"}, {"a.md": "one"}, {"a.md": "one", "b/d.md": "two"}, {"a.md": "one ", "b/c.md": "two"}} {
		if code := write(folder(), other); code == base {
			t.Errorf("%v has the code of another", other)
		}
	}
	if code := (&app{c: Config{knowledgeSettings: knowledgeSettings{Knowledge: folder()}}}).folderCode(); code != "" {
		t.Errorf("a folder that is not there: %q", code)
	}
}
