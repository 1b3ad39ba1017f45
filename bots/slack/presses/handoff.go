package presses

import (
	"context"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Inputs of the form for handing a ticket off: to whom, and a note for them.
const (
	InTo   = "to"
	InNote = "note"
)

// anybody is the choice that names nobody.
const anybody = "anybody"

// mostTakers is how many a list in Slack holds besides anybody.
const mostTakers = 99

// handOff is the form for handing a ticket off.
func (f Form) handOff(takers []bots.Taker, t typed) api.ModalViewRequest {
	first := api.NewOptionBlockObject(anybody, layout.Plain("Anybody"), nil)
	pick := api.NewOptionsSelectBlockElement(api.OptTypeStatic, layout.Plain("Choose"), InTo, first)
	pick.InitialOption = first
	for _, x := range takers {
		value, label := "agent:"+x.Agent, layout.Line(x.Name, 70)
		if x.Queue != "" {
			value, label = "queue:"+x.Queue, layout.Line("Team "+x.Queue, 70)
		}
		if label == "" || layout.Units(value) > 150 || len(pick.Options) > mostTakers {
			continue // what does not fit is chosen in the console
		}
		pick.Options = append(pick.Options, api.NewOptionBlockObject(value, layout.Plain(label), nil))
	}
	note := f.Input(InNote, "A note for them", "What they need to know.", t.Detail, 1000)
	note.Optional = true
	return f.view("Hand off", api.NewInputBlock(f.Block(InTo), layout.Plain("To whom"), nil, pick), note)
}

// takersFor lists whom the person may hand a ticket off to.
func (c *Presses) takersFor(ctx context.Context, by pipeline.Agent) []bots.Taker {
	if c.takers == nil {
		return nil
	}
	list, err := c.takers(ctx, by)
	if err != nil {
		c.Log.Warn("people and queues to hand off to not listed", "error", err)
	}
	return list
}

// handingOff is the decision of that form.
func handingOff(t typed) pipeline.Decision {
	d := pipeline.Decision{Kind: pipeline.HandOff, Reason: t.Detail}
	if id, ok := strings.CutPrefix(t.to, "agent:"); ok {
		d.To = id
	}
	if q, ok := strings.CutPrefix(t.to, "queue:"); ok {
		d.Queue = q
	}
	return d
}

// asksWhom tells whether a press opens the form.
func (c *Presses) asksWhom(action string) bool { return action == cards.ActHandOff && c.takers != nil }
