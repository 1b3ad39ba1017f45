package slack

import (
	"context"
	"strings"
	"testing"
	"time"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/requests"
	"footnote/pipeline"
)

// TestLostAnswer: an answer whose post was not answered is found again, not
// posted twice.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket", func(c *Config) { c.Settle = time.Nanosecond })
	s.slack.Fail("chat.postMessage", bottest.SlackFault{Lose: true})
	s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"})
	s.await("it was posted", func() bool { return len(s.answers(lounge)) == 1 })
	idle(s.chat)
	s.lapse()
	if err := s.chat.requests.Resume(s.ctx); err != nil {
		t.Fatal(err)
	}
	if got := s.ended(1); got[0] != "mention answered" {
		t.Errorf("ended %v", got)
	}
	s.answered(lounge, "within five days")
	if n := len(s.knows.questions()); n != 1 {
		t.Errorf("asked %d times: a kept answer is told, not asked for again", n)
	}
}

// TestTwoReplicasAnswerOnce: whatever dies, a request is answered once; the digest too.
func TestTwoReplicasAnswerOnce(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket")
	other := s.newChat()
	s.run(other)
	s.await("both are connected", func() bool { return s.slack.Sockets() == 2 })
	for i := range 6 {
		ask := bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"}
		ask.ID = s.mention(ask)
		for retry := range 3 { // to either of them, in turn
			ask.Retry = retry + 1
			s.mention(ask)
		}
		s.await("it is answered", func() bool { return len(s.answers(lounge)) == i+1 })
	}
	s.ended(6)
	if n := len(s.answers(lounge)); n != 6 {
		t.Errorf("%d answers for 6 mentions", n)
	}
	// One dies with work under way: the other goes on.
	gate := make(chan struct{})
	s.knows.gate = gate
	s.command("U1ADA", "ask refunds?")
	s.await("it is being asked", func() bool { return len(s.knows.questions()) == 7 })
	s.lapse()
	close(gate)
	for _, c := range []*Chat{other, s.chat} {
		if err := c.requests.Resume(s.ctx); err != nil {
			t.Fatal(err)
		}
	}
	s.heard("U1ADA", "within five days")
	s.ended(7)
}

// TestDatabaseDown: a request that cannot be stored is not taken: Slack delivers
// it again, or its author reads it.
func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "http")
	if _, err := s.pool.Exec(s.ctx, `ALTER TABLE slack_requests RENAME TO away`); err != nil {
		t.Fatal(err)
	}
	ask := bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"}
	ts, err := s.slack.Mention(s.ctx, ask)
	if err == nil || !strings.Contains(err.Error(), "503") {
		t.Fatalf("a mention that was not stored was answered %v", err)
	}
	raw, err := s.slack.Command(s.ctx, bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "status"})
	if err != nil || !strings.Contains(string(raw), "database does not answer") {
		t.Errorf("command: %s, %v", raw, err)
	}
	if _, err := s.pool.Exec(s.ctx, `ALTER TABLE away RENAME TO slack_requests`); err != nil {
		t.Fatal(err)
	}
	ask.ID, ask.Retry = ts, 1
	s.mention(ask)
	s.answered(lounge, "within five days")
}

// TestAnswerOutlivesOutage: while Slack does not take the answer it is kept, however often
// telling fails, and told once when Slack is back; a pause that Slack asks for
// is waited for.
func TestAnswerOutlivesOutage(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "http")
	s.slack.FailAlways("chat.postMessage", bottest.SlackFault{Status: 503})
	s.mention(bottest.SlackAsk{User: "U1ADA", Channel: lounge, Text: "refunds?"})
	for range requests.MaxTries + 2 {
		s.await("it was tried", func() bool { idle(s.chat); return true })
		s.lapse()
		if _, err := s.pool.Exec(s.ctx, `UPDATE slack_requests SET tried_at = NULL`); err != nil { // not there: as after Settle
			t.Fatal(err)
		}
		if err := s.chat.requests.Resume(s.ctx); err != nil {
			t.Fatal(err)
		}
	}
	idle(s.chat)
	if n := len(s.slack.Calls("chat.postMessage")); n < requests.MaxTries+2 {
		t.Errorf("tried %d times", n)
	}
	s.slack.Heal("chat.postMessage")
	s.slack.Fail("chat.postMessage", bottest.SlackFault{RetryAfter: time.Second})
	s.lapse()
	if _, err := s.pool.Exec(s.ctx, `UPDATE slack_requests SET tried_at = NULL`); err != nil {
		t.Fatal(err)
	}
	if err := s.chat.requests.Resume(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.answered(lounge, "within five days")
	if got := s.ended(1); got[0] != "mention answered" || len(s.knows.questions()) != 1 {
		t.Errorf("ended %v after %d questions", got, len(s.knows.questions()))
	}
	// Broken for good: nothing is tried until somebody repairs it.
	s.chat.Broke("invalid_auth")
	calls := len(s.slack.Calls(""))
	if err := s.chat.requests.Resume(s.ctx); err != nil || len(s.slack.Calls("")) != calls {
		t.Errorf("%v, %d calls", err, len(s.slack.Calls(""))-calls)
	}
}

