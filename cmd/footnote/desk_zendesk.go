package main

import (
	"footnote/bots"
	"footnote/bots/zendesk"
)

type zendeskSettings struct {
	Subdomain string `yaml:"subdomain" env:"SUBDOMAIN" help:"acme of acme.zendesk.com; empty: no Zendesk"`
	URL       string `yaml:"url" env:"URL" help:"the account's address instead of https://<subdomain>.zendesk.com"`
	Email     string `yaml:"email" env:"EMAIL" help:"of the agent whose API token it is; empty: the token is an OAuth access token"`
	Token     Secret `yaml:"token" env:"TOKEN" help:"API token, or OAuth access token"`
	Secret    Secret `yaml:"secret" env:"SECRET" least:"16" help:"the webhook's signing secret; empty: its route is closed"`
	OldSecret Secret `yaml:"old_secret" env:"OLD_SECRET" least:"16" help:"the signing secret before, while it is rotated"`
	Handling  int64  `yaml:"handling_field" env:"HANDLING_FIELD" default:"0" help:"id of the ticket field with the seconds spent (Time Tracking app); 0: none"`
	PerMinute int    `yaml:"per_minute" env:"PER_MINUTE" default:"200" help:"calls a minute of the plan, until Zendesk's answers tell it"`
}

func (s *zendeskSettings) configured() bool { return s.Subdomain != "" || s.URL != "" }

var _ = registerDesk("zendesk", func(k deskKit, s *zendeskSettings) (bots.Desk, error) {
	return zendesk.New(zendesk.Config{Name: k.Name, Subdomain: s.Subdomain, URL: s.URL, Email: s.Email, Token: string(s.Token),
		Secrets: []string{string(s.Secret), string(s.OldSecret)}, HandlingField: s.Handling, PerMinute: s.PerMinute})
})
