package slack

import (
	"context"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// press carries out one press of a card's button.
func (c *Chat) press(ctx context.Context, in interaction) {
	if c.pressedElsewhere(ctx, in) {
		return
	}
	a := in.Actions[0]
	draft, hash, ok := target(a.Value)
	if !ok {
		c.status.count("unreadable")
		c.log.Warn("press without a draft", "action", a.ActionID)
		return
	}
	f := form{Kind: a.ActionID, Draft: draft, Hash: hash, Seen: readSeen(a.BlockID)}
	switch a.ActionID {
	case actEdit, actReject, actRedraft:
		c.openForm(ctx, in, f)
	case actClaim, actRelease, actApprove, actHandOff, actArrived:
		c.decideNow(ctx, in, f)
	case actFresh:
		c.startAgain(ctx, in, f)
	default:
		c.status.count("unknown_action")
	}
}

var kinds = map[string]pipeline.DecisionKind{actClaim: pipeline.Claim, actRelease: pipeline.Release, actApprove: pipeline.Approve,
	actHandOff: pipeline.HandOff, actArrived: pipeline.Arrived, actEdit: pipeline.Edit, actReject: pipeline.Reject, actRedraft: pipeline.Redraft}

// decideNow carries out a button that is a decision by itself and tells only
// the person who pressed when it was not done.
func (c *Chat) decideNow(ctx context.Context, in interaction, f form) {
	if id := in.id(); id != "" {
		first, err := firstSight(ctx, c.pool, id)
		if err != nil {
			c.log.Warn("press not noted", "error", err) // decisions are compare-and-set: a second one does nothing
		} else if !first {
			c.status.count("duplicate")
			return
		}
	}
	by, err := c.agent(ctx, in.User.ID, in.User.TeamID)
	if err == nil {
		_, err = c.decide(ctx, f, pipeline.Decision{Kind: kinds[f.Kind], By: by})
	}
	if err != nil {
		c.status.count("refused")
		c.tell(ctx, in, c.sayable(err, f.Draft))
	}
	if pipeline.KindOf(err) != pipeline.Denied {
		c.refresh(ctx, f.Draft)
	}
}

// decide checks that the card shows the draft as it would be sent, and decides.
func (c *Chat) decide(ctx context.Context, f form, d pipeline.Decision) (pipeline.Decided, error) {
	r, err := c.cfg.Reviewer.Find(ctx, f.Draft)
	if err != nil {
		return pipeline.Decided{}, err
	}
	if r.ApproveHash != f.Hash {
		return pipeline.Decided{}, errOldCard
	}
	d.Draft, d.Surface, d.Seen, d.Hash = f.Draft, Surface, f.Seen, f.Hash
	return c.cfg.Reviewer.Decide(ctx, d)
}

var errOldCard = pipeline.Errorf(pipeline.Conflict, "This card is old: what it shows is not what would be sent now. Look at the card again and decide.")

// sayable is the sentence for a person; what is not fit for people is logged.
func (c *Chat) sayable(err error, draft string) string {
	if pipeline.KindOf(err) == pipeline.Internal {
		c.log.Error("press failed", "draft", draft, "error", err)
	}
	return pipeline.Say(err)
}

// refresh shows the card's new state at once. It may fail: the decision's own
// event shows it too, and after that the sweep over cards that are behind.
func (c *Chat) refresh(ctx context.Context, draft string) {
	if err := c.showParts(ctx, draft, false); err != nil {
		c.log.Debug("card not refreshed; its event will", "draft", draft, "error", err)
	}
}

// openForm opens a form before anything else, since the permission to do so
// lives three seconds, and then fills it in.
func (c *Chat) openForm(ctx context.Context, in interaction, f form) {
	v, err := c.api.OpenViewContext(ctx, in.TriggerID, f.loading())
	if err != nil {
		switch _, code := classify(err); code {
		case "exchanged_trigger_id": // the same press again
			c.status.count("duplicate")
		case "expired_trigger_id", "invalid_trigger_id":
			c.status.count("expired")
			c.tell(ctx, in, "That took too long and Slack does not allow to open the form any more. Press again.")
		default:
			c.log.Warn("form not opened", "error", c.failure("open form", err))
			c.tell(ctx, in, "Slack did not open the form. Press again, or use the console.")
		}
		return
	}
	filled, err := c.prepare(ctx, in, f)
	if err != nil {
		c.status.count("refused")
		filled = f.note(c.sayable(err, f.Draft))
	}
	c.rewrite(ctx, v.View.ID, v.View.Hash, filled)
	if pipeline.KindOf(err) == pipeline.Conflict {
		c.refresh(ctx, f.Draft)
	}
}

// prepare finds out who wants to fill the form in and whether there is still
// something to decide, begins the handling time, and lays the form out.
func (c *Chat) prepare(ctx context.Context, in interaction, f form) (api.ModalViewRequest, error) {
	none := api.ModalViewRequest{}
	by, err := c.agent(ctx, in.User.ID, in.User.TeamID)
	if err != nil {
		return none, err
	}
	r, err := c.cfg.Reviewer.Find(ctx, f.Draft)
	if err != nil {
		return none, err
	}
	if r.ApproveHash != f.Hash {
		return none, errOldCard
	}
	if err := mayStart(r, f.Kind, by); err != nil {
		return none, err
	}
	if err := c.cfg.Reviewer.Open(ctx, r.Draft.Ticket, by, Surface); err != nil {
		c.log.Warn("handling time not begun", "ticket", r.Draft.Ticket, "error", err)
	}
	if f.Kind == actEdit {
		switch k, ok, err := findEdit(ctx, c.pool, f.Draft, in.User.ID); {
		case err != nil:
			c.log.Warn("kept text not looked up", "draft", f.Draft, "error", err)
		case ok && k.text != editable(r.Draft):
			return f.offer(r, k), nil
		}
	}
	return f.fill(r, typed{reply: editable(r.Draft)}, ""), nil
}

// mayStart saves people from filling in a form in vain; Decide has the last word.
func mayStart(r pipeline.Review, kind string, by pipeline.Agent) error {
	state := standing(r)
	switch {
	case state == pipeline.StateClaimed && r.ClaimedBy.ID != by.ID:
		return pipeline.Errorf(pipeline.Conflict, "%s claimed this draft at %s.", person(r.ClaimedBy), layout.Moment(r.ClaimedAt).Text)
	case !decided(state):
		return nil
	case kind == actRedraft && (state == pipeline.StateStale || state == pipeline.StateRejected || state == pipeline.StateHandedOff):
		return nil
	}
	return pipeline.Errorf(pipeline.Conflict, "There is nothing left to decide: %s", stateLine(r).String())
}

// rewrite replaces an open form's content and returns the form's new hash. With a
// hash it does so only if nothing changed the form since: moved says that
// something did. The person may have closed it.
func (c *Chat) rewrite(ctx context.Context, id, hash string, v api.ModalViewRequest) (next string, moved bool) {
	if p := layout.LintView(v); len(p) > 0 {
		c.log.Error("form is beyond Slack's limits", "form", v.CallbackID, "problems", p)
		v = form{Kind: v.CallbackID}.note("This form cannot be shown in Slack. Use the console.")
	}
	r, err := c.api.UpdateViewContext(ctx, v, "", hash, id)
	if err == nil {
		return r.View.Hash, false
	}
	switch _, code := classify(err); code {
	case "hash_conflict":
		return "", true
	case "not_found", "view_not_found":
	default:
		c.log.Warn("form not filled in", "error", c.failure("fill in form", err))
	}
	return "", false
}

// answerLag is the first of the waits for Slack to show our answer to a form.
const answerLag = 250 * time.Millisecond

// replaceNote replaces the note that a form's sender was answered with. Slack may
// show that answer after it carried out a later call; hash is the form's before
// the answer. Until the note came, and at most 8 seconds, the content is laid over
// the form again.
func (c *Chat) replaceNote(ctx context.Context, id, hash string, v api.ModalViewRequest) {
	for wait := answerLag; hash != "" && wait <= 16*answerLag; wait *= 2 {
		next, moved := c.rewrite(ctx, id, hash, v)
		if moved {
			break
		}
		if next == "" {
			return
		}
		hash = next
		if bots.Sleep(ctx, wait) != nil {
			return
		}
	}
	c.rewrite(ctx, id, "", v)
}
