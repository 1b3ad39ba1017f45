package main

import (
	"time"

	"footnote/bots"
	"footnote/bots/zammad"
)

type zammadSettings struct {
	URL       string        `yaml:"url" env:"URL" help:"the installation's address; empty: no Zammad"`
	Token     Secret        `yaml:"token" env:"TOKEN" help:"access token of Footnote's user (ticket.agent; admin.user for replies in agents' names)"`
	Secret    Secret        `yaml:"secret" env:"SECRET" least:"16" help:"the webhook's HMAC SHA1 signature token; empty: its route is closed"`
	OldSecret Secret        `yaml:"old_secret" env:"OLD_SECRET" least:"16" help:"the signature token before, while it is rotated"`
	PerMinute int           `yaml:"per_minute" env:"PER_MINUTE" default:"300" help:"calls a minute that the installation bears, until its answers tell it; polls and imports keep below it; 0: no limit"`
	TimeUnit  time.Duration `yaml:"time_unit" env:"TIME_UNIT" default:"0s" help:"what one unit of Zammad's time accounting means, e.g. 1m; 0: handling times are not known"`
}

func (s *zammadSettings) configured() bool { return s.URL != "" }

var _ = registerDesk("zammad", func(k deskKit, s *zammadSettings) (bots.Desk, error) {
	return zammad.New(zammad.Config{Name: k.Name, URL: s.URL, Token: string(s.Token), Secrets: []string{string(s.Secret), string(s.OldSecret)}, TimeUnit: s.TimeUnit, PerMinute: s.PerMinute})
})
