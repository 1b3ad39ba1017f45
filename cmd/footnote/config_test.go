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
