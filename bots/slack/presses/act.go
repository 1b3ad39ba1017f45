package presses

import (
	"context"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Press carries out one press of a card's button.
func (c *Presses) Press(ctx context.Context, in client.Interaction) {
	a := in.Actions[0]
	if in.Message.TS != "" {
		if say, old := c.cards.Old(ctx, in.Channel.ID, in.Message.TS); old {
			c.replaceOld(ctx, in, say)
			return
		}
	}
	draft, hash, ok := client.Target(a.Value)
	if !ok {
		c.Count("unreadable")
		c.Log.Warn("press without a draft", "action", a.ActionID)
		return
	}
	f := Form{Kind: a.ActionID, Draft: draft, Hash: hash, Seen: cards.ReadSeen(a.BlockID)}
	if c.asksWhom(a.ActionID) {
		c.openForm(ctx, in, f)
		return
	}
	switch a.ActionID {
	case cards.ActEdit, cards.ActReject, cards.ActRedraft, cards.ActSnooze, cards.ActReceipts:
		c.openForm(ctx, in, f)
	case cards.ActClaim, cards.ActRelease, cards.ActApprove, cards.ActHandOff, cards.ActArrived, cards.ActUndo:
		c.decideNow(ctx, in, f)
	case cards.ActUnsnooze:
		c.unsnooze(ctx, in, f)
	case ActFresh:
		c.startAgain(ctx, in, f)
	default:
		c.Count("unknown_action")
	}
}

// replaceOld puts what became of a card in the place of a message that only an answer
// to a press can still change, or else tells who pressed.
func (c *Presses) replaceOld(ctx context.Context, in client.Interaction, say layout.Content) {
	c.Count("old_card")
	b, err := c.Fit(say, "answer on an old card")
	if err == nil && c.Answerable(in.ResponseURL) {
		err = c.EitherLayout(b, func(m layout.Message) error {
			return c.PostResponse(ctx, in.ResponseURL, map[string]any{"replace_original": true, "text": m.Text, "blocks": m.Blocks})
		})
		if err == nil {
			return
		}
	}
	c.Tell(ctx, in, "This card is old, and nothing was done. "+say.Notice+": look for the newer one.")
}

var kinds = map[string]pipeline.DecisionKind{cards.ActClaim: pipeline.Claim, cards.ActRelease: pipeline.Release, cards.ActApprove: pipeline.Approve,
	cards.ActHandOff: pipeline.HandOff, cards.ActArrived: pipeline.Arrived, cards.ActUndo: pipeline.Undo, cards.ActEdit: pipeline.Edit, cards.ActReject: pipeline.Reject, cards.ActRedraft: pipeline.Redraft}

// decideNow carries out a button that is a decision by itself and tells only
// the person who pressed when it was not done.
func (c *Presses) decideNow(ctx context.Context, in client.Interaction, f Form) {
	if c.again(ctx, in) {
		return
	}
	by, err := c.Agent(ctx, in.User.ID, in.User.TeamID)
	if err == nil {
		_, err = c.decide(ctx, f, pipeline.Decision{Kind: kinds[f.Kind], By: by})
	}
	if err != nil {
		c.Count("refused")
		c.Tell(ctx, in, c.sayable(err, f.Draft))
	}
	if pipeline.KindOf(err) != pipeline.Denied {
		c.refresh(ctx, f.Draft)
	}
}

// again tells whether the press was carried out before.
func (c *Presses) again(ctx context.Context, in client.Interaction) bool {
	id := in.ID()
	if id == "" {
		return false
	}
	first, err := client.FirstSight(ctx, c.Pool, id)
	if err != nil {
		c.Log.Warn("press not noted", "error", err) // decisions are compare-and-set: a second one does nothing
		return false
	}
	if !first {
		c.Count("duplicate")
	}
	return !first
}

// decide checks that the card shows the draft as it would be sent, and decides.
func (c *Presses) decide(ctx context.Context, f Form, d pipeline.Decision) (pipeline.Decided, error) {
	r, err := c.reviewer.Find(ctx, f.Draft)
	if err != nil {
		return pipeline.Decided{}, err
	}
	if r.ApproveHash != f.Hash {
		return pipeline.Decided{}, errOldCard
	}
	d.Draft, d.Surface, d.Seen, d.Hash = f.Draft, client.Surface, f.Seen, f.Hash
	return c.reviewer.Decide(ctx, d)
}

var errOldCard = pipeline.Errorf(pipeline.Conflict, "This card is old: what it shows is not what would be sent now. Look at the card again and decide.")

// sayable is the sentence for a person; what is not fit for people is logged.
func (c *Presses) sayable(err error, draft string) string {
	if pipeline.KindOf(err) == pipeline.Internal {
		c.Log.Error("press failed", "draft", draft, "error", err)
	}
	return pipeline.Say(err)
}

// refresh shows the card's new state at once. It may fail: the decision's own
// event shows it too, and after that the sweep over cards that are behind.
func (c *Presses) refresh(ctx context.Context, draft string) {
	if err := c.cards.Refresh(ctx, draft, false); err != nil {
		c.Log.Debug("card not refreshed; its event will", "draft", draft, "error", err)
	}
}

// openForm opens a form before anything else, since the permission to do so
// lives three seconds, and then fills it in.
func (c *Presses) openForm(ctx context.Context, in client.Interaction, f Form) {
	v, err := c.API.OpenViewContext(ctx, in.TriggerID, f.loading())
	if err != nil {
		switch _, code := client.Classify(err); code {
		case "exchanged_trigger_id": // the same press again
			c.Count("duplicate")
		case "expired_trigger_id", "invalid_trigger_id":
			c.Count("expired")
			c.Tell(ctx, in, "That took too long and Slack does not allow to open the form any more. Press again.")
		default:
			c.Log.Warn("form not opened", "error", c.Failure("open form", err))
			c.Tell(ctx, in, "Slack did not open the form. Press again, or use the console.")
		}
		return
	}
	filled, err := c.prepare(ctx, in, f)
	if err != nil {
		c.Count("refused")
		filled = f.Note(c.sayable(err, f.Draft))
	}
	c.Rewrite(ctx, v.View.ID, v.View.Hash, filled)
	if pipeline.KindOf(err) == pipeline.Conflict {
		c.refresh(ctx, f.Draft)
	}
}

// prepare finds out who wants to fill the form in and whether there is still
// something to decide, begins the handling time, and lays the form out.
func (c *Presses) prepare(ctx context.Context, in client.Interaction, f Form) (api.ModalViewRequest, error) {
	none := api.ModalViewRequest{}
	by, err := c.Agent(ctx, in.User.ID, in.User.TeamID)
	if err != nil {
		return none, err
	}
	r, err := c.reviewer.Find(ctx, f.Draft)
	if err != nil {
		return none, err
	}
	if f.Kind == cards.ActReceipts {
		return f.receipts(r), nil
	}
	if r.ApproveHash != f.Hash {
		return none, errOldCard
	}
	if err := mayStart(r, f.Kind, by); err != nil {
		return none, err
	}
	if f.Kind != cards.ActSnooze { // who puts a ticket off is not working on it
		if err := c.reviewer.Open(ctx, r.Draft.Ticket, by, client.Surface); err != nil {
			c.Log.Warn("handling time not begun", "ticket", r.Draft.Ticket, "error", err)
		}
	}
	if f.Kind == cards.ActEdit {
		switch k, ok, err := findEdit(ctx, c.Pool, f.Draft, in.User.ID); {
		case err != nil:
			c.Log.Warn("kept text not looked up", "draft", f.Draft, "error", err)
		case ok && k.text != startText(r):
			return f.offer(r, k), nil
		}
	}
	if f.Kind == cards.ActHandOff {
		return f.handOff(c.takersFor(ctx, by), typed{}), nil
	}
	return f.fill(r, typed{reply: startText(r)}, ""), nil
}

// mayStart saves people from filling in a form in vain; Decide has the last word.
func mayStart(r pipeline.Review, kind string, by pipeline.Agent) error {
	state := cards.Standing(r)
	switch {
	case state == pipeline.StateClaimed && r.ClaimedBy.ID != by.ID:
		return pipeline.Errorf(pipeline.Conflict, "%s claimed this draft at %s.", cards.Person(r.ClaimedBy), layout.Moment(r.ClaimedAt).Text)
	case kind == cards.ActSnooze && !r.Work.Open():
		return pipeline.Errorf(pipeline.Conflict, "There is nothing to do on this ticket now, so that it cannot be put off.")
	case !cards.Decided(state), kind == cards.ActSnooze, kind == cards.ActEdit && cards.Writes(r):
		return nil
	case kind == cards.ActRedraft && (state == pipeline.StateStale || state == pipeline.StateRejected || state == pipeline.StateHandedOff):
		return nil
	}
	return pipeline.Errorf(pipeline.Conflict, "There is nothing left to decide: %s", cards.StateLine(r).String())
}

// Rewrite replaces an open form's content and returns the form's new hash. With a
// hash it does so only if nothing changed the form since: moved says that
// something did. The person may have closed it.
func (c *Presses) Rewrite(ctx context.Context, id, hash string, v api.ModalViewRequest) (next string, moved bool) {
	if p := layout.LintView(v); len(p) > 0 {
		c.Log.Error("form is beyond Slack's limits", "form", v.CallbackID, "problems", p)
		v = Form{Kind: v.CallbackID}.Note("This form cannot be shown in Slack. Use the console.")
	}
	r, err := c.API.UpdateViewContext(ctx, v, "", hash, id)
	if err == nil {
		return r.View.Hash, false
	}
	switch _, code := client.Classify(err); code {
	case "hash_conflict":
		return "", true
	case "not_found", "view_not_found":
	default:
		c.Log.Warn("form not filled in", "error", c.Failure("fill in form", err))
	}
	return "", false
}

// answerLag is the first of the waits for Slack to show our answer to a form.
const answerLag = 250 * time.Millisecond

// replaceNote replaces the note that a form's sender was answered with. Slack may
// show that answer after it carried out a later call; hash is the form's before
// the answer. Until the note came, and at most 8 seconds, the content is laid over
// the form again.
func (c *Presses) replaceNote(ctx context.Context, id, hash string, v api.ModalViewRequest) {
	for wait := answerLag; hash != "" && wait <= 16*answerLag; wait *= 2 {
		next, moved := c.Rewrite(ctx, id, hash, v)
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
	c.Rewrite(ctx, id, "", v)
}
