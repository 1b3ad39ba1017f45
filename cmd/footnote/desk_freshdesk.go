package main

import (
	"footnote/bots"
	"footnote/bots/freshdesk"
)

type freshdeskSettings struct {
	Domain    string `yaml:"domain" env:"DOMAIN" help:"acme of acme.freshdesk.com; empty: no Freshdesk"`
	URL       string `yaml:"url" env:"URL" help:"the account's address instead of https://<domain>.freshdesk.com"`
	Key       Secret `yaml:"key" env:"KEY" help:"API key of the agent that Footnote works as"`
	Secret    Secret `yaml:"secret" env:"SECRET" least:"16" help:"in the automation rules' header; empty: the route is closed"`
	OldSecret Secret `yaml:"old_secret" env:"OLD_SECRET" least:"16" help:"the secret before, while it is rotated"`
	PerMinute int    `yaml:"per_minute" env:"PER_MINUTE" default:"200" help:"calls a minute of the plan, until Freshdesk's answers tell it"`
}

func (s *freshdeskSettings) configured() bool { return s.Domain != "" || s.URL != "" }

var _ = registerDesk("freshdesk", func(k deskKit, s *freshdeskSettings) (bots.Desk, error) {
	return freshdesk.New(freshdesk.Config{Name: k.Name, Domain: s.Domain, URL: s.URL, Key: string(s.Key),
		Secrets: []string{string(s.Secret), string(s.OldSecret)}, PerMinute: s.PerMinute})
})
