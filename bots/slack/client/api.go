package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// httpTimeout bounds each call; Slack's client library has no timeout of its own.
const httpTimeout = 10 * time.Second

// Verdict is what an error of a call means.
type Verdict int

const (
	Done    Verdict = iota
	Limited         // 429: not carried out, come back later
	Unclear         // no answer, or one that says nothing: it may have been carried out
	Broken          // refused until somebody changes tokens, scopes or the channel
	Refused         // refused for what was asked
)

// repairs says for errors that need a person what is wrong and what to do.
var repairs = map[string]string{
	"channel_not_found":           "Slack does not know the channel, or the bot may not see it. Check SLACK_CHANNEL and invite the bot.",
	"not_in_channel":              "The bot is not in the channel. Invite it there with /invite.",
	"is_archived":                 "The channel is archived. Unarchive it or name another in SLACK_CHANNEL.",
	"restricted_action":           "A workspace setting forbids the bot to post. Ask a Slack admin.",
	"restricted_action_read_only": "The channel is read-only for the bot. Ask a Slack admin.",
	"invalid_auth":                "Slack refuses the token. Check SLACK_BOT_TOKEN and SLACK_APP_TOKEN.",
	"not_authed":                  "Slack got no token. Set SLACK_BOT_TOKEN.",
	"token_revoked":               "The token was revoked. Install the app again and set the new token.",
	"token_expired":               "The token expired. Install the app again and set the new token.",
	"account_inactive":            "The token's account was deactivated. Install the app again.",
	"app_uninstalled":             "The app was removed from the workspace. Install it again.",
	"missing_scope":               "The app lacks a permission. Install it again with the manifest from the documentation.",
	"not_allowed_token_type":      "The token is of the wrong kind: SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-.",
	"no_permission":               "The app lacks a permission. Install it again with the manifest from the documentation.",
	"access_denied":               "Slack denies the app access. Ask a Slack admin.",
	"ekm_access_denied":           "The workspace's key management denies access. Ask a Slack admin.",
	"org_login_required":          "The workspace is being moved to an organisation. Wait, or ask a Slack admin.",
	"team_access_not_granted":     "The app is not granted to this workspace. Ask a Slack admin.",
}

// Classify reads an error of Slack's client library; code is Slack's word for it.
func Classify(err error) (v Verdict, code string) {
	if err == nil {
		return Done, ""
	}
	if _, ok := errors.AsType[*api.RateLimitedError](err); ok {
		return Limited, "ratelimited"
	}
	if s, ok := errors.AsType[api.StatusCodeError](err); ok {
		switch {
		case s.Code == http.StatusTooManyRequests:
			return Limited, "ratelimited"
		case s.Code >= 500 || s.Code == http.StatusRequestTimeout:
			return Unclear, fmt.Sprintf("http_%d", s.Code)
		}
		return Broken, fmt.Sprintf("http_%d", s.Code)
	}
	r, ok := errors.AsType[api.SlackErrorResponse](err)
	if !ok {
		return Unclear, "no_answer"
	}
	switch r.Err {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return Limited, r.Err
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org":
		return Unclear, r.Err // "some aspect of the operation may have succeeded"
	}
	if _, ok := repairs[r.Err]; ok {
		return Broken, r.Err
	}
	return Refused, r.Err
}

// LayoutRefused tells whether Slack would take the same words in a simpler layout.
func LayoutRefused(code string) bool {
	return slices.Contains([]string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_blocks_too_many", "invalid_arguments"}, code)
}

// Failure turns an error of a call into one of the pipeline's kinds: limits
// become RetryAfterError, unclear answers and what needs a repair Unavailable,
// refusals Invalid. It also keeps Status up to date.
func (c *Client) Failure(doing string, err error) error {
	v, code := Classify(err)
	switch v {
	case Done:
		c.status.repaired(areaAPI)
		return nil
	case Limited:
		after := time.Second
		if r, ok := errors.AsType[*api.RateLimitedError](err); ok && r.RetryAfter > 0 {
			after = r.RetryAfter
		}
		c.Count("ratelimited")
		return &pipeline.RetryAfterError{After: after, Err: pipeline.Errorf(pipeline.Unavailable, "%s: Slack asks to slow down", doing)}
	case Broken:
		c.status.broke(areaAPI, code, Repair(code), c.Now())
		return &brokenError{pipeline.Errorf(pipeline.Unavailable, "%s: Slack refuses with %s: %s", doing, code, Repair(code))}
	case Refused:
		var details []string
		if r, ok := errors.AsType[api.SlackErrorResponse](err); ok {
			details = r.ResponseMetadata.Messages
		}
		return pipeline.Errorf(pipeline.Invalid, "%s: Slack refuses with %s %q", doing, code, details)
	}
	c.Count("unanswered")
	return pipeline.Errorf(pipeline.Unavailable, "%s: Slack did not answer (%s)", doing, code)
}

func Repair(code string) string {
	if s, ok := repairs[code]; ok {
		return s
	}
	return "Slack refuses the request (" + code + "). Check tokens, permissions and the API's address."
}

// brokenError is a refusal that lasts until a person repairs something.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

// Self is who the token belongs to.
type Self struct{ team, teamName, enterprise, User, Bot string }

// Whoami asks Slack once and remembers the answer.
func (c *Client) Whoami(ctx context.Context) (Self, error) {
	c.mu.Lock()
	me := c.me
	c.mu.Unlock()
	if me.team != "" {
		return me, nil
	}
	return c.probe(ctx)
}

// probe asks Slack who we are, whatever is remembered.
func (c *Client) probe(ctx context.Context) (Self, error) {
	r, err := c.API.AuthTestContext(ctx)
	if err != nil {
		return Self{}, c.Failure("test the token", err)
	}
	me := Self{team: r.TeamID, enterprise: r.EnterpriseID, teamName: r.Team, User: r.UserID, Bot: r.BotID}
	c.mu.Lock()
	c.me = me
	c.mu.Unlock()
	c.status.known(me)
	return me, nil
}

// Probe asks Slack whether the token works and the channel can be read, and
// brings Status up to date: for doctor and for recovery. It posts nothing. The
// error kind is Unavailable.
func (c *Client) Probe(ctx context.Context) error {
	if _, err := c.probe(ctx); err != nil {
		return err
	}
	_, err := c.API.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: c.Channel, Limit: 1})
	return c.Failure("read the channel", err)
}
