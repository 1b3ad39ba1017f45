package requests

import (
	"context"
	"strings"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// ask answers the request's question from the knowledge. staff says that a
// colleague asks for themselves: internal sources are then allowed, but what
// they say is never shown where outsiders read along.
func (c *Requests) ask(ctx context.Context, r *request, by pipeline.Agent, staff bool) (ending, error) {
	if c.cfg.Asker == nil {
		return ending{}, pipeline.Errorf(pipeline.Unavailable, "Questions cannot be answered here: the knowledge is not part of this process.")
	}
	q := Question{Text: c.question(ctx, *r), By: by}
	if strings.TrimSpace(layout.Shown(q.Text)) == "" {
		return ending{}, pipeline.Errorf(pipeline.Invalid, "There is no question to answer: the message has no words.")
	}
	open := staff && r.surface == fromMention && c.Readers(ctx, r.channel, r.shared).Reach == client.Outsiders
	q.Internal = staff && !open
	d, err := c.cfg.Asker.Ask(ctx, q)
	if err != nil {
		return ending{}, err
	}
	if !q.Internal && cards.CitesInternal(d) {
		return ending{}, pipeline.Errorf(pipeline.Internal, "an answer for outsiders cites an internal source")
	}
	if open && d.Abstained != "" {
		d = c.askWhole(ctx, *r, q, d)
	}
	r.answer = &d
	return c.shown(ctx, *r, d), nil
}

// askWhole asks again with internal sources what the public ones do not answer:
// then the person alone is told. Without an answer the abstention stands.
func (c *Requests) askWhole(ctx context.Context, r request, q Question, public pipeline.Draft) pipeline.Draft {
	q.Internal = true
	d, err := c.cfg.Asker.Ask(ctx, q)
	if err != nil {
		c.Log.Warn("internal sources not asked", "reference", r.ref, "error", err)
		return public
	}
	if d.Abstained != "" {
		return public
	}
	return d
}

// shown is how a request ends that was answered from the knowledge. Who can
// read the channel is looked at again here, after the answer was written.
func (c *Requests) shown(ctx context.Context, r request, d pipeline.Draft) ending {
	a := Answer{Question: readable(r.words(), c.OwnName()), Draft: d, Reference: r.ref, Customer: r.surface == fromShortcut}
	o := ending{state: stateAnswered}
	if r.surface == fromMention {
		who := c.Readers(ctx, r.channel, r.shared)
		switch {
		case who.Reach == client.Unknown, r.direct != "": // an earlier try began to tell it so
			a.Alone, o.alone = who.Why(client.HereAsked), true
		case who.Reach == client.Outsiders && cards.CitesInternal(d):
			a.Alone, o.alone = "it uses internal sources, and "+who.Why(client.HereAsked), true
		case who.Reach == client.Outsiders:
			a.Note = "public sources only: " + who.Why(client.HereAsked)
		}
	}
	o.page = a.page()
	if d.Abstained != "" {
		o.state, o.say = stateAbstained, layout.Sentence(d.Abstained)
	}
	return o
}
