package slackdesk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"footnote/bots"
)

// Our mark on replies. Everybody in the channel may read metadata: it holds an
// identifier and nothing else.
const (
	eventType = "footnote_reply"
	markerKey = "marker"
)

const (
	maxText = 40_000 // characters; Slack cuts off the rest
	maxName = 80
)

// Post replies in the thread of the customer's last message, without markup:
// nothing in it pings anybody, becomes a link with another name, or unfurls.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	t, err := d.thread(ctx, p.Ticket)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	if !p.Seen.IsZero() && t.UpdatedAt.After(p.Seen) {
		return "", &bots.PostError{Verdict: bots.Moved, Say: "somebody wrote in the thread meanwhile"}
	}
	channel, _, _ := d.place(p.Ticket.ID) // thread checked it
	said := map[string]any{"channel": channel, "thread_ts": t.replyTo, "text": escape.Replace(p.Text), "mrkdwn": false, "parse": "none", "link_names": false,
		"unfurl_links": false, "unfurl_media": false,
		"metadata": map[string]any{"event_type": eventType, "event_payload": map[string]string{markerKey: p.Marker}}}
	if utf8.RuneCountInString(said["text"].(string)) > maxText {
		return "", &bots.PostError{Verdict: bots.Refused, Say: fmt.Sprintf("the reply is longer than the %d characters that Slack takes", maxText)}
	}
	if name := bots.Plain(p.Author.Name, maxName); d.c.Names && name != "" {
		said["username"] = name
	}
	return d.say(ctx, channel, said)
}

// say makes the one call that posts a message.
func (d *Desk) say(ctx context.Context, channel string, said map[string]any) (string, error) {
	if err := d.c.Pace(ctx, channel); err != nil {
		return "", bots.BeforePost(err)
	}
	r, err := d.api.Request(ctx, http.MethodPost, "/chat.postMessage", said)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	refused := ""
	id, err := d.api.Post(r, func(body []byte) (string, error) {
		var v struct {
			OK    bool   `json:"ok"`
			Error string `json:"error"`
			TS    string `json:"ts"`
		}
		if err := json.Unmarshal(body, &v); err != nil {
			return "", err
		}
		if refused = v.Error; !v.OK {
			return "", errors.New("not ok")
		}
		return v.TS, nil
	})
	if err != nil && refused != "" {
		return "", refusal(refused)
	}
	return id, err
}

const (
	paceEvery = time.Second // Slack takes about one message a second and channel
	paceBurst = 3           // and forgives short bursts
	paceWait  = 5 * time.Second
)
