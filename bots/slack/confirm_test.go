package slack

import (
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/presses"
	"footnote/pipeline"
)

// asked opens the editor, sends a text that the checks ask about, and returns
// the confirmation over it.
func (w *world) asked(user, text string) bottest.SlackView {
	w.t.Helper()
	w.click(user, cards.ActEdit)
	w.form(user, presses.InReply)
	v, open, err := w.slack.Submit(w.ctx, user, map[string]string{presses.InReply: text})
	if err != nil || !open || v.CallbackID != presses.ActConfirm {
		w.t.Fatalf("no confirmation: open %v, form %s, errors %q, %v", open, v.CallbackID, v.Errors, err)
	}
	return v
}

// TestConfirm: an edited text is checked again; what was found is listed, and
// the text is sent only when the person says so. Both forms close.
func TestConfirm(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		w.reviews.ask = "refund"
		w.proposed()
		v := w.asked("U1ADA", "We refund you at https://help.acme.test/x.")
		if !contains(v.Strings(), "Commits to a refund or credit", "confirm", "We refund you", "help.acme.test") {
			t.Errorf("the confirmation says %q", v.Strings())
		}
		if n := len(w.reviews.done()); n != 0 {
			t.Fatal("decided before the confirmation")
		}
		w.slack.CloseView("U1ADA") // goes back: the editor holds the words
		if v := w.form("U1ADA", presses.InReply); v.Fields()[presses.InReply] != "We refund you at https://help.acme.test/x." {
			t.Errorf("the editor holds %q", v.Fields()[presses.InReply])
		}
		if v, _, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "We refund you."}); err != nil || v.CallbackID != presses.ActConfirm {
			t.Fatalf("no second confirmation: %v", err)
		}
		if _, open, err := w.slack.Submit(w.ctx, "U1ADA", nil); err != nil || open {
			t.Fatalf("forms stay open: %v", err)
		}
		w.cardSays("Edited (12 %) and approved", "We refund you.")
		if d := w.reviews.done(); len(d) != 1 || d[0].Kind != pipeline.Edit || d[0].Text != "We refund you." {
			t.Errorf("decisions %+v", d)
		}
	})
}

// TestConfirmedTooLate: somebody else was first while the findings were read:
// the person is told who and when, and the text is not lost.
func TestConfirmedTooLate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		w.reviews.ask = "refund"
		r := w.proposed()
		w.asked("U1ADA", "We refund you.")
		w.decideAs(pipeline.Decision{Kind: pipeline.Claim, Draft: r.Draft.ID, By: alan, Seen: pipeline.StateOpen})
		v, open, err := w.slack.Submit(w.ctx, "U1ADA", nil)
		if err != nil || !open || !contains(v.Strings(), "Not sent.", "Alan Turing was first", "Your text is kept") || v.Submit != "" {
			t.Fatalf("open %v, %q, %v", open, v.Strings(), err)
		}
		w.slack.CloseView("U1ADA")
		if v := w.form("U1ADA", presses.InReply); v.Fields()[presses.InReply] != "We refund you." {
			t.Errorf("the editor holds %q", v.Fields()[presses.InReply])
		}
		w.slack.CloseView("U1ADA") // and closes that too
		w.decideAs(pipeline.Decision{Kind: pipeline.Release, Draft: r.Draft.ID, By: alan, Seen: pipeline.StateClaimed})
		w.handle(pipeline.DraftClaimed, r)
		w.click("U1ADA", cards.ActEdit)
		v = w.form("U1ADA", presses.InReply)
		if v.Fields()[presses.InReply] != "We refund you." || !contains(v.Strings(), "This is your text of", "It was not sent") {
			t.Fatalf("the text is not offered again: %q %q", v.Fields()[presses.InReply], v.Strings())
		}
		if err := w.slack.PressView(w.ctx, "U1ADA", presses.ActFresh); err != nil {
			t.Fatal(err)
		}
		w.await("the draft stands there again", func() bool {
			v, ok := w.slack.View("U1ADA")
			return ok && v.Fields()[presses.InReply] == r.Draft.Text()
		})
	})
}

// TestConfirmsWhatWasShown: a text that was changed in another window is not
// sent by the confirmation of the old one.
func TestConfirmsWhatWasShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	w.reviews.ask = "refund"
	r := w.proposed()
	w.asked("U1ADA", "We refund you.")
	if _, err := w.pool.Exec(w.ctx, `UPDATE slack_edits SET id = gen_random_uuid(), text = 'Another text.' WHERE draft = $1`, r.Draft.ID); err != nil {
		t.Fatal(err)
	}
	if v, open, err := w.slack.Submit(w.ctx, "U1ADA", nil); err != nil || !open || !contains(v.Strings(), "The text changed in another window") {
		t.Fatalf("open %v, %q, %v", open, v.Strings(), err)
	}
	if n := w.reviews.asked; n != 0 {
		t.Errorf("%d decisions", n)
	}
}

// TestLateConfirmation: when checking takes longer than Slack waits, the
// confirmation still comes, and sending it ends in a word.
func TestLateConfirmation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport, func(c *Config) { c.Patience = time.Nanosecond })
		w.reviews.ask = "refund"
		w.proposed()
		w.click("U1ADA", cards.ActEdit)
		w.form("U1ADA", presses.InReply)
		if _, _, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "We refund you."}); err != nil {
			t.Fatal(err)
		}
		w.await("the confirmation is there", func() bool {
			v, ok := w.slack.View("U1ADA")
			return ok && v.CallbackID == presses.ActConfirm && v.Submit != ""
		})
		if _, _, err := w.slack.Submit(w.ctx, "U1ADA", nil); err != nil {
			t.Fatal(err)
		}
		w.await("the person knows", func() bool {
			v, ok := w.slack.View("U1ADA")
			return !ok || contains(v.Strings(), "Done.") || v.CallbackID == cards.ActEdit && len(w.reviews.done()) == 1
		})
		w.cardSays("approved", "We refund you.")
	})
}

// TestRoomToGoOn: a reply near the limit has a second field, and what is
// written there follows as a paragraph.
func TestRoomToGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	long := strings.Repeat("word ", 520) + "end."
	w.proposed(func(r *pipeline.Review) { r.Draft.Sentences = []pipeline.Sentence{{Text: long}} })
	w.click("U1ADA", cards.ActEdit)
	w.form("U1ADA", presses.InRest)
	if _, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InRest: strings.Repeat("more ", 500)}); err != nil || open {
		t.Fatal(open, err)
	}
	w.cardSays("approved")
	if d := w.reviews.done(); len(d) != 1 || d[0].Text != long+"\n\n"+strings.Repeat("more ", 500) {
		t.Error("the two fields are not the reply")
	}
}
