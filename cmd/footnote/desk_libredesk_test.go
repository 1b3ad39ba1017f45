package main

import (
	"maps"
	"strings"
	"testing"
)

func TestAgentKeys(t *testing.T) {
	got, err := agentKeys(" grace@example.org = a:b=c ,, bob@example.org=x")
	if err != nil || !maps.Equal(got, map[string]string{"grace@example.org": "a:b=c", "bob@example.org": "x"}) {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"hidden", "grace@example.org=", "=hidden", "grace=hidden"} {
		if _, err := agentKeys(bad); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestDeskBuilds: every platform's settings make an adapter of the account's name.
func TestDeskBuilds(t *testing.T) {
	c, err := loadConfig("", []string{"libredesk_url=http://a.example", "libredesk_key=k:s", "libredesk_agent_keys=g@example.org=k:s", "zammad_url=http://b.example",
		"zammad_token=t", "zammad_time_unit=1m", "chatwoot_eu_url=http://c.example", "chatwoot_eu_token=t", "chatwoot_eu_account=7", "chatwoot_eu_secret=secret-0123456789"},
		func(k string) string { return map[string]string{"FOOTNOTE_DESKS": "chatwoot-eu"}[k] })
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]bool{}
	for _, a := range c.accounts {
		if !a.settings.configured() {
			continue
		}
		d, err := deskKinds[a.kind].build(deskKit{Name: a.name, Config: &c}, a.settings)
		if err != nil {
			t.Errorf("%s: %v", a.name, err)
			continue
		}
		built[d.Name()] = d.Can().Inbound
	}
	if want := map[string]bool{"libredesk": false, "zammad": false, "chatwoot-eu": true}; !maps.Equal(built, want) {
		t.Errorf("%v, want %v", built, want)
	}
}
