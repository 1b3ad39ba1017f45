package client

import (
	"context"
	"errors"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// httpTimeout bounds each call; Slack's client library has no timeout of its own.
const httpTimeout = 10 * time.Second

// Failure turns an error of a call into one of the pipeline's kinds: limits
// become RetryAfterError, unclear answers and what needs a repair Unavailable,
// refusals Invalid. Status needs no telling: every call is watched (watch.go).
func (c *Client) Failure(doing string, err error) error {
	v, code := Classify(err)
	switch v {
	case Done:
		return nil
	case Limited:
		after := time.Second
		if r, ok := errors.AsType[*api.RateLimitedError](err); ok && r.RetryAfter > 0 {
			after = r.RetryAfter
		}
		c.Count("ratelimited")
		return &pipeline.RetryAfterError{After: after, Err: pipeline.Errorf(pipeline.Unavailable, "%s: Slack asks to slow down", doing)}
	case Broken:
		return &brokenError{pipeline.Errorf(pipeline.Unavailable, "%s: Slack refuses with %s: %s", doing, code, Repair(code)), code}
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

// brokenError is a refusal that lasts until a person repairs something.
type brokenError struct {
	error
	code string
}

func (e *brokenError) Unwrap() error { return e.error }

// IsBroken tells whether the error waits for a repair by a person.
func IsBroken(err error) bool { return BrokenBy(err) != "" }

// BrokenBy is Slack's word for what a person has to repair; empty when it is nothing.
func BrokenBy(err error) string {
	if b, ok := errors.AsType[*brokenError](err); ok {
		return b.code
	}
	return ""
}

// Self is who the token belongs to.
type Self struct {
	team, teamName, enterprise, User, Bot string
	url                                   string   // of the workspace, for links to messages
	scopes                                []string // granted; empty when Slack does not tell
}

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
	me := Self{team: r.TeamID, enterprise: r.EnterpriseID, teamName: r.Team, User: r.UserID, Bot: r.BotID, url: strings.TrimSuffix(r.URL, "/"),
		scopes: strings.FieldsFunc(r.Header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })}
	c.mu.Lock()
	c.me = me
	c.mu.Unlock()
	c.status.known(me)
	return me, nil
}

// Probe asks Slack whether the token works and the channels of the cards can be
// read, and repeats the reading calls that failed. It posts nothing. The error kind
// is Unavailable.
func (c *Client) Probe(ctx context.Context) error {
	if _, err := c.probe(ctx); err != nil {
		return err
	}
	var first error
	for _, id := range c.CardChannels() {
		if Person(id) {
			continue // a person: the conversation is opened when there is something to say
		}
		_, err := c.API.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{ChannelID: id, Limit: 1})
		if err = c.Failure("read the channel "+id, err); err != nil && first == nil {
			first = err
		}
	}
	c.repeatReads(ctx)
	return first
}
