package slack

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/presses"
	"footnote/pipeline"
)

// onBoth runs a test on each transport.
func onBoth(t *testing.T, f func(t *testing.T, transport string)) {
	for _, transport := range []string{"socket", "http"} {
		t.Run(transport, func(t *testing.T) { t.Parallel(); f(t, transport) })
	}
}

func TestClaimApproveSend(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		r := w.proposed()
		w.cardSays("Draft reply", "Where is my money?", "refunds reach your card within five days.", "[1]", "Refunds › How long it takes",
			"public", "8 months old", "82 % likely to answer all that was asked", "gpt-5-mini", "Commits to a refund", "confirm")
		w.click("U1ADA", cards.ActClaim)
		w.cardSays("Claimed", "by Ada Lovelace")
		w.handle(pipeline.DraftClaimed, r) // the event of what the card shows already
		w.click("U1ADA", cards.ActApprove)
		w.cardSays("Approved", "by Ada Lovelace", "being sent")
		w.handle(pipeline.DraftDecided, r)
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.State, r.SentAt = pipeline.StateSent, t0 })
		w.handle(pipeline.ReplyDelivered, r)
		w.cardSays("Sent", "Approved", "by Ada Lovelace")
		got := w.reviews.done()
		if len(got) != 2 || got[0].Kind != pipeline.Claim || got[1].Kind != pipeline.Approve || got[1].Hash != r.ApproveHash || got[1].By != ada || got[1].Surface != client.Surface {
			t.Errorf("decisions %+v", got)
		}
		if b := w.card().Buttons(); !slices.Equal(b, []string{cards.ActReceipts, cards.ActConsole}) {
			t.Errorf("a sent card has the buttons %q", b)
		}
		if n := w.card().Edits; n != 3 {
			t.Errorf("the card was rewritten %d times, want 3: claimed, approved, sent", n)
		}
	})
}

func TestEdit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		w.reviews.block = "evil.test"
		r := w.proposed()
		w.click("U1ADA", cards.ActEdit)
		v := w.form("U1ADA", presses.InReply)
		if got := v.Fields()[presses.InReply]; got != r.Draft.Text() {
			t.Errorf("the form offers %q", got)
		}
		if !contains(v.Strings(), "Where is my money?", "Refunds › How long it takes") {
			t.Errorf("question or sources are missing: %q", v.Strings())
		}
		if first := w.slack.Calls("views.open"); len(first) != 1 || !strings.Contains(first[0].Args["view"], "One moment") {
			t.Error("the form was not opened first, loading")
		}
		v, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "Go to https://evil.test"})
		if err != nil || !open || !strings.Contains(v.Errors[v.Block(presses.InReply)], "no source names") {
			t.Fatalf("a blocked text: open %v, errors %q, %v", open, v.Errors, err)
		}
		if n := len(w.reviews.done()); n != 0 {
			t.Fatal("a blocked text was decided")
		}
		if _, open, err = w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "It is on its way.\n\nAda & Co <3"}); err != nil || open {
			t.Fatalf("the form stays open: %v", err)
		}
		w.cardSays("Edited (12 %) and approved", "by Ada Lovelace")
		d := w.reviews.done()
		if len(d) != 1 || d[0].Kind != pipeline.Edit || d[0].Text != "It is on its way.\n\nAda & Co <3" || d[0].By != ada {
			t.Errorf("decisions %+v", d)
		}
		if want := []string{"sandbox/T-1042 a-ada slack"}; !slices.Equal(w.reviews.opened, want) {
			t.Errorf("opened %q", w.reviews.opened)
		}
	})
}

// TestEditLong: a reply over 3,000 characters stands in two inputs and comes
// back as it was.
func TestEditLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	long := strings.TrimSpace(strings.Repeat("A paragraph that says something.\n\n", 120))
	r := w.proposed(func(r *pipeline.Review) { r.Draft.Sentences = []pipeline.Sentence{{Text: long}} })
	w.click("U1ADA", cards.ActEdit)
	v := w.form("U1ADA", presses.InRest)
	if f := v.Fields(); f[presses.InReply]+"\n\n"+f[presses.InRest] != long {
		t.Fatal("the halves are not the reply")
	}
	if _, _, err := w.slack.Submit(w.ctx, "U1ADA", nil); err != nil {
		t.Fatal(err)
	}
	w.cardSays("Approved")
	if d := w.reviews.done(); len(d) != 1 || d[0].Kind != pipeline.Approve || d[0].Hash != r.ApproveHash {
		t.Errorf("an unchanged text is an approval; got %+v", d)
	}
}

