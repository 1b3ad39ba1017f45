package slack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	api "github.com/slack-go/slack"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/pipeline"
)

// retryAfter is the delay that the error asks for; the test fails if it asks
// for none.
func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	r, ok := errors.AsType[*pipeline.RetryAfterError](err)
	if !ok {
		t.Fatalf("got %v, want a RetryAfterError", err)
	}
	if pipeline.KindOf(err) != pipeline.Unavailable {
		t.Errorf("kind %s", pipeline.KindOf(err))
	}
	return r.After
}

// TestSameEventTwice: duplicate, late and reordered events are one effect.
func TestSameEventTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := typical()
	r.State, r.ClaimedBy, r.ClaimedAt = pipeline.StateClaimed, ada, t0
	w.reviews.put(r)
	w.handle(pipeline.DraftClaimed, r) // before the proposal
	for range 3 {
		w.handle(pipeline.DraftProposed, r)
	}
	w.cardSays("Claimed", "by Ada Lovelace")
	if n := len(w.slack.Calls("chat.postMessage")) + len(w.slack.Calls("chat.update")); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestNothingToShow: drafts that were settled before anybody saw them get no card.
func TestNothingToShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	for _, s := range []pipeline.DraftState{pipeline.StateStale, pipeline.StateSuperseded, pipeline.StateSent, pipeline.StateRejected} {
		r := typical()
		r.State, r.Draft.Message = s, string(s)
		w.reviews.put(r)
		w.handle(pipeline.DraftVoided, r)
		w.handle(pipeline.DraftProposed, r)
	}
	if err := w.chat.Handle(w.ctx, pipeline.NewEvent(pipeline.DraftProposed, "e", pipeline.TicketRef{}, t0, pipeline.Proposed{})); err != nil {
		t.Error(err)
	}
	err := w.chat.Handle(w.ctx, pipeline.NewEvent(pipeline.DraftProposed, "e", pipeline.TicketRef{}, t0, pipeline.Proposed{Draft: uuid.NewString()}))
	if pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("an unknown draft: %v", err)
	}
	if n := len(w.slack.Calls("")); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// TestAnswerLost: Slack took the post and the answer was lost: the card is
// found again, not posted again.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]bottest.SlackFault{"connection cut": {Lose: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "")
			w.slack.Fail("chat.postMessage", fault)
			r := typical()
			w.reviews.put(r)
			if err := w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r)); pipeline.KindOf(err) != pipeline.Unavailable {
				t.Fatalf("got %v", err)
			}
			second := w.newChat() // another process, after a crash of the first
			if err := second.Handle(w.ctx, w.event(pipeline.DraftProposed, r)); err != nil {
				t.Fatal(err)
			}
			w.card()
			w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.State, r.ClaimedBy = pipeline.StateClaimed, ada })
			w.handle(pipeline.DraftClaimed, r)
			w.cardSays("Claimed")
		})
	}
}

// TestAnswerLostBehindOthers: the search goes through pages and is not fooled
// by cards of others.
func TestAnswerLostBehindOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.slack.Fail("chat.postMessage", bottest.SlackFault{Lose: true})
	r := typical()
	w.reviews.put(r)
	_ = w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r))
	for range 205 {
		if _, _, err := w.chat.API.PostMessageContext(w.ctx, channel, api.MsgOptionText("another", false),
			api.MsgOptionMetadata(api.SlackMetadata{EventType: "footnote_card", EventPayload: map[string]any{"card": uuid.NewString(), "draft": r.Draft.ID}})); err != nil {
			t.Fatal(err)
		}
	}
	ours := w.slack.Messages(channel)[0]
	w.slack.Inject(bottest.SlackMessage{Channel: channel, Bot: "B0OTHER", Text: "forged", Metadata: ours.Metadata})
	w.handle(pipeline.DraftProposed, r)
	if n := len(w.slack.Calls("conversations.history")); n != 2 {
		t.Errorf("%d pages read, want 2", n)
	}
	if n := len(w.slack.Messages(channel)); n != 207 {
		t.Errorf("%d messages, want 207", n)
	}
	if got := w.slack.Messages(channel)[0]; got.Edits != 1 {
		t.Errorf("the card found again was brought up to date %d times, want once", got.Edits)
	}
}

// TestPostNeverArrived: a post that was not answered and does not turn up is
// repeated once the settle time is over, and not before.
func TestPostNeverArrived(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	w := newWorld(t, "", func(cfg *Config) { cfg.Now = c.now })
	w.slack.Fail("chat.postMessage", bottest.SlackFault{Cut: true})
	r := typical()
	w.reviews.put(r)
	if err := w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r)); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Fatalf("got %v", err)
	}
	if d := retryAfter(t, w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r))); d > 15*time.Second {
		t.Errorf("come back after %s", d)
	}
	if n := len(w.slack.Messages(channel)); n != 0 {
		t.Fatal("posted too early")
	}
	c.move(16 * time.Second)
	w.handle(pipeline.DraftProposed, r)
	w.card()
}

