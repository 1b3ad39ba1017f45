package requests

import (
	"context"
	"fmt"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// digestType marks digests, so that one whose post was never answered is found
// again.
const digestType = "footnote_digest"

// DigestConfig says when and where managers' figures are posted.
type DigestConfig struct {
	// Every is "daily", "weekly" (Mondays) or empty: never.
	Every string
	// Hour of the day in UTC, 0 to 23, from which it is posted.
	Hour int
	// Channel is its id; empty: the triage channel.
	Channel string
	// Figures reads what is posted.
	Figures func(ctx context.Context, from, to time.Time) (Figures, error)
}

func (d DigestConfig) wrong() string {
	switch {
	case d.Every == "":
		return ""
	case d.Every != "daily" && d.Every != "weekly":
		return "a digest is posted daily or weekly"
	case d.Hour < 0 || d.Hour > 23:
		return "the digest's hour is from 0 to 23"
	case d.Channel != "" && !client.ChannelID.MatchString(d.Channel):
		return "the digest's channel must be an id such as C0123456789"
	case d.Figures == nil:
		return "a digest needs figures"
	}
	return ""
}

// due is the period that ended last and whose digest may be posted at now.
func (d DigestConfig) due(now time.Time) (period string, from, to time.Time) {
	now = now.UTC()
	at := time.Date(now.Year(), now.Month(), now.Day(), d.Hour, 0, 0, 0, time.UTC)
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	days := 1
	if d.Every == "weekly" {
		days = 7
		at = at.AddDate(0, 0, -int(at.Weekday()+6)%7)
	}
	return d.Every + " " + at.Format(time.DateOnly), at.AddDate(0, 0, -days), at
}

// PostDigest posts the figures of the period that ended last, once, whatever dies
// and however many processes run. A period older than a day (or a week) is let
// go: what counts is the newest.
func (c *Requests) PostDigest(ctx context.Context) error {
	d := c.cfg.Digest
	if d.Every == "" {
		return nil
	}
	if d.Channel == "" {
		d.Channel = c.Channel
	}
	period, from, to := d.due(c.Now())
	again, held, err := c.takeDigest(ctx, period, d.Channel)
	if err != nil || !held {
		return err
	}
	if again { // an earlier try began: it may be there
		if ts, err := c.findDigest(ctx, d.Channel, period, to); err != nil {
			return err
		} else if ts != "" {
			return c.keepDigest(ctx, period, ts)
		}
	}
	f, err := d.Figures(ctx, from, to)
	if err != nil {
		return err
	}
	title := map[string]string{"daily": "Yesterday", "weekly": "Last week"}[d.Every]
	c.cardsOf(ctx, f.Waiting)
	b, err := reportPage(title, f, c.TicketPage).Body()
	if err != nil {
		return err
	}
	if err := c.MayCallLater(ctx, d.Channel); err != nil { // approvals come before reports
		return err
	}
	var ts string
	err = c.EitherLayout(b, func(m layout.Message) (err error) {
		_, ts, err = c.API.PostMessageContext(ctx, d.Channel, api.MsgOptionText(m.Text, false), api.MsgOptionBlocks(m.Blocks...),
			api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl(),
			api.MsgOptionMetadata(api.SlackMetadata{EventType: digestType, EventPayload: map[string]any{"period": period}}))
		return err
	})
	if err != nil {
		return c.Refusal(d.Channel, "post digest", err)
	}
	return c.keepDigest(context.WithoutCancel(ctx), period, ts)
}

// findDigest looks for a digest in the channel; "" when it is not there.
func (c *Requests) findDigest(ctx context.Context, channel, period string, since time.Time) (string, error) {
	p := api.GetConversationHistoryParameters{ChannelID: channel, Limit: 200, IncludeAllMetadata: true,
		Oldest: fmt.Sprintf("%d.000000", since.Add(-client.ClockSkew).Unix())}
	for range client.MaxPages {
		h, err := c.API.GetConversationHistoryContext(ctx, &p)
		if err != nil {
			return "", c.Refusal("history/"+channel, "search for digest", err)
		}
		for _, m := range h.Messages {
			if m.Metadata.EventType == digestType && m.Metadata.EventPayload["period"] == period {
				return m.Timestamp, nil
			}
		}
		if p.Cursor = h.ResponseMetaData.NextCursor; p.Cursor == "" || !h.HasMore {
			return "", nil
		}
	}
	return "", pipeline.Errorf(pipeline.Unavailable, "search for digest: the channel is too busy to be searched")
}
