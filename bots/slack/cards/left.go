package cards

import (
	"context"
	"errors"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// retire takes away a message that shows a card as it was and cannot be changed any
// more: its buttons look alive. What cannot be deleted is told of in its thread, once.
func (c *Cards) retire(ctx context.Context, k *card, r pipeline.Review) error {
	if k.left == "" || k.told {
		return nil
	}
	if err := c.MayCallLater(ctx, k.channel); err != nil {
		return err
	}
	_, _, err := c.API.DeleteMessageContext(ctx, k.channel, k.left)
	switch v, code := client.Classify(err); {
	case v == client.Done, code == "message_not_found":
		k.left = ""
	case v == client.Unclear, v == client.Limited:
		return c.Called(k.channel, "take the old card away", err)
	default:
		b, err := c.Fit(c.farewell(*k, r), "note on the old card "+k.id)
		if err != nil {
			return err
		}
		err = c.EitherLayout(b, func(m layout.Message) error {
			_, _, err := c.API.PostMessageContext(ctx, k.channel, append(noteOptions(*k, "left", m), api.MsgOptionTS(k.left))...)
			return err
		})
		if v, code := client.Classify(err); v == client.Limited {
			return c.Called(k.channel, "tell of the old card", err)
		} else if err != nil { // a second note would be worse than none: the press tells, too
			c.Log.Warn("people not told that a card is old", "card", k.id, "reason", code)
		}
	}
	k.told = true
	return saveCard(context.WithoutCancel(ctx), c.Pool, *k, Standing(r))
}

// farewell is what is said of a message whose buttons do nothing any more.
func (c *Cards) farewell(k card, r pipeline.Review) layout.Content {
	p := layout.Says(layout.Bold("This card is old: "), layout.Text("Slack lets nobody change it, and its buttons do nothing."))
	if k.ts != "" {
		p.Add(c.newCard(k.channel, k.ts)...)
	} else {
		p.Lines = append(p.Lines, StateLine(r))
	}
	return layout.Content{Notice: "This card is old", Parts: []layout.Part{p}}
}

// newCard leads to where a card stands now.
func (c *Cards) newCard(channel, ts string) layout.Runs {
	if link := c.Permalink(channel, ts); link != "" {
		return layout.Runs{layout.Text("It stands anew here: "), {Text: "the card", URL: link}}
	}
	return layout.Runs{layout.Text("It stands anew further down in this channel.")}
}

// Old tells whether a message is a card that cannot be changed any more, and what to
// put in its place, as an answer to who pressed it.
func (c *Cards) Old(ctx context.Context, channel, ts string) (layout.Content, bool) {
	draft, at, ok, err := leftCard(ctx, c.Pool, channel, ts)
	if err != nil {
		c.Log.Warn("old card not looked up", "error", err)
	}
	if !ok || err != nil {
		return layout.Content{}, false
	}
	r, err := c.reviewer.Find(ctx, draft)
	if err != nil {
		return layout.Content{}, false
	}
	return c.farewell(card{channel: channel, ts: at, draft: draft}, r), true
}

// Deleted brings a card back whose message somebody deleted, as long as there is
// something to decide.
func (c *Cards) Deleted(ctx context.Context, channel, ts string) {
	for {
		draft, err := deletedCard(ctx, c.Pool, channel, ts)
		switch {
		case errors.Is(err, errHeld):
			if bots.Sleep(ctx, busyAfter) == nil {
				continue
			}
		case err == nil && draft == "":
			return
		case err == nil:
			c.Count("deleted")
			err = c.Refresh(ctx, draft, true)
		}
		if wait, ok := errors.AsType[*pipeline.RetryAfterError](err); ok && bots.Sleep(ctx, min(wait.After, 5*time.Second)) == nil {
			continue
		}
		if err != nil {
			c.Log.Warn("deleted card not shown again yet; the sweep does", "error", err)
		}
		return
	}
}

// Links are the addresses of the newest card of each ticket, as far as there is one.
func (c *Cards) Links(ctx context.Context, refs []pipeline.TicketRef) map[pipeline.TicketRef]string {
	out := map[pipeline.TicketRef]string{}
	if len(refs) == 0 {
		return out
	}
	list, err := placesOf(ctx, c.Pool, refs)
	if err != nil {
		c.Log.Warn("cards of tickets not looked up", "error", err)
		return out
	}
	for _, p := range list {
		if link := c.Permalink(p.channel, p.ts); link != "" {
			out[p.ticket] = link
		}
	}
	return out
}
