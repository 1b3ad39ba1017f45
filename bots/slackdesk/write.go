package slackdesk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

// Post replies in the thread of the customer's last message.
func (d *Desk) Post(ctx context.Context, p bots.Post) (string, error) {
	t, err := d.thread(ctx, p.Ticket)
	if err != nil {
		return "", bots.BeforePost(err)
	}
	if !p.Seen.IsZero() && t.UpdatedAt.After(p.Seen) {
		return "", &bots.PostError{Verdict: bots.Moved, Say: "somebody wrote in the thread meanwhile"}
	}
	channel, _, _ := d.place(p.Ticket.ID) // thread checked it
	more := map[string]any{"thread_ts": t.replyTo,
		"metadata": map[string]any{"event_type": eventType, "event_payload": map[string]string{markerKey: p.Marker}}}
	if name := bots.Plain(p.Author.Name, maxName); d.c.Names && name != "" {
		more["username"] = name
	}
	return d.say(ctx, channel, "reply", p.Text, more)
}

// say makes the one call that posts a message, a reply or note, without markup:
// nothing in it pings anybody, becomes a link with another name, or unfurls. more
// is what else Slack is told about it.
func (d *Desk) say(ctx context.Context, channel, what, text string, more map[string]any) (string, error) {
	text = escape.Replace(text)
	if utf8.RuneCountInString(text) > maxText {
		return "", &bots.PostError{Verdict: bots.Refused, Say: fmt.Sprintf("the %s is longer than the %d characters that Slack takes", what, maxText)}
	}
	said := map[string]any{"channel": channel, "text": text, "mrkdwn": false, "parse": "none", "link_names": false, "unfurl_links": false, "unfurl_media": false}
	maps.Copy(said, more)
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
