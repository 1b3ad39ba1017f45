package slack

import (
	"slices"
	"testing"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/presses"
	"footnote/pipeline"
)

// TestSnooze: a ticket is put off from its card for one of the console's times,
// the card says so, and a button brings it back. No handling time begins by it.
func TestSnooze(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport, func(c *Config) { c.Now = (&clock{at: t0}).now })
		w.proposed(func(r *pipeline.Review) { r.Work.State = pipeline.WorkToReview })
		w.click("U1ADA", cards.ActSnooze)
		w.form("U1ADA", "for")
		if v, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{"for": "4h"}); err != nil || open {
			t.Fatal(open, err, v.Strings())
		}
		w.cardSays("Snoozed", "Ada Lovelace", "or until the customer writes")
		if b := w.card().Buttons(); slices.Contains(b, cards.ActSnooze) || !slices.Contains(b, cards.ActUnsnooze) {
			t.Errorf("buttons %v", b)
		}
		w.click("U2ALAN", cards.ActUnsnooze)
		w.await("it is back", func() bool { return slices.Contains(w.card().Buttons(), cards.ActSnooze) })
		if want := []string{"4h0m0s " + ada.ID + " slack", "back " + alan.ID + " slack"}; !slices.Equal(w.reviews.snoozed, want) {
			t.Errorf("%q", w.reviews.snoozed)
		}
		if len(w.reviews.opened) != 0 {
			t.Errorf("handling time began: %q", w.reviews.opened)
		}
	})
}

// TestSnoozeOnlyOpenWork: what nobody has to do anything about, or somebody else
// has claimed, is not put off.
func TestSnoozeOnlyOpenWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	r := w.proposed(func(r *pipeline.Review) { r.Work.State = pipeline.WorkToReview })
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.Work.State = pipeline.WorkDone })
	w.click("U1ADA", cards.ActSnooze) // on a card that is behind
	w.await("it is said", func() bool {
		v, ok := w.slack.View("U1ADA")
		return ok && contains(v.Strings(), "nothing to do on this ticket")
	})
	w.slack.CloseView("U1ADA")
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
		r.Work.State, r.State, r.ClaimedBy, r.ClaimedAt = pipeline.WorkClaimed, pipeline.StateClaimed, alan, t0
	})
	w.handle(pipeline.DraftClaimed, r)
	w.click("U1ADA", cards.ActSnooze)
	w.await("it is said", func() bool {
		v, ok := w.slack.View("U1ADA")
		return ok && contains(v.Strings(), "Alan Turing claimed this draft")
	})
	if len(w.reviews.snoozed) != 0 {
		t.Errorf("%q", w.reviews.snoozed)
	}
}

// TestWriteTheReply: while the customer still waits after a rejection, the reply is
// written from the card, on an empty sheet, and goes the way of an edit.
func TestWriteTheReply(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		r := w.proposed()
		w.decideAs(pipeline.Decision{Kind: pipeline.Reject, Draft: r.Draft.ID, By: alan, Reason: "wrong", Seen: pipeline.StateOpen})
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.Work.State = pipeline.WorkDone }) // no reply is needed
		w.handle(pipeline.DraftDecided, r)
		w.cardSays("Rejected")
		if b := w.card().Buttons(); slices.Contains(b, cards.ActEdit) {
			t.Fatalf("nobody waits, and the card has %v", b)
		}
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.Work.State = pipeline.WorkToWrite })
		w.handle(pipeline.DraftDecided, r)
		w.await("the reply can be written", func() bool { return slices.Contains(w.card().Buttons(), cards.ActEdit) })
		w.click("U1ADA", cards.ActEdit)
		if v := w.form("U1ADA", presses.InReply); v.Fields()[presses.InReply] != "" || contains(v.Strings(), "Look before you approve") {
			t.Fatalf("%q %q", v.Fields(), v.Strings())
		}
		if v, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "We were wrong; it takes ten days."}); err != nil || open {
			t.Fatal(open, err, v.Strings())
		}
		w.cardSays("approved", "it takes ten days")
		d := w.reviews.done()
		if last := d[len(d)-1]; last.Kind != pipeline.Edit || last.By.ID != ada.ID || last.Seen != pipeline.StateRejected {
			t.Errorf("%+v", last)
		}
	})
}

// TestLooked: where an earlier reply may have arrived, the editor sends only when
// the person says that they looked, as the console does.
func TestLooked(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		w.proposed(func(r *pipeline.Review) {
			r.State, r.Delivery, r.DecidedBy, r.DecidedAt, r.Reason = pipeline.StateReturned, pipeline.DeliveryUnknown, alan, t0, "The desk did not answer."
			r.Text, r.Hash = r.Draft.Text(), "h"
		})
		w.click("U1ADA", cards.ActEdit)
		w.form("U1ADA", "looked")
		if _, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "Once more."}); err == nil || !open {
			t.Fatal("Slack lets a box be left empty that must be ticked")
		}
		v, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "Once more.", "looked": "no"}) // what no form of ours sends
		if err != nil || !open || len(w.reviews.done()) != 0 {
			t.Fatalf("sent without looking: open %v, %v, %q", open, err, v.Strings())
		}
		if v, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "Once more.", "looked": "yes"}); err != nil || open {
			t.Fatal(open, err, v.Strings())
		}
		w.cardSays("approved", "Once more.")
	})
}

// TestQuotesOnTheCard: for each cited source the card shows the words that the
// draft rests on, cut to one line.
func TestQuotesOnTheCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.proposed()
	w.cardSays("“Refunds reach the card that paid within five days of the parcel's arrival.”", "“We pay the fee of the card, whichever it is.”")
}
