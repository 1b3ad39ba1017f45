package cards

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// metadataType marks our cards, so that one whose post was never answered is
// found again. The payload holds identifiers only: everybody in the channel may
// read it.
const metadataType = "footnote_card"

// busyAfter is when to come back for a card that another process works on.
const busyAfter = 500 * time.Millisecond

// Show brings the card of the draft's message up to date, or posts it, and
// then its thread. One process at a time works on a card, and the state is read
// after the card is held: whoever comes last shows the newest.
func (c *Cards) Show(ctx context.Context, draft string) error {
	return c.Refresh(ctx, draft, true)
}

// Refresh is Show; without thread only the card, which is what people wait for.
func (c *Cards) Refresh(ctx context.Context, draft string, thread bool) error {
	ctx, cancel := context.WithTimeout(ctx, workFor)
	defer cancel()
	r, err := c.reviewer.Find(ctx, draft)
	if err != nil {
		return fmt.Errorf("find draft: %w", err)
	}
	unlock, err := c.locks.lock(ctx, r.Draft.Ticket.String()+"\x00"+r.Draft.Message)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "wait for card: %w", err)
	}
	defer unlock()
	k, err := takeCard(ctx, c.Pool, r.Draft, c.Channel)
	if errors.Is(err, errHeld) {
		return &pipeline.RetryAfterError{After: busyAfter, Err: pipeline.Errorf(pipeline.Unavailable, "%w", err)}
	}
	if err != nil {
		return err
	}
	var end held
	defer func() {
		if err := releaseCard(context.WithoutCancel(ctx), c.Pool, k, end); err != nil {
			c.Log.Warn("card not released; it is free again in a minute", "card", k.id, "error", err)
		}
	}()
	if r, err = c.reviewer.Find(ctx, k.draft); err != nil {
		return fmt.Errorf("find draft: %w", err)
	}
	err = c.putAll(ctx, &k, r, thread)
	end.problem = client.BrokenBy(err)
	end.refused = end.problem == "" && pipeline.KindOf(err) == pipeline.Invalid && err != nil
	if end.refused { // by Slack, or by our own check of its limits: tried again later, and when something changes
		end.problem = "refused"
	}
	end.right = thread && (err == nil || end.refused)
	if client.IsBroken(err) {
		c.Log.Error("card waits until Slack is repaired", "draft", k.draft, "error", err)
		return nil
	}
	return err
}

// putAll puts the card and, with thread, what stands under it.
func (c *Cards) putAll(ctx context.Context, k *card, r pipeline.Review, thread bool) error {
	var past pipeline.Past
	var err error
	if thread || r.Draft.Version > 1 {
		if past, err = c.past(ctx, r.Draft.Ticket); err != nil {
			return err
		}
	}
	if err := c.put(ctx, k, r, past); err != nil || !thread || k.ts == "" {
		return err
	}
	return c.putThread(ctx, *k, threadOf(r, past))
}

func (c *Cards) past(ctx context.Context, ref pipeline.TicketRef) (pipeline.Past, error) {
	if c.history == nil {
		return pipeline.Past{}, nil
	}
	p, err := c.history.Past(ctx, ref)
	if err != nil {
		return p, fmt.Errorf("read history: %w", err)
	}
	return p, nil
}

// put makes the card in Slack show the review.
func (c *Cards) put(ctx context.Context, k *card, r pipeline.Review, past pipeline.Past) error {
	state := Standing(r)
	if k.ts == "" && !k.tried.IsZero() {
		if err := c.findLost(ctx, k); err != nil {
			return err
		}
		if err := saveCard(ctx, c.Pool, *k, state); err != nil {
			return err
		}
	}
	quiet := Decided(state) && state != pipeline.StateApproved
	if k.ts == "" && quiet {
		return c.retire(ctx, k, r) // settled before anybody saw it: nothing to decide, nobody to tell
	}
	if err := c.choosePlace(ctx, k, r.Ticket.Queue); err != nil {
		return err
	}
	b, err := c.compose(ctx, k.channel, r, past)
	if err != nil {
		return err
	}
	if k.ts != "" && k.shown == b.Sum {
		return c.retire(ctx, k, r)
	}
	if k.ts != "" {
		gone, stands, err := c.update(ctx, *k, b)
		if err != nil {
			return err
		}
		if !gone {
			k.shown = b.Sum
			if err := saveCard(ctx, c.Pool, *k, state); err != nil {
				return err
			}
			return c.retire(ctx, k, r)
		}
		if stands {
			k.left, k.told = k.ts, false
		}
		k.ts, k.shown = "", ""
		if err := saveCard(ctx, c.Pool, *k, state); err != nil {
			return err
		}
	}
	if !quiet {
		if err := c.post(ctx, k, b, state); err != nil {
			return err
		}
	}
	return c.retire(ctx, k, r)
}

// choosePlace says where a card that is not posted yet goes: by the ticket's queue, to
// a channel, or to a person alone.
func (c *Cards) choosePlace(ctx context.Context, k *card, queue string) error {
	if k.ts != "" || !k.tried.IsZero() {
		return nil
	}
	k.channel = c.CardPlace(queue)
	if !client.Person(k.channel) {
		return nil
	}
	dm, err := c.OpenDirect(ctx, k.channel)
	if err != nil {
		return c.Called("open", "open the conversation with "+k.channel, err)
	}
	k.channel = dm
	return nil
}

