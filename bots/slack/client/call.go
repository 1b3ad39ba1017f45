package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Work runs do on a goroutine that Run waits for; a panic ends only this work.
func (c *Client) Work(ctx context.Context, what string, do func(context.Context)) bool {
	return c.jobs.start(ctx, func(ctx context.Context) {
		defer func() {
			if p := recover(); p != nil {
				c.Log.Error("work panicked", "what", what, "panic", p)
			}
		}()
		do(ctx)
	})
}

// Tell says something to one person only, in the channel or, where the bot
// may not, as an answer to the press.
func (c *Client) Tell(ctx context.Context, in Interaction, say string) {
	say = layout.Escape(layout.Line(say, 1000))
	channel := in.Channel.ID
	if channel == "" {
		channel = c.Channel
	}
	_, err := c.API.PostEphemeralContext(ctx, channel, in.User.ID, api.MsgOptionText(say, false),
		api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl())
	if err == nil {
		return
	}
	if v, _ := Classify(err); v != Unclear && c.Answerable(in.ResponseURL) {
		if err = c.PostResponse(ctx, in.ResponseURL, map[string]any{"response_type": "ephemeral", "replace_original": false, "text": say}); err == nil {
			return
		}
	}
	c.Log.Warn("person not told", "user", in.User.ID, "error", err)
}

// Answerable tells whether the address is Slack's: nothing is posted elsewhere.
func (c *Client) Answerable(to string) bool {
	u, err := url.Parse(to)
	if err != nil || to == "" {
		return false
	}
	own, _ := url.Parse(c.APIURL)
	return u.Scheme == "https" && u.Host == "hooks.slack.com" || u.Scheme == own.Scheme && u.Host == own.Host
}

// PostResponse answers at the address that came with a press or a command.
func (c *Client) PostResponse(ctx context.Context, to string, answer map[string]any) error {
	raw, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return responseError(resp)
}

// responseError reads the answer of a response address, which speaks in
// statuses and sometimes in Slack's words.
func responseError(resp *http.Response) error {
	if resp.StatusCode == http.StatusTooManyRequests {
		after, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // absent: a second
		return &api.RateLimitedError{RetryAfter: time.Duration(max(1, after)) * time.Second}
	}
	var said struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	_ = json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 64<<10)).Decode(&said) // often the word "ok"
	if said.Error != "" {
		return api.SlackErrorResponse{Err: said.Error}
	}
	if resp.StatusCode != http.StatusOK {
		return api.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	return nil
}

// Refusal is called for answers: a channel that cannot be used concerns this
// answer alone, which then goes another way.
func (c *Client) Refusal(key, doing string, err error) error {
	if _, code := Classify(err); aboutPlace[code] {
		return pipeline.Errorf(pipeline.Invalid, "%s: Slack refuses with %s: %s", doing, code, Repair(code))
	}
	err = c.Called(key, doing, err)
	if b, ok := errors.AsType[*brokenError](err); ok {
		return pipeline.Errorf(pipeline.Unavailable, "%w", b)
	}
	return err
}

// ClockSkew is how far our clock may be ahead of Slack's when a lost card is
// searched for.
const ClockSkew = 10 * time.Minute

// MaxPages bounds the search for a lost card.
const MaxPages = 20

// Fit lays content out both ways and checks it.
func (c *Client) Fit(card layout.Content, what string) (layout.Body, error) {
	b := layout.Body{Rich: card.Rich(), Simple: card.Simple()}
	b.Sum = b.Rich.Sum()
	if p := layout.LintMessage(b.Rich.Blocks); len(p) > 0 {
		c.Log.Error("beyond Slack's limits; sending the plain layout", "what", what, "problems", p)
		if p := layout.LintMessage(b.Simple.Blocks); len(p) > 0 {
			return b, pipeline.Errorf(pipeline.Invalid, "%s is beyond Slack's limits: %q", what, p)
		}
		b.Rich = b.Simple
	}
	return b, nil
}

// EitherLayout sends the rich layout and, if Slack refuses that, the plain one.
func (c *Client) EitherLayout(b layout.Body, send func(layout.Message) error) error {
	err := send(b.Rich)
	if v, code := Classify(err); v == Refused && LayoutRefused(code) {
		c.Count("plain_layout")
		c.Log.Warn("Slack refuses the card's layout; sending the plain one", "error", err)
		return send(b.Simple)
	}
	return err
}

// MayCall waits for the pace, and refuses while Slack has asked for a pause.
func (c *Client) MayCall(ctx context.Context, key string) error {
	return c.may(ctx, key, c.Pace)
}

// MayCallLater is MayCall for what comes after cards: it does not wait.
func (c *Client) MayCallLater(ctx context.Context, key string) error {
	return c.may(ctx, key, c.later)
}

func (c *Client) may(ctx context.Context, key string, pace func(context.Context, string) error) error {
	if wait := c.Paused(key); wait > 0 {
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

// Called is Failure, and remembers a pause that Slack asked for.
func (c *Client) Called(key, doing string, err error) error {
	err = c.Failure(doing, err)
	if r, ok := errors.AsType[*pipeline.RetryAfterError](err); ok {
		c.Pause(key, r.After)
	}
	return err
}

// Paused is how long nothing of this key may be called yet; not positive when it may.
func (c *Client) Paused(key string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notBefore[key].Sub(c.Now())
}

// Pause lets nothing of this key be called for a time.
func (c *Client) Pause(key string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notBefore[key] = c.Now().Add(d)
}

var (
	ChannelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)
	personID  = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`) // W… in an enterprise
)

// TicketPage is the console's page of a ticket, or "".
func (c *Client) TicketPage(ref pipeline.TicketRef) string {
	if c.ConsoleURL == "" {
		return ""
	}
	path := "/tickets/" + url.PathEscape(ref.Desk) + "/" + url.PathEscape(ref.ID)
	if c.Page != nil {
		path = c.Page(ref)
	}
	address := strings.TrimSuffix(c.ConsoleURL, "/") + path
	if layout.Units(address) > layout.MaxURL {
		return strings.TrimSuffix(c.ConsoleURL, "/")
	}
	return address
}

// Permalink is the address of a message in Slack; "" while the workspace is not known.
func (c *Client) Permalink(channel, ts string) string {
	c.mu.Lock()
	base := c.me.url
	c.mu.Unlock()
	if base == "" || channel == "" || ts == "" {
		return ""
	}
	return base + "/archives/" + channel + "/p" + strings.Replace(ts, ".", "", 1)
}

// OpenDirect returns the id of the conversation with one person alone. The error is
// the client library's.
func (c *Client) OpenDirect(ctx context.Context, user string) (string, error) {
	dm, _, _, err := c.API.OpenConversationContext(ctx, &api.OpenConversationParameters{Users: []string{user}, ReturnIM: true})
	if err != nil {
		return "", err
	}
	return dm.ID, nil
}

// Person tells whether an id is a person's.
func Person(id string) bool { return personID.MatchString(id) }

// Storable is text as PostgreSQL takes it: valid and without NUL.
func Storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
