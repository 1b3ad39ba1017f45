package presses

import (
	"context"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// inFor is the input of the form for putting a ticket off: how long.
const inFor = "for"

// snoozing is what is in the form for putting a ticket off.
func (f Form) snoozing(t typed) api.Block {
	pick := api.NewOptionsSelectBlockElement(api.OptTypeStatic, layout.Plain("Choose"), inFor)
	for _, s := range pipeline.SnoozeTimes {
		o := api.NewOptionBlockObject(s.Name, layout.Plain(s.Label), nil)
		pick.Options = append(pick.Options, o)
		if s.Name == t.length {
			pick.InitialOption = o
		}
	}
	return api.NewInputBlock(f.Block(inFor), layout.Plain("Put it off for"), layout.Plain("It comes back by itself then, or when the customer writes."), pick)
}

// snooze puts the ticket of the form's draft off.
func (c *Presses) snooze(ctx context.Context, by pipeline.Agent, f Form, t typed) error {
	if c.snoozer == nil {
		return errNoSnooze
	}
	for _, s := range pipeline.SnoozeTimes {
		if s.Name == t.length {
			r, err := c.reviewer.Find(ctx, f.Draft)
			if err != nil {
				return err
			}
			return c.snoozer.Snooze(ctx, r.Draft.Ticket, by, c.Now().Add(s.For), client.Surface)
		}
	}
	return pipeline.Errorf(pipeline.Invalid, "Choose how long the ticket is put off.")
}

var errNoSnooze = pipeline.Errorf(pipeline.Unavailable, "This process cannot put tickets off. Use the console.")

// unsnooze carries out the button that brings a ticket back.
func (c *Presses) unsnooze(ctx context.Context, in client.Interaction, f Form) {
	if c.again(ctx, in) {
		return
	}
	by, err := c.Agent(ctx, in.User.ID, in.User.TeamID)
	if err == nil && c.snoozer == nil {
		err = errNoSnooze
	}
	var r pipeline.Review
	if err == nil {
		r, err = c.reviewer.Find(ctx, f.Draft)
	}
	if err == nil {
		err = c.snoozer.Unsnooze(ctx, r.Draft.Ticket, by, client.Surface)
	}
	if err != nil {
		c.Count("refused")
		c.Tell(ctx, in, c.sayable(err, f.Draft))
	}
	if pipeline.KindOf(err) != pipeline.Denied {
		c.refresh(ctx, f.Draft)
	}
}

// inLooked is the box of a form that sends what may have arrived already.
const inLooked = "looked"

// lookedBox is what must be ticked before a reply goes out of which an earlier one
// may have arrived: the same as in the console.
func (f Form) lookedBox(t typed) *api.InputBlock {
	o := api.NewOptionBlockObject("yes", layout.Plain("I looked: the customer does not have it"), nil)
	box := api.NewCheckboxGroupsBlockElement(inLooked, o)
	if t.looked {
		box.InitialOptions = []*api.OptionBlockObject{o}
	}
	return api.NewInputBlock(f.Block(inLooked), layout.Plain("The customer may have a reply already"), nil, box)
}

// looked refuses to send once more what may have arrived, unless the person says
// that they looked.
func (c *Presses) looked(ctx context.Context, f Form, t typed) error {
	r, err := c.reviewer.Find(ctx, f.Draft)
	if err == nil && f.Kind == cards.ActEdit && r.Unsure() && !t.looked {
		err = pipeline.Errorf(pipeline.Invalid, "Nothing was sent: the customer may have this reply already. Look at the ticket in the desk, then say that you looked.")
	}
	return err
}
