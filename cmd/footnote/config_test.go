package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"footnote/bots"
	"footnote/pipeline"
)

func noEnv(string) string { return "" }

func TestConfigLayers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("idle_limit: 5m\nholdout: 0.2\nlog_format: json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"FOOTNOTE_HOLDOUT": "0.3", "FOOTNOTE_LOG_FORMAT": "text"}
	c, err := loadConfig(file, []string{"log_format=json"}, func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	if c.IdleLimit != 5*time.Minute || c.Holdout != 0.3 || c.LogFormat != "json" || c.Grace != 10*time.Second {
		t.Fatalf("%v %v %v %v: want file, environment, flag, default", c.IdleLimit, c.Holdout, c.LogFormat, c.Grace)
	}
}

func TestConfigNamesEveryProblemAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("idle_limits: 5m\nholdout: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"FOOTNOTE_LOG_FORMAT": "xml", "SLACK_BOT_TOKEN": "xoxb-1", "QDRANT_URL": "ftp://x", "FOOTNOTE_GRACE": "soon"}
	_, err := loadConfig(file, []string{"nope=1", "listen"}, func(k string) string { return env[k] })
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`"idle_limits"; did you mean "idle_limit"?`, "holdout", "log_format", "slack_channel", "slack_app_token", "qdrant_url", "FOOTNOTE_GRACE", `"nope"`, "key=value"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
}

func TestSecretsComeFromFilesAndNeverPrint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("sk-verysecretvalue\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"OPENAI_API_KEY_FILE": file}
	c, err := loadConfig("", nil, func(k string) string { return env[k] })
	if err != nil || string(c.OpenAIKey) != "sk-verysecretvalue" {
		t.Fatalf("%q, %v", string(c.OpenAIKey), err)
	}
	var out bytes.Buffer
	c.print(&out)
	fmt.Fprintf(&out, "%v %+v %#v", c, c, c)
	slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: redact})).Info("x", "key", c.OpenAIKey,
		"text", "token xoxb-123456-abcdef and postgres://u:hunter2@h/d", "error", fmt.Errorf("bad sk-verysecretvalue"))
	for _, secret := range []string{"verysecret", "123456-abc", "hunter2"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s was printed", secret)
		}
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	var c Config
	env := map[string]string{}
	for _, f := range settings(&c) {
		if f.key == "" || f.env == "" || len(f.help) < 10 {
			t.Errorf("setting %q (%s) has no key, environment or help", f.key, f.env)
		}
		if other, ok := env[f.env]; ok {
			t.Errorf("%s and %s share %s", f.key, other, f.env)
		}
		env[f.env] = f.key
	}
	if c, err := loadConfig("", nil, noEnv); err != nil || !filepath.IsAbs(c.Data) {
		t.Errorf("defaults: %v, data %s", err, c.Data)
	}
}

func TestWebhookDeskSettings(t *testing.T) {
	c, err := loadConfig("", []string{"data=" + t.TempDir(), "sandbox=false", "webhook_secret=new-secret-0123456789, old-secret-0123456789", "webhook_reply_url=https://desk.example/reply",
		"webhook_thread_url=https://desk.example/thread", "webhook_changed_url=https://desk.example/changed"}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{c: c}
	if err := a.buildDesks(t.Context()); err != nil || len(a.desks) != 1 || !a.desks[0].Can().Poll {
		t.Fatalf("%v %+v", err, a.desks)
	}
	now := time.Now()
	body := []byte(`{"kind":"test","ticket":{"id":"1"}}`)
	for secret, ok := range map[string]bool{"new-secret-0123456789": true, "old-secret-0123456789": true, "other-secret-0123456789": false} {
		keys, err := bots.NewWebhookKeys(secret)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		keys.Sign(h, "m1", now, body)
		if _, err := a.desks[0].Parse(h, body, now); (pipeline.KindOf(err) != pipeline.Denied) != ok {
			t.Errorf("%s: %v", secret, err)
		}
	}
	if _, err := loadConfig("", []string{"webhook_secret=x", "webhook_changed_url=https://desk.example/changed"}, noEnv); err == nil || !strings.Contains(err.Error(), "webhook_changed_url") {
		t.Errorf("a changed URL without a thread URL: %v", err)
	}
}

// TestSettingsAndCommandsAreWritten: docs/settings.md and docs/commands.md are what the
// program has. With -update they are written anew; the tests of docs hold every other
// page to them.
func TestSettingsAndCommandsAreWritten(t *testing.T) {
	for name, want := range map[string]string{"settings.md": settingsPage(t), "commands.md": commandsPage(t)} {
		file := filepath.Join("..", "..", "docs", name)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("docs/%s is not what the program has (%v): go test ./cmd/footnote -run SettingsAndCommands -update", name, err)
		}
	}
}

// cell is text in a table of Markdown.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "<", `\<`).Replace(s) }

// settingsPage has every setting, those of each desk in a table of their own.
func settingsPage(t *testing.T) string {
	t.Helper()
	c, err := loadConfig("", []string{"data=" + t.TempDir()}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	of := func(f setting) string { // the account, for a desk's setting
		for _, a := range c.accounts {
			if strings.HasPrefix(f.help, a.name+": ") {
				return a.name
			}
		}
		return ""
	}
	var b strings.Builder
	b.WriteString("# Settings\n\nMade from the program (`go test ./cmd/footnote -run SettingsAndCommands -update`); `footnote config` prints the same with what holds.\n" +
		"Defaults < YAML file (`--config`, by key) < environment < `--set key=value`. A secret can be read from a file: its variable with `_FILE` behind it.\n" +
		"A second account at a desk (`desks: zendesk-eu`) has the same settings as the first, beginning with `zendesk_eu_`.\n")
	desk := "-"
	for _, f := range settings(&c) {
		if now := of(f); now != desk {
			desk = now
			title := "Everything but desks"
			if desk != "" {
				title = desk
			}
			fmt.Fprintf(&b, "\n## %s\n| variable | key | default | what it is |\n|---|---|---|---|\n", title)
		}
		def := f.def
		if f.secret() {
			def = "(secret)"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", f.env, f.key, cell(def), cell(strings.TrimPrefix(f.help, desk+": ")))
	}
	return b.String()
}

// commandsPage has every command with its flags.
func commandsPage(t *testing.T) string {
	t.Helper()
	var line cli
	k, err := kong.New(&line, kong.Name("footnote"), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Commands\n\nMade from the program (`go test ./cmd/footnote -run SettingsAndCommands -update`); `footnote --help` prints the same.\n" +
		"Commands find the running process by its data directory. Exit codes: 0 done, 2 wrong input, 3 not found, 4 in the way of something else, 5 not allowed, 6 away, 1 anything else.\n\n")
	flags := func(n *kong.Node) {
		for _, f := range n.Flags {
			if !f.Hidden && f.Name != "help" {
				fmt.Fprintf(&b, "- `--%s`: %s\n", f.Name, f.Help)
			}
		}
	}
	b.WriteString("## Every command\n")
	flags(k.Model.Node)
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, child := range n.Children {
			if child.Hidden {
				continue
			}
			fmt.Fprintf(&b, "\n## footnote %s\n%s\n", strings.TrimPrefix(child.Path(), "footnote "), child.Help)
			for _, p := range child.Positional {
				fmt.Fprintf(&b, "- %s: %s\n", p.Summary(), p.Help)
			}
			flags(child)
			walk(child)
		}
	}
	walk(k.Model.Node)
	return b.String()
}
