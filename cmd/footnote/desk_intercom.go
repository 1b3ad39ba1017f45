package main

import (
	"footnote/bots"
	"footnote/bots/intercom"
)

type intercomSettings struct {
	Token     Secret `yaml:"token" env:"TOKEN" help:"access token of your workspace's app; empty: no Intercom"`
	Region    string `yaml:"region" env:"REGION" default:"us" help:"where the workspace is hosted: us, eu or au"`
	URL       string `yaml:"url" env:"URL" help:"the API's address instead"`
	Workspace string `yaml:"workspace" env:"WORKSPACE" help:"the workspace's id (a86dr8yl): webhooks of others are ignored; empty: not checked"`
	PerMinute int    `yaml:"per_minute" env:"PER_MINUTE" default:"1000" help:"calls a minute that Footnote may make, until Intercom's answers tell it; 0: no limit"`
	Secret    Secret `yaml:"secret" env:"SECRET" least:"16" help:"the app's client secret, which signs webhooks; empty: the route is closed"`
	OldSecret Secret `yaml:"old_secret" env:"OLD_SECRET" least:"16" help:"the client secret before, while it is rotated"`
}

func (s *intercomSettings) configured() bool { return s.Token != "" }

var _ = registerDesk("intercom", func(k deskKit, s *intercomSettings) (bots.Desk, error) {
	return intercom.New(intercom.Config{Name: k.Name, Region: s.Region, URL: s.URL, Token: string(s.Token), Workspace: s.Workspace,
		Secrets: []string{string(s.Secret), string(s.OldSecret)}, PerMinute: s.PerMinute})
})