// slowReview is a world whose review takes longer than a form's sender waits, with
// the editor open; overtake lets somebody else be first, and the review go on.
func slowReview(t *testing.T, transport string) (w *world, overtake func()) {
	t.Helper()
	w = newWorld(t, transport, func(c *Config) { c.Patience = time.Millisecond })
	gate := make(chan struct{})
	w.reviews.gate = gate
	r := w.proposed()
	w.click("U1ADA", cards.ActEdit)
	w.form("U1ADA", presses.InReply)
	return w, func() {
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
			r.State, r.DecidedBy, r.DecidedAt = pipeline.StateRejected, alan, t0
		})
		close(gate)
	}
}

// submitLate sends the editor and is told to wait.
func (w *world) submitLate() {
	w.t.Helper()
	v, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "My own words."})
	if err != nil || !open || !contains(v.Strings(), "Working on it") {
		w.t.Fatalf("the form says %q, %v", v.Strings(), err)
	}
}

// TestLateSubmission: when the review takes longer than Slack waits, the form
// says so and then shows the outcome, with the text kept.
func TestLateSubmission(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w, overtake := slowReview(t, transport)
		w.submitLate()
		overtake()
		v := w.form("U1ADA", presses.InReply)
		if v.Fields()[presses.InReply] != "My own words." || !contains(v.Strings(), "Alan Turing was first") {
			t.Errorf("the form shows %q and %q", v.Fields(), v.Strings())
		}
	})
}

// TestAnswerShownLate: Slack may show our answer, the note, only after it put the
// outcome in the form: the outcome comes again.
func TestAnswerShownLate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w, overtake := slowReview(t, transport)
		outcome := func() bool {
			v, ok := w.slack.View("U1ADA")
			return ok && contains(v.Strings(), "Alan Turing was first")
		}
		w.slack.BeforeAnswer = func() {
			overtake()
			w.await("the outcome comes first", outcome)
		}
		w.submitLate()
		w.await("the outcome stays", outcome)
		if v := w.form("U1ADA", presses.InReply); v.Fields()[presses.InReply] != "My own words." {
			t.Errorf("the form holds %q", v.Fields())
		}
	})
}

func TestRejectRedraftHandOffRelease(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		r := w.proposed()
		w.click("U1ADA", cards.ActClaim)
		w.cardSays("Claimed")
		w.click("U1ADA", cards.ActRelease)
		w.cardSays("nobody has claimed it yet")
		w.click("U2ALAN", cards.ActReject)
		w.form("U2ALAN", presses.InReason)
		v, open, err := w.slack.Submit(w.ctx, "U2ALAN", map[string]string{presses.InReason: "other"})
		if err != nil || !open || v.Errors[v.Block(presses.InDetail)] == "" {
			t.Fatalf("a rejection without a reason: open %v, errors %q, %v", open, v.Errors, err)
		}
		if _, open, err = w.slack.Submit(w.ctx, "U2ALAN", map[string]string{presses.InReason: "sources", presses.InDetail: "the page of 2019"}); err != nil || open {
			t.Fatal(open, err)
		}
		w.cardSays("Rejected", "by Alan Turing", "The sources are wrong or out of date: the page of 2019")
		w.click("U1ADA", cards.ActRedraft)
		w.form("U1ADA", presses.InHint)
		if _, open, err = w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InHint: "use the new page"}); err != nil || open {
			t.Fatal(open, err)
		}
		w.cardSays("Redraft asked for", "by Ada Lovelace", "use the new page")

		next := r // version 2 takes the card over
		next.Draft.ID, next.Draft.Version, next.Draft.Hint, next.State = "5f0c3c1e-0000-4000-8000-0000000000a2", 2, "use the new page", pipeline.StateOpen
		w.reviews.put(next)
		w.handle(pipeline.DraftProposed, next)
		w.cardSays("nobody has claimed it yet", "draft 2", "hint: use the new page")
		w.handle(pipeline.DraftDecided, r) // a late event of version 1 changes nothing
		w.cardSays("draft 2")
		w.click("U1ADA", cards.ActHandOff)
		w.cardSays("Handed off", "by Ada Lovelace")
	})
}

