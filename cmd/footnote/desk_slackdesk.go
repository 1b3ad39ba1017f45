package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/slackdesk"
)

type slackdeskSettings struct {
	Channels string        `yaml:"channels" env:"CHANNELS" help:"ids of support channels, e.g. C01ABC,C02DEF=customers; customers are people of other workspaces and guests, with =customers everybody without an account; empty: none"`
	Names    bool          `yaml:"names" env:"NAMES" default:"false" help:"true: replies stand under the approving agent's name (the app needs chat:write.customize)"`
	Group    time.Duration `yaml:"group" env:"GROUP" default:"10m" help:"messages of one customer in the channel itself, each at most this long after another, are one ticket"`
	Lookback time.Duration `yaml:"lookback" env:"LOOKBACK" default:"48h" help:"how old a thread may be for missed replies in it to be found"`
	// Slack allows about 50 calls a minute and method.
	PerMinute int `yaml:"per_minute" env:"PER_MINUTE" default:"50" help:"calls a minute that history and poll keep to; 0: no limit"`
}

func (s *slackdeskSettings) configured() bool { return s.Channels != "" }

var _ = registerDesk("slackdesk", func(k deskKit, s *slackdeskSettings) (bots.Desk, error) {
	channels, err := supportChannels(s.Channels, k.Config.SlackChannel)
	if err != nil {
		return nil, err
	}
	return slackdesk.New(slackdesk.Config{Name: k.Name, URL: k.Config.SlackAPIURL, Token: string(k.Config.SlackBotToken), Channels: channels, Notes: k.Config.SlackChannel,
		Names: s.Names, Group: s.Group, Lookback: s.Lookback, PerMinute: s.PerMinute, Pool: k.Pool, People: k.People})
})

// supportChannels reads "C01ABC, C02DEF=customers". The channel of the cards is
// refused: drafts must not show, nor be approved, where customers are.
func supportChannels(list, cards string) (map[string]bool, error) {
	out := map[string]bool{}
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		id, kind, set := strings.Cut(part, "=")
		id, kind = strings.TrimSpace(id), strings.TrimSpace(kind)
		switch {
		case set && kind != "customers":
			return nil, fmt.Errorf("read the support channels: %q: only =customers may follow an id", part)
		case id == cards:
			return nil, fmt.Errorf("read the support channels: %s is slack_channel, where drafts are shown: customers must not be there", id)
		}
		out[id] = set
	}
	return out, nil
}

// support brings messages of support channels from the chat's connection to
// their desk, and what it makes of them to the bus.
type support struct{ a *app }

func (s support) Take(ctx context.Context, channel string, raw []byte) (bool, error) {
	for _, d := range s.a.desks {
		if sd, ok := d.(*slackdesk.Desk); ok && sd.Owns(channel) {
			return true, sd.Take(ctx, raw, s.a.p.bus.Publish)
		}
	}
	return false, nil
}
