package presses

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// outcome is how a submission went: neither field set means that it is done.
type outcome struct {
	problem string                // why not, in a sentence for the person
	next    *api.ModalViewRequest // what has to be seen first
}

// Submitted carries out a form that was sent and returns the answer: nil
// closes it, errors keep it open with what the person wrote, a confirmation is
// laid over it. Slack waits three seconds; when it takes longer than Patience,
// the form first says so and is rewritten when it is known how it went.
func (c *Presses) Submitted(ctx context.Context, in client.Interaction) (answer any, ok bool) {
	var f Form
	if !readForm(in.View.PrivateMetadata, &f) {
		c.Count("unreadable")
		return nil, true
	}
	t := ReadTyped(in, f)
	ready := make(chan outcome, 1)
	late := make(chan bool, 1) // whether the sender was told to wait
	ok = c.Work(ctx, "form", func(ctx context.Context) {
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
	patience := time.NewTimer(c.Patience)
	defer patience.Stop()
	select {
	case how := <-ready:
		late <- false
		return f.answer(how), true
	case <-patience.C:
		late <- true
		v := f.Note("Working on it…")
		return api.NewUpdateViewSubmissionResponse(&v), true
	}
}

// answer is what Slack is told within its three seconds.
func (f Form) answer(how outcome) any {
	switch {
	case how.next != nil:
		return api.NewPushViewSubmissionResponse(how.next)
	case how.problem == "" && f.Kind == ActConfirm:
		return api.NewClearViewSubmissionResponse() // the editor below closes too
	case how.problem == "":
		return nil
	case f.Kind == ActConfirm: // without an input to put the error at
		v := f.Note("Not sent. " + how.problem + " Your text is kept: close this and look at it.")
		v.Close = layout.Plain("Back")
		return api.NewUpdateViewSubmissionResponse(&v)
	}
	return api.NewErrorsViewSubmissionResponse(map[string]string{f.Block(f.first()): how.problem})
}

// first is the input that errors are shown at.
func (f Form) first() string {
	switch f.Kind {
	case cards.ActReject:
		return InDetail
	case cards.ActRedraft:
		return InHint
	case cards.ActSnooze:
		return inFor
	case cards.ActHandOff:
		return InNote
	}
	return InReply
}

// carryOut decides what the form says, or tells why it was not done.
func (c *Presses) carryOut(ctx context.Context, in client.Interaction, f Form, t typed) outcome {
	by, err := c.Agent(ctx, in.User.ID, in.User.TeamID)
	if err == nil && f.Kind == cards.ActSnooze {
		err = c.snooze(ctx, by, f, t)
	} else if err == nil {
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
		c.Count("refused")
		return outcome{problem: layout.Cut(c.sayable(err, f.Draft), 1500)}
	}
	if f.Kind == cards.ActEdit || f.Kind == ActConfirm {
		if err := dropEdit(ctx, c.Pool, f.Draft, in.User.ID); err != nil {
			c.Log.Warn("sent text not dropped from the kept ones", "draft", f.Draft, "error", err)
		}
	}
	return outcome{}
}

// decisionOf turns a filled-in form into a decision, or into a form that has to
// be seen first. What a person may not say is Invalid.
func (c *Presses) decisionOf(ctx context.Context, in client.Interaction, f Form, t typed) (pipeline.Decision, *api.ModalViewRequest, error) {
	var none pipeline.Decision
	switch f.Kind {
	case cards.ActReject:
		label := reasonLabel(t.Reason)
		if label == "" || t.Reason == "other" && t.Detail == "" {
			return none, nil, pipeline.Errorf(pipeline.Invalid, "Say in a few words what is wrong.")
		}
		if t.Reason == "other" {
			label = ""
		}
		return pipeline.Decision{Kind: pipeline.Reject, Reason: strings.Trim(label+": "+t.Detail, ": ")}, nil, nil
	case cards.ActRedraft:
		if t.hint == "" {
			return none, nil, pipeline.Errorf(pipeline.Invalid, "Say in a few words what should be different.")
		}
		return pipeline.Decision{Kind: pipeline.Redraft, Reason: t.hint}, nil, nil
	case cards.ActHandOff:
		return handingOff(t), nil, nil
	case ActConfirm:
		d, err := c.confirmed(ctx, f, in.User.ID)
		return d, nil, err
	}
	if err := c.looked(ctx, f, t); err != nil {
		return none, nil, err
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
func (c *Presses) finishLate(ctx context.Context, in client.Interaction, f Form, t typed, how outcome) {
	c.Count("late")
	view := f.Note("Done.")
	view.ClearOnClose = true
	switch {
	case how.next != nil:
		view = *how.next
		view.Close = layout.Plain("Cancel") // the text is offered again by Edit
	case how.problem != "" && f.Kind == ActConfirm:
		view = f.Note("Not sent. " + how.problem + " Your text is kept: press Edit to see it.")
	case how.problem != "":
		f.Round++
		view = f.Note(how.problem)
		if r, err := c.reviewer.Find(ctx, f.Draft); err == nil && f.Kind != cards.ActHandOff {
			view = f.fill(r, t, how.problem)
		}
	}
	c.replaceNote(ctx, in.View.ID, in.View.Hash, view)
}

// readForm reads a form's private metadata; false when it is none of ours.
func readForm(private string, f *Form) bool {
	err := json.Unmarshal([]byte(private), f)
	return err == nil && (kinds[f.Kind] != "" || f.Kind == ActConfirm || f.Kind == cards.ActSnooze) && f.Draft != ""
}
