package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"footnote/bots"
	"footnote/bots/intake"
	"footnote/bots/slack"
	"footnote/knowledge/eval/report"
	"footnote/pipeline"
	"footnote/pipeline/drafting"
	"footnote/pipeline/tracking"
	"footnote/review"
	"footnote/review/access"
	"footnote/review/console"
	"footnote/review/work"
)

// letters shows tracking's dead letters in the console.
type letters struct{ t *tracking.Tracker }

func (l letters) DeadLetters(ctx context.Context, limit int) ([]console.DeadLetter, error) {
	dead, err := l.t.DeadLetters(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := make([]console.DeadLetter, len(dead))
	for i, d := range dead {
		out[i] = console.DeadLetter(d)
	}
	return out, nil
}

func (l letters) Replay(ctx context.Context, id int64) error { return l.t.Replay(ctx, id) }

// parts lists the dependencies for the operations page.
func (a *app) parts(ctx context.Context) []console.Part {
	results, _ := runChecks(ctx, a.checks())
	out := make([]console.Part, len(results))
	for i, r := range results {
		out[i] = console.Part{Name: r.Name, OK: r.OK, Waits: r.Name == nameLanes || strings.HasPrefix(r.Name, "desk "), Detail: r.Problem}
		switch {
		case r.Found != "" && r.OK:
			out[i].Detail = r.Found
		case r.Found != "":
			out[i].Detail = r.Found + ": " + r.Problem
		case r.OK:
			out[i].Detail = (time.Duration(r.TookMS) * time.Millisecond).String()
		}
	}
	return out
}

// permitted lets only those decide whose role may, whatever the surface.
type permitted struct{ *review.Service }

func (p permitted) Decide(ctx context.Context, d pipeline.Decision) (pipeline.Decided, error) {
	if !access.May(d.By.Role, access.Decide) {
		return pipeline.Decided{}, pipeline.Errorf(pipeline.Denied, "Your role (%s) may read drafts, not decide on them. Ask a manager for the role agent.", d.By.Role)
	}
	return p.Service.Decide(ctx, d)
}

// putter lets only those put tickets off whose role may, whatever the surface.
type putter struct{ *work.Service }

func (p putter) Snooze(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, until time.Time, surface string) error {
	if err := allow(by, access.Decide, "put tickets off"); err != nil {
		return err
	}
	return p.Service.Snooze(ctx, ref, by, until, surface)
}

func (p putter) Unsnooze(ctx context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error {
	if err := allow(by, access.Decide, "bring tickets back"); err != nil {
		return err
	}
	return p.Service.Unsnooze(ctx, ref, by, surface)
}

// past tells chats what became of a ticket's drafts.
type past struct{ *review.Service }

func (p past) Past(ctx context.Context, ref pipeline.TicketRef) (pipeline.Past, error) {
	v, err := p.Ticket(ctx, ref)
	if err != nil {
		return pipeline.Past{}, err
	}
	out := pipeline.Past{Reviews: v.Reviews, Steps: make([]pipeline.Step, len(v.History))}
	for i, e := range v.History {
		out.Steps[i] = pipeline.Step(e)
	}
	return out, nil
}

// abstention is the threshold in use, on the curve of the shipped calibration.
func (a *app) abstention() console.Abstention {
	out := console.Abstention{Threshold: cmp.Or(a.c.AnswerThreshold, drafting.AnswerThreshold)}
	c, err := report.Shipped()
	if err != nil {
		a.log.Error("no abstention curve", "error", err)
		return out
	}
	for _, p := range c.Curve {
		out.Points = append(out.Points, console.AbstentionPoint{Threshold: p.Threshold, Drafted: p.Coverage, Wrong: p.Error, Lost: p.Lost})
	}
	return out
}

// unread is the quarantine of webhooks as the operations page reads it.
type unread struct{ q intake.Quarantine }

func (u unread) Unread(ctx context.Context, limit int) ([]console.UnreadHook, error) {
	list, err := u.q.List(ctx, "", limit)
	if err != nil {
		return nil, err
	}
	out := make([]console.UnreadHook, len(list))
	for i, h := range list {
		out[i] = console.UnreadHook{Desk: h.Desk, Reason: h.Reason, Size: h.Size, Begin: bots.Plain(string(h.Body), 400), Times: h.Times, At: h.LastAt}
	}
	return out, nil
}

// recentUnread is how long an unreadable webhook is told of by a desk's check, and
// freshUnread for how long it makes the check fail.
const (
	recentUnread = 7 * 24 * time.Hour
	freshUnread  = time.Hour
)

// unreadFinding tells of a desk's webhooks that could not be read lately.
func (a *app) unreadFinding(ctx context.Context, desk string) (bots.Finding, error) {
	list, err := intake.NewQuarantine(a.p.pool).List(ctx, desk, 100)
	if err != nil {
		return bots.Finding{}, err
	}
	f, n, times := bots.Finding{Name: "quarantine", OK: true, Saw: "every signed webhook of the last 7 days could be read"}, 0, 0
	for _, h := range list {
		if time.Since(h.LastAt) < recentUnread {
			n, times = n+1, times+h.Times
		}
	}
	if n > 0 {
		f.OK, f.Saw = time.Since(list[0].LastAt) > freshUnread, fmt.Sprintf("%d signed webhooks (%d deliveries) of the last 7 days could not be read; the latest, %d bytes at %s: %s",
			n, times, list[0].Size, list[0].LastAt.UTC().Format(time.RFC3339), bots.Plain(list[0].Reason, 200))
		f.Fix = "Look at Operations in the console: is it this desk that sends there, in its usual form, with nothing in between that cuts bodies? This is fine again an hour after the last one."
		if f.OK {
			f.Saw, f.Fix = f.Saw+"; none in the last hour", ""
		}
	}
	return f, nil
}

// previews shows what Slack is sent on the console's page for people who work
// on it; nil outside development mode.
func (a *app) previews() func() ([]console.Preview, error) {
	if !a.c.Development {
		return nil
	}
	return func() ([]console.Preview, error) {
		samples, err := slack.Samples(a.publicURL())
		if err != nil {
			return nil, err
		}
		out := make([]console.Preview, len(samples))
		for i, s := range samples {
			out[i] = console.Preview(s)
		}
		return out, nil
	}
}
