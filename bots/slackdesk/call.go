package slackdesk

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// reply is what every answer of Slack's has; it says 200 to nearly everything.
type reply struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"`
	Meta  struct {
		Cursor string `json:"next_cursor"`
	} `json:"response_metadata"`
}

// Slack's words for what was refused, by what it means.
var (
	unknownThings = []string{"thread_not_found", "message_not_found"}
	slowDown      = []string{"ratelimited", "rate_limited", "message_limit_exceeded"}
	// "some aspect of the operation may have succeeded"
	unclear = []string{"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)

// repairs says for refusals that need a person what to do.
var repairs = map[string]string{
	"channel_not_found": "Slack does not know the channel, or the bot may not see it: invite the bot there.",
	"not_in_channel":    "The bot is not in the channel: invite it there with /invite.",
	"is_archived":       "The channel is archived.",
	"restricted_action": "A workspace setting forbids the bot to post.",
	"invalid_auth":      "Slack refuses the bot token.",
	"not_authed":        "Slack got no token.",
	"token_revoked":     "The bot token was revoked: install the app again.",
	"token_expired":     "The bot token expired: install the app again.",
	"account_inactive":  "The bot token's account was deactivated: install the app again.",
	"missing_scope":     "The app lacks a permission: install it again with the manifest.",
	"access_denied":     "Slack denies the app access.",
	"ekm_access_denied": "The workspace's key management denies access.",
	"no_permission":     "The app lacks a permission: install it again with the manifest.",
}

// get calls a method that only reads. v holds a reply, which head reads back.
// Kinds are bots.Reader's; NotFound also for people that Slack does not know.
func (d *Desk) get(ctx context.Context, method string, args url.Values, v interface{ head() reply }, header ...*http.Header) error {
	path := "/" + method
	if len(args) > 0 {
		path += "?" + args.Encode()
	}
	if err := d.api.Get(ctx, path, v, header...); err != nil {
		return err
	}
	err := v.head().problem()
	if err != nil { // Slack says 200 to nearly everything
		d.api.Pulse().Tell(ctx, d.c.Now(), err)
	}
	return err
}

// problem is the kind of an answer that is not ok; nil for one that is.
func (r reply) problem() error {
	if r.OK {
		return nil
	}
	code := bots.Plain(r.Error, 60)
	switch {
	case slices.Contains(unknownThings, r.Error) || r.Error == "user_not_found" || r.Error == "user_not_visible":
		return pipeline.Errorf(pipeline.NotFound, "Slack has no such thing (%s)", code)
	case slices.Contains(slowDown, r.Error):
		return &pipeline.RetryAfterError{After: time.Second, Err: pipeline.Errorf(pipeline.Unavailable, "Slack asks to slow down")}
	case repairs[r.Error] != "":
		return pipeline.Errorf(pipeline.Denied, "%s (%s)", repairs[r.Error], code)
	case r.Error == "":
		return pipeline.Errorf(pipeline.Unavailable, "Slack's answer could not be understood")
	}
	return pipeline.Errorf(pipeline.Unavailable, "Slack answered %s", code)
}

// refusal is Post's error for an answer that is not ok.
func refusal(code string) *bots.PostError {
	e := &bots.PostError{Verdict: bots.Refused, Status: http.StatusOK, Say: "Slack answered " + bots.Plain(code, 60)}
	switch {
	case slices.Contains(unclear, code):
		e.Verdict = bots.Ambiguous
	case slices.Contains(slowDown, code):
		e.Verdict, e.After = bots.Throttled, time.Second
	case repairs[code] != "":
		e.Say = strings.TrimSuffix(repairs[code], ".") + " (" + bots.Plain(code, 60) + ")"
	}
	return e
}

func (r reply) head() reply { return r }

// self is who the token belongs to.
type self struct{ team, enterprise, user, bot, url string }

type authTest struct {
	reply
	URL  string `json:"url"`
	Team string `json:"team_id"`
	Grid string `json:"enterprise_id"`
	User string `json:"user_id"`
	Bot  string `json:"bot_id"`
}

// whoami asks Slack once and remembers the answer.
func (d *Desk) whoami(ctx context.Context) (self, error) {
	if me := d.own(); me.team != "" {
		return me, nil
	}
	var a authTest
	if err := d.get(ctx, "auth.test", nil, &a); err != nil {
		return self{}, err
	}
	if a.Team == "" || a.User == "" {
		return self{}, pipeline.Errorf(pipeline.Unavailable, "Slack's answer could not be understood")
	}
	me := self{team: a.Team, enterprise: a.Grid, user: a.User, bot: a.Bot, url: strings.TrimSuffix(a.URL, "/")}
	d.mu.Lock()
	d.me = me
	d.mu.Unlock()
	return me, nil
}

// own is who we are, as far as it is known.
func (d *Desk) own() self {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.me
}

// text reads a JSON string; empty for anything else.
func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s) // other shapes name nobody
	return s
}