// TestGivenUp: a request that every try broke off says so, with a reference.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket")
	if _, err := s.pool.Exec(s.ctx, `
		INSERT INTO slack_requests (ref, source, surface, slack_user, channel, ts, thread, text, held_until)
		VALUES ('FN-LOST', 'x', 'direct', 'U1ADA', 'D1ADA', '1.1', '1.1', 'refunds?', now() + interval '1 minute')`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.pool.Exec(s.ctx, `UPDATE slack_requests SET tries = $1, held_until = now()`, requests.MaxTries); err != nil {
		t.Fatal(err)
	}
	if err := s.chat.requests.Resume(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.answered("D1ADA", "every one of 4 tries broke off", "FN-LOST")
	if got := s.ended(1); got[0] != "direct failed" {
		t.Errorf("ended %v", got)
	}
}

// TestGroups: user groups give roles; membership is asked for again when Slack
// says that it changed, and old knowledge outlives an outage.
func TestGroups(t *testing.T) {
	t.Parallel()
	s := newSalon(t, "socket", func(c *Config) { c.Groups = map[string]string{"S1AGENTS": "agent", "S2BOSSES": "manager"} })
	s.slack.SetGroup("S1AGENTS", "U1ADA", "U2ALAN")
	s.slack.SetGroup("S2BOSSES", "U1ADA")
	s.command("U1ADA", "pause")
	s.heard("U1ADA", "Drafting is paused")
	s.command("U2ALAN", "pause")
	s.heard("U2ALAN", "Your role (agent) may not")
	s.command("U3GRETE", "status")
	s.heard("U3GRETE", "in none of the Slack groups")
	s.slack.SetGroup("S2BOSSES", "U2ALAN")
	if err := s.slack.Event(s.ctx, "G1", map[string]any{"type": "subteam_members_changed", "subteam_id": "S2BOSSES"}, 0); err != nil {
		t.Fatal(err)
	}
	s.await("the change is known", func() bool {
		a, err := s.chat.Agent(s.ctx, "U2ALAN", "")
		return err == nil && a.Role == "manager"
	})
	s.command("U2ALAN", "resume")
	s.heard("U2ALAN", "Drafting goes on")
	s.command("U1ADA", "pause")
	s.heard("U1ADA", "Your role (agent) may not")
	s.slack.FailAlways("usergroups.users.list", bottest.SlackFault{Status: 500})
	s.command("U2ALAN", "status")
	s.heard("U2ALAN", "Drafts are being written.")
	// The card's buttons ask the same: a group's role stands in the decision.
	s.proposed()
	s.click("U2ALAN", cards.ActClaim)
	s.cardSays("Claimed")
	if d := s.reviews.done(); len(d) != 1 || d[0].By.Role != "manager" {
		t.Errorf("decided as %+v", d)
	}
	for name, groups := range map[string]map[string]string{"no id": {"agents": "agent"}, "no role": {"S1": "boss"}} {
		cfg := s.cfg
		cfg.Groups = groups
		if _, err := New(cfg); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDigest: once for each period, by however many processes, after failures
// too.
func TestDigest(t *testing.T) {
	t.Parallel()
	at := &clock{at: time.Date(2026, 11, 24, 7, 59, 0, 0, time.UTC)} // a Tuesday
	var asked [][2]time.Time
	s := newSalon(t, "", func(c *Config) {
		c.Now = at.now
		c.Digest = requests.DigestConfig{Every: "weekly", Hour: 8, Channel: lounge, Figures: func(_ context.Context, from, to time.Time) (requests.Figures, error) {
			asked = append(asked, [2]time.Time{from, to})
			return requests.SampleFigures(), nil
		}}
	})
	s.slack.Fail("chat.postMessage", bottest.SlackFault{Lose: true})
	if err := s.chat.requests.PostDigest(s.ctx); pipeline.KindOf(err) != pipeline.Unavailable {
		t.Fatalf("a lost post: %v", err)
	}
	if _, err := s.pool.Exec(s.ctx, `UPDATE slack_digests SET held_until = now()`); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, c := range []*Chat{s.chat, s.newChat()} {
			if err := c.requests.PostDigest(s.ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.answered(lounge, "Last week", "Handling time", "120 customer messages")
	if want := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC); !asked[0][1].Equal(want) || asked[0][1].Sub(asked[0][0]) != 7*24*time.Hour {
		t.Errorf("asked for %v", asked[0])
	}
	at.move(7 * 24 * time.Hour)
	if err := s.chat.requests.PostDigest(s.ctx); err != nil || len(s.answers(lounge)) != 2 {
		t.Errorf("%d digests a week later, %v", len(s.answers(lounge)), err)
	}
}
