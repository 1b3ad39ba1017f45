package main

import (
	"footnote/bots"
	"footnote/bots/chatwoot"
)

type chatwootSettings struct {
	URL       string `yaml:"url" env:"URL" help:"the installation's address; empty: no Chatwoot"`
	Account   int64  `yaml:"account" env:"ACCOUNT" default:"1" help:"the account's number, as in /app/accounts/1"`
	Token     Secret `yaml:"token" env:"TOKEN" help:"access token of the user that Footnote is, an administrator of the account"`
	Agents    Secret `yaml:"agent_tokens" env:"AGENT_TOKENS" help:"access tokens of agents who approve, so that replies stand under their names, by the address of their account here (footnote people): grace@example.org=TOKEN, …"`
	Instead   bool   `yaml:"agent_fallback" env:"AGENT_FALLBACK" help:"a reply whose agent's own key the desk refuses goes out under the team's account; false: it comes back and says so"`
	Secret    Secret `yaml:"secret" env:"SECRET" least:"16" help:"the webhook's secret; empty: its route is closed"`
	OldSecret Secret `yaml:"old_secret" env:"OLD_SECRET" least:"16" help:"the webhook's secret before, while it is rotated"`
	PerMinute int    `yaml:"per_minute" env:"PER_MINUTE" default:"60" help:"calls a minute that the installation allows; polls and imports keep below it"`
}

func (s *chatwootSettings) configured() bool { return s.URL != "" }

var _ = registerDesk("chatwoot", func(k deskKit, s *chatwootSettings) (bots.Desk, error) {
	agents, err := agentKeys(string(s.Agents))
	if err != nil {
		return nil, err
	}
	return chatwoot.New(chatwoot.Config{Name: k.Name, URL: s.URL, Account: s.Account, Token: string(s.Token), Agents: agents, Instead: s.Instead,
		Secrets: []string{string(s.Secret), string(s.OldSecret)}, PerMinute: s.PerMinute})
})
