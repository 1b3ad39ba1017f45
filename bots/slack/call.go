package slack

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// work runs do on a goroutine that Run waits for; a panic ends only this work.
func (c *Chat) work(ctx context.Context, what string, do func(context.Context)) bool {
	return c.jobs.start(ctx, func(ctx context.Context) {
		defer func() {
			if p := recover(); p != nil {
				c.log.Error("work panicked", "what", what, "panic", p)
			}
		}()
		do(ctx)
	})
}

// tell says something to one person only, in the channel or, where the bot
// may not, as an answer to the press.
func (c *Chat) tell(ctx context.Context, in interaction, say string) {
	say = layout.Escape(layout.Line(say, 1000))
	channel := in.Channel.ID
	if channel == "" {
		channel = c.cfg.Channel
	}
	_, err := c.api.PostEphemeralContext(ctx, channel, in.User.ID, api.MsgOptionText(say, false),
		api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl())
	if err == nil {
		return
	}
	if v, _ := classify(err); v != unclear && c.answerable(in.ResponseURL) {
		if err = c.answerPress(ctx, in.ResponseURL, say); err == nil {
			return
		}
	}
	c.log.Warn("person not told", "user", in.User.ID, "error", err)
}

// answerable tells whether the address is Slack's: nothing is posted elsewhere.
func (c *Chat) answerable(to string) bool {
	u, err := url.Parse(to)
	if err != nil || to == "" {
		return false
	}
	own, _ := url.Parse(c.cfg.APIURL)
	return u.Scheme == "https" && u.Host == "hooks.slack.com" || u.Scheme == own.Scheme && u.Host == own.Host
}

func (c *Chat) answerPress(ctx context.Context, to, say string) error {
	raw, err := json.Marshal(map[string]any{"response_type": "ephemeral", "replace_original": false, "text": say})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return api.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	return nil
}

// refusal is called for answers: a channel that cannot be used concerns this
// answer alone, not the connection to Slack.
func (c *Chat) refusal(key, doing string, err error) error {
	switch _, code := classify(err); code {
	case "channel_not_found", "not_in_channel", "is_archived", "restricted_action", "restricted_action_read_only", "missing_scope", "no_permission":
		return pipeline.Errorf(pipeline.Invalid, "%s: Slack refuses with %s", doing, code)
	}
	err = c.called(key, doing, err)
	if b, ok := errors.AsType[*brokenError](err); ok {
		return pipeline.Errorf(pipeline.Unavailable, "%w", b)
	}
	return err
}

// clockSkew is how far our clock may be ahead of Slack's when a lost card is
// searched for.
const clockSkew = 10 * time.Minute

// maxPages bounds the search for a lost card.
const maxPages = 20

// fit lays content out both ways and checks it.
func (c *Chat) fit(card layout.Content, what string) (layout.Body, error) {
	b := layout.Body{Rich: card.Rich(), Simple: card.Simple()}
	b.Sum = b.Rich.Sum()
	if p := layout.LintMessage(b.Rich.Blocks); len(p) > 0 {
		c.log.Error("beyond Slack's limits; sending the plain layout", "what", what, "problems", p)
		if p := layout.LintMessage(b.Simple.Blocks); len(p) > 0 {
			return b, pipeline.Errorf(pipeline.Invalid, "%s is beyond Slack's limits: %q", what, p)
		}
		b.Rich = b.Simple
	}
	return b, nil
}

// eitherLayout sends the rich layout and, if Slack refuses that, the plain one.
func (c *Chat) eitherLayout(b layout.Body, send func(layout.Message) error) error {
	err := send(b.Rich)
	if v, code := classify(err); v == refused && layoutRefused(code) {
		c.status.count("plain_layout")
		c.log.Warn("Slack refuses the card's layout; sending the plain one", "error", err)
		return send(b.Simple)
	}
	return err
}

// mayCall waits for the pace, and refuses while Slack has asked for a pause.
func (c *Chat) mayCall(ctx context.Context, key string) error {
	return c.may(ctx, key, c.cfg.Pace)
}

// mayCallLater is mayCall for what comes after cards: it does not wait.
func (c *Chat) mayCallLater(ctx context.Context, key string) error {
	return c.may(ctx, key, c.later)
}

func (c *Chat) may(ctx context.Context, key string, pace func(context.Context, string) error) error {
	c.mu.Lock()
	wait := c.notBefore[key].Sub(c.now())
	c.mu.Unlock()
	if wait > 0 {
		return &pipeline.RetryAfterError{After: wait, Err: pipeline.Errorf(pipeline.Unavailable, "Slack asked to slow down")}
	}
	if err := pace(ctx, key); err != nil {
		if _, ok := errors.AsType[*pipeline.RetryAfterError](err); ok {
			return err
		}
		return pipeline.Errorf(pipeline.Unavailable, "wait for Slack: %w", err)
	}
	return nil
}

// called is failure, and remembers a pause that Slack asked for.
func (c *Chat) called(key, doing string, err error) error {
	err = c.failure(doing, err)
	if r, ok := errors.AsType[*pipeline.RetryAfterError](err); ok {
		c.mu.Lock()
		c.notBefore[key] = c.now().Add(r.After)
		c.mu.Unlock()
	}
	return err
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)

// page is the console's page of a ticket, or "".
func (c *Chat) page(ref pipeline.TicketRef) string {
	if c.cfg.ConsoleURL == "" {
		return ""
	}
	path := "/tickets/" + url.PathEscape(ref.Desk) + "/" + url.PathEscape(ref.ID)
	if c.cfg.Page != nil {
		path = c.cfg.Page(ref)
	}
	address := strings.TrimSuffix(c.cfg.ConsoleURL, "/") + path
	if layout.Units(address) > layout.MaxURL {
		return strings.TrimSuffix(c.cfg.ConsoleURL, "/")
	}
	return address
}

// isBroken tells whether the error waits for a repair by a person.
func isBroken(err error) bool {
	_, ok := errors.AsType[*brokenError](err)
	return ok
}