// TestSlackDown: server errors are temporary, also when the page is HTML.
func TestSlackDown(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	w := newWorld(t, "", func(cfg *Config) { cfg.Now = c.now })
	w.slack.Fail("chat.postMessage", bottest.SlackFault{Status: 503}, bottest.SlackFault{Error: "internal_error"})
	r := typical()
	w.reviews.put(r)
	for range 2 {
		err := w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r))
		if pipeline.KindOf(err) != pipeline.Unavailable {
			t.Fatalf("got %v", err)
		}
		c.move(time.Minute)
	}
	w.handle(pipeline.DraftProposed, r)
	w.card()
}

// TestRateLimit: 429 asks to come back after what Slack says, and nobody calls
// meanwhile.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	w := newWorld(t, "", func(cfg *Config) { cfg.Now = c.now })
	w.slack.Fail("chat.postMessage", bottest.SlackFault{RetryAfter: 30 * time.Second})
	r := typical()
	w.reviews.put(r)
	if d := retryAfter(t, w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r))); d != 30*time.Second {
		t.Errorf("come back after %s, want 30s", d)
	}
	c.move(10 * time.Second)
	if d := retryAfter(t, w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r))); d != 20*time.Second {
		t.Errorf("come back after %s, want 20s", d)
	}
	if n := len(w.slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	c.move(20 * time.Second)
	w.handle(pipeline.DraftProposed, r)
	w.card()
	if n := w.chat.Status().Counts["ratelimited"]; n != 1 {
		t.Errorf("counted %d", n)
	}
}

// TestBroken: what only a person can repair shows in Status, does not hold the
// pipeline up, and the cards appear after the repair.
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"channel_not_found", "not_in_channel", "token_revoked", "invalid_auth", "is_archived", "missing_scope"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "")
			w.slack.FailAlways("chat.postMessage", bottest.SlackFault{Error: code})
			w.slack.FailAlways("conversations.history", bottest.SlackFault{Error: code})
			r := typical()
			w.reviews.put(r)
			w.handle(pipeline.DraftProposed, r) // no error: the event is done with
			s := w.chat.Status()
			if s.Ready || s.Code != code || s.Problem == "" || s.Since.IsZero() {
				t.Fatalf("status %+v", s)
			}
			if err := w.chat.Recover(w.ctx); err == nil {
				t.Error("recovered too early")
			}
			w.slack.Heal("chat.postMessage")
			w.slack.Heal("conversations.history")
			if err := w.chat.Recover(w.ctx); err != nil {
				t.Fatal(err)
			}
			w.card()
			if s := w.chat.Status(); !s.Ready || s.Problem != "" {
				t.Errorf("status %+v", s)
			}
			if err := w.chat.Recover(w.ctx); err != nil || len(w.slack.Messages(channel)) != 1 {
				t.Errorf("recovering twice: %v", err)
			}
		})
	}
}

// TestLayoutRefused: a workspace that refuses rich text gets the plain layout.
func TestLayoutRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.slack.Fail("chat.postMessage", bottest.SlackFault{Error: "invalid_blocks"})
	w.proposed()
	m := w.card()
	if strings.Contains(string(m.Blocks), "rich_text") || !contains(m.Strings(), "refunds reach your card", "[1]", "Sources") {
		t.Errorf("blocks %s", m.Blocks)
	}
	if !slices.Contains(m.Buttons(), cards.ActApprove) {
		t.Error("the plain layout has no buttons")
	}
}

// TestRefused: a card that Slack refuses in both layouts is a defect of ours,
// which is reported and not repeated for ever.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.slack.FailAlways("chat.postMessage", bottest.SlackFault{Error: "invalid_blocks"})
	r := typical()
	w.reviews.put(r)
	if err := w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r)); pipeline.KindOf(err) != pipeline.Invalid {
		t.Errorf("got %v", err)
	}
}

// TestDeletedCard: a card that somebody deleted comes back while there is
// something to decide, and stays away after.
func TestDeletedCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := w.proposed()
	w.slack.DeleteMessage(channel, w.card().TS)
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.State, r.ClaimedBy = pipeline.StateClaimed, ada })
	w.handle(pipeline.DraftClaimed, r)
	w.cardSays("Claimed")
	w.slack.DeleteMessage(channel, w.card().TS)
	w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.State = pipeline.StateRejected })
	w.handle(pipeline.DraftDecided, r)
	w.handle(pipeline.DraftDecided, r)
	if n := len(w.slack.Messages(channel)); n != 0 {
		t.Errorf("%d cards", n)
	}
}

