package main

import (
	"fmt"
	"strings"

	"footnote/bots"
	"footnote/bots/libredesk"
)

type libredeskSettings struct {
	URL       string `yaml:"url" env:"URL" help:"the installation's address; empty: no Libredesk"`
	Key       Secret `yaml:"key" env:"KEY" help:"API key of the agent that Footnote is, as KEY:SECRET"`
	Agents    Secret `yaml:"agent_keys" env:"AGENT_KEYS" help:"keys of agents who approve, so that replies stand under their names, by the address of their account here (footnote people): grace@example.org=KEY:SECRET, …"`
	Instead   bool   `yaml:"agent_fallback" env:"AGENT_FALLBACK" help:"a reply whose agent's own key the desk refuses goes out under the team's account; false: it comes back and says so"`
	PerMinute int    `yaml:"per_minute" env:"PER_MINUTE" default:"300" help:"calls a minute that the installation bears, until its answers tell it; polls and imports keep below it; 0: no limit"`
	Secret    Secret `yaml:"secret" env:"SECRET" least:"16" help:"the webhook's secret; empty: its route is closed"`
	OldSecret Secret `yaml:"old_secret" env:"OLD_SECRET" least:"16" help:"the webhook's secret before, while it is rotated"`
}

func (s *libredeskSettings) configured() bool { return s.URL != "" }

var _ = registerDesk("libredesk", func(k deskKit, s *libredeskSettings) (bots.Desk, error) {
	agents, err := agentKeys(string(s.Agents))
	if err != nil {
		return nil, err
	}
	return libredesk.New(libredesk.Config{Name: k.Name, URL: s.URL, Key: string(s.Key), Agents: agents, Instead: s.Instead, PerMinute: s.PerMinute, Secrets: []string{string(s.Secret), string(s.OldSecret)}})
})

// agentKeys reads "address=key, address=key". Its error shows no key.
func agentKeys(list string) (map[string]string, error) {
	keys := map[string]string{}
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		address, key, ok := strings.Cut(part, "=")
		if !ok || !strings.Contains(address, "@") || strings.TrimSpace(key) == "" {
			return nil, fmt.Errorf("read the keys of agents: entry %d is not an address, = and a key", len(keys)+1)
		}
		keys[strings.TrimSpace(address)] = strings.TrimSpace(key)
	}
	return keys, nil
}
