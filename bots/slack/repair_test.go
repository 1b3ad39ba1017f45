package slack

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/presses"
	"footnote/pipeline"
)

// stored writes ticket, draft and review as the other areas do: the sweep reads
// them from the database.
func (w *world) stored(r pipeline.Review, age time.Duration) {
	w.t.Helper()
	ms := age.Milliseconds()
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO tickets (desk, id, status_at, revision, created_at, updated_at)
		  VALUES ($1, $2, now(), $3, now(), now() - $4 * interval '1 millisecond')
		  ON CONFLICT (desk, id) DO UPDATE SET revision = excluded.revision, updated_at = excluded.updated_at`,
			[]any{r.Draft.Ticket.Desk, r.Draft.Ticket.ID, r.Draft.Revision, ms}},
		{`INSERT INTO drafts (id, desk, ticket, message, revision, version, content, drafter, confidence, created_at)
		  VALUES ($1, $2, $3, $4, $5, $6, $7, 'model', 0, now() - $8 * interval '1 millisecond')
		  ON CONFLICT (id) DO NOTHING`,
			[]any{r.Draft.ID, r.Draft.Ticket.Desk, r.Draft.Ticket.ID, r.Draft.Message, r.Draft.Revision, r.Draft.Version, r.Draft, ms}},
		{`INSERT INTO reviews (draft, desk, ticket, state, updated_at)
		  VALUES ($1, $2, $3, $4, now() - $5 * interval '1 millisecond')
		  ON CONFLICT (draft) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`,
			[]any{r.Draft.ID, r.Draft.Ticket.Desk, r.Draft.Ticket.ID, string(r.State), ms}},
	} {
		if _, err := w.pool.Exec(w.ctx, q.sql, q.args...); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) recover() {
	w.t.Helper()
	if err := w.chat.Recover(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

// TestRepair: Slack fails after the review accepted and the event is lost: the
// sweep shows the card right, once, and then leaves it alone.
func TestRepair(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	r := w.proposed()
	w.slack.FailAlways("chat.update", bottest.SlackFault{Status: 503})
	w.click("U1ADA", cards.ActApprove)
	w.await("it was decided and Slack failed", func() bool { return len(w.reviews.done()) == 1 && len(w.slack.Calls("chat.update")) > 0 })
	idle(w.chat)
	r, _ = w.reviews.Find(w.ctx, r.Draft.ID)
	w.stored(r, -time.Second) // changed after the card was last right, as far as the clock of this test goes
	if got := w.card(); contains(got.Strings(), "Approved") {
		t.Fatal("the card is right already")
	}
	w.slack.Heal("chat.update")
	w.recover()
	if contains(w.card().Strings(), "Approved") {
		t.Error("the sweep did not leave its time to the event")
	}
	w.stored(r, -time.Second)
	w.backdate(time.Hour)
	w.recover()
	w.cardSays("Approved", "by Ada Lovelace")
	calls := len(w.slack.Calls(""))
	w.recover()
	if n := len(w.slack.Calls("")); n != calls {
		t.Errorf("%d more calls about a card that is right", n-calls)
	}
}

// backdate moves everything that happened into the past.
func (w *world) backdate(d time.Duration) {
	w.t.Helper()
	for _, sql := range []string{
		`UPDATE cards SET checked_at = checked_at - $1 * interval '1 millisecond'`,
		`UPDATE reviews SET updated_at = updated_at - $1 * interval '1 millisecond'`,
		`UPDATE tickets SET updated_at = updated_at - $1 * interval '1 millisecond'`,
		`UPDATE drafts SET created_at = created_at - $1 * interval '1 millisecond'`,
	} {
		if _, err := w.pool.Exec(w.ctx, sql, d.Milliseconds()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestRepairMissing: a draft whose event never came gets its card; one that was
// settled meanwhile, or is too old, gets none.
func TestRepairMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	for _, c := range []struct {
		message string
		state   pipeline.DraftState
		age     time.Duration
	}{{"open", pipeline.StateOpen, time.Hour}, {"sent", pipeline.StateSent, time.Hour}, {"young", pipeline.StateOpen, 0}, {"old", pipeline.StateOpen, 8 * 24 * time.Hour}} {
		r := typical()
		r.Draft.ID, r.Draft.Message, r.State = uuid.NewString(), c.message, c.state
		r.Draft.Ticket.ID = c.message
		w.reviews.put(r)
		w.stored(r, c.age)
	}
	w.recover()
	if n := len(w.cards()); n != 1 {
		t.Fatalf("%d cards, want the one that is open", n)
	}
	calls := len(w.slack.Calls(""))
	w.recover()
	if n := len(w.slack.Calls("")); n != calls {
		t.Errorf("%d more calls", n-calls)
	}
}

// TestRepairOthers: one card that Slack refuses does not keep the others waiting,
// and is not tried again until something changes.
func TestRepairOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	for _, m := range []string{"a", "b"} {
		r := typical()
		r.Draft.ID, r.Draft.Message, r.Draft.Ticket.ID = uuid.NewString(), m, m
		w.reviews.put(r)
		w.stored(r, time.Hour)
	}
	w.slack.Fail("chat.postMessage", bottest.SlackFault{Error: "invalid_blocks"}, bottest.SlackFault{Error: "invalid_blocks"})
	w.recover()
	if n := len(w.cards()); n != 1 {
		t.Fatalf("%d cards, want the other one", n)
	}
	w.recover()
	if n := len(w.slack.Calls("chat.postMessage")); n != 3 {
		t.Errorf("%d posts, want 3: the refused one is not repeated", n)
	}
}

// TestEditAfterSendFailure: a reply that came back is edited and sent again
// from the same card.
func TestEditAfterSendFailure(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		r := w.proposed()
		w.click("U1ADA", cards.ActApprove)
		w.cardSays("Approved")
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
			r.State, r.Delivery, r.Reason = pipeline.StateReturned, pipeline.DeliveryFailed, "The desk refuses attachments."
		})
		w.handle(pipeline.ReplyReturned, r)
		w.cardSays("Not sent.", "The desk refuses attachments.", "Approve again")
		w.click("U2ALAN", cards.ActEdit)
		if v := w.form("U2ALAN", presses.InReply); v.Fields()[presses.InReply] != r.Draft.Text() {
			t.Errorf("the form offers %q", v.Fields()[presses.InReply])
		}
		if _, open, err := w.slack.Submit(w.ctx, "U2ALAN", map[string]string{presses.InReply: "Without it, then."}); err != nil || open {
			t.Fatal(open, err)
		}
		w.cardSays("Edited (12 %) and approved", "by Alan Turing", "Without it, then.")
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.State, r.SentAt = pipeline.StateSent, t0 })
		w.handle(pipeline.ReplyDelivered, r)
		w.cardSays("Sent", "by Alan Turing")
	})
}

// TestWorkComesBack: when a ticket's time to come back is there, nobody presses
// anything and no event tells of it: the sweep shows the card as it is now.
func TestWorkComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := w.proposed(func(r *pipeline.Review) {
		r.Work = pipeline.Work{State: pipeline.WorkSnoozed, Owner: ada, Until: t0.Add(time.Hour)}
	})
	w.cardSays("Snoozed", "Ada Lovelace")
	w.stored(r, time.Hour)
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.Work = pipeline.Work{State: pipeline.WorkToReview} })
	if _, err := w.pool.Exec(w.ctx, `
		INSERT INTO work (desk, ticket, state, since, draft, waits_at)
		VALUES ($1, $2, 'to_review', now() - interval '1 minute', $3, now())
		ON CONFLICT (desk, ticket) DO UPDATE SET state = excluded.state, since = excluded.since, draft = excluded.draft`,
		r.Draft.Ticket.Desk, r.Draft.Ticket.ID, r.Draft.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.pool.Exec(w.ctx, `UPDATE cards SET checked_at = now() - interval '10 minutes', held_until = NULL`); err != nil { // right before that
		t.Fatal(err)
	}
	w.recover()
	if got := w.card(); contains(got.Strings(), "Snoozed") {
		t.Errorf("the card still says %q", got.Strings())
	}
}
