package main

import (
	"bytes"
	"strings"
	"testing"

	"footnote/bots/bottest"
)

// TestCheckSaysToRestart: a process that runs with other settings of a desk than there
// are where the command is typed says so, also for a desk that it does not know; and not
// when they are the same.
func TestCheckSaysToRestart(t *testing.T) {
	t.Parallel()
	z := bottest.NewLibredesk(t)
	sets := []string{"knowledge=", "sync_every=0s", "libredesk_url=" + z.URL, "libredesk_key=" + z.Key}
	a, _ := runningIn(t, scratchDir(t, "test"), sets...)
	digest := func(desk string, more ...string) string {
		c, err := loadConfig("", append(append([]string{"data=" + a.c.Data}, sets...), more...), noEnv)
		if err != nil {
			t.Fatal(err)
		}
		c.PublicURL = a.c.PublicURL
		d, err := c.deskDigest(desk)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	check := func(desk, mine string) string {
		var out bytes.Buffer
		err := (&deskCheckCmd{Desk: desk, Mine: mine}).run(t.Context(), a, &out)
		if err == nil {
			t.Errorf("%s: no error", desk) // the fake has no webhook
			return out.String()
		}
		return out.String() + err.Error()
	}
	if got := check("libredesk", digest("libredesk")); strings.Contains(got, "Start Footnote again") {
		t.Errorf("the settings are the same: %s", got)
	}
	for what, mine := range map[string]string{"another key": digest("libredesk", "libredesk_key=other:key"), "a secret": digest("libredesk", "libredesk_secret=0123456789abcdef"),
		"a mode": digest("libredesk", "libredesk_show=note")} {
		if got := check("libredesk", mine); !strings.Contains(got, "FIX  settings") || !strings.Contains(got, "Start Footnote again") {
			t.Errorf("%s: %s", what, got)
		}
	}
	if got := check("zammad", digest("zammad", "zammad_url=http://z.example", "zammad_token=t")); !strings.Contains(got, "was started without it") {
		t.Errorf("a desk that is new: %s", got)
	}
	if got := check("zammad", digest("zammad")); strings.Contains(got, "start it again") {
		t.Errorf("a desk that is nowhere: %s", got)
	}
	first, second := setUp(t, a), setUp(t, a)
	if first != strings.ReplaceAll(second, "set the webhook Footnote right", "created the webhook Footnote") {
		t.Errorf("setup says one thing and then another:\n%s\n%s", first, second)
	}
}

// setUp is what desk setup prints.
func setUp(t *testing.T, a *app) string {
	t.Helper()
	var out bytes.Buffer
	if err := (&deskSetupCmd{Desk: "libredesk"}).run(t.Context(), a, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