// TestTwoReplicas: two processes take the same events at once: one card, which
// ends in the newest state.
func TestTwoReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	other := w.newChat()
	r := typical()
	w.reviews.put(r)
	var wg sync.WaitGroup
	for i := range 20 {
		c := w.chat
		if i%2 == 0 {
			c = other
		}
		wg.Go(func() {
			if i == 10 {
				w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.State, r.ClaimedBy = pipeline.StateClaimed, ada })
			}
			for w.ctx.Err() == nil { // the bus delivers again as long as it takes
				err := c.Handle(w.ctx, w.event(pipeline.DraftProposed, r))
				if err == nil {
					return
				}
				if pipeline.KindOf(err) != pipeline.Unavailable {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	w.cardSays("Claimed")
	if n := len(w.slack.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d posts, want 1", n)
	}
}

// TestTwoReplicasOneSocketEach: presses reach whichever process; one decision.
func TestTwoReplicasOneSocketEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	other := w.newChat()
	w.run(other)
	w.await("both are connected", func() bool { return w.slack.Sockets() == 2 && other.Status().Connected })
	w.proposed()
	w.click("U1ADA", cards.ActClaim)
	w.cardSays("Claimed")
	if err := w.slack.Again(w.ctx); err != nil { // in turn: the other process
		t.Fatal(err)
	}
	w.click("U1ADA", cards.ActApprove)
	w.cardSays("Approved")
	idle(w.chat)
	idle(other)
	if n := w.reviews.asked; n != 2 {
		t.Errorf("%d decisions, want 2", n)
	}
}

// TestHeldCard: a card that another process works on is left to it, and taken
// over when that process has been silent for longer than it may work.
func TestHeldCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	r := typical()
	w.reviews.put(r)
	w.handle(pipeline.DraftProposed, r)
	w.slack.DeleteMessage(channel, w.card().TS)
	if _, err := w.pool.Exec(w.ctx, `UPDATE cards SET held_until = now() + interval '1 minute', ts = '', shown = ''`); err != nil { // as if another process had taken it first
		t.Fatal(err)
	}
	retryAfter(t, w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r)))
	if _, err := w.pool.Exec(w.ctx, `UPDATE cards SET held_until = now() - interval '1 second'`); err != nil { // its time is over
		t.Fatal(err)
	}
	w.handle(pipeline.DraftProposed, r)
	w.card()
}

// TestPacedCards: the default pace sends a flood of cards back to the queue
// rather than hold everything up.
func TestPacedCards(t *testing.T) {
	t.Parallel()
	paced := 0
	w := newWorld(t, "", func(c *Config) {
		c.Pace = func(_ context.Context, key string) error {
			if paced++; paced > 2 {
				return &pipeline.RetryAfterError{After: 7 * time.Second, Err: pipeline.Errorf(pipeline.Unavailable, "many")}
			}
			return nil
		}
	})
	w.proposed()
	w.proposed(func(r *pipeline.Review) { r.Draft.Message = "m-8" })
	r := typical()
	r.Draft.Message = "m-9"
	w.reviews.put(r)
	if d := retryAfter(t, w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r))); d != 7*time.Second {
		t.Errorf("come back after %s", d)
	}
	paced = 0
	w.handle(pipeline.DraftProposed, r) // nothing had begun: no search, no settle time
	if n := len(w.slack.Calls("conversations.history")); n != 0 {
		t.Errorf("searched %d times", n)
	}
}

// TestForget: old identifiers go, young ones stay.
func TestForget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	for _, id := range []string{"old", "young"} {
		if first, err := client.FirstSight(w.ctx, w.pool, id); err != nil || !first {
			t.Fatal(first, err)
		}
	}
	if _, err := w.pool.Exec(w.ctx, `UPDATE slack_seen SET seen_at = now() - interval '2 hours' WHERE id = 'old'`); err != nil {
		t.Fatal(err)
	}
	if err := client.ForgetSeen(w.ctx, w.pool); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"old": true, "young": false} {
		if first, err := client.FirstSight(w.ctx, w.pool, id); err != nil || first != want {
			t.Errorf("%s: first %v, %v", id, first, err)
		}
	}
}

// TestWhisperFallsBack: where the bot may not whisper in the channel, the press
// itself is answered; never an address that is not Slack's.
func TestWhisperFallsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	w.proposed()
	w.slack.FailAlways("chat.postEphemeral", bottest.SlackFault{Error: "user_not_in_channel"})
	w.slack.AddUser(bottest.SlackUser{ID: "U3", Guest: true, Email: ada.Email})
	w.click("U3", cards.ActApprove)
	w.told("U3", "Guests may not decide")
	if via := w.slack.Whispers("U3")[0].Via; via != "response_url" {
		t.Errorf("told by %s", via)
	}
	for _, to := range []string{"", "http://169.254.169.254/", "https://hooks.slack.com.evil.test/x", "http://hooks.slack.com/x", "://"} {
		if w.chat.Answerable(to) {
			t.Errorf("would post to %q", to)
		}
	}
	if !w.chat.Answerable("https://hooks.slack.com/actions/T/1/x") {
		t.Error("would not answer Slack")
	}
}
