package slack

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/pipeline"
)

// submitted carries out a form that was sent and returns the answer: nil
// closes it, errors keep it open with what the person wrote. Slack waits three
// seconds; when it takes longer than Patience, the form first says so and is
// rewritten when it is known how it went.
func (c *Chat) submitted(ctx context.Context, in interaction) (answer any, ok bool) {
	var f form
	if err := json.Unmarshal([]byte(in.View.PrivateMetadata), &f); err != nil || kinds[f.Kind] == "" || f.Draft == "" {
		c.status.count("unreadable")
		return nil, true
	}
	t := in.typed(f)
	ready := make(chan string, 1)
	late := make(chan bool, 1) // whether the sender was told to wait
	ok = c.work(ctx, "form", func(ctx context.Context) {
		problem := c.carryOut(ctx, in, f, t)
		ready <- problem
		select {
		case waited := <-late:
			if waited {
				c.finishLate(ctx, in, f, t, problem)
			}
		case <-ctx.Done():
		}
		c.refresh(ctx, f.Draft)
	})
	if !ok {
		return nil, false
	}
	patience := time.NewTimer(c.cfg.Patience)
	defer patience.Stop()
	select {
	case problem := <-ready:
		late <- false
		if problem == "" {
			return nil, true
		}
		return api.NewErrorsViewSubmissionResponse(map[string]string{f.block(f.first()): problem}), true
	case <-patience.C:
		late <- true
		v := f.note("Working on it…")
		return api.NewUpdateViewSubmissionResponse(&v), true
	}
}

// first is the input that errors are shown at.
func (f form) first() string {
	switch f.Kind {
	case actReject:
		return inDetail
	case actRedraft:
		return inHint
	}
	return inReply
}

// carryOut decides what the form says. It returns why it was not done, in a
// sentence for the person, or "".
func (c *Chat) carryOut(ctx context.Context, in interaction, f form, t typed) string {
	by, err := c.agent(ctx, in.User.ID, in.User.TeamID)
	if err == nil {
		var d pipeline.Decision
		if d, err = c.decisionOf(ctx, f, t); err == nil {
			d.By = by
			_, err = c.decide(ctx, f, d)
		}
	}
	if err == nil {
		return ""
	}
	c.status.count("refused")
	return cut(c.sayable(err, f.Draft), 1500)
}

// decisionOf turns a filled-in form into a decision. An edited text that the
// guards block is Invalid; an unchanged one is an approval of the draft.
func (c *Chat) decisionOf(ctx context.Context, f form, t typed) (pipeline.Decision, error) {
	switch f.Kind {
	case actReject:
		label := reasonLabel(t.reason)
		if label == "" || t.reason == "other" && t.detail == "" {
			return pipeline.Decision{}, pipeline.Errorf(pipeline.Invalid, "Say in a few words what is wrong.")
		}
		if t.reason == "other" {
			label = ""
		}
		return pipeline.Decision{Kind: pipeline.Reject, Reason: strings.Trim(label+": "+t.detail, ": ")}, nil
	case actRedraft:
		if t.hint == "" {
			return pipeline.Decision{}, pipeline.Errorf(pipeline.Invalid, "Say in a few words what should be different.")
		}
		return pipeline.Decision{Kind: pipeline.Redraft, Reason: t.hint}, nil
	}
	if strings.TrimSpace(t.reply) == "" {
		return pipeline.Decision{}, pipeline.Errorf(pipeline.Invalid, "The reply is empty. Write it, or reject the draft.")
	}
	found, err := c.cfg.Reviewer.Check(ctx, f.Draft, t.reply)
	if err != nil {
		return pipeline.Decision{}, err
	}
	var blocks []string
	for _, x := range found {
		if x.Severity == pipeline.Block {
			blocks = append(blocks, line(x.Detail, 300))
		}
	}
	if len(blocks) > 0 {
		return pipeline.Decision{}, pipeline.Errorf(pipeline.Invalid, "Not sent: %s", strings.Join(blocks, " "))
	}
	r, err := c.cfg.Reviewer.Find(ctx, f.Draft)
	if err != nil {
		return pipeline.Decision{}, err
	}
	if r.Draft.Abstained == "" && t.reply == r.Draft.Text() {
		return pipeline.Decision{Kind: pipeline.Approve}, nil
	}
	return pipeline.Decision{Kind: pipeline.Edit, Text: t.reply}, nil
}

// finishLate rewrites a form whose sender was told to wait: done, or open again
// with what the person wrote.
func (c *Chat) finishLate(ctx context.Context, in interaction, f form, t typed, problem string) {
	c.status.count("late")
	view := f.note("Done.")
	if problem != "" {
		f.Round++
		view = f.note(problem)
		if r, err := c.cfg.Reviewer.Find(ctx, f.Draft); err == nil {
			view = f.fill(r, t, problem)
		}
	}
	c.rewrite(ctx, in.View.ID, "", view)
}
