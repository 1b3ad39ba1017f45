package main

import (
	"context"
	"fmt"
	"os"

	"footnote/pipeline"
	"footnote/pipeline/bus"
)

// child runs Footnote with scripted agents, for the fault campaign.
func child() {
	if err := runChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runChild() error {
	c, err := loadConfig("", nil, os.Getenv)
	if err != nil {
		return err
	}
	ctx := context.Background()
	a, err := openApp(ctx, c, newLog(c))
	if err != nil {
		return err
	}
	defer a.close()
	return a.during(ctx, allRoles, func(ctx context.Context) error {
		team, err := a.team(ctx)
		if err != nil {
			return err
		}
		agents := newScriptedAgents(a.review, team)
		fmt.Println("ready", a.url)
		return a.p.bus.Consume(ctx, bus.Consumer{Name: "scripted-agents", Types: []pipeline.EventType{pipeline.DraftProposed, pipeline.DraftAbstained}, Workers: 4, AckWait: c.AckWait},
			func(ctx context.Context, e pipeline.Event) error {
				p, err := pipeline.Decode[pipeline.Proposed](e)
				if err != nil {
					return err
				}
				return agents.decide(ctx, p.Draft)
			})
	})
}
