package main

import (
	"footnote/bots/slack"
	"footnote/review/console"
)

// previews shows what Slack is sent on the console's page for people who work
// on it; nil outside development mode.
func (a *app) previews() func() ([]console.Preview, error) {
	if !a.c.Development {
		return nil
	}
	return func() ([]console.Preview, error) {
		samples, err := slack.Samples(a.publicURL())
		if err != nil {
			return nil, err
		}
		out := make([]console.Preview, len(samples))
		for i, s := range samples {
			out[i] = console.Preview(s)
		}
		return out, nil
	}
}
