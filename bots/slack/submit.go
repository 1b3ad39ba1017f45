package slack

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// outcome is how a submission went: neither field set means that it is done.
type outcome struct {
	problem string                // why not, in a sentence for the person
	next    *api.ModalViewRequest // what has to be seen first
}

// submitted carries out a form that was sent and returns the answer: nil
// closes it, errors keep it open with what the person wrote, a confirmation is
// laid over it. Slack waits three seconds; when it takes longer than Patience,
// the form first says so and is rewritten when it is known how it went.
func (c *Chat) submitted(ctx context.Context, in interaction) (answer any, ok bool) {
	if in.View.CallbackID == formFeedback {
		return c.explainedFlaw(ctx, in), true
	}
	var f form
	if !readForm(in.View.PrivateMetadata, &f) {
		c.status.count("unreadable")
		return nil, true
	}
	t := in.typed(f)
	ready := make(chan outcome, 1)
	late := make(chan bool, 1) // whether the sender was told to wait
	ok = c.work(ctx, "form", func(ctx context.Context) {
		how := c.carryOut(ctx, in, f, t)
		ready <- how
		select {
		case waited := <-late:
			if waited {
				c.finishLate(ctx, in, f, t, how)
			}
		case <-ctx.Done():
		}
		if how.next == nil {
			c.refresh(ctx, f.Draft)
		}
	})
	if !ok {
		return nil, false
	}
	patience := time.NewTimer(c.cfg.Patience)
	defer patience.Stop()
	select {
	case how := <-ready:
		late <- false
		return f.answer(how), true
	case <-patience.C:
		late <- true
		v := f.note("Working on it…")
		return api.NewUpdateViewSubmissionResponse(&v), true
	}
}

// answer is what Slack is told within its three seconds.
func (f form) answer(how outcome) any {
	switch {
	case how.next != nil:
		return api.NewPushViewSubmissionResponse(how.next)
	case how.problem == "" && f.Kind == actConfirm:
		return api.NewClearViewSubmissionResponse() // the editor below closes too
	case how.problem == "":
		return nil
	case f.Kind == actConfirm: // without an input to put the error at
		v := f.note("Not sent. " + how.problem + " Your text is kept: close this and look at it.")
		v.Close = layout.Plain("Back")
		return api.NewUpdateViewSubmissionResponse(&v)
	}
	return api.NewErrorsViewSubmissionResponse(map[string]string{f.block(f.first()): how.problem})
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

// carryOut decides what the form says, or tells why it was not done.
func (c *Chat) carryOut(ctx context.Context, in interaction, f form, t typed) outcome {
	by, err := c.agent(ctx, in.User.ID, in.User.TeamID)
	if err == nil {
		var next *api.ModalViewRequest
		var d pipeline.Decision
		d, next, err = c.decisionOf(ctx, in, f, t)
		if next != nil {
			return outcome{next: next}
		}
		if err == nil {
			d.By = by
			_, err = c.decide(ctx, f, d)
		}
	}
	if err != nil {
		c.status.count("refused")
		return outcome{problem: layout.Cut(c.sayable(err, f.Draft), 1500)}
	}
	if f.Kind == actEdit || f.Kind == actConfirm {
		if err := dropEdit(ctx, c.pool, f.Draft, in.User.ID); err != nil {
			c.log.Warn("sent text not dropped from the kept ones", "draft", f.Draft, "error", err)
		}
	}
	return outcome{}
}

// decisionOf turns a filled-in form into a decision, or into a form that has to
// be seen first. What a person may not say is Invalid.
func (c *Chat) decisionOf(ctx context.Context, in interaction, f form, t typed) (pipeline.Decision, *api.ModalViewRequest, error) {
	var none pipeline.Decision
	switch f.Kind {
	case actReject:
		label := reasonLabel(t.reason)
		if label == "" || t.reason == "other" && t.detail == "" {
			return none, nil, pipeline.Errorf(pipeline.Invalid, "Say in a few words what is wrong.")
		}
		if t.reason == "other" {
			label = ""
		}
		return pipeline.Decision{Kind: pipeline.Reject, Reason: strings.Trim(label+": "+t.detail, ": ")}, nil, nil
	case actRedraft:
		if t.hint == "" {
			return none, nil, pipeline.Errorf(pipeline.Invalid, "Say in a few words what should be different.")
		}
		return pipeline.Decision{Kind: pipeline.Redraft, Reason: t.hint}, nil, nil
	case actConfirm:
		d, err := c.confirmed(ctx, f, in.User.ID)
		return d, nil, err
	}
	k, ask, err := c.checked(ctx, f, in.User.ID, t.reply)
	if err != nil {
		return none, nil, err
	}
	if len(ask) > 0 {
		v := f.confirmation(k, ask)
		return none, &v, nil
	}
	d, err := c.wording(ctx, f, t.reply)
	return d, nil, err
}

// finishLate rewrites a form whose sender was told to wait: done, a question,
// or open again with what the person wrote.
func (c *Chat) finishLate(ctx context.Context, in interaction, f form, t typed, how outcome) {
	c.status.count("late")
	view := f.note("Done.")
	view.ClearOnClose = true
	switch {
	case how.next != nil:
		view = *how.next
		view.Close = layout.Plain("Cancel") // the text is offered again by Edit
	case how.problem != "" && f.Kind == actConfirm:
		view = f.note("Not sent. " + how.problem + " Your text is kept: press Edit to see it.")
	case how.problem != "":
		f.Round++
		view = f.note(how.problem)
		if r, err := c.cfg.Reviewer.Find(ctx, f.Draft); err == nil {
			view = f.fill(r, t, how.problem)
		}
	}
	c.replaceNote(ctx, in.View.ID, in.View.Hash, view)
}

// readForm reads a form's private metadata; false when it is none of ours.
func readForm(private string, f *form) bool {
	err := json.Unmarshal([]byte(private), f)
	return err == nil && (kinds[f.Kind] != "" || f.Kind == actConfirm) && f.Draft != ""
}
