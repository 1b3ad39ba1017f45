package main

import (
	"context"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/guard"
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
		if r.OK {
			out[i].Detail = (time.Duration(r.TookMS) * time.Millisecond).String()
		}
	}
	return out
}

// editChecker runs the guards over a reply that a person wrote.
type editChecker struct{ a *app }

func (c editChecker) CheckText(ctx context.Context, d pipeline.Draft, text string) ([]pipeline.Finding, error) {
	var cited, internal []pipeline.Passage
	for _, r := range d.Citations() {
		cited = append(cited, pipeline.Passage{ID: r.Passage, Document: r.Document, Version: r.Version, Title: r.Title, Text: r.Quote, URL: r.URL, Audience: r.Audience})
	}
	for _, h := range d.Nearest {
		if h.Passage.Audience == pipeline.Restricted {
			internal = append(internal, h.Passage)
			continue
		}
		cited = append(cited, h.Passage) // an editor may use what was found beside what was cited
	}
	return guard.CheckText(guard.TextInput{Text: text, Passages: cited, Internal: internal, Locale: d.Locale}), nil
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