func TestReturnedStaleAbstained(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		r := w.proposed(abstention)
		w.cardSays("No draft:", "The knowledge says nothing about shoes", "Nearest sources")
		if b := w.card().Buttons(); slices.Contains(b, cards.ActApprove) || !slices.Contains(b, cards.ActEdit) {
			t.Errorf("an abstention has the buttons %q", b)
		}
		w.click("U1ADA", cards.ActEdit)
		if v := w.form("U1ADA", presses.InReply); v.Fields()[presses.InReply] != "" {
			t.Errorf("the form offers %q", v.Fields()[presses.InReply])
		}
		if _, _, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "We found them."}); err != nil {
			t.Fatal(err)
		}
		w.cardSays("approved", "We found them.")
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
			r.State, r.Delivery, r.Reason = pipeline.StateReturned, pipeline.DeliveryUnknown, "The desk did not answer"
		})
		w.handle(pipeline.ReplyReturned, r)
		w.cardSays("Not known to have arrived", "The desk did not answer.")
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
			r.State, r.Reason = pipeline.StateStale, "The customer wrote again."
		})
		w.handle(pipeline.DraftVoided, r)
		w.cardSays("Out of date.", "The customer wrote again.")
	})
}

func TestApproveAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	r := w.proposed()
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
		r.State, r.DecidedBy, r.DecidedAt, r.Delivery, r.Reason = pipeline.StateReturned, ada, t0, pipeline.DeliveryFailed, "The ticket is closed."
	})
	old := w.card()
	// The card still shows "open": an approval of it must not send what came back.
	if err := w.slack.Click(w.ctx, "U2ALAN", old, cards.ActApprove); err != nil {
		t.Fatal(err)
	}
	w.told("U2ALAN", "was first: returned")
	w.cardSays("Not sent.", "The ticket is closed.")
	w.click("U2ALAN", cards.ActApprove)
	w.cardSays("Approved", "by Alan Turing")
}

// TestFirstWins: two people at once; the second is told privately who and when.
func TestFirstWins(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		w.proposed()
		seen := w.card()
		w.click("U1ADA", cards.ActApprove)
		w.cardSays("Approved", "by Ada Lovelace")
		if err := w.slack.Click(w.ctx, "U2ALAN", seen, cards.ActReject); err != nil {
			t.Fatal(err)
		}
		w.await("Alan's form says so", func() bool {
			v, ok := w.slack.View("U2ALAN")
			return ok && contains(v.Strings(), "nothing left to decide", "Approved by Ada Lovelace")
		})
		if err := w.slack.Click(w.ctx, "U2ALAN", seen, cards.ActApprove); err != nil {
			t.Fatal(err)
		}
		w.told("U2ALAN", "Ada Lovelace was first: approved at 09:30:00")
		if len(w.slack.Whispers("U1ADA")) != 0 {
			t.Error("the first was told something")
		}
	})
}

// TestFiftyPresses: fifty people approve at once; one decision, one card.
func TestFiftyPresses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport, func(c *Config) {
			accounts := c.People.(people)
			for i := range 50 {
				email := fmt.Sprintf("agent%d@acme.test", i)
				accounts[email] = pipeline.Agent{ID: fmt.Sprint("a-", i), Name: fmt.Sprint("Agent ", i), Email: email}
			}
		})
		for i := range 50 {
			w.slack.AddUser(bottest.SlackUser{ID: fmt.Sprint("U9", i), Name: fmt.Sprint("Agent", i), Email: fmt.Sprintf("agent%d@acme.test", i)})
		}
		w.proposed()
		m := w.card()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if err := w.slack.Click(w.ctx, fmt.Sprint("U9", i), m, cards.ActApprove); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.await("all but one are told", func() bool {
			told := 0
			for i := range 50 {
				told += len(w.slack.Whispers(fmt.Sprint("U9", i)))
			}
			return told == 49
		})
		if n := len(w.reviews.done()); n != 1 {
			t.Errorf("%d decisions, want 1", n)
		}
		w.cardSays("Approved")
	})
}

// TestOldCard: a card that shows another reply than the one that would be sent
// is refused, whatever is pressed.
func TestOldCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	r := w.proposed()
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.ApproveHash = "another" })
	for _, action := range []string{cards.ActApprove, cards.ActClaim, cards.ActHandOff} {
		w.click("U1ADA", action)
		w.told("U1ADA", "This card is old")
		// The card is shown anew; press the next button on the old one again.
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.ApproveHash += "x" })
	}
	if n := w.reviews.asked; n != 0 {
		t.Errorf("%d decisions reached the review", n)
	}
}

