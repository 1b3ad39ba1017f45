package main

import (
	"footnote/bots/delivery"
	"strings"
	"testing"
)

func TestDeskAccounts(t *testing.T) {
	env := map[string]string{"FOOTNOTE_DESKS": "zendesk-eu, zendesk-us", "FOOTNOTE_ZENDESK_EU_TOKEN": "t-eu", "FOOTNOTE_ZENDESK_EU_SHOW": "note"}
	c, err := loadConfig("", []string{"zendesk_subdomain=acme", "zendesk_eu_subdomain=acme-eu"}, func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	got, show := map[string]*zendeskSettings{}, map[string]delivery.ShowMode{}
	for _, a := range c.accounts {
		if s, ok := a.settings.(*zendeskSettings); ok {
			got[a.name] = s
			show[a.name] = *a.show
		}
	}
	if len(got) != 3 || got["zendesk"].Subdomain != "acme" || got["zendesk"].PerMinute != 200 || got["zendesk-eu"].Subdomain != "acme-eu" ||
		got["zendesk-eu"].Token != "t-eu" || got["zendesk"].Token != "" {
		t.Fatalf("%+v", got)
	}
	if show["zendesk"] != delivery.ShowNone || show["zendesk-eu"] != delivery.ShowNote {
		t.Errorf("drafts are shown as %v", show)
	}
	if !got["zendesk"].configured() || !got["zendesk-eu"].configured() || got["zendesk-us"].configured() {
		t.Error("a desk is one with a subdomain")
	}
	if _, err := loadConfig("", []string{"desks=nodesk-eu"}, noEnv); err == nil || !strings.Contains(err.Error(), "nodesk-eu") {
		t.Errorf("an unknown platform: %v", err)
	}
}
