package requests

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

const (
	noteFor  = 2 * time.Second  // to store a request before it is acked
	tellFor  = 15 * time.Second // to tell the person, also after the work's own time is over
	MaxTries = 4                // that may break off
	shortGap = 5 * time.Second  // a pause Slack asks for that is waited for at once
	tellGap  = 10 * time.Minute // longest wait before telling is tried again
	tellLast = 24 * time.Hour   // after it nobody waits for the answer any more
)

// newReference is what a person is shown and an operator looks up: 50 random bits.
func newReference() string { return "FN-" + rand.Text()[:10] }

// ending is how a request ends: what is shown and what is kept of it.
type ending struct {
	state   string
	say     string      // the sentence, when there is no page
	page    layout.Page // what is shown; empty means say
	cause   string      // for operators
	private bool        // only the person may see it
	alone   bool        // the same, and it must last: a conversation with the person
}

// take stores a request and works on it. It returns once the request cannot be
// lost any more: only then may Slack be told that it arrived. An error means
// that Slack should deliver it again. A request that is known has no effect.
func (c *Requests) take(ctx context.Context, r request) error {
	r.ref, r.tries, r.created, r.text = newReference(), 1, c.Now(), client.Storable(r.text)
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteFor)
	defer cancel()
	first, err := addRequest(note, c.Pool, r)
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "%w", err)
	}
	if !first {
		c.Count("duplicate")
		return nil
	}
	c.Count("request_" + r.surface)
	if !c.Work(ctx, r.surface, func(ctx context.Context) { c.serve(ctx, r) }) {
		return postponeRequest(note, c.Pool, r, 0, false) // shutting down: another process goes on
	}
	return nil
}

// serve answers a request and tells the person; whatever happens, the request
// ends, or another try takes it up.
func (c *Requests) serve(ctx context.Context, r request) {
	if r.tries-r.untold > MaxTries {
		c.finish(ctx, r, c.trouble(r, pipeline.Errorf(pipeline.Unavailable, "It could not be answered: every one of %d tries broke off.", MaxTries)))
		return
	}
	o := c.answerTo(ctx, &r)
	if o.state == stateFailed && ctx.Err() != nil && c.Stopping() {
		tell, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteFor)
		defer cancel()
		if err := postponeRequest(tell, c.Pool, r, 0, false); err != nil {
			c.Log.Warn("request not handed on; it is taken up in a minute", "reference", r.ref, "error", err)
		}
		return
	}
	c.finish(ctx, r, o)
}

// answerTo does what the request asks for. Every error becomes an ending.
func (c *Requests) answerTo(ctx context.Context, r *request) ending {
	c.showStatus(ctx, r)
	by, err := c.Agent(ctx, r.user, r.team)
	if err != nil {
		return c.trouble(*r, err)
	}
	r.agent = by.ID
	var o ending
	switch {
	case r.answer != nil: // answered by an earlier try that could not tell
		o = c.shown(ctx, *r, *r.answer)
	case r.surface == fromCommand:
		o, err = c.command(ctx, r, by)
	case r.surface == fromShortcut:
		o, err = c.ask(ctx, r, by, false) // the answer is for a customer
	default:
		o, err = c.mentioned(ctx, r, by)
	}
	if err != nil {
		return c.trouble(*r, err)
	}
	return o
}

// trouble turns an error into what the person is told: refusals with their
// reason, everything else with the reference that explains it.
func (c *Requests) trouble(r request, err error) ending {
	o := ending{state: stateFailed, say: pipeline.Say(err), cause: err.Error(), private: true}
	switch pipeline.KindOf(err) {
	case pipeline.Denied, pipeline.Invalid, pipeline.NotFound, pipeline.Conflict:
		o.state = stateRefused
		c.Count("refused")
	default:
		c.Count("failed")
		c.Log.Error("request failed", "reference", r.ref, "surface", r.surface, "error", err)
		if errors.Is(err, context.DeadlineExceeded) {
			o.say = "That took too long."
		}
		o.say = fmt.Sprintf("%s Reference %s: an operator can look it up with “footnote trace %s”.", o.say, r.ref, r.ref)
	}
	return o
}

// finish tells the person and closes the request. What Slack may take later is
// tried again later; what it never takes is told another way, and last noted as
// failed with the cause.
func (c *Requests) finish(ctx context.Context, r request, o ending) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellFor)
	defer cancel()
	if r.answer != nil {
		if err := keepRequest(ctx, c.Pool, r); err != nil {
			c.Log.Warn("answer not kept", "reference", r.ref, "error", err)
		}
	}
	err := c.present(ctx, &r, o)
	for wait := gapOf(err); wait > 0 && wait <= shortGap && bots.Sleep(ctx, wait) == nil; wait = gapOf(err) {
		err = c.present(ctx, &r, o)
	}
	if err != nil && retryable(err) && c.Now().Sub(r.created) < tellLast {
		after := max(gapOf(err), min(c.Retry<<min(r.untold, 6), tellGap))
		c.Log.Warn("answer not shown yet", "reference", r.ref, "after", after, "error", err)
		if err := postponeRequest(ctx, c.Pool, r, after, true); err != nil {
			c.Log.Warn("request not postponed; it is taken up in a minute", "reference", r.ref, "error", err)
		}
		return
	}
	if err != nil {
		c.Log.Error("person not told", "reference", r.ref, "user", r.user, "error", err)
		o.state, o.cause = stateFailed, strings.TrimPrefix(o.cause+"; not shown: "+err.Error(), "; ")
	}
	if err := endRequest(ctx, c.Pool, r, o.state, o.say, o.cause); err != nil {
		c.Log.Error("request not closed; it is tried again", "reference", r.ref, "error", err)
	}
	c.Log.Debug("request ended", "reference", r.ref, "surface", r.surface, "state", o.state)
}

func retryable(err error) bool {
	return pipeline.KindOf(err) == pipeline.Unavailable || errors.Is(err, context.DeadlineExceeded)
}

// gapOf is how long Slack asks to wait; 0 when it does not ask.
func gapOf(err error) time.Duration {
	if r, ok := errors.AsType[*pipeline.RetryAfterError](err); ok {
		return r.After
	}
	return 0
}

// Resume takes up requests that were left open: by a process that died, or
// because Slack could not be told.
func (c *Requests) Resume(ctx context.Context) error {
	if c.Status().Code != "" {
		return nil // Slack has to be repaired first
	}
	left, err := leftRequests(ctx, c.Pool, 20)
	if err != nil {
		return err
	}
	for _, r := range left {
		if !c.Work(ctx, r.surface, func(ctx context.Context) { c.serve(ctx, r) }) {
			return postponeRequest(ctx, c.Pool, r, 0, false)
		}
	}
	return nil
}