// compose renders the card and checks it against Slack's limits before it is
// sent. A layout beyond the limits is a defect; the plain one is then used.
func (c *Cards) compose(ctx context.Context, channel string, r pipeline.Review, past pipeline.Past) (layout.Body, error) {
	r, note := c.discreet(ctx, channel, r)
	card := render(r, past, c.TicketPage(r.Draft.Ticket))
	if note != "" && !Decided(card.State) {
		card.Notes = append(card.Notes, note)
	}
	return c.Fit(card, "card of draft "+r.Draft.ID)
}

// post sends a new card. That a post begins is written down before, so that
// after a lost answer the card is searched for instead of posted again.
func (c *Cards) post(ctx context.Context, k *card, b layout.Body, state pipeline.DraftState) error {
	if err := c.MayCall(ctx, k.channel); err != nil {
		return err
	}
	k.tried = c.Now()
	if err := saveCard(ctx, c.Pool, *k, state); err != nil {
		return err
	}
	var channel, ts string
	err := c.EitherLayout(b, func(m layout.Message) (err error) {
		channel, ts, err = c.API.PostMessageContext(ctx, k.channel, c.options(*k, m)...)
		return err
	})
	if v, _ := client.Classify(err); v == client.Unclear {
		return c.Failure("post card", err) // tried stays: it may be there
	}
	k.tried = time.Time{}
	if err != nil {
		if serr := saveCard(context.WithoutCancel(ctx), c.Pool, *k, state); serr != nil {
			c.Log.Warn("refused post not noted; the card will be searched for", "card", k.id, "error", serr)
		}
		return c.Called(k.channel, "post card", err)
	}

	k.channel, k.ts, k.shown = channel, ts, b.Sum
	return saveCard(context.WithoutCancel(ctx), c.Pool, *k, state)
}

// update rewrites a card; gone says that it can no longer be, and stands that it is
// there all the same, as it was.
func (c *Cards) update(ctx context.Context, k card, b layout.Body) (gone, stands bool, err error) {
	key := "update/" + k.channel
	if err := c.MayCall(ctx, key); err != nil {
		return false, false, err
	}
	err = c.EitherLayout(b, func(m layout.Message) error {
		_, _, _, err := c.API.UpdateMessageContext(ctx, k.channel, k.ts, c.options(k, m)...)
		return err
	})
	_, code := client.Classify(err)
	if gone, stands = client.Frozen(code); gone {
		c.Log.Info("card can no longer be updated", "card", k.id, "reason", code)
		return true, stands, nil
	}
	return false, false, c.Called(key, "update card", err)
}

func (c *Cards) options(k card, m layout.Message) []api.MsgOption {
	return []api.MsgOption{
		api.MsgOptionText(m.Text, false), // escaped already
		api.MsgOptionBlocks(m.Blocks...),
		api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl(),
		api.MsgOptionMetadata(api.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"card": k.id, "draft": k.draft}}),
	}
}

// findLost looks for a card whose post was not answered and puts its ts into
// k. While it may still turn up, the error asks to come back; after that, k
// says that no post is under way.
func (c *Cards) findLost(ctx context.Context, k *card) error {
	me, err := c.Whoami(ctx)
	if err != nil {
		return err
	}
	p := api.GetConversationHistoryParameters{ChannelID: k.channel, Limit: 200, IncludeAllMetadata: true,
		Oldest: strconv.FormatInt(k.tried.Add(-client.ClockSkew).Unix(), 10) + ".000000"}
	for range client.MaxPages {
		h, err := c.API.GetConversationHistoryContext(ctx, &p)
		if err != nil {
			return c.Called("history/"+k.channel, "search for card", err)
		}
		for _, m := range h.Messages {
			if m.BotID == me.Bot && m.Metadata.EventType == metadataType && m.Metadata.EventPayload["card"] == k.id {
				c.Count("found_again")
				k.ts, k.tried = m.Timestamp, time.Time{}
				return nil
			}
		}
		if p.Cursor = h.ResponseMetaData.NextCursor; p.Cursor == "" || !h.HasMore {
			if wait := k.tried.Add(c.Settle).Sub(c.Now()); wait > 0 {
				return &pipeline.RetryAfterError{After: wait, Err: pipeline.Errorf(pipeline.Unavailable, "a post to Slack was not answered")}
			}
			k.tried = time.Time{}
			return nil
		}
	}
	return pipeline.Errorf(pipeline.Unavailable, "search for card: the channel is too busy to be searched")
}

// Repair shows the cards that were waiting and those that do not show what the
// review says. Unavailable when Slack does not take them; the rest waits on.
func (c *Cards) Repair(ctx context.Context) error {
	drafts, err := waitingCards(ctx, c.Pool, 50)
	if err != nil {
		return err
	}
	behind, err := behindCards(ctx, c.Pool, c.Settle, 50)
	if err != nil {
		return err
	}
	broken := 0
	for _, d := range append(drafts, behind...) {
		if err := c.Show(ctx, d); pipeline.KindOf(err) == pipeline.Unavailable {
			return err // the rest waits on
		} else if err != nil {
			c.Log.Error("card not repaired", "draft", d, "error", err)
			continue
		}
		if c.Status().Code == "" {
			c.Count("repaired")
		} else if broken++; broken == brokenAtOnce {
			return nil // the others come first the next time
		}
	}
	return nil
}

// brokenAtOnce is how many cards are tried at once while Slack refuses them: one that
// is refused for its own sake must not keep the others waiting.
const brokenAtOnce = 3