// TestWhoMayPress: guests, outsiders, bots, people without an account or an
// address change nothing and are told privately why.
func TestWhoMayPress(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		w.proposed()
		for _, c := range []struct {
			user bottest.SlackUser
			team string
			say  string
		}{
			{bottest.SlackUser{ID: "U3", Guest: true, Email: ada.Email}, "", "Guests may not decide"},
			{bottest.SlackUser{ID: "U4", Team: "T0OTHER", Email: ada.Email}, "T0OTHER", "another workspace"},
			{bottest.SlackUser{ID: "U5", Team: "T0OTHER", Email: ada.Email}, "", "another workspace"},
			{bottest.SlackUser{ID: "U6", Stranger: true, Email: ada.Email}, "", "another workspace"},
			{bottest.SlackUser{ID: "U7", Bot: true, Email: ada.Email}, "", "Only people"},
			{bottest.SlackUser{ID: "U8", Email: "nobody@acme.test"}, "", "no Footnote account for nobody@acme.test"},
			{bottest.SlackUser{ID: "U9"}, "", "does not show your e-mail"},
			{bottest.SlackUser{ID: "U11", Email: ada.Email}, "T0OTHER", "another workspace"}, // whatever users.info says
			{bottest.SlackUser{ID: "U10", Deleted: true, Email: ada.Email}, "", "deactivated"},
		} {
			w.slack.AddUser(c.user)
			for _, action := range []string{cards.ActClaim, cards.ActApprove, cards.ActHandOff} {
				if err := w.slack.Press(w.ctx, bottest.SlackPress{User: c.user.ID, Message: w.card(), Action: action, Team: c.team}); err != nil {
					t.Fatal(err)
				}
			}
			w.await(c.user.ID+" is told three times", func() bool { return len(w.slack.Whispers(c.user.ID)) == 3 })
			for _, action := range []string{cards.ActEdit, cards.ActReject, cards.ActRedraft} {
				if err := w.slack.Press(w.ctx, bottest.SlackPress{User: c.user.ID, Message: w.card(), Action: action, Team: c.team}); err != nil {
					t.Fatal(err)
				}
				w.await(c.user.ID+"'s form says so", func() bool {
					v, ok := w.slack.View(c.user.ID)
					return ok && contains(v.Strings(), c.say) && v.Submit == ""
				})
				w.slack.CloseView(c.user.ID)
			}
			for _, x := range w.slack.Whispers(c.user.ID) {
				if !strings.Contains(x.Text, c.say) {
					t.Errorf("%s was told %q", c.user.ID, x.Text)
				}
			}
		}
		if w.reviews.asked != 0 || w.card().Edits != 0 {
			t.Errorf("%d decisions asked for, %d edits of the card", w.reviews.asked, w.card().Edits)
		}
	})
}

// TestDemoted: what Slack says of a person is remembered; the account is not.
func TestDemoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	r := w.proposed()
	w.click("U1ADA", cards.ActClaim)
	w.cardSays("Claimed")
	w.slack.AddUser(bottest.SlackUser{ID: "U1ADA", Guest: true, Email: ada.Email})
	if err := w.slack.Event(w.ctx, "Ev1", map[string]any{"type": "user_change", "user": map[string]any{"id": "U1ADA"}}, 0); err != nil {
		t.Fatal(err)
	}
	w.await("the change is known", func() bool { _, err := w.chat.Agent(w.ctx, "U1ADA", ""); return err != nil })
	w.click("U1ADA", cards.ActApprove)
	w.told("U1ADA", "Guests may not decide")
	if got, _ := w.reviews.Find(w.ctx, r.Draft.ID); got.State != pipeline.StateClaimed {
		t.Error("a guest decided")
	}
}

// TestExpiredTrigger: a press that arrives too late to open a form is told so.
func TestExpiredTrigger(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		w.proposed()
		if err := w.slack.Press(w.ctx, bottest.SlackPress{User: "U1ADA", Message: w.card(), Action: cards.ActEdit, Aged: 4 * time.Second}); err != nil {
			t.Fatal(err)
		}
		w.told("U1ADA", "Press again")
		w.click("U1ADA", cards.ActEdit)
		w.form("U1ADA", presses.InReply)
	})
}

// TestPressDeliveredAgain: one press delivered three times is one decision and
// one form.
func TestPressDeliveredAgain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		w.proposed()
		w.click("U1ADA", cards.ActClaim)
		w.cardSays("Claimed")
		for range 2 {
			if err := w.slack.Again(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		w.click("U1ADA", cards.ActEdit)
		w.form("U1ADA", presses.InReply)
		if err := w.slack.Again(w.ctx); err != nil {
			t.Fatal(err)
		}
		idle(w.chat)
		if w.reviews.asked != 1 || len(w.slack.Whispers("U1ADA")) != 0 {
			t.Errorf("%d decisions, %d whispers", w.reviews.asked, len(w.slack.Whispers("U1ADA")))
		}
		if n := w.chat.Status().Counts["duplicate"]; n != 3 {
			t.Errorf("%d duplicates counted, want 3", n)
		}
		if v := w.form("U1ADA", presses.InReply); len(v.Versions) != 2 {
			t.Errorf("the form had %d contents, want 2", len(v.Versions))
		}
	})
}
